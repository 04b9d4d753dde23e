import { withChildren } from "../../foundation/basics/index.ts";
import type { FileRefusal } from "../../foundation/ports/index.ts";
import { type FileId, type SourceFile, withoutTrailing } from "../../foundation/text/index.ts";
import { type Diagnostic, sortDiagnostics } from "../../foundation/diagnostics/index.ts";
import { profileKey } from "../model/index.ts";
import { type PolicyState, readPolicyMarks } from "../tables/index.ts";
import { findConflicts, type NamedFile } from "./conflicts.ts";
import { profileFileNames } from "./profile-files.ts";
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
  return collectFiles(directory, shared, (path) => resolvePolicy({ path }, shared));
}

/** The set of what `resolve` makes of each file. */
export function collectFiles(
  directory: string,
  options: Pick<ResolveOptions, "files">,
  resolve: (path: string) => ResolvedPolicy,
): PolicySet {
  const base = withoutTrailing(directory, "/");
  const listed = options.files.list(base);
  const names = profileFileNames(listed.ok ? listed.value : []);
  const { stateOf } = readPolicyMarks(base, options.files.list);
  const files = names.map((name): PolicyFile => {
    const path = `${base}/${name}`;
    return { path, state: stateOf(name), policy: resolve(path) };
  });
  const sources = new Map(files.flatMap(({ policy }) => [...policy.sources]));
  return {
    files,
    diagnostics: sortDiagnostics(
      findConflicts(files.filter(isLoaded).map(namesOf)).map(({ diagnostic }) => diagnostic),
    ),
    sources,
    unlisted: listed.ok ? undefined : listed.error,
  };
}

function isLoaded({ state }: PolicyFile): boolean {
  return state !== "disabled";
}

function namesOf({ path, policy }: PolicyFile): NamedFile {
  const top = new Set(policy.value.profiles);
  const profiles = withChildren(policy.value.profiles).map((profile) => ({
    key: profileKey(profile),
    name: profile.name,
    namespace: profile.namespace,
    attachment: top.has(profile) && profile.xattrs.length === 0 ? profile.attachment?.text : undefined,
    span: profile.origin.span,
  }));
  return { path, profiles };
}
