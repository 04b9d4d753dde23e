/**
 * Answers that an include makes superfluous which was taken in the same session, before them or after: the rule was asked on the way to an include
 * that permits all of it. Whether it does is no matter of how rules look: the texts with and without it are compiled, and must be the same policy to
 * the byte. What is written then says less, and means the same.
 */
import type { FilesPort } from "../foundation/ports/index.ts";
import { type Selection, type Session, selectedChanges, selectionsOf } from "../learning/learn/index.ts";
import type { PolicySettings } from "./engine.ts";
import { withTexts } from "./learned-policy.ts";
import type { World } from "./learning-world.ts";
import { planFiles } from "./planned-files.ts";

interface Setting {
  readonly world: World;
  readonly settings: PolicySettings;
  readonly files: FilesPort;
  /** What a text compiles to; `undefined`: it does not. */
  readonly compiled: (path: string, text: string, files: FilesPort) => string | undefined;
}

/** What is written of the answers. */
interface Written {
  readonly selections: readonly Selection[];
  /** The include that permits what an answer says, as well, by the id of its proposal. */
  readonly covered: ReadonlyMap<string, string>;
}

/** More of them, that are not covered all together, are left: each takes compiling once more. */
const MOST_TRIED = 24;

/** The answers without those that includes among them make superfluous. */
export function withoutCovered(session: Session, setting: Setting): Written {
  const selections = selectionsOf(session);
  const suspects = suspectsOf(selections);
  const whole = suspects.size === 0 ? undefined : meaningOf(session, selections, setting);
  if (whole === undefined) return { selections, covered: new Map() };
  const without = (ids: ReadonlySet<string>): readonly Selection[] =>
    selections.filter(({ proposal }) => !ids.has(proposal.id));
  const isSame = (ids: ReadonlySet<string>): boolean => {
    const meaning = meaningOf(session, without(ids), setting);
    return meaning?.size === whole.size && [...whole].every(([path, bytes]) => meaning.get(path) === bytes);
  };
  let gone: ReadonlySet<string> = new Set(suspects.keys());
  if (!isSame(gone)) {
    gone = new Set();
    const tried = suspects.size > 1 ? [...suspects.keys()].slice(0, MOST_TRIED) : [];
    for (const id of tried) {
      const more = new Set([...gone, id]);
      if (isSame(more)) gone = more;
    }
  }
  return { selections: without(gone), covered: new Map([...suspects].filter(([id]) => gone.has(id))) };
}

/** Answers by a plain rule, of which an include that was taken for the same profile answers the question. */
function suspectsOf(selections: readonly Selection[]): ReadonlyMap<string, string> {
  const included = new Map<string, string>();
  for (const { candidate } of selections) {
    const [action] = candidate.actions;
    if (candidate.kind !== "abstraction" || action?.kind !== "add-include") continue;
    for (const id of candidate.alsoAnswers) if (!included.has(id)) included.set(id, action.include.path);
  }
  return new Map(
    selections.flatMap(({ proposal: { id }, candidate }) => {
      const include = included.get(id);
      const isPlain = candidate.kind !== "abstraction" && candidate.actions.every(({ kind }) => kind === "add-rule");
      return include === undefined || !isPlain || candidate.actions.length === 0 ? [] : [[id, include] as const];
    }),
  );
}

/** What the answers come to, compiled, by path; `undefined`: some of it cannot be written, or does not compile. */
function meaningOf(
  { options }: Session,
  selections: readonly Selection[],
  { compiled, files, settings, world }: Setting,
): ReadonlyMap<string, string> | undefined {
  const planned = planFiles(selectedChanges(selections, options.profiles), world, settings, files);
  if (planned.refused.length > 0) return undefined;
  const around = withTexts(files, planned.files);
  const meaning = new Map<string, string>();
  for (const { after, path } of planned.files) {
    const bytes = compiled(path, after, around);
    if (bytes === undefined) return undefined;
    meaning.set(path, bytes);
  }
  return meaning;
}
