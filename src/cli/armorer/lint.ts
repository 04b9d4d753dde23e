import { type LintConfig, type Linted, type LintedFile, type PolicyWorld, loadLinter } from "../../app/index.ts";
import { type Outcome, ok } from "../../foundation/basics/index.ts";
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
import { questionOptions, readAskedTexts, tellSkipped, tellWhereIncludesAre } from "./asked-policy.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { gccForm, gccLines, sarifForm } from "./document-forms.ts";
import { readConfig, readUnits } from "./lint-inputs.ts";
import { newestFeatures, noProfileIn } from "./policy-options.ts";
import { FILE, LINT_CODE } from "./value-types.ts";
import { VERSION } from "./version.ts";

interface Tally {
  readonly reports: FileReport[];
  readonly finds: FindSource[];
  errors: number;
  warnings: number;
  others: number;
  silenced: number;
  fixed: number;
  readonly unfixed: string[];
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
  if (fixed === undefined) return;
  const { path, text } = report.file;
  const refuse = (reason: string): void => {
    const said = `${path} was left as it is: ${reason}`;
    tally.unfixed.push(said);
    call.io.err(`armorer lint: ${displayText(said)}\n`);
  };
  if (path === "stdin") return refuse("standard input cannot be written");
  if (!fixed.ok) return refuse(fixed.error);
  const written = call.io.files.write(path, encodeBytes(fixed.value), { expected: encodeBytes(text) });
  if (!written.ok) return refuse(fileRefusalText(written.error));
  tally.fixed += report.diagnostics.filter(({ fixes }) => fixes.length > 0).length;
}

/** Looks at the files, and prints and mends them as they come, where the format allows it. */
function lintAll({ files }: Linted, call: Invocation): Tally {
  const tally: Tally = {
    reports: [],
    finds: [],
    errors: 0,
    warnings: 0,
    others: 0,
    silenced: 0,
    fixed: 0,
    unfixed: [],
  };
  for (const linted of files) {
    tally.reports.push(linted.report);
    tally.finds.push(linted.find);
    count(linted, tally);
    if (call.has("fix")) fix(linted, call, tally);
    if (!call.json && !call.has("sarif")) printOne(linted, call);
  }
  return tally;
}

interface Rest {
  readonly skipped: PolicyWorld["skipped"];
  readonly refusals: readonly string[];
  readonly gaps: readonly string[];
  readonly unused: ReturnType<Linted["unused"]>;
}

async function printDocument(
  { finds, fixed, reports, silenced, unfixed }: Tally,
  rest: Rest,
  call: Invocation,
): Promise<void> {
  const find = (file: FileId): ReturnType<FindSource> => {
    for (const one of finds) {
      const found = one(file);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const skips = rest.skipped.map(({ path, reason }) => `${path} was skipped: ${reason}`);
  const problems = [...rest.refusals, ...rest.gaps.map((gap) => `not looked at: ${gap}`), ...skips, ...unfixed];
  if (call.json) printJson(call.io, "armorer/lint/1", { ...jsonReport(reports, find), silenced, fixed, ...rest });
  else if (call.has("sarif")) {
    const tool = { name: "armorer", version: VERSION, codes: (await loadLinter()).lintCodes };
    call.io.json(`${JSON.stringify(sarifLog(reports, tool, find, problems))}\n`);
  } else if (call.has("gcc")) call.io.out(gccLines(problems));
}

function several(number: number, one: string): string {
  return number === 1 ? `1 ${one}` : `${number} ${one}s`;
}

function summary(
  { errors, fixed, others, reports, silenced, warnings }: Tally,
  { files }: Pick<PolicyWorld, "files">,
  call: Invocation,
): string {
  const counts = [
    ...(errors > 0 ? [several(errors, "error")] : []),
    ...(warnings > 0 ? [several(warnings, "warning")] : []),
    ...(others > 0 ? [several(others, "note")] : []),
  ];
  const found = counts.length === 0 ? "nothing is found" : counts.join(", ");
  const quiet = silenced > 0 ? `, ${silenced} silenced` : "";
  const isWithout = files.length > 0 && files.every(({ subjects }) => subjects.length === 0);
  const without = isWithout ? noProfileIn(files.length) : "";
  const mended = call.has("fix") ? `, ${several(fixed, "rule")} removed` : "";
  return `${several(reports.length, "file")} looked at: ${found}${quiet}${mended}${without}\n`;
}

/** What the file says, with what the command line turns off. */
async function chosenConfig(call: Invocation, policy: string): Promise<Outcome<LintConfig, string>> {
  const { lintCodeOf } = await loadLinter();
  const config = await readConfig(call, policy);
  if (!config.ok) return config;
  const severity = new Map(config.value.severity);
  for (const name of call.values("allow")) {
    const code = lintCodeOf(name);
    if (code !== undefined) severity.set(code, "off");
  }
  return ok({ ...config.value, severity });
}

async function run(call: Invocation): Promise<number> {
  const { io } = call;
  if (call.operands.length !== 1) return usageError(io, "lint", "takes a policy: a file or a directory");
  const [policy = ""] = call.operands;
  const refused = (reason: string): number => {
    io.err(`armorer lint: ${displayText(reason)}\n`);
    return EXIT.bad;
  };
  const config = await chosenConfig(call, policy);
  if (!config.ok) return refused(config.error);
  const units = await readUnits(call);
  if (!units.ok) return refused(units.error);
  const newest = newestFeatures(call);
  if (!newest.ok) return refused(newest.error);
  const asked = readAskedTexts(call, "lint");
  if (typeof asked === "number") return asked;
  const { lintFiles, openWorld } = await loadLinter();
  const world = openWorld(asked.texts, asked.settings, io.files);
  const isWhole = io.files.kind(policy) === "directory";
  const options = { isWhole, newest: newest.value, config: config.value, units: units.value };
  const linted = lintFiles(world, options);
  const tally = lintAll(linted, call);
  const rest = { skipped: world.skipped, refusals: asked.refusals, gaps: linted.gaps(), unused: linted.unused() };
  await printDocument(tally, rest, call);
  for (const { code, profile } of rest.unused) {
    io.err(`armorer lint: the configuration allows ${code} in \`${displayText(profile)}\`, where it is not found\n`);
  }
  for (const gap of rest.gaps) io.err(`armorer lint: not looked at: ${displayText(gap)}\n`);
  if (!call.json && !call.has("sarif") && !call.has("gcc")) io.err(summary(tally, world, call));
  const hasSkipped = tellSkipped(world.skipped, call, "lint");
  await tellWhereIncludesAre(world.skipped, asked, { call, command: "lint" });
  const isIncomplete = hasSkipped || rest.gaps.length > 0 || asked.refusals.length > 0 || tally.unfixed.length > 0;
  const isBad = tally.errors > 0 || (call.has("strict") && tally.warnings > 0);
  return isIncomplete || isBad ? EXIT.bad : EXIT.fine;
}

export const command: Command = {
  name: "lint",
  summary: "find what is superfluous, impossible or dangerous in profiles, by what they mean",
  paths: "first",
  usage: "[OPTION]... POLICY",
  examples: [
    ["armorer lint /etc/apparmor.d", "what is superfluous or dangerous in all policy"],
    ["armorer lint --fix ./usr.bin.shop", "take out what can go"],
  ],
  options: [
    ...questionOptions,
    { key: "allow", long: "allow", type: LINT_CODE, about: "do not report CODE; may be repeated" },
    {
      key: "config",
      long: "config",
      type: FILE,
      about: "severities and exceptions (.armorer-lint.json in the directory of policy)",
    },
    {
      key: "unit",
      long: "unit",
      type: FILE,
      about: "a unit of systemd, or a directory of services: what is started there with no_new_privs; may be repeated",
    },
    { key: "strict", long: "strict", about: "exit with 1 when there are warnings" },
    { key: "fix", long: "fix", about: "remove rules without which the policy means the same" },
    { key: "sarif", long: "sarif", about: "print a SARIF 2.1.0 log" },
    { key: "gcc", long: "gcc", about: "print FILE:LINE:COLUMN: SEVERITY: MESSAGE lines" },
  ],
  forms: [sarifForm, gccForm],
  isSlow: true,
  details:
    "POLICY is a file or a directory. A directory is taken for all the policy there is: what is named and not there is\n" +
    "reported. `# lint: allow CODE -- REASON` in a profile silences what is found on that line, or on the next one.\n" +
    "Exit status: 0 everything was looked at; 1 something was skipped or not written, or there are errors, or warnings\n" +
    "with --strict; 2 wrong usage.",
  run,
};
