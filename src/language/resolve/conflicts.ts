/** What does not go together between profiles that are loaded side by side: two of one name, two that attach to the same programs. */
import { type Diagnostic, createReporter, sentence } from "../../foundation/diagnostics/index.ts";
import type { Span } from "../../foundation/text/index.ts";
import { parseGlob, patternKeys } from "../globs/index.ts";
import { resolveCodes } from "./codes.ts";

/** As much of a profile as others may clash with. */
export interface NamedProfile {
  /** Namespace and whole name. */
  readonly key: string;
  readonly name: string;
  readonly namespace: string | undefined;
  /** What it attaches to by the path alone; `undefined` for children, which attach within their parent. */
  readonly attachment: string | undefined;
  readonly span: Span;
}

export interface NamedFile {
  /** The same file has the same path, however it was named. */
  readonly path: string;
  readonly profiles: readonly NamedProfile[];
}

/** A conflict, and which of the files is at fault: the later one. */
export interface FileConflict {
  readonly file: number;
  readonly diagnostic: Diagnostic;
}

interface Seen {
  readonly profile: NamedProfile;
  readonly path: string;
}

/** COST: of a variable with many values the text is long; those are compared as texts. */
const LONGEST_COMPARED = 4096;

/** One text for attachments that are written in more than one way. */
function attachmentKeys(): (attachment: string) => string {
  const keyOf = patternKeys();
  return (attachment) => {
    const parsed = attachment.length > LONGEST_COMPARED ? undefined : parseGlob(attachment, { nul: false });
    return parsed?.ok === true ? keyOf(parsed.value) : attachment;
  };
}

/** Every conflict, in the order of the files. Cost: linear in the profiles. */
export function findConflicts(files: readonly NamedFile[]): readonly FileConflict[] {
  const found: FileConflict[] = [];
  const names = new Map<string, Seen>();
  const attachments = new Map<string, Seen>();
  const read = new Set<string>();
  const keyOf = attachmentKeys();
  for (const [file, { path, profiles }] of files.entries()) {
    if (read.has(path)) continue;
    read.add(path);
    const reporter = createReporter(resolveCodes);
    for (const profile of profiles) if (!tellName(profile, path)) tellAttachment(profile, path);
    for (const diagnostic of reporter.list) found.push({ file, diagnostic });

    function tellName(profile: NamedProfile, at: string): boolean {
      const before = names.get(profile.key);
      if (before === undefined) names.set(profile.key, { profile, path: at });
      if (before === undefined || before.path === at) return false;
      const also = [{ span: before.profile.span, message: "first defined here" }];
      const message = sentence`the profile ${{ name: profile.name }} is defined by two files`;
      reporter.report("resolve/duplicate-across-files", { span: profile.span, includes: [] }, message, { also });
      return true;
    }

    function tellAttachment(profile: NamedProfile, at: string): void {
      if (profile.attachment === undefined) return;
      const place = JSON.stringify([profile.namespace, keyOf(profile.attachment)]);
      const before = attachments.get(place);
      if (before === undefined) attachments.set(place, { profile, path: at });
      if (before === undefined || before.profile.key === profile.key) return;
      const also = [{ span: before.profile.span, message: "this one attaches there, too" }];
      const message = sentence`the profiles ${{ name: profile.name }} and ${{ other: before.profile.name }} attach to ${{ path: profile.attachment }}`;
      reporter.report("resolve/attachment-twice", { span: profile.span, includes: [] }, message, { also });
    }
  }
  return found;
}
