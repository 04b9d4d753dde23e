/**
 * What questions to a whole distribution's policy cost: Debian sid's, read once, then asked in one warm process; `reach` and `query` as commands, too.
 * `npm run bench:meaning -- [--rounds N]`. Needs the oracle of the lab for its policy.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { openOracle, renderLabProblem } from "../lab/index.ts";
import { labelGraph, reach, relationsOf } from "../src/analysis/reach/index.ts";
import { queryProfile } from "../src/analysis/tables/index.ts";
import { defaultPolicySettings, loadLinter, loadMeaning, type PolicySource } from "../src/app/index.ts";
import { witnesses } from "../src/compiler/automata/index.ts";
import { MediationClass } from "../src/compiler/compiled/index.ts";
import { encodeBytes } from "../src/foundation/text/index.ts";
import { nodeFiles } from "../src/host/index.ts";
import { aliasedProfiles } from "../src/language/model/index.ts";
import { benchArguments } from "./arguments.ts";
import { measure, printFigures } from "./measure.ts";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const USAGE = `usage: npm run bench:meaning -- [--rounds N]

  --rounds N    rounds of each question (5)

What questions to Debian's whole policy cost. Needs the oracle of the lab for its policy.
`;
const {
  numbers: { rounds },
} = benchArguments(USAGE, { numbers: { rounds: 5 } });

const oracle = await openOracle();
if (!oracle.ok) {
  console.error(renderLabProblem(oracle.error));
  process.exit(1);
}
const { profiles: directory } = oracle.value;
const featuresPath = join(repository, "tests/corpus/features/debian-kernel-7.2");
const features = readFileSync(featuresPath, "utf8");
const settings = defaultPolicySettings({
  workingDirectory: "/",
  base: directory,
  kernelFeatures: features,
  policyFeatures: { kind: "text", text: features },
});

/** Of CPU, all threads of the process together: others on the machine do not count. */
function milliseconds(run: () => void): number {
  const started = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

function shown(times: readonly number[], part = 0.5): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN).toFixed(1)} ms`;
}

/** The first time and the median of the others. */
function repeat(name: string, run: () => void): void {
  const first = milliseconds(run);
  const later = Array.from({ length: rounds }, () => milliseconds(run));
  console.log(`  ${name.padEnd(56)} first ${shown([first])}, warm ${shown(later)}`);
}

const sources: readonly PolicySource[] = readdirSync(directory)
  .map((name) => join(directory, name))
  .filter((path) => statSync(path).isFile())
  .map((path) => ({ path, bytes: readFileSync(path) }));

const { openRules, openWorld, queryPolicy, explainRule, runSuites } = await loadMeaning();
const files = nodeFiles();
console.log(`Debian sid, ${sources.length} files, one process; milliseconds of CPU`);
repeat("policy opened for query", () => {
  openRules(sources, settings, files);
});
let world = openWorld(sources, settings, files);
repeat("policy opened for explain and test, compiled", () => {
  world = openWorld(sources, settings, files);
});
const profiles = world.files.flatMap(({ resolved }) => aliasedProfiles(resolved.value));

repeat("reach: steps of every label", () => {
  const graph = labelGraph(profiles);
  for (const label of graph.world.labels.keys()) graph.transitions(label);
});
repeat("reach: and what every label makes others do", () => {
  const graph = labelGraph(profiles);
  for (const label of graph.world.labels.keys()) {
    graph.transitions(label);
    graph.plants(label);
  }
  if (graph.gaps().length > 0) console.log(graph.gaps().slice(0, 5));
});
{
  const graph = labelGraph(profiles);
  const times = [...graph.world.labels.keys()].map((label) =>
    milliseconds(() => {
      reach(graph, label, { others: false });
      relationsOf(graph.world, label);
    }),
  );
  const rest = `slowest ${shown(times, 1)}`;
  console.log(`  ${"reach: one label after the other, with relations".padEnd(56)} median ${shown(times)}, ${rest}`);
}

for (const rule of [
  "/etc/shadow w",
  "owner @{HOME}/** rw",
  "capability sys_admin",
  "signal send peer=unconfined",
  "/** x",
]) {
  repeat(`query ${rule}`, () => {
    queryPolicy(world, rule, undefined);
  });
}

const asked = world.files.flatMap((file) =>
  file.subjects.flatMap(({ profile }) =>
    profile.rules.flatMap((rule, place) =>
      rule.kind === "file" && place % 23 === 0 ? [{ name: profile.name, text: `${rule.path.text} r` }] : [],
    ),
  ),
);
for (const round of ["first", "again"]) {
  const times = asked
    .filter((_, place) => place % 5 === 0)
    .slice(0, 150)
    .map(({ name, text }) => milliseconds(() => explainRule(world, name, text)));
  console.log(
    `  explain, ${times.length} questions, ${round}: median ${shown(times)}, p95 ${shown(times, 0.95)}, slowest ${shown(times, 1)}`,
  );
}

const written = world.files.flatMap((file) =>
  file.subjects.flatMap(({ profile }) =>
    profile.rules.flatMap((rule, place) =>
      // a name of the profile's own means nothing in a file of expectations
      rule.kind === "file" &&
      place % 11 === 0 &&
      !/["# ]|(?:profile_name|exec_path|attach_path)\}/.test(rule.path.written)
        ? [{ name: profile.name, text: `${rule.path.written} r` }]
        : [],
    ),
  ),
);
const EXPECTATIONS = 1000;
const statements = written
  .filter((_, place) => place % Math.max(1, Math.floor(written.length / EXPECTATIONS)) === 0)
  .slice(0, EXPECTATIONS);
const suite = statements
  .map(({ name, text }, place) => `test "t${place}" for "${name}" {\n  some ${text},\n}\n`)
  .join("");
repeat(`test: ${statements.length} expectations`, () => {
  runSuites(world, [{ path: "bench.aatest", text: suite }], { coverage: false, mutations: false });
});

const { lintFiles, noConfig } = await loadLinter();
repeat("lint: the whole distribution", () => {
  const options = { isWhole: true, newest: features, config: noConfig, units: [] };
  const found = [...lintFiles(world, options).files].flatMap(({ report }) => report.diagnostics);
  if (found.length === 0) console.log("  nothing was found");
});

const compiled = world.files.flatMap((file) => file.subjects.map((subject) => subject.compiled));
const paths = ["/usr/bin", "/etc", "/usr/lib", "/proc/1/", "/home/ann/.config/", "/usr/share/doc", "/var/lib"].flatMap(
  (start) =>
    ["", "/a", "/passwd", "/x86_64-linux-gnu/libc.so.6", "/fonts/truetype/dejavu/DejaVuSans.ttf"].map((end) =>
      encodeBytes(start + end),
    ),
);
const questions = new Map<number, Uint8Array[]>([[MediationClass.file, paths]]);
for (const { policydb } of compiled) {
  for (const [number = 0, ...data] of policydb === undefined ? [] : witnesses(policydb.dfa).values()) {
    if (number === MediationClass.file || number > 255) continue;
    const known = questions.get(number) ?? [];
    if (known.length < 200) questions.set(number, [...known, Uint8Array.from(data.filter((byte) => byte < 256))]);
  }
}
const DECISIONS = 2_000_000;
const names: ReadonlyMap<number, string> = new Map(
  Object.entries(MediationClass).map(([name, number]) => [number, name]),
);
console.log("  decisions on compiled policy, millions a second");
for (const [number, inputs] of [...questions].toSorted(([a], [b]) => a - b)) {
  const rate = (ask: (profile: number, data: Uint8Array) => unknown): number => {
    let count = 0;
    const spent = milliseconds(() => {
      while (count < DECISIONS) {
        for (let profile = 0; profile < compiled.length; profile += 1) for (const data of inputs) ask(profile, data);
        count += compiled.length * inputs.length;
      }
    });
    return count / spent / 1000;
  };
  const plain = (profile: number, data: Uint8Array): unknown => {
    const own = compiled[profile];
    return own && queryProfile(own, number, data, { kernel: "7.2", isOwner: false });
  };
  rate(plain);
  const name = names.get(number) ?? `class ${number}`;
  console.log(`    ${name.padEnd(16)} ${rate(plain).toFixed(1)}, ${inputs.length} inputs`);
}

const armorer = join(repository, "bin/armorer");
printFigures(
  "As commands, in a new process each",
  measure(
    [
      { name: "reach man_groff", argv: [armorer, "reach", "-M", featuresPath, directory, "man_groff"] },
      { name: "reach to unconfined", argv: [armorer, "reach", "-M", featuresPath, directory, "php-fpm", "unconfined"] },
      { name: "query /etc/shadow w", argv: [armorer, "query", "-M", featuresPath, directory, "/etc/shadow w"] },
    ],
    rounds,
  ),
);
