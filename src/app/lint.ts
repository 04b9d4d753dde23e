/** What is superfluous, impossible or dangerous in policy, file by file. */
import { type Finding, type LintWorld, type Unit, lintFile } from "../analysis/lint/index.ts";
import { createCells, labelGraph } from "../analysis/reach/index.ts";
import type { Outcome } from "../foundation/basics/index.ts";
import { type Diagnostic, type FileReport, type FindSource, sortDiagnostics } from "../foundation/diagnostics/index.ts";
import { aliasedProfiles } from "../language/model/index.ts";
import type { LintConfig } from "./lint-config.ts";
import { fixedText, newestOptions } from "./fixed-text.ts";
import type { PolicyWorld } from "./meaning-world.ts";

export { LINT_CONFIG, type LintConfig, lintCodeOf, noConfig, readLintConfig } from "./lint-config.ts";
export { lintCodes } from "../analysis/lint/index.ts";
export { openWorld } from "./meaning-world.ts";
export { readUnit } from "./units.ts";

export interface LintOptions {
  /** The policy is all there is: what is missing in it is missing. */
  readonly isWhole: boolean;
  /** Features of the newest kernel known, as text. */
  readonly newest: string;
  readonly config: LintConfig;
  readonly units: readonly Unit[];
}

export interface LintedFile {
  readonly report: FileReport;
  readonly find: FindSource;
  /** How many findings comments and the configuration silenced. */
  readonly silenced: number;
  /** The text without what can be removed; `undefined` where there is nothing to remove, else why it cannot be. */
  readonly fixed: Outcome<string, string> | undefined;
}

export interface Linted {
  /** Looks at each file when it is asked for. */
  readonly files: Iterable<LintedFile>;
  /** What could not be looked at, with the reason, once all files have been. */
  readonly gaps: () => readonly string[];
  /** What was not wanted and not found, once all files have been looked at. */
  readonly unused: () => readonly LintConfig["allow"][number][];
}

export function lintFiles(world: PolicyWorld, options: LintOptions): Linted {
  const used = new Set<LintConfig["allow"][number]>();
  const gaps: string[] = [];
  const shared = sharedBy(world, options, (what) => gaps.push(what));
  return {
    files: eachFile(world, shared, { config: options.config, used }),
    gaps: () => [...new Set([...gaps, ...shared.graph.gaps()])],
    unused: () => options.config.allow.filter((one) => !used.has(one)),
  };
}

/** What the checks of all files of a policy share. */
function sharedBy(
  world: PolicyWorld,
  { isWhole, newest, units }: Omit<LintOptions, "config">,
  gap: LintWorld["gap"],
): LintWorld {
  const profiles = world.files.flatMap(({ resolved }) => aliasedProfiles(resolved.value));
  return {
    cells: createCells(),
    graph: labelGraph(profiles, { enforced: true }),
    isWhole,
    newest: newestOptions(newest),
    units,
    gap,
  };
}

interface Wanted {
  readonly config: LintConfig;
  /** The exceptions that were made. */
  readonly used: Set<LintConfig["allow"][number]>;
}

function* eachFile(world: PolicyWorld, shared: LintWorld, wishes: Wanted): Generator<LintedFile> {
  for (const file of world.files) {
    const { findings, silenced } = lintFile(file.source, file.subjects, shared);
    const wanted = findings.flatMap((finding) => configured(finding, wishes));
    const sorted = sortDiagnostics(wanted);
    const fixed = fixedText(world, file, sorted);
    // What does not hold up as text is not offered.
    const diagnostics = fixed?.ok === false ? sorted.map((one) => ({ ...one, fixes: [] })) : sorted;
    yield {
      report: { file: file.source, ok: diagnostics.every(({ severity }) => severity !== "error"), diagnostics },
      find: (id) => file.resolved.sources.get(id) ?? sourceAnywhere(world, id),
      silenced: silenced + findings.length - wanted.length,
      fixed,
    };
  }
}

/** With the severity that the configuration gives it, unless it wants nothing of it. */
function configured(
  { diagnostic, profile }: Finding,
  { config: { allow, severity }, used }: Wanted,
): readonly Diagnostic[] {
  const allowed = allow.filter((one) => one.code === diagnostic.code && one.profile === profile);
  for (const one of allowed) used.add(one);
  const own = [...severity].find(([code]) => code === diagnostic.code)?.[1] ?? diagnostic.severity;
  return allowed.length > 0 || own === "off" ? [] : [{ ...diagnostic, severity: own }];
}

function sourceAnywhere(world: PolicyWorld, id: Parameters<FindSource>[0]): ReturnType<FindSource> {
  for (const { resolved } of world.files) {
    const source = resolved.sources.get(id);
    if (source !== undefined) return source;
  }
  return undefined;
}
