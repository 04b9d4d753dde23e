/** The named flags of `--warn`, `--dump` and `--Optimize`: which there are, which are on, and how a list of them is printed. */

interface Flag {
  readonly name: string;
  readonly about: string;
  /** `no-NAME` is not understood. */
  readonly oneWay?: true;
  /** The flags it stands for; it is on when all of them are. Absent: itself. */
  readonly bits?: readonly string[];
  /** It is there, and not listed. */
  readonly hidden?: true;
}

/** What naming a flag leads to: the new set, `show`, flags that exclude each other, or no such flag. */
export type FlagAnswer = ReadonlySet<string> | "show" | { readonly conflict: string } | undefined;

const developerWarnings: readonly string[] = [
  "rule-not-enforced",
  "rule-downgraded",
  "abi",
  "deprecated",
  "debug-cache",
  "dangerous",
  "unexpected",
  "format",
  "missing",
  "override",
  "pound-include",
];

export const warnFlags: readonly Flag[] = [
  { name: "rule-not-enforced", about: "a rule that kernel or ABI does not enforce" },
  { name: "rule-downgraded", about: "a rule that is enforced only in part" },
  { name: "abi", about: "abi rules that contradict each other" },
  { name: "deprecated", about: "syntax that should no longer be used" },
  { name: "config", about: "problems with the configuration file" },
  { name: "cache", about: "problems with the cache" },
  { name: "debug-cache", about: "why a cache entry was not used" },
  { name: "jobs", about: "problems with jobs" },
  { name: "dangerous", about: "rules that allow more than they seem to" },
  { name: "unexpected", about: "conditions that should not happen" },
  { name: "format", about: "needless or confusing spelling" },
  { name: "missing", about: "a qualifier that was left out" },
  { name: "override", about: "something that overrides something else" },
  { name: "dev", about: "whatever helps while writing a profile", bits: developerWarnings },
  { name: "pound-include", about: "`#include` with its hash sign" },
  { name: "all", about: "all of them", bits: [...developerWarnings, "config", "cache", "jobs"] },
];

/** On when nothing is said. */
export const defaultWarnings: ReadonlySet<string> = new Set(["config", "cache", "jobs", "unexpected", "override"]);

const withStats = (what: string): readonly string[] => [`${what}-progress`, `${what}-stats`];

export const dumpFlags: readonly Flag[] = [
  { name: "variables", about: "the variables", oneWay: true, hidden: true },
  { name: "expanded-variables", about: "the variables, expanded", oneWay: true, hidden: true },
  { name: "rule-exprs", about: "patterns made of rules" },
  { name: "expr-stats", about: "sizes of expressions" },
  { name: "expr-tree", about: "expressions" },
  { name: "expr-simplified", about: "simplified expressions" },
  {
    name: "stats",
    about: "all statistics",
    bits: ["expr", "dfa", "compress", "equiv", "diff"].map((what) => `${what}-stats`),
  },
  { name: "progress", about: "progress of all stages", bits: ["dfa", "compress", "diff"].flatMap(withStats) },
  { name: "dfa-progress", about: "progress of the automaton", bits: withStats("dfa") },
  { name: "dfa-stats", about: "sizes of automata" },
  { name: "dfa-states", about: "states of the finished automaton" },
  { name: "dfa-compressed-states", about: "states of the packed automaton" },
  { name: "dfa-states-initial", about: "states as first built" },
  { name: "dfa-states-post-filter", about: "states after deny rules were folded in" },
  { name: "dfa-states-post-minimize", about: "states after minimisation" },
  { name: "dfa-states-post-unreachable", about: "states after unreachable ones were removed" },
  { name: "dfa-perms-build", about: "how permissions are computed" },
  { name: "dfa-graph", about: "the automaton for Graphviz" },
  { name: "dfa-minimize", about: "minimisation" },
  { name: "dfa-unreachable", about: "removal of unreachable states" },
  { name: "dfa-node-map", about: "sets of positions and their states" },
  { name: "dfa-uniq-perms", about: "distinct permissions" },
  { name: "dfa-minimize-uniq-perms", about: "distinct permissions after minimisation" },
  { name: "dfa-minimize-partitions", about: "classes of minimisation" },
  { name: "compress-progress", about: "progress of packing", bits: withStats("compress") },
  { name: "compress-stats", about: "sizes of packed tables" },
  { name: "compressed-dfa", about: "packed tables" },
  { name: "equiv-stats", about: "numbers of byte classes" },
  { name: "equiv", about: "byte classes" },
  { name: "diff-encode", about: "differential encoding" },
  { name: "diff-stats", about: "sizes of differential encoding" },
  { name: "diff-progress", about: "progress of differential encoding", bits: withStats("diff") },
  { name: "rule-merge", about: "merged rules" },
  { name: "state32", about: "32-bit states" },
  { name: "flags_table", about: "the table of flags" },
];

export const optimizeFlags: readonly Flag[] = [
  { name: "equiv", about: "byte classes" },
  { name: "expr-normalize", about: "normalised expressions" },
  { name: "expr-simplify", about: "simplified expressions" },
  { name: "expr-left-simplify", about: "simplification from the left first", oneWay: true },
  { name: "expr-right-simplify", about: "simplification from the right first", oneWay: true },
  { name: "minimize", about: "minimised automata" },
  { name: "filter-deny", about: "deny rules folded into the automaton" },
  { name: "remove-unreachable", about: "unreachable states removed" },
  { name: "compress-default", about: "ordinary packing", oneWay: true },
  { name: "compress-small", about: "slow packing into less space", oneWay: true },
  { name: "compress-fast", about: "fast packing", oneWay: true },
  { name: "diff-encode", about: "differential encoding" },
  { name: "rule-merge", about: "merged rules" },
  { name: "state32", about: "32-bit states" },
  { name: "flags-table", about: "a separate table of flags" },
  { name: "zstd-recompress", about: "compress a cached blob again at a higher level" },
];

export const defaultOptimizations: ReadonlySet<string> = new Set([
  "expr-normalize",
  "expr-simplify",
  "expr-right-simplify",
  "minimize",
  "filter-deny",
  "compress-fast",
  "diff-encode",
  "rule-merge",
]);

const bitsOf = ({ bits, name }: Flag): readonly string[] => bits ?? [name];

function changed(flags: readonly Flag[], on: ReadonlySet<string>, value: string): ReadonlySet<string> | undefined {
  const off = value.startsWith("no-");
  const flag = flags.find((candidate) => candidate.name === (off ? value.slice(3) : value));
  if (flag === undefined || (off && flag.oneWay === true)) return undefined;
  const bits = bitsOf(flag);
  return new Set(off ? [...on].filter((bit) => !bits.includes(bit)) : [...on, ...bits]);
}

/** `--warn=FLAG` and `--Werror=FLAG`. */
export function takeWarning(on: ReadonlySet<string>, value: string): FlagAnswer {
  return value === "show" ? "show" : changed(warnFlags, on, value);
}

/** `--dump=FLAG`. */
export function takeDump(on: ReadonlySet<string>, value: string): FlagAnswer {
  return value === "show" ? "show" : changed(dumpFlags, on, value);
}

/** What `--Optimize=0` takes away. */
const zeroed: readonly string[] = [
  "expr-normalize",
  "expr-simplify",
  "minimize",
  "remove-unreachable",
  "diff-encode",
  "state32",
  "flags-table",
];

/** Flags that replace another one. */
const replaced: Readonly<Record<string, string>> = {
  "expr-left-simplify": "expr-right-simplify",
  "expr-right-simplify": "expr-left-simplify",
  "compress-small": "compress-fast",
  "compress-fast": "compress-small",
};

/** `--Optimize=FLAG`. */
export function takeOptimization(on: ReadonlySet<string>, value: string): FlagAnswer {
  if (value === "show") return "show";
  if (value === "0") return new Set([...on].filter((name) => !zeroed.includes(name)));
  const next = changed(optimizeFlags, new Set([...on].filter((name) => name !== replaced[value])), value);
  const conflicts = next?.has("compress-default") === true && next.has("compress-small");
  return conflicts ? { conflict: "compress-default, compress-small" } : next;
}

/** The flags that are on, in the order of their table. */
export function listFlags(flags: readonly Flag[], on: ReadonlySet<string>): readonly string[] {
  // ORACLE 5.0.2: `0` counts as on unless nothing that it takes away is off.
  const zero = flags === optimizeFlags && !zeroed.every((name) => on.has(name)) ? ["0"] : [];
  const listed = flags.filter((flag) => flag.hidden !== true && bitsOf(flag).every((bit) => on.has(bit)));
  return [...zero, ...listed.map(({ name }) => name)];
}

/** One line a flag, for `--help=TOPIC`. */
export function describeFlags(flags: readonly Flag[]): string {
  return flags
    .map((flag) => `${flag.oneWay === true ? "     " : "[no-]"}${flag.name.padEnd(28)} ${flag.about}\n`)
    .join("");
}
