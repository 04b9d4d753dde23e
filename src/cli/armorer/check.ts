import { type CheckedSource, loadCodes } from "../../app/index.ts";
import {
  type Diagnostic,
  type FileReport,
  jsonReport,
  frameDiagnostics,
  makeDiagnostic,
  renderLines,
  sarifLog,
  sentence,
} from "../../foundation/diagnostics/index.ts";
import {
  type FileId,
  type SourceFile,
  applyEdits,
  decodeBytes,
  displayText,
  encodeBytes,
  sourceFile,
} from "../../foundation/text/index.ts";
import { nodeClock } from "../../host/index.ts";
import { type Command, EXIT, type Invocation, baseDirectory, usageError } from "./command.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { compilePool } from "../../service/index.ts";
import { type Inputs, type NamedText, jobCount, policyOptions, policySettings, readInputs } from "./policy-options.ts";
import { startProgress } from "./progress.ts";

const FORMATS = ["sarif", "gcc"] as const;

interface Checked {
  readonly reports: readonly FileReport[];
  readonly texts: ReadonlyMap<FileId, SourceFile>;
}

/** Errors always count; a warning or hint that was switched off by code is not reported. */
function told(diagnostic: Diagnostic, call: Invocation): boolean {
  return diagnostic.severity === "error" || !call.values("allow").includes(diagnostic.code);
}

function reportOf(text: NamedText, source: CheckedSource, call: Invocation): FileReport {
  const own = source.texts.find((file) => file.path === text.path) ?? sourceFile(text.path, decodeBytes(text.bytes));
  const diagnostics = source.diagnostics.filter((diagnostic) => told(diagnostic, call));
  const strict = call.has("strict") && diagnostics.some((diagnostic) => diagnostic.severity === "warning");
  return { file: own, ok: source.ok && !strict, diagnostics };
}

/** A file that cannot be read is one that cannot be used: it is in every report. */
async function unreadableReport(path: string): Promise<FileReport> {
  const code = "resolve/file-not-found";
  const file = sourceFile(path, "");
  const at = { span: { file: file.id, start: 0, end: 0 }, includes: [] };
  const diagnostic = makeDiagnostic(await loadCodes(), code, at, sentence`the policy file ${{ path }} cannot be read`);
  return { file, ok: false, diagnostics: [diagnostic] };
}

/** The directories of the call: their files are checked against each other, too. */
function checkedDirectories(call: Invocation): readonly string[] {
  const operands = call.operands.length === 0 ? [baseDirectory(call)] : call.operands;
  return operands.filter((path) => call.io.files.kind(path) === "directory");
}

/** Gives each conflict to the report of the file it points into. */
function addConflicts(reports: FileReport[], conflicts: readonly Diagnostic[], call: Invocation): void {
  for (const conflict of conflicts.filter((one) => told(one, call))) {
    const index = reports.findIndex(({ file }) => file.id === conflict.at.span.file);
    const report = reports[index];
    if (report === undefined) continue;
    const ok = report.ok && conflict.severity !== "error" && !call.has("strict");
    reports[index] = { ...report, ok, diagnostics: [...report.diagnostics, conflict] };
  }
}

async function checkAll(
  { texts: inputs, unreadable }: Inputs,
  call: Invocation,
  jobs: number,
): Promise<Checked | string> {
  const policy = policySettings(call, { kind: "kernel" });
  if (!policy.ok) return policy.error;
  const pool = compilePool(jobs, undefined, call.io.files);
  const progress = startProgress(call.io, inputs.length, nodeClock.monotonicMs);
  const reports: FileReport[] = [];
  const texts = new Map<FileId, SourceFile>();
  try {
    const requests = inputs.map((input) => ({
      ...input,
      policy: policy.value,
      goal: "compile" as const,
      observe: false,
    }));
    for await (const { source } of pool.run(requests)) {
      const input = inputs[reports.length];
      if (input === undefined) continue;
      progress.step(input.path);
      reports.push(reportOf(input, source, call));
      for (const text of source.texts) texts.set(text.id, text);
    }
    for (const directory of checkedDirectories(call)) {
      const conflicts = await pool.checkDirectory(directory, policy.value);
      for (const text of conflicts.texts) if (!texts.has(text.id)) texts.set(text.id, text);
      addConflicts(reports, conflicts.diagnostics, call);
    }
    for (const path of unreadable) {
      const report = await unreadableReport(path);
      texts.set(report.file.id, report.file);
      reports.push(report);
    }
  } finally {
    progress.clear();
    await pool.close();
  }
  return { reports, texts };
}

async function print({ reports, texts }: Checked, call: Invocation): Promise<void> {
  const { io } = call;
  const find = (file: FileId): SourceFile | undefined => texts.get(file);
  if (call.json) io.json(`${JSON.stringify(jsonReport(reports, find))}\n`);
  else if (call.has("sarif")) {
    io.json(
      `${JSON.stringify(sarifLog(reports, { name: "armorer", version: "0.1.0", codes: await loadCodes() }, find))}\n`,
    );
  } else if (call.has("gcc")) io.out(renderLines(reports, find));
  else {
    io.out(frameDiagnostics(reports, { find }));
    const bad = reports.filter((report) => !report.ok).length;
    const count = reports.length === 1 ? "1 file" : `${reports.length} files`;
    io.err(bad === 0 ? `${count} checked, nothing is wrong\n` : `${count} checked, ${bad} cannot be used\n`);
  }
}

/** Applies the fixes that touch only the checked files, each file's first non-overlapping ones. */
function applyFixes({ reports }: Checked, call: Invocation): { readonly applied: number; readonly refused: boolean } {
  let applied = 0;
  let refused = false;
  for (const { file, diagnostics } of reports) {
    // Standard input cannot be written back.
    if (file.path === "stdin") continue;
    let count = 0;
    const edits: { start: number; end: number; newText: string }[] = [];
    for (const fix of diagnostics.flatMap((diagnostic) => diagnostic.fixes.slice(0, 1))) {
      if (!fix.edits.every((edit) => edit.file === file.id)) continue;
      const own = fix.edits.map((edit) => edit.edit);
      if (own.some((a) => edits.some((b) => a.start < b.end + 1 && b.start < a.end + 1))) continue;
      edits.push(...own);
      count += 1;
    }
    if (edits.length === 0) continue;
    const written = call.io.files.write(file.path, encodeBytes(applyEdits(file.text, edits)), {
      expected: encodeBytes(file.text),
    });
    if (written.ok) applied += count;
    else {
      refused = true;
      call.io.err(`armorer check: ${displayText(file.path)}: ${fileRefusalText(written.error)}\n`);
    }
  }
  return { applied, refused };
}

async function run(call: Invocation): Promise<number> {
  const jobs = jobCount(call);
  if (jobs === undefined) return usageError(call.io, "check", "--jobs needs a number");
  if (FORMATS.filter((format) => call.has(format)).length + (call.json ? 1 : 0) > 1) {
    return usageError(call.io, "check", "choose one of --json, --sarif and --gcc");
  }
  let inputs = readInputs(call);
  for (const refusal of inputs.refusals) call.io.err(`armorer check: ${displayText(refusal)}\n`);
  let checked = await checkAll(inputs, call, jobs);
  let lost = false;
  if (typeof checked !== "string" && call.has("fix")) {
    const { applied, refused } = applyFixes(checked, call);
    lost = refused;
    if (applied > 0) {
      call.io.err(applied === 1 ? "1 fix applied\n" : `${applied} fixes applied\n`);
      const [input] = inputs.texts.filter(({ path }) => path === "stdin");
      inputs = readInputs(call);
      for (const refusal of inputs.refusals) call.io.err(`armorer check: ${displayText(refusal)}\n`);
      // Standard input was read to its end the first time.
      if (input !== undefined)
        inputs = { ...inputs, texts: inputs.texts.map((text) => (text.path === "stdin" ? input : text)) };
      checked = await checkAll(inputs, call, jobs);
    }
  }
  if (typeof checked === "string") return usageError(call.io, "check", displayText(checked));
  await print(checked, call);
  const fine = checked.reports.every((report) => report.ok) && inputs.refusals.length === 0;
  return fine && !lost ? EXIT.fine : EXIT.bad;
}

export const command: Command = {
  name: "check",
  summary: "find everything that is wrong with profiles",
  usage: "[OPTION]... [FILE|DIR]...",
  options: [
    ...policyOptions,
    { key: "sarif", long: "sarif", about: "print a SARIF 2.1.0 log" },
    { key: "gcc", long: "gcc", about: "print FILE:LINE:COLUMN: SEVERITY: MESSAGE lines" },
    { key: "fix", long: "fix", about: "apply the fixes that are certain, then check again" },
    { key: "strict", long: "strict", about: "treat warnings as errors" },
    {
      key: "allow",
      long: "allow",
      value: "required",
      valueName: "CODE",
      about: "do not report this warning; may be repeated",
    },
  ],
  details:
    "Without operands the directory of profiles is checked; `-` is standard input. A file passes if all of it can be\n" +
    "compiled. Exits with 1 if a file does not pass. Profiles without an abi rule are checked with all features of the kernel.",
  run,
};
