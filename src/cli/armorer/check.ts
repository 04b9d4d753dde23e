import { loadCodes, type PolicySettings } from "../../app/index.ts";
import {
  type FileReport,
  frameDiagnostics,
  jsonReport,
  renderLines,
  sarifLog,
} from "../../foundation/diagnostics/index.ts";
import { type FileId, type SourceFile, displayText } from "../../foundation/text/index.ts";
import { cacheOptions } from "./cache-directory.ts";
import { type CheckCount, checkFiles, type Show } from "./check-files.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { gccForm, gccLines, sarifForm } from "./document-forms.ts";
import { CODE } from "./value-types.ts";
import { VERSION } from "./version.ts";
import { mendFiles } from "./mending.ts";
import { byOwnBase, missingIncludes, whereIncludesAre } from "./where-includes-are.ts";
import { tellMarked } from "./marked-files.ts";
import {
  type Inputs,
  jobCount,
  policyOptions,
  policySettings,
  readInputs,
  targetName,
  tellWhereFilesAre,
  noProfileIn,
} from "./policy-options.ts";

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
  const without = count.withProfiles > 0 ? "" : noProfileIn(files);
  const found = kinds === "" ? `nothing is wrong${without}` : kinds;
  // Whoever is strict refuses files that could be used.
  const refused = call.has("strict") ? `${bad} ${bad === 1 ? "does" : "do"} not pass` : `${bad} cannot be used`;
  const verdict = bad === 0 ? found : `${refused}${kinds === "" ? "" : `: ${kinds}`}`;
  const known = count.cached > 0 ? ` (${count.cached} as they were when they were checked last)` : "";
  call.io.err(`${several(files, "file")} checked${known}, ${verdict}\n`);
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
    const { cached, disabled, withheld } = count;
    const within = count.within.map(([path, by]) => ({ path, by }));
    const target = targetName(call);
    const { files } = jsonReport(list, find);
    printJson(call.io, "armorer/check/1", { target, files, cached, withheld, disabled, within, refusals });
    return;
  }
  const tool = { name: "armorer", version: VERSION, codes: await loadCodes() };
  call.io.json(`${JSON.stringify(sarifLog(list, tool, find, refusals))}\n`);
}

/** Files that are named one by one where there are no more of them. */
const MOST_NAMES = 3;

/** What to check in place of files that are there to be included, and that nobody was found to include; and what was checked in their place. */
function tellFragments({ fragments, within }: CheckCount, { io }: Invocation): void {
  const why = "rules and no profile, as what profiles include: check a profile that includes";
  if (fragments.length > MOST_NAMES) {
    const names = fragments.slice(0, MOST_NAMES).map(displayText).join(", ");
    io.err(
      `armorer check: ${fragments.length} files have ${why} them: ${names} and ${fragments.length - MOST_NAMES} more\n`,
    );
  } else for (const path of fragments) io.err(`armorer check: ${displayText(path)} has ${why} it\n`);
  if (within.length > MOST_NAMES) io.err(`note: ${within.length} files were checked as profiles include them\n`);
  else
    for (const [path, by] of within)
      io.err(`note: ${displayText(path)} was checked as ${displayText(by)} includes it\n`);
}

/** What is wrong with the operands and is said of no file. */
function beyondReport({ refusals, unreadable }: Inputs): readonly string[] {
  const reported = new Set(unreadable.map(({ refusal }) => refusal));
  return refusals.filter((refusal) => !reported.has(refusal));
}

/** What --diff says beside other options. */
function diffProblem(call: Invocation): string | undefined {
  if (!call.has("fix")) return "--diff goes with --fix";
  const form = ["json", "sarif", "gcc"].find((key) => call.has(key));
  return form === undefined ? undefined : `choose one of --diff and --${form}`;
}

async function run(call: Invocation): Promise<number> {
  const problem = call.has("diff") ? diffProblem(call) : undefined;
  if (problem !== undefined) return usageError(call.io, "check", problem);
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
  if (isForPeople) tellWhereFilesAre(call);
  let isLost = false;
  if (call.has("fix")) ({ inputs, lost: isLost } = await mendFiles(inputs, policyOf, { call, jobs }));
  // What was fixed is read again.
  reportRefusals();
  const kept = keepReports();
  const print = isKept ? kept.show : printAsItComes(call);
  const missing: string[] = [];
  const show: Show = (report, find) => {
    missing.push(...missingIncludes(report.diagnostics, find));
    const isTold = isForPeople && inputs.unreadable.some(({ path }) => path === report.file.path);
    if (!isTold) print(report, find);
  };
  const count = await checkFiles(inputs, policyOf, { call, jobs, show });
  if (isKept) await printKept(kept, { count, refusals: beyondReport(inputs) }, call);
  else if (call.has("gcc")) call.io.out(gccLines(beyondReport(inputs)));
  else printSummary(count, call);
  if (isForPeople) tellFragments(count, call);
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
  paths: "all",
  usage: "[OPTION]... [FILE|DIR]...",
  examples: [
    ["armorer check", "everything in /etc/apparmor.d"],
    ["armorer check --strict --fix usr.bin.man", "mend what is certain; exit with 1 if even a warning is left"],
    ["armorer check --sarif profiles/ > report.sarif", "a report for a code review"],
  ],
  forms: [sarifForm, gccForm],
  conflicts: [["cache", "no-cache"]],
  options: [
    ...policyOptions,
    ...cacheOptions,
    { key: "sarif", long: "sarif", about: "print a SARIF 2.1.0 log" },
    { key: "gcc", long: "gcc", about: "print FILE:LINE:COLUMN: SEVERITY: MESSAGE lines" },
    { key: "fix", long: "fix", about: "apply the fixes that are certain, then check again" },
    { key: "diff", long: "diff", about: "with --fix: print what would change, and write nothing" },
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
      about: "do not report this warning, named with or without what is before its slash; may be repeated",
    },
  ],
  details:
    "Without operands the directory of profiles is checked; `-` is standard input. Includes are looked for in the policy around each\n" +
    "operand, unless --base is given. A file passes if all of it can be\n" +
    "compiled; one of abstractions/ or local/ is checked as a profile includes it. Exit status: 0 all pass, 1 one does not or cannot be read, 2 wrong use. Profiles without an abi rule are checked with all features of the kernel.\n" +
    "What is said of files that pass is kept in the cache where there are twelve of them or more, until they, or what they include, change.\n" +
    "The same thing at the same place is reported once; files are compared with each other for names and attachments.",
  run,
};
