import { loadMeaning, outcomeOfTest, SUITE_SUFFIX as SUFFIX, type TestReport } from "../../app/index.ts";
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { decodeBytes, displayText, encodeBytes } from "../../foundation/text/index.ts";
import { type TestPool, testPool, watchFiles } from "../../service/index.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";
import {
  type AskedPolicy,
  questionOptions,
  readAskedPolicy,
  readAskedTexts,
  tellSkipped,
  tellWhereIncludesAre,
} from "./asked-policy.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { initHint } from "./operand-hints.ts";
import { paintWords } from "./paint.ts";
import { jobCount, jobsOption } from "./policy-options.ts";
import { FILE, anyText } from "./value-types.ts";
import { junitForm, tapForm, testJunit, testSummary, testTap, testText } from "./test-text.ts";

interface Suites {
  readonly suites: readonly { readonly path: string; readonly text: string }[];
  readonly refusals: readonly string[];
}

/** The files that are named, all with the suffix in directories that are, or all beside the policy. */
function readSuites(call: Invocation): Suites {
  const { files } = call.io;
  const [policy = "", ...named] = call.operands;
  const refusals: string[] = [];
  const suitesIn = (directory: string): readonly string[] => {
    const listed = files.list(directory);
    const names = listed.ok ? suiteNames(listed.value) : [];
    if (!listed.ok) refusals.push(`${directory}: ${fileRefusalText(listed.error)}`);
    else if (names.length === 0) refusals.push(`there is no file *${SUFFIX} in ${directory}`);
    return names.map((name) => `${directory}/${name}`);
  };
  const isDirectory = (path: string): boolean => files.kind(path) === "directory";
  const places = named.length > 0 ? named : [isDirectory(policy) ? policy : directoryOf(policy)];
  const paths = places.flatMap((path) => (isDirectory(path) ? suitesIn(path.replace(/(?<=.)\/+$/, "")) : [path]));
  const suites = paths.flatMap((path) => {
    const bytes = files.read(path, { isOperand: named.includes(path) });
    if (bytes.ok) return [{ path, text: decodeBytes(bytes.value) }];
    refusals.push(`${path}: ${fileRefusalText(bytes.error)}`);
    return [];
  });
  return { suites, refusals };
}

function suiteNames(entries: readonly { readonly name: string; readonly kind: string }[]): readonly string[] {
  const names = entries.filter(({ name, kind }) => kind === "file" && name.endsWith(SUFFIX)).map(({ name }) => name);
  return names.toSorted();
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
}

const OUTCOME_STYLES = [
  [/^ok\b/, "good"],
  [/^(?:FAILED|NOBODY ASKED)\b/, "error"],
  [/^UNDECIDED\b/, "warning"],
] as const;

/** The report, and what else could not be read, in words. */
function print(report: TestReport, refusals: readonly string[], call: Invocation): void {
  const { io } = call;
  if (call.json) printJson(io, "armorer/test/1", { ...report, refusals });
  else if (call.has("junit")) io.out(testJunit(report, refusals));
  else if (call.has("tap")) io.out(testTap(report, refusals));
  else io.out(paintWords(testText(report), OUTCOME_STYLES));
  for (const { suite, line, message } of report.troubles) {
    io.err(`armorer test: ${displayText(suite)}:${line}: ${displayText(message)}\n`);
  }
  io.err(`${testSummary(report)}\n`);
}

async function runOnce(call: Invocation, pool: TestPool): Promise<number> {
  const asked = readAskedTexts(call, "test");
  if (typeof asked === "number") return EXIT.usage;
  const { suites, refusals } = readSuites(call);
  for (const refusal of refusals) call.io.err(`armorer test: ${displayText(refusal)}\n`);
  const { skipped: left, ...report } = await pool.run({
    sources: asked.texts,
    settings: asked.settings,
    suites,
    coverage: call.has("coverage"),
    mutations: call.has("mutations"),
  });
  const skipped = left.map(({ path, reason }) => `${path} was skipped: ${reason}`);
  print(report, [...asked.refusals, ...refusals, ...skipped], call);
  tellSkipped(left, call, "test");
  await tellWhereIncludesAre(left, asked, { call, command: "test" });
  const outcomes = report.tests.map(outcomeOfTest);
  if (outcomes.includes("failed")) return EXIT.bad;
  const isWhole = outcomes.every((outcome) => outcome === "passed") && report.troubles.length === 0;
  const isRead = refusals.length === 0 && asked.refusals.length === 0 && skipped.length === 0;
  return isWhole && isRead ? EXIT.fine : EXIT.usage;
}

async function initSuite(profile: string, call: Invocation): Promise<number> {
  const hint = initHint(profile, call);
  if (hint !== undefined) return usageError(call.io, "test", hint);
  const asked = await readAskedPolicy(call, "test");
  if (typeof asked === "number") return EXIT.usage;
  const log = call.value("log");
  const suite =
    log === undefined ? await firstSuite(profile, asked, call) : await suiteOfLog(profile, asked, { call, log });
  if (!suite.ok) {
    call.io.err(`armorer test: ${displayText(suite.error)}\n`);
    return EXIT.usage;
  }
  return writeSuite(suite.value, call);
}

function poolOf(call: Invocation): TestPool {
  return testPool(jobCount(call), call.io.files, call.root);
}

async function firstSuite(
  profile: string,
  { settings, texts, world }: AskedPolicy,
  call: Invocation,
): Promise<Outcome<string, string>> {
  const pool = poolOf(call);
  try {
    return await pool.starter({ world, sources: texts, settings }, profile);
  } finally {
    await pool.close();
  }
}

/** What of the log is in no expectation is said. */
async function suiteOfLog(
  profile: string,
  { world }: AskedPolicy,
  { call, log }: { readonly call: Invocation; readonly log: string },
): Promise<Outcome<string, string>> {
  const { files, err } = call.io;
  const read = log === "-" ? call.io.input() : files.read(log, { isOperand: true });
  if (!read.ok) return fail(log === "-" ? "standard input cannot be read" : `${log}: ${fileRefusalText(read.error)}`);
  const { loggedSuite } = await loadMeaning();
  const lines = decodeBytes(read.value).split("\n");
  const made = loggedSuite(
    world,
    profile,
    lines.filter((line) => line !== ""),
  );
  if (!made.ok) return made;
  const { text, otherLines, otherProfiles, unused } = made.value;
  if (text === "") return fail(`${log}: no event of \`${profile}\` says what was wanted`);
  for (const reason of new Set(unused)) err(`armorer test: an event was skipped: ${displayText(reason)}\n`);
  if (otherProfiles > 0) err(`armorer test: ${counted(otherProfiles, "event")} about other profiles\n`);
  if (otherLines > 0) err(`armorer test: ${counted(otherLines, "line")} no event of AppArmor\n`);
  return ok(text);
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun} is` : `${count} ${noun}s are`;
}

function writeSuite(text: string, call: Invocation): number {
  const path = call.value("output");
  if (path === undefined || path === "-") {
    call.io.out(text);
    return EXIT.fine;
  }
  const [wanted, policy = ""] = [path, ...call.operands].map((one) => call.io.realPath(one) ?? one);
  if (wanted === policy)
    return usageError(call.io, "test", `${path} is the policy itself: choose another file with -o`);
  const bytes = encodeBytes(text);
  const written = call.io.files.write(path, bytes, call.has("force") ? {} : { expected: "absent" });
  if (written.ok) return EXIT.fine;
  if (written.error.trouble?.kind === "changed") {
    return usageError(call.io, "test", `${path}: ${errnoText("EEXIST")}`, "`--force` writes over it.\n");
  }
  call.io.err(`armorer test: ${displayText(path)}: ${fileRefusalText(written.error)}\n`);
  return EXIT.usage;
}

async function run(call: Invocation): Promise<number> {
  if (call.operands.length === 0) return usageError(call.io, "test", "no policy is named");
  const profile = call.value("init");
  if (profile !== undefined) {
    if (call.operands.length > 1) return usageError(call.io, "test", "--init takes one policy, and nothing beside it");
    return call.json ? usageError(call.io, "test", "choose one of --json and --init") : initSuite(profile, call);
  }
  if (call.has("output")) return usageError(call.io, "test", "--output goes with --init");
  if (call.has("force")) return usageError(call.io, "test", "--force goes with --init");
  if (call.value("log") !== undefined) return usageError(call.io, "test", "--log goes with --init");
  const pool = poolOf(call);
  try {
    for (;;) {
      const since = Date.now();
      const status = await runOnce(call, pool);
      if (!call.has("watch")) return status;
      const change = watchFiles(call.operands, since);
      call.io.err("waiting for changes\n");
      await change;
      pool.forgetFiles();
    }
  } finally {
    await pool.close();
  }
}

export const command: Command = {
  name: "test",
  summary: "decide what is expected of policy, exactly and without a kernel",
  isSlow: true,
  paths: "all",
  usage: `[OPTION]... POLICY [FILE${SUFFIX}|DIR]...\n       armorer test --init PROFILE [--log FILE] [-o FILE] POLICY`,
  examples: [
    ["armorer test /etc/apparmor.d/usr.bin.man", "run every *.aatest beside the profile"],
    ["armorer test profiles/ tests/", "run every *.aatest of a directory"],
    ["armorer test --init man -o man.aatest usr.bin.man", "write a first suite"],
  ],
  forms: [tapForm, junitForm],
  options: [
    ...questionOptions,
    { ...jobsOption, about: "threads to test with (as many as there are processors)" },
    { key: "tap", long: "tap", about: "print TAP, version 14" },
    { key: "junit", long: "junit", about: "print the XML of JUnit" },
    { key: "coverage", long: "coverage", about: "list rules of tested profiles that no expectation touches" },
    {
      key: "mutations",
      long: "mutations",
      about: "change single rules, and list the changes that no expectation notices",
    },
    { key: "watch", long: "watch", short: "w", about: "keep running: test again what changes" },
    {
      key: "init",
      long: "init",
      type: anyText("PROFILE", "the name of a profile"),
      about: "write a first suite for a profile",
    },
    {
      key: "log",
      long: "log",
      type: FILE,
      readsInput: true,
      about: "let --init write what a log shows instead; `-` is standard input",
    },
    {
      key: "output",
      long: "output",
      short: "o",
      type: FILE,
      about: "the file that --init makes (standard output)",
    },
    { key: "force", long: "force", about: "let --init write over a file that is there" },
  ],
  conflicts: ["tap", "junit", "coverage", "mutations", "watch"].map((key) => [key, "init"] as const),
  details:
    `POLICY is a file or a directory; DIR stands for all *${SUFFIX} in it, and without FILE or DIR those beside the policy are run. A test is \`test "NAME" for PROFILE, … { … }\` or\n` +
    "`for * except PROFILE, …`, and holds `all RULE,`, `none RULE,` or `some RULE,`. Exit status: 0 all hold, 1 one does not,\n" +
    "2 wrong use, or not everything could be decided.",
  run,
};
