import { loadCodes, type PolicySettings } from "../../app/index.ts";
import {
  type FileReport,
  frameDiagnostics,
  jsonReport,
  renderLines,
  sarifLog,
} from "../../foundation/diagnostics/index.ts";
import { type FileId, type SourceFile, applyEdits, displayText, encodeBytes } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { type CheckCount, checkFiles, type Show } from "./check-files.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { gccForm, gccLines, sarifForm } from "./document-forms.ts";
import { CODE } from "./value-types.ts";
import { VERSION } from "./version.ts";
import { byOwnBase, missingIncludes, whereIncludesAre } from "./where-includes-are.ts";
import { tellMarked } from "./marked-files.ts";
import { type Inputs, jobCount, policyOptions, policySettings, readInputs, targetName } from "./policy-options.ts";

/** Reports that are kept until all are there. */
interface Kept {
  readonly reports: Map<FileId, FileReport>;
  readonly texts: Map<FileId, SourceFile>;
  readonly show: Show;
}

function keepReports(): Kept {
  const reports = new Map<FileId, FileReport>();
  const texts = new Map<FileId, SourceFile>();
  return {
    reports,
    texts,
    show: (report, find) => {
      const before = reports.get(report.file.id);
      const diagnostics = [...(before?.diagnostics ?? []), ...report.diagnostics];
      reports.set(report.file.id, { ...report, ok: report.ok && before?.ok !== false, diagnostics });
      for (const { span } of report.diagnostics.flatMap(({ at, also }) => [at, ...also])) {
        const text = find(span.file);
        if (text !== undefined) texts.set(text.id, text);
      }
    },
  };
}

/** For people: as it comes. */
function printAsItComes(call: Invocation): Show {
  let isFirst = true;
  return (report, find) => {
    if (report.diagnostics.length === 0) return;
    if (call.has("gcc")) {
      call.io.out(renderLines([report], find));
      return;
    }
    if (!isFirst) call.io.out("\n");
    isFirst = false;
    call.io.out(frameDiagnostics([report], { find }));
  };
}

function several(count: number, one: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${one}s`;
}

/** What was found, and what of it is not shown. */
function printSummary(count: CheckCount, call: Invocation): void {
  const { bad, errors, files, hints, warnings, withheld } = count;
  const kinds = [
    ...(errors > 0 ? [several(errors, "error")] : []),
    ...(warnings > 0 ? [several(warnings, "warning")] : []),
    ...(hints > 0 ? [several(hints, "hint")] : []),
  ].join(", ");
  if (files === 0) {
    call.io.err("0 files checked\n");
    return;
  }
  const found = kinds === "" ? "nothing is wrong" : kinds;
  // Whoever is strict refuses files that could be used.
  const refused = call.has("strict") ? `${bad} ${bad === 1 ? "does" : "do"} not pass` : `${bad} cannot be used`;
  const verdict = bad === 0 ? found : `${refused}${kinds === "" ? "" : `: ${kinds}`}`;
  call.io.err(`${several(files, "file")} checked, ${verdict}\n`);
  const hidden = [
    ...(withheld.follows > 0
      ? [`${withheld.follows} that ${withheld.follows === 1 ? "follows" : "follow"} from these`]
      : []),
    ...(withheld.repeated > 0 ? [`${withheld.repeated} at places that were named before`] : []),
    ...(withheld.elsewhere > 0 ? [several(withheld.elsewhere, "warning") + " about files that are only included"] : []),
  ];
  if (hidden.length > 0) call.io.err(`not shown (--all shows them): ${hidden.join(", ")}\n`);
  tellMarked("switched off by `disable/`, and checked all the same", count.disabled, call);
}

async function printKept(
  { reports, texts }: Kept,
  { count, refusals }: { readonly count: CheckCount; readonly refusals: readonly string[] },
  call: Invocation,
): Promise<void> {
  const find = (file: FileId): SourceFile | undefined => texts.get(file);
  const list = [...reports.values()];
  if (call.json) {
    const { disabled, withheld } = count;
    const target = targetName(call);
    const { files } = jsonReport(list, find);
    printJson(call.io, "armorer/check/1", { target, files, withheld, disabled, refusals });
    return;
  }
  const tool = { name: "armorer", version: VERSION, codes: await loadCodes() };
  call.io.json(`${JSON.stringify(sarifLog(list, tool, find, refusals))}\n`);
}

/** Applies the fixes that touch only the checked files, each file's first non-overlapping ones. */
function applyFixes({ reports }: Kept, call: Invocation): { readonly applied: number; readonly refused: boolean } {
  let applied = 0;
  let refused = false;
  for (const { file, diagnostics } of reports.values()) {
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

/** One mended thing may bring another to light; a text that needs more rounds than this is better read by a person. */
const MOST_ROUNDS = 10;

/** Applies fixes until there are none left; gives the texts as they are then. */
async function mendFiles(
  inputs: Inputs,
  policyOf: (path: string) => PolicySettings,
  { call, jobs }: { readonly call: Invocation; readonly jobs: number },
): Promise<{ readonly inputs: Inputs; readonly lost: boolean }> {
  const [input] = inputs.texts.filter(({ path }) => path === "stdin");
  let current = inputs;
  let total = 0;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const kept = keepReports();
    await checkFiles(current, policyOf, { call, jobs, show: kept.show });
    const { applied, refused } = applyFixes(kept, call);
    total += applied;
    if (applied > 0) {
      const read = readInputs(call);
      // Standard input was read to its end the first time.
      const texts = input === undefined ? read.texts : read.texts.map((text) => (text.path === "stdin" ? input : text));
      current = { ...read, texts };
    }
    if (refused || applied === 0) {
      if (total > 0) call.io.err(total === 1 ? "1 fix applied\n" : `${total} fixes applied\n`);
      return { inputs: current, lost: refused };
    }
  }
  call.io.err(`${total} fixes applied, and there are more: run it again\n`);
  return { inputs: current, lost: false };
}

/** What is wrong with the operands and is said of no file. */
function beyondReport({ refusals, unreadable }: Inputs): readonly string[] {
  const reported = new Set(unreadable.map(({ refusal }) => refusal));
  return refusals.filter((refusal) => !reported.has(refusal));
}

async function run(call: Invocation): Promise<number> {
  const jobs = jobCount(call);
  const policy = policySettings(call, { kind: "kernel" });
  if (!policy.ok) return usageError(call.io, "check", displayText(policy.error));
  // What is said of no operand is said of the directory of policy, wherever it is.
  const settingsOf = byOwnBase(call, (near) => policySettings(near, { kind: "kernel" }));
  const policyOf = (path: string): PolicySettings => {
    const own = call.operands.length === 0 ? policy : settingsOf(path);
    return own.ok ? own.value : policy.value;
  };
  let inputs = readInputs(call);
  const isKept = call.json || call.has("sarif");
  const isForPeople = !isKept && !call.has("gcc");
  const known = new Set<string>();
  const reportRefusals = (): void => {
    // Programs find in their document what could not be read; people are told as by every other verb.
    for (const refusal of isForPeople ? inputs.refusals : beyondReport(inputs)) {
      if (!known.has(refusal)) call.io.err(`armorer check: ${displayText(refusal)}\n`);
      known.add(refusal);
    }
  };
  reportRefusals();
  let isLost = false;
  if (call.has("fix")) ({ inputs, lost: isLost } = await mendFiles(inputs, policyOf, { call, jobs }));
  // What was fixed is read again.
  reportRefusals();
  const kept = keepReports();
  const print = isKept ? kept.show : printAsItComes(call);
  const missing: string[] = [];
  const show: Show = (report, find) => {
    missing.push(...missingIncludes(report.diagnostics));
    const isTold = isForPeople && inputs.unreadable.some(({ path }) => path === report.file.path);
    if (!isTold) print(report, find);
  };
  const count = await checkFiles(inputs, policyOf, { call, jobs, show });
  if (isKept) await printKept(kept, { count, refusals: beyondReport(inputs) }, call);
  else if (call.has("gcc")) call.io.out(gccLines(beyondReport(inputs)));
  else printSummary(count, call);
  const where =
    missing.length === 0
      ? undefined
      : whereIncludesAre(
          missing,
          inputs.texts.map(({ path }) => path),
          call,
        );
  if (where !== undefined) call.io.err(`armorer check: ${where}\n`);
  return count.bad === 0 && inputs.refusals.length === 0 && !isLost ? EXIT.fine : EXIT.bad;
}

export const command: Command = {
  name: "check",
  summary: "find everything that is wrong with profiles",
  isSlow: true,
  usage: "[OPTION]... [FILE|DIR]...",
  examples: [
    ["armorer check", "everything in /etc/apparmor.d"],
    ["armorer check --strict --fix usr.bin.man", "mend what is certain; exit with 1 if even a warning is left"],
    ["armorer check --sarif profiles/ > report.sarif", "a report for a code review"],
  ],
  forms: [sarifForm, gccForm],
  options: [
    ...policyOptions,
    { key: "sarif", long: "sarif", about: "print a SARIF 2.1.0 log" },
    { key: "gcc", long: "gcc", about: "print FILE:LINE:COLUMN: SEVERITY: MESSAGE lines" },
    { key: "fix", long: "fix", about: "apply the fixes that are certain, then check again" },
    { key: "strict", long: "strict", about: "treat warnings as errors" },
    {
      key: "all",
      long: "all",
      about: "report also what follows from something else, and warnings about included files",
    },
    {
      key: "allow",
      long: "allow",
      type: CODE,
      about: "do not report this warning; may be repeated",
    },
  ],
  details:
    "Without operands the directory of profiles is checked; `-` is standard input. Includes are looked for in the policy around each\n" +
    "operand, unless --base is given. A file passes if all of it can be\n" +
    "compiled. Exit status: 0 all pass, 1 one does not or cannot be read, 2 wrong use. Profiles without an abi rule are checked with all features of the kernel.\n" +
    "The same thing at the same place is reported once; files are compared with each other for names and attachments.",
  run,
};
