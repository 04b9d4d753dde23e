/** The named flags of `--warn`, `--dump` and `--Optimize`: which there are, which are on, and how a list of them is printed. */

interface Flag {
  readonly name: string;
  readonly about: string;
  /** `no-NAME` is not understood. */
  readonly oneWay?: true;
  /** It stands for these, and is on when they all are. */
  readonly group?: readonly string[];
}

/** A flag word taken: the new set, `show`, a word that does not go with another, or no such word. */
export type FlagAnswer = ReadonlySet<string> | "show" | "conflict" | undefined;

const developerWarnings = [
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
] as const;

export const warnFlags: readonly Flag[] = [
  { name: "rule-not-enforced", about: "a rule that the kernel or the ABI does not enforce" },
  { name: "rule-downgraded", about: "a rule that is enforced only in part" },
  { name: "abi", about: "abi rules that contradict each other" },
  { name: "deprecated", about: "syntax that should not be used any more" },
  { name: "config", about: "problems with the configuration file" },
  { name: "cache", about: "problems with the cache" },
  { name: "debug-cache", about: "why a cache entry was not used" },
  { name: "jobs", about: "problems with jobs" },
  { name: "dangerous", about: "rules that give more than they seem to" },
  { name: "unexpected", about: "conditions that should not happen" },
  { name: "format", about: "needless or confusing spelling" },
  { name: "missing", about: "a qualifier that was left out and got its default" },
  { name: "override", about: "something that overrides something else" },
  { name: "dev", about: "all that helps while a profile is written", group: developerWarnings },
  { name: "pound-include", about: "`#include` with its hash sign" },
  { name: "all", about: "all of them", group: [...developerWarnings, "config", "cache", "jobs"] },
];

/** On when nothing is said. */
export const defaultWarnings: ReadonlySet<string> = new Set(["config", "cache", "jobs", "unexpected", "override"]);

export const dumpFlags: readonly Flag[] = [
  { name: "variables", about: "the variables", oneWay: true },
  { name: "expanded-variables", about: "the variables, expanded", oneWay: true },
  { name: "rule-exprs", about: "patterns made of rules" },
  { name: "expr-stats", about: "sizes of expressions" },
  { name: "expr-tree", about: "expressions" },
  { name: "expr-simplified", about: "simplified expressions" },
  { name: "stats", about: "all statistics" },
  { name: "progress", about: "progress of all stages" },
  { name: "dfa-progress", about: "progress of the automaton" },
  { name: "dfa-stats", about: "sizes of automata" },
  { name: "dfa-states", about: "states of the finished automaton" },
  { name: "dfa-compressed-states", about: "states of the packed automaton" },
  { name: "dfa-states-initial", about: "states as first built" },
  { name: "dfa-states-post-filter", about: "states after deny rules are folded in" },
  { name: "dfa-states-post-minimize", about: "states after minimisation" },
  { name: "dfa-states-post-unreachable", about: "states after unreachable ones are gone" },
  { name: "dfa-perms-build", about: "how permissions come about" },
  { name: "dfa-graph", about: "the automaton for Graphviz" },
  { name: "dfa-minimize", about: "minimisation" },
  { name: "dfa-unreachable", about: "removal of unreachable states" },
  { name: "dfa-node-map", about: "sets of positions and their states" },
  { name: "dfa-uniq-perms", about: "distinct permissions" },
  { name: "dfa-minimize-uniq-perms", about: "distinct permissions after minimisation" },
  { name: "dfa-minimize-partitions", about: "classes of minimisation" },
  { name: "compress-progress", about: "progress of packing" },
  { name: "compress-stats", about: "sizes of packed tables" },
  { name: "compressed-dfa", about: "packed tables" },
  { name: "equiv-stats", about: "numbers of byte classes" },
  { name: "equiv", about: "byte classes" },
  { name: "diff-encode", about: "differential encoding" },
  { name: "diff-stats", about: "sizes of differential encoding" },
  { name: "diff-progress", about: "progress of differential encoding" },
  { name: "rule-merge", about: "merged rules" },
  { name: "state32", about: "32-bit states" },
  { name: "flags_table", about: "the table of flags" },
];

/** What `-O 0` turns off, beside the byte classes, which do not count when it is asked whether all of it is on. */
const OPTIONAL = [
  "expr-normalize",
  "expr-simplify",
  "minimize",
  "remove-unreachable",
  "diff-encode",
  "state32",
  "flags-table",
] as const;

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
  { name: "flags-table", about: "a table of flags of its own" },
  { name: "zstd-recompress", about: "compress a cached blob again at a higher level" },
];

export const defaultOptimizations: ReadonlySet<string> = new Set([
  "expr-normalize",
  "expr-simplify",
  "minimize",
  "filter-deny",
  "compress-fast",
  "diff-encode",
  "rule-merge",
]);

function changed(flags: readonly Flag[], on: ReadonlySet<string>, word: string): ReadonlySet<string> | undefined {
  const off = word.startsWith("no-");
  const flag = flags.find((candidate) => candidate.name === (off ? word.slice(3) : word));
  if (flag === undefined || (off && flag.oneWay === true)) return undefined;
  const next = new Set(on);
  for (const name of flag.group ?? [flag.name]) {
    if (off) next.delete(name);
    else next.add(name);
  }
  return next;
}

/** `--warn=WORD` and `--Werror=WORD`. */
export function takeWarning(on: ReadonlySet<string>, word: string): FlagAnswer {
  return word === "show" ? "show" : changed(warnFlags, on, word);
}

/** `--dump=WORD`; some words stand for several flags. */
export function takeDump(on: ReadonlySet<string>, word: string): FlagAnswer {
  if (word === "show") return "show";
  const group = word === "stats" || word === "no-stats" ? dumpFlags.filter((flag) => flag.name.endsWith("stats")) : [];
  let next = changed(dumpFlags, on, word);
  for (const flag of group)
    next = changed(dumpFlags, next ?? on, word.startsWith("no-") ? `no-${flag.name}` : flag.name);
  return next;
}

/** `--Optimize=WORD`. */
export function takeOptimization(on: ReadonlySet<string>, word: string): FlagAnswer {
  switch (word) {
    case "show":
      return "show";
    case "0":
      return without(on, ["equiv", ...OPTIONAL]);
    case "expr-right-simplify":
      return without(on, ["expr-left-simplify"]);
    case "compress-default":
      return on.has("compress-small") ? "conflict" : changed(optimizeFlags, on, word);
    case "compress-small":
      return on.has("compress-default") ? "conflict" : changed(optimizeFlags, without(on, ["compress-fast"]), word);
    case "compress-fast":
      return changed(optimizeFlags, without(on, ["compress-small"]), word);
    default:
      return changed(optimizeFlags, on, word);
  }
}

function without(on: ReadonlySet<string>, names: readonly string[]): ReadonlySet<string> {
  return new Set([...on].filter((name) => !names.includes(name)));
}

/** The flags that are on, in the order of their table. */
export function listFlags(flags: readonly Flag[], on: ReadonlySet<string>): string {
  return flags
    .filter(({ name, group }) => (group ?? [name]).every((one) => on.has(one)))
    .map((flag) => flag.name)
    .join(", ");
}

/** The same of `--Optimize`: a zero where something of what it turns off is off, and the one of two directions that is taken. */
export function listOptimizations(on: ReadonlySet<string>): string {
  const shown = on.has("expr-left-simplify") ? on : new Set([...on, "expr-right-simplify"]);
  const list = listFlags(optimizeFlags, shown);
  return OPTIONAL.every((name) => on.has(name)) ? list : `0, ${list}`;
}

/** One line a flag, for `--help=TOPIC`. */
export function describeFlags(flags: readonly Flag[]): string {
  return flags
    .map((flag) => `${flag.oneWay === true ? "     " : "[no-]"}${flag.name.padEnd(28)} ${flag.about}\n`)
    .join("");
}
