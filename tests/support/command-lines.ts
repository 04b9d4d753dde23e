/** Random command lines of `apparmor_parser`, in all spellings that getopt takes. The same seed gives the same lines. */
import { Random } from "./random.ts";

/** A run: what is written to `conf` before, argv, what comes in. */
export interface CommandLine {
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly argv: readonly string[]; readonly stdin: string; readonly before?: string }[];
}

interface Option {
  readonly short?: string;
  readonly long: string;
  readonly value?: string | undefined;
  readonly optional?: true;
}

const option = (text: string, value?: string): Option => {
  const [long = "", short] = text.split(" ");
  return { long, ...(short !== undefined && { short }), ...(value !== undefined && { value }) };
};

function pick<T>(random: Random, items: readonly [T, ...T[]]): T {
  const at = random.below(items.length);
  return items.find((_, index) => index === at) ?? items[0];
}

const FILES = [
  "foo",
  "bar",
  "dup",
  "path",
  "nested",
  "complain",
  "unconfined",
  "disabled",
  "forced",
  "bad",
  "undefined",
  "conflict",
  "double",
  "regex",
  "no-include",
  "no-abi",
  "hash",
  "usesbase",
  "rule",
  "warn",
  "empty",
  "comment",
  "link",
  "with space",
  "./foo",
  "{dir}/foo",
  "base/food",
  "base/barred",
  "base/fc",
  "base/new.rpmnew",
  "base/.hidden",
  "base/linked",
] as const;
const ODD = [
  "nowhere",
  "dangling",
  "loop",
  "foo/x",
  "",
  "-",
  "base/sub",
  "other/none",
  "foo/",
  "base/disable/barred",
  "dir/../foo",
] as const;
const DIRECTORIES = ["base", "dir", "emptydir", "linkdir", "base/", "dang", "./dir", "base//", "{dir}/dir"] as const;
const WARNINGS = [
  "rule-not-enforced",
  "rule-downgraded",
  "abi",
  "deprecated",
  "config",
  "cache",
  "debug-cache",
  "jobs",
  "dangerous",
  "unexpected",
  "format",
  "missing",
  "override",
  "dev",
  "pound-include",
  "all",
  "no-all",
  "no-config",
  "no-cache",
  "no-debug-cache",
  "show",
  "bogus",
  "",
  "no-",
  "no-show",
  "ALL",
] as const;
const OPTIMIZATIONS = [
  "0",
  "equiv",
  "no-equiv",
  "expr-normalize",
  "no-expr-normalize",
  "expr-simplify",
  "no-expr-simplify",
  "expr-left-simplify",
  "no-expr-left-simplify",
  "expr-right-simplify",
  "minimize",
  "no-minimize",
  "filter-deny",
  "no-filter-deny",
  "remove-unreachable",
  "no-remove-unreachable",
  "compress-default",
  "compress-small",
  "compress-fast",
  "no-compress-fast",
  "diff-encode",
  "no-diff-encode",
  "rule-merge",
  "no-rule-merge",
  "state32",
  "no-state32",
  "flags-table",
  "no-flags-table",
  "zstd-recompress",
  "no-zstd-recompress",
  "show",
  "bogus",
  "",
  "1",
  "no-0",
] as const;
const JOBS = [
  "0",
  "1",
  "2",
  "auto",
  "max",
  "x1",
  "x2",
  "x0",
  "x",
  "xyz",
  "-1",
  "1x",
  "",
  " 2",
  "+2",
  "0x2",
  "08",
  "AUTO",
  "maxi",
  "99999999999999999999",
  "2 ",
] as const;
const LOCATIONS = [
  "cache",
  "{dir}/cache",
  "cache,second",
  "second,cache",
  "a\\\\b",
  "a,b,c,d",
  "a,b,c,d,e",
  "cache,",
  ",cache",
  "foo",
  "no/where",
  "stale",
  "cache/",
  "dangling",
  "cache,cache",
] as const;
const LEVELS = ["none", "default", "fast", "small", "0", "9", "22", "23", "-1", "x", "1x", "", "99"] as const;
const DUMPS = ["bogus", "", "no-stats"] as const;
const TOPICS = ["bogus", "Optimize ", "x", "warns"] as const;

/** Options that change what is done with the files; by weight. */
function anyOption(random: Random): Option {
  const table: readonly [number, () => Option][] = [
    [6, () => option("warn", pick(random, WARNINGS))],
    [3, () => ({ long: "Werror", ...(random.chance(0.7) && { value: pick(random, WARNINGS) }), optional: true })],
    [3, () => option(pick(random, ["optimize O", "Optimize O"]), pick(random, OPTIMIZATIONS))],
    [4, () => option("jobs j", pick(random, JOBS))],
    [2, () => option("max-jobs", pick(random, JOBS))],
    [
      2,
      () =>
        option(
          "estimated-compile-size",
          pick(random, ["50MB", "1MB", "20480KB", "2GB", "x", "", "1kb", "1 MB", "1TB", "50M"]),
        ),
    ],
    [4, () => option("cache-loc L", pick(random, LOCATIONS))],
    [
      3,
      () => ({
        long: "zstd-compress-level",
        short: "c",
        ...(random.chance(0.8) && { value: pick(random, LEVELS) }),
        optional: true,
      }),
    ],
    [1, () => ({ long: "debug", short: "d", value: "x", optional: true })],
    [1, () => option(pick(random, ["dump D", "Dump"]), pick(random, DUMPS))],
    [3, () => option("prompt-compat", pick(random, ["default", "permsv2", "ignore", "flag", "bogus", "", "PERMSV2"]))],
    [1, () => option("print-prompt-compat", "x")],
    [4, () => option("skip-cache K")],
    [4, () => option("skip-read-cache T")],
    [6, () => option("write-cache W")],
    [6, () => option("show-cache k")],
    [1, () => option("skip-bad-cache")],
    [1, () => option("skip-bad-cache-rebuild")],
    [2, () => option("purge-cache")],
    [2, () => option("print-cache-dir")],
    [1, () => option("create-cache-dir")],
    [2, () => option("debug-cache")],
    [4, () => option("verbose v")],
    [3, () => option("quiet q")],
    [2, () => option("abort-on-error")],
    [3, () => option(pick(random, ["complain C", "Complain C"]))],
    [2, () => option("readimpliesX X")],
    [2, () => option("binary B")],
    [3, () => option("namespace n", pick(random, ["ns", "a/b", ":x:", "x y"]))],
    [3, () => option("base b", pick(random, ["base", "{dir}/base", "nowhere", "foo", "base/", "", "inc"]))],
    [3, () => option("Include I", pick(random, ["inc", "{dir}/inc", "nowhere", "foo", "", "base"]))],
    [2, () => option("subdomainfs f", pick(random, ["fs", "{dir}/fs", "nowhere", "foo"]))],
    [
      2,
      () =>
        option(
          "features-file M",
          pick(random, ["features", "nowhere", "base", "ftree", "empty", "features-bad", "foo", ""]),
        ),
    ],
    [2, () => option("kernel-features", pick(random, ["features", "nowhere", "ftree", "empty", "foo"]))],
    [
      2,
      () =>
        option(
          pick(random, ["policy-features", "compile-features"]),
          pick(random, ["features", "nowhere", "<kernel>", "ftree", "empty"]),
        ),
    ],
    [1, () => option("override-policy-abi", pick(random, ["features", "nowhere", "<kernel>"]))],
    [1, () => option("match-string m", pick(random, ["file {mask {read\n}\n}\n", "", "x"]))],
    [1, () => option("config-file", pick(random, ["nowhere", "base", "conf", ""]))],
    [1, () => ({ long: "help", short: "h", value: pick(random, TOPICS), optional: true })],
    [1, () => option(pick(random, ["bogus", "repl", "skip", "p", "print", "no", "a", "=x", "Q y"]))],
    [1, () => option("replace r", "x")],
    [1, () => ({ long: pick(random, ["base", "warn", "jobs", "Include", "cache-loc"]) })],
  ];
  let at = random.below(table.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, make] of table) {
    if (at < weight) return make();
    at -= weight;
  }
  return option("quiet q");
}

const ACTIONS = ["add a", "replace r", "reload", "remove R", "names N", "stdout S"] as const;

/** The arguments of one option, spelled as it comes. */
function spell(random: Random, { short, long, value, optional }: Option): string[] {
  if (short !== undefined && random.chance(0.5)) {
    if (value === undefined) return [`-${short}`];
    return optional === true || (value !== "" && random.chance(0.5)) ? [`-${short}${value}`] : [`-${short}`, value];
  }
  const cut = random.chance(0.15) ? long.slice(0, Math.max(1, long.length - 1 - random.below(4))) : long;
  if (value === undefined) return [`--${cut}`];
  return optional === true || random.chance(0.5) ? [`--${cut}=${value}`] : [`--${cut}`, value];
}

/** Short options without values run together. */
function bundle(random: Random, groups: readonly string[][]): string[][] {
  const out: string[][] = [];
  for (const group of groups) {
    const last = out.at(-1);
    const [word = ""] = group;
    const joins = last?.length === 1 && /^-[aBCKkNqQrRSTvWXz]+$/.test(last[0] ?? "") && /^-[A-Za-z]/.test(word);
    if (joins && random.chance(0.6)) out[out.length - 1] = [`${last[0]}${word.slice(1)}`, ...group.slice(1)];
    else out.push([...group]);
  }
  return out;
}

function shuffle<T>(random: Random, items: readonly T[]): T[] {
  const out = [...items];
  for (let at = out.length - 1; at > 0; at -= 1) {
    const other = random.below(at + 1);
    const [a, b] = [out[at], out[other]];
    if (a !== undefined && b !== undefined) [out[at], out[other]] = [b, a];
  }
  return out;
}

function randomWords(random: Random): { argv: string[]; stdin: string } {
  const options: Option[] = [];
  if (random.chance(0.8))
    options.push(
      random.chance(0.15)
        ? option("ofile o", pick(random, ["out", "no/out", "foo.out"]))
        : option(pick(random, ACTIONS)),
    );
  if (random.chance(0.04)) options.push(option(pick(random, ACTIONS)));
  if (random.chance(0.75)) options.push(option("skip-kernel-load Q"));
  else if (random.chance(0.8)) options.push(option("subdomainfs f", "{dir}/fs"));
  if (random.chance(0.75)) options.push(option("config-file", random.chance(0.7) ? "empty" : "conf"));
  if (random.chance(0.8)) options.push(option("features-file M", "features"));
  if (random.chance(0.7)) options.push(option("base b", "base"));
  const more = random.below(5);
  for (let count = 0; count < more; count += 1) options.push(anyOption(random));
  const operands: string[] = [];
  const wanted = pick(random, [0, 1, 1, 1, 1, 2, 3]);
  for (let count = 0; count < wanted; count += 1) {
    operands.push(pick(random, random.chance(0.7) ? FILES : random.chance(0.5) ? DIRECTORIES : ODD));
  }
  const groups = bundle(
    random,
    shuffle(random, options).map((one) => spell(random, one)),
  );
  // Debian's keeps what goes into a namespace where other calls find it; ours does not.
  if (options.some(({ long }) => long === "namespace")) groups.push(["-K"]);
  const rest = random.chance(0.6)
    ? [...groups.flat(), ...operands]
    : shuffle(random, [...groups, ...operands.map((one) => [one])]).flat();
  if (random.chance(0.06)) rest.splice(random.below(rest.length + 1), 0, "--");
  // Never the cache of this machine.
  const argv = [...spell(random, option("cache-loc L", "cache")), ...rest];
  const stdin = pick(random, [
    "",
    "profile in { /x r, }\n",
    "profile in {\n  /x zz,\n}\n",
    "/bin/x//y@z {}\nprofile :n:q { }\n",
  ]);
  return { argv, stdin };
}

const CONFIGS = [
  "write-cache",
  "show-cache",
  "quiet",
  "# words",
  "",
  "  verbose",
  "warn=all",
  "warn all",
  "jobs=2",
  "cache-loc=second",
  "bogus",
  "bogus=1",
  "stdout",
  "Optimize=no-expr-simplify",
  "features-file features",
  "policy-features=nowhere",
  "policy-features=features",
  "write-cache # no",
  "Werror",
  "Werror=config",
  "base = base",
  "skip-cache",
  "jobs",
  "jobs=xyz",
  "replace",
  "Include inc",
  "warn=bogus",
  "\tverbose",
  "verbose=1",
  "skip-k",
  "config-file=x",
  "help",
  "version",
  "add",
  "W",
] as const;

export function randomCommandLine(seed: number): CommandLine {
  const random = new Random(seed);
  random.next();
  const conf = Array.from({ length: random.below(4) }, () => pick(random, CONFIGS));
  const first = randomWords(random);
  const steps = [first];
  // The same again meets what the first run left in the cache.
  if (random.chance(0.3)) steps.push(first);
  else if (random.chance(0.15)) steps.push(randomWords(random));
  return { files: { conf: conf.map((line) => `${line}\n`).join("") }, steps };
}
