/** From changes that were chosen to the texts that they come to: of files that are there, and of new ones. Nothing is tried here. */
import type { FilesPort } from "../foundation/ports/index.ts";
import { type FileId, applyEdits, withoutTrailing } from "../foundation/text/index.ts";
import { type Change, type ProfileDraft, plan, printProfile, problemText } from "../language/edit/index.ts";
import { parse } from "../language/syntax/index.ts";
import type { SelectedChanges } from "../learning/learn/index.ts";
import type { LearnedFile, PolicySettings } from "./engine.ts";
import { isThere } from "./is-there.ts";
import type { PlannedFile } from "./learned-policy.ts";
import { type World, join } from "./learning-world.ts";
import { newFileNames } from "./new-file-names.ts";

/** The text of a new file. */
function newFile(draft: ProfileDraft, path: string, settings: PolicySettings, files: FilesPort): PlannedFile {
  const abi = ["5.0", "4.0", "3.0"].find((name) => isThere(files, join(settings.base, `abi/${name}`)));
  const head = abi === undefined ? "" : `abi <abi/${abi}>,\n\n`;
  const tunables = isThere(files, join(settings.base, "tunables/global")) ? "include <tunables/global>\n\n" : "";
  return {
    path,
    profiles: [draft.name],
    before: undefined,
    after: `${withoutTrailing(`${head}${tunables}${printProfile(draft)}`, "\n")}\n`,
    intent: { kind: "new-profile", profile: draft },
  };
}

interface Planned {
  readonly files: readonly PlannedFile[];
  readonly refused: readonly LearnedFile[];
}

export function refusedFile(
  { path, before, profiles }: Pick<PlannedFile, "path" | "before" | "profiles">,
  reasons: readonly string[],
): LearnedFile {
  return { path, profiles, before, after: undefined, problems: [...new Set(reasons)] };
}

/** The top-level profiles of a file that changes are about. */
function namesIn(file: FileId, changes: readonly Change[], { set }: World): readonly string[] {
  const places = changes.flatMap((change) => {
    if (change.kind === "replace-rule" || change.kind === "remove-rule") return [change.at];
    const place = change.kind === "add-profile" ? change.parent : "profile" in change ? change.profile : undefined;
    return place !== undefined && "start" in place ? [place] : [];
  });
  const own = set.profiles.filter(({ origin: { span } }) =>
    places.some(
      (place) => span.file === file && place.file === file && span.start <= place.start && place.end <= span.end,
    ),
  );
  return own.map(({ name }) => name);
}

/** All texts that are to be written; what cannot be planned is not written at all. */
export function planFiles(changes: SelectedChanges, world: World, settings: PolicySettings, files: FilesPort): Planned {
  const planned: PlannedFile[] = [];
  const refused: LearnedFile[] = [];
  for (const { file, changes: list } of changes.files) {
    const source = world.set.sources.get(file);
    if (source === undefined) continue;
    const { path, text: before } = source;
    const profiles = namesIn(file, list, world);
    const { edits, problems } = plan(parse(source), list);
    const reasons = problems.map(problemText);
    if (reasons.length > 0) refused.push(refusedFile({ path, before, profiles }, reasons));
    else
      planned.push({
        path,
        profiles,
        before,
        after: applyEdits(before, edits),
        intent: { kind: "changes", changes: list },
      });
  }
  const names = newFileNames(settings.base, files);
  for (const draft of changes.profiles) {
    const name = names.nameFor(draft.name);
    if (name !== undefined) planned.push(newFile(draft, join(settings.base, name), settings, files));
    else {
      const at = { path: settings.base, profiles: [draft.name], before: undefined };
      const why =
        names.unlisted === undefined ? "" : `: ${names.unlisted.path} cannot be listed (${names.unlisted.errno})`;
      refused.push(refusedFile(at, [`no file name can be made for the profile \`${draft.name}\`${why}`]));
    }
  }
  return { files: planned, refused };
}
