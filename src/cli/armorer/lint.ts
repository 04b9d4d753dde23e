import { type LintConfig, type Linted, type LintedFile, loadCodes, loadLinter, loadMeaning } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import {
  type FileReport,
  type FindSource,
  frameDiagnostics,
  jsonReport,
  renderLines,
  sarifLog,
} from "../../foundation/diagnostics/index.ts";
import { type FileId, displayText, encodeBytes } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { questionOptions, readAskedTexts, tellSkipped } from "./asked-policy.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { readConfig, readUnits } from "./lint-inputs.ts";
import { newestFeatures } from "./policy-options.ts";

const FORMATS = ["json", "sarif", "gcc"] as const;

interface Tally {
  readonly reports: FileReport[];
  readonly finds: FindSource[];
  errors: number;
  warnings: number;
  others: number;
  silenced: number;
  fixed: number;
  unfixed: number;
}

function printOne({ report, find }: LintedFile, call: Invocation): void {
  if (report.diagnostics.length === 0) return;
  if (call.has("gcc")) call.io.out(renderLines([report], find));
  else {
    call.io.out(frameDiagnostics([report], { find }));
    call.io.out("\n");
  }
}

function count({ report, silenced }: LintedFile, tally: Tally): void {
  tally.silenced += silenced;
  for (const { severity } of report.diagnostics) {
    if (severity === "error") tally.errors += 1;
    else if (severity === "warning") tally.warnings += 1;
    else tally.others += 1;
  }
}

/** Writes the text without what can go. What is refused is said. */
function fix({ fixed, report }: LintedFile, call: Invocation, tally: Tally): void {
  const path = report.file.path;
  if (fixed === undefined) return;
  const reason = path === "stdin" ? "standard input cannot be written" : fixed.ok ? undefined : fixed.error;
  if (reason !== undefined || !fixed.ok) {
    tally.unfixed += 1;
    call.io.err(`armorer lint: ${displayText(path)} was left as it is: ${displayText(reason ?? "")}\n`);
    return;
  }
  const expected = encodeBytes(report.file.text);
  const written = call.io.files.write(path, encodeBytes(fixed.value), { expected });
  if (written.ok) tally.fixed += report.diagnostics.filter(({ fixes }) => fixes.length > 0).length;
  else {
    tally.unfixed += 1;
    call.io.err(`armorer lint: ${displayText(path)}: ${fileRefusalText(written.error)}\n`);
  }
}

async function printAll({ finds, reports, silenced }: Tally, call: Invocation): Promise<void> {
  const find = (file: FileId): ReturnType<FindSource> => {
    for (const one of finds) {
      const found = one(file);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  if (call.json) printJson(call.io, "armorer/lint/1", { ...jsonReport(reports, find), silenced });
  else if (call.has("sarif")) {
    const tool = { name: "armorer", version: "0.1.0", codes: await loadCodes() };
    call.io.json(`${JSON.stringify(sarifLog(reports, tool, find))}\n`);
  }
}

function several(number: number, one: string): string {
  return number === 1 ? `1 ${one}` : `${number} ${one}s`;
}

function summary({ errors, fixed, others, reports, silenced, warnings }: Tally, call: Invocation): string {
  const counts = [
    ...(errors > 0 ? [several(errors, "error")] : []),
    several(warnings, "warning"),
    several(others, "note"),
  ].join(", ");
  const found = errors + warnings + others === 0 ? "nothing to say" : counts;
  const quiet = silenced > 0 ? `, ${silenced} silenced` : "";
  const mended = call.has("fix") ? `, ${several(fixed, "rule")} removed` : "";
  return `${several(reports.length, "file")} looked at: ${found}${quiet}${mended}\n`;
}

async function run(call: Invocation): Promise<number> {
  const { io } = call;
  const formats = FORMATS.filter((format) => (format === "json" ? call.json : call.has(format)));
  if (formats.length > 1) return usageError(io, "lint", "choose one of --json, --sarif and --gcc");
  if (call.operands.length !== 1) return usageError(io, "lint", "takes a policy: a file or a directory");
  const texts = readAskedTexts(call, "lint");
  if (typeof texts === "number") return texts;
  const newest = newestFeatures(call);
  if (!newest.ok) {
    io.err(`armorer lint: ${displayText(newest.error)}\n`);
    return EXIT.bad;
  }
  const { openWorld } = await loadMeaning();
  const { lintFiles } = await loadLinter();
  const [policy = ""] = call.operands;
  const units = await readUnits(call);
  const config = await chosenConfig(call, policy);
  for (const one of [units, config]) {
    if (one.ok) continue;
    io.err(`armorer lint: ${displayText(one.error)}\n`);
    return EXIT.bad;
  }
  if (!units.ok || !config.ok) return EXIT.bad;
  const world = openWorld(texts.texts, texts.settings, io.files);
  const isWhole = io.files.kind(policy) === "directory";
  const options = { isWhole, newest: newest.value, config: config.value, units: units.value };
  const linted = lintFiles(world, options);
  const tally = await printFiles(linted, call);
  for (const { code, profile } of linted.unused()) {
    const what = `${code} in \`${displayText(profile)}\``;
    io.err(`armorer lint: the configuration allows ${what}, which is not found there\n`);
  }
  if (formats.length === 0) io.err(summary(tally, call));
  const hasSkipped = tellSkipped(world.skipped, call, "lint");
  const isIncomplete = hasSkipped || texts.refusals.length > 0 || tally.unfixed > 0;
  const isBad = tally.errors > 0 || (call.has("strict") && tally.warnings > 0);
  return isIncomplete || isBad ? EXIT.bad : EXIT.fine;
}

/** That of the file, with what the command line turns off. */
async function chosenConfig(call: Invocation, policy: string): Promise<Outcome<LintConfig, string>> {
  const { lintCodeOf } = await loadLinter();
  const config = await readConfig(call, policy);
  if (!config.ok) return config;
  const severity = new Map(config.value.severity);
  for (const name of call.values("allow")) {
    const code = lintCodeOf(name);
    if (code === undefined) return fail(`lint has no code "${name}"; docs/codes.md lists them`);
    severity.set(code, "off");
  }
  return ok({ ...config.value, severity });
}

async function printFiles({ files }: Linted, call: Invocation): Promise<Tally> {
  const tally: Tally = { reports: [], finds: [], errors: 0, warnings: 0, others: 0, silenced: 0, fixed: 0, unfixed: 0 };
  for (const linted of files) {
    tally.reports.push(linted.report);
    tally.finds.push(linted.find);
    count(linted, tally);
    if (call.has("fix")) fix(linted, call, tally);
    if (!call.json && !call.has("sarif")) printOne(linted, call);
  }
  await printAll(tally, call);
  return tally;
}

export const command: Command = {
  name: "lint",
  summary: "find what is superfluous, impossible or dangerous in profiles, by what they mean",
  usage: "[OPTION]... POLICY",
  options: [
    ...questionOptions,
    { key: "allow", long: "allow", value: "required", valueName: "CODE", about: "do not report CODE; may be repeated" },
    {
      key: "config",
      long: "config",
      value: "required",
      valueName: "FILE",
      about: "severities and exceptions (.armorer-lint.json in the directory of policy)",
    },
    {
      key: "unit",
      long: "unit",
      value: "required",
      valueName: "FILE|DIR",
      about: "look at what systemd starts with no_new_privs; may be repeated",
    },
    { key: "strict", long: "strict", about: "exit with 1 when there are warnings" },
    { key: "fix", long: "fix", about: "remove rules without which the policy means the same" },
    { key: "sarif", long: "sarif", about: "print a SARIF log" },
    { key: "gcc", long: "gcc", about: "print one line for each finding, as compilers do" },
  ],
  details:
    "POLICY is a file or a directory. A directory is taken for all the policy there is: profiles that are named and not there are\n" +
    "reported. `# lint: allow CODE -- REASON` in a profile silences what is found on that line, or on the next.\n" +
    "Exit status: 0 everything was looked at; 1 something was skipped or not written, or there are errors, or warnings\n" +
    "with --strict.",
  run,
};
