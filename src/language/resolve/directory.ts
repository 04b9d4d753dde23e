import { withChildren } from "../../foundation/basics/index.ts";
import type { FileRefusal } from "../../foundation/ports/index.ts";
import { compareBytes, type FileId, type SourceFile } from "../../foundation/text/index.ts";
import { resolveCodes } from "./codes.ts";
import { type Diagnostic, createReporter, sentence, sortDiagnostics } from "../../foundation/diagnostics/index.ts";
import { type Origin, profileKey } from "../model/index.ts";
import { type PolicyState, ignoredFileName, readPolicyMarks } from "../tables/index.ts";
import { resolvePolicy } from "./resolve.ts";
import type { ResolvedPolicy, ResolveOptions } from "./options.ts";
import { createResolveSession } from "./session.ts";

export interface PolicyFile {
  readonly path: string;
  readonly state: PolicyState;
  readonly policy: ResolvedPolicy;
}

export interface PolicySet {
  /** In byte order of their names. */
  readonly files: readonly PolicyFile[];
  /** What is wrong between files; each file's own diagnostics are in its policy. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<FileId, SourceFile>;
  /** Why the directory could not be listed: nobody knows then what is in it. */
  readonly unlisted: FileRefusal | undefined;
}

/**
 * Reads every policy file of a directory, as a boot does: regular files, no sub-directories, not the names package managers
 * and editors leave. Includes shared by files are read and parsed once.
 *
 * Errors: of a directory that cannot be listed there are no files, and `unlisted` is the reason; profiles defined by two enabled files are reported, the second one at fault.
 */
export function resolvePolicySet(directory: string, options: ResolveOptions): PolicySet {
  const session = options.session ?? createResolveSession(options.files);
  const shared = { ...options, session };
  const base = directory.replace(/\/+$/, "");
  const listed = options.files.list(base);
  const names = (listed.ok ? listed.value : [])
    .filter(({ kind, name }) => kind === "file" && ignoredFileName(name) === undefined)
    .map(({ name }) => name)
    .toSorted(compareBytes);
  const { stateOf } = readPolicyMarks(base, options.files.list);
  const files = names.map((name): PolicyFile => {
    const path = `${base}/${name}`;
    return { path, state: stateOf(name), policy: resolvePolicy({ path }, shared) };
  });
  const sources = new Map(files.flatMap(({ policy }) => [...policy.sources]));
  return {
    files,
    diagnostics: sortDiagnostics(findDuplicates(files)),
    sources,
    unlisted: listed.ok ? undefined : listed.error,
  };
}

/** Profiles, also children, that two enabled files define: the kernel keeps the one loaded last. */
function findDuplicates(files: readonly PolicyFile[]): readonly Diagnostic[] {
  const reporter = createReporter(resolveCodes);
  const seen = new Map<string, { readonly origin: Origin; readonly path: string }>();
  for (const { path, policy, state } of files) {
    if (state === "disabled") continue;
    for (const profile of withChildren(policy.value.profiles)) {
      const key = profileKey(profile);
      const before = seen.get(key);
      if (before === undefined) seen.set(key, { origin: profile.origin, path });
      else if (before.path !== path) {
        const message = sentence`the profile ${{ name: profile.name }} is defined by two files`;
        const also = [{ span: before.origin.span, message: "first defined here" }];
        reporter.report("resolve/duplicate-across-files", profile.origin, message, { also });
      }
    }
  }
  return reporter.list;
}
