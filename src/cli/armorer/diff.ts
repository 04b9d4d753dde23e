import {
  type DiffPlace,
  type DiffReport,
  type DiffSide,
  loadComparer,
  loadEngine,
  type PolicySettings,
  skippedHere,
} from "../../app/index.ts";
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { type FilesPort, MOST_POLICY_BYTES } from "../../foundation/ports/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { gitFiles, nodeClock } from "../../host/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import { baseDirectory, type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { diffJson, diffMarkdown, diffSarif, diffText, markdownForm, summary } from "./diff-text.ts";
import { sarifForm } from "./document-forms.ts";
import { type NamedText, policyOptions, policySettings } from "./policy-options.ts";
import { byReason, tellWhereIncludesAre } from "./asked-policy.ts";
import { paintLines } from "./paint.ts";
import { startProgress } from "./progress.ts";
import { oneOf, anyText } from "./value-types.ts";
import { VERSION } from "./version.ts";
import { shellWord } from "./advised.ts";
import { policyAround } from "./where-includes-are.ts";

const FAIL_ON = ["any", "looser", "stricter", "never"] as const;
type FailOn = (typeof FAIL_ON)[number];

/** Where one side's policy is. */
interface Place {
  readonly path: string;
  readonly files: FilesPort;
  /** What came instead of a file. */
  readonly input?: Uint8Array;
}

/** The plain files of a directory, or the one file; those that no tool reads are left out. */
function sourcesAt({ path, files, input }: Place): Outcome<readonly NamedText[], string> {
  if (input !== undefined) return ok([{ path: "stdin", bytes: input }]);
  const paths: string[] = [];
  if (files.kind(path) === "directory") {
    const listed = files.list(path);
    if (!listed.ok) return fail(`${path}: ${fileRefusalText(listed.error)}`);
    const names = listed.value.filter(({ name, kind }) => kind === "file" && skippedHere(name) === undefined);
    if (names.length === 0) return fail(`${path}: there are no files of policy in it`);
    paths.push(...names.map(({ name }) => `${path.replace(/\/+$/, "")}/${name}`).toSorted());
  } else paths.push(path);
  const texts: NamedText[] = [];
  for (const one of paths) {
    const bytes = files.read(one, { isOperand: one === path, mostBytes: MOST_POLICY_BYTES });
    if (!bytes.ok) return fail(`${one}: ${fileRefusalText(bytes.error)}`);
    texts.push({ path: one, bytes: bytes.value });
  }
  return ok(texts);
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
}

/** Whether a path is not there any more, or was not yet, on one side of a repository, and is there on the other. */
function isGone({ files, path }: Place, places: readonly Place[]): boolean {
  return files.kind(path) === undefined && places.some((one) => one.files.kind(one.path) !== undefined);
}

function sideOf(place: Place, settings: PolicySettings, call: Invocation, isEmpty: boolean): Outcome<DiffSide, string> {
  const sources = isEmpty ? ok([]) : sourcesAt(place);
  if (!sources.ok) return sources;
  const isOwnBase = call.has("base") || place.input !== undefined;
  const base = isOwnBase ? settings.base : (policyAround(place.path, place.files) ?? settings.base);
  // A revision is asked for files by absolute paths only.
  const includePath = call.has("git") ? settings.includePath.map((path) => absolute(path, call)) : settings.includePath;
  return ok({ sources: sources.value, files: place.files, settings: { ...settings, base, includePath } });
}

function absolute(path: string, { io }: Invocation): string {
  return path.startsWith("/") ? path : `${io.workingDirectory}/${path}`;
}

/** The one path that is compared with itself. */
function gitPath(call: Invocation): string {
  return absolute(call.operands[0] ?? baseDirectory(call), call);
}

/** Nobody may have named a path, and stand in a repository. */
function placeHint(range: string, call: Invocation): string {
  const { io } = call;
  if (call.operands.length > 0 || call.has("base") || repositoryOf(io.workingDirectory, io) === "") return "";
  return `; name the policy of the repository here: \`armorer diff --git ${shellWord(range)} PATH\``;
}

/** `REV` against the files as they are, or `REV..REV`; with three dots the first is where the two parted, as for git. */
function gitPlaces(range: string, call: Invocation): Outcome<readonly [Place, Place], string> {
  const path = gitPath(call);
  const { files } = call.io;
  const [from = "", to] = range.split(/\.{2,3}/).map((one) => (one === "" ? "HEAD" : one));
  const first = to !== undefined && range.includes("...") ? `${from}...${to}` : from;
  const directory = files.kind(path) === "directory" ? path : directoryOf(path);
  const old = gitFiles(directory, first, files);
  if (!old.ok) return fail(`${old.error}${placeHint(range, call)}`);
  if (to === undefined)
    return ok([
      { path, files: old.value },
      { path, files },
    ]);
  const now = gitFiles(directory, to, files);
  return now.ok
    ? ok([
        { path, files: old.value },
        { path, files: now.value },
      ])
    : now;
}

/** The directory that has the repository, with a slash; empty where there is none. */
function repositoryOf(directory: string, { files }: CliIo): string {
  for (let at = directory; at.startsWith("/"); at = directoryOf(at)) {
    const kind = files.kind(`${at}/.git`);
    // A worktree has a file of that name.
    if (kind === "directory" || kind === "file") return at === "/" ? at : `${at}/`;
    if (at === "/") break;
  }
  return "";
}

/** The report with paths as they are in the repository, for whoever reads it elsewhere. */
function withinRepository(report: DiffReport, root: string): DiffReport {
  const short = (path: string): string => (path.startsWith(root) ? path.slice(root.length) : path);
  const place = (one: DiffPlace): DiffPlace => ({ ...one, file: short(one.file) });
  return {
    ...report,
    profiles: report.profiles.map((profile) => ({
      ...profile,
      place: profile.place && place(profile.place),
      rules: profile.rules.map((rule) => ({
        ...rule,
        except: rule.except.map(place),
        within: rule.within.map(place),
        lines: rule.lines.map(place),
      })),
    })),
    problems: report.problems.map((problem) => ({ ...problem, path: short(problem.path) })),
  };
}

/** `-` is standard input. */
function placeOf(path: string, { io }: Invocation): Outcome<Place, string> {
  if (path !== "-") return ok({ path, files: io.files });
  const input = io.input();
  return input.ok ? ok({ path, files: io.files, input: input.value }) : fail(fileRefusalText(input.error));
}

function placesOf(call: Invocation): Outcome<readonly [Place, Place], string> {
  const range = call.value("git");
  if (range !== undefined) return gitPlaces(range, call);
  const [old = "", now = ""] = call.operands;
  const before = placeOf(old, call);
  if (!before.ok) return before;
  const after = placeOf(now, call);
  return after.ok ? ok([before.value, after.value]) : after;
}

function usageProblem(call: Invocation): string | undefined {
  const count = call.operands.length;
  if (call.has("git") && count > 1) return "with --git at most one path is named";
  if (!call.has("git") && count !== 2) return "two policies are compared: name OLD and NEW";
  return undefined;
}

function failOn(call: Invocation): FailOn | undefined {
  const word = call.value("fail-on") ?? "any";
  return FAIL_ON.find((known) => known === word);
}

function isFailure(report: DiffReport, wanted: FailOn): boolean {
  switch (wanted) {
    case "never":
      return false;
    case "any":
      return report.profiles.some(({ change }) => change !== "same");
    case "looser":
    case "stricter":
      return report.verdict === wanted || report.verdict === "both";
  }
}

const SIGN_STYLES = [
  [/^\s*\+ /, "good"],
  [/^\s*- /, "error"],
  [/^\S/, "bold"],
] as const;

function print(report: DiffReport, call: Invocation): void {
  const { io } = call;
  if (call.json) printJson(io, "armorer/diff/1", diffJson(report));
  else if (call.has("sarif")) io.json(`${JSON.stringify(diffSarif(report, VERSION))}\n`);
  else if (call.has("markdown")) io.out(diffMarkdown(report));
  else {
    io.out(paintLines(diffText(report), SIGN_STYLES));
    io.err(`${summary(report)}\n`);
  }
  for (const side of ["old", "new"] as const) {
    const own = report.problems.filter((problem) => problem.side === side);
    for (const { paths, reason } of byReason(own.map(({ message, path }) => ({ path, reason: message })))) {
      const files = paths.length === 1 ? paths.join("") : `${paths.length} files`;
      const more = paths.length === 1 ? "" : `: ${paths.join(", ")}`;
      io.err(`armorer diff: ${side} ${displayText(`${files}: ${reason}${more}`)}\n`);
    }
  }
}

async function run(call: Invocation): Promise<number> {
  const wrong = usageProblem(call);
  if (wrong !== undefined) return usageError(call.io, "diff", wrong);
  const settings = policySettings(call, { kind: "kernel" });
  if (!settings.ok) return usageError(call.io, "diff", settings.error);
  const places = placesOf(call);
  const sides = places.ok
    ? places.value.map((place) => sideOf(place, settings.value, call, call.has("git") && isGone(place, places.value)))
    : [places];
  const refused = sides.find((side) => !side.ok);
  const [old, now] = sides.flatMap((side) => (side.ok && "sources" in side.value ? [side.value] : []));
  if (refused?.ok === false || old === undefined || now === undefined) {
    call.io.err(`armorer diff: ${displayText(refused?.ok === false ? refused.error : "nothing to compare")}\n`);
    return EXIT.usage;
  }
  const kinds = call.operands.map((one) => call.io.files.kind(one));
  if (!call.has("git") && kinds.includes("file") && kinds.includes("directory"))
    call.io.err("note: a file is compared with a directory: all that is in the directory alone differs\n");
  const [compare, engine] = await Promise.all([loadComparer(), loadEngine()]);
  const progress = startProgress(call.io, old.sources.length + now.sources.length, nodeClock.monotonicMs);
  const report = compare({ old, new: now }, engine, progress.step);
  progress.clear();
  const root = call.has("git") && !call.json ? repositoryOf(gitPath(call).replace(/(?<=.)\/+$/, ""), call.io) : "";
  print(withinRepository(report, root), call);
  if (!call.has("git")) {
    const asked = { call, command: "diff" };
    for (const [side, { settings: own, sources: texts }] of [
      ["old", old],
      ["new", now],
    ] as const) {
      const left = report.problems.filter((problem) => problem.side === side);
      // One line says it for both.
      if (await tellWhereIncludesAre(left, { settings: own, texts }, asked)) break;
    }
  }
  // What was not compared may differ in any way.
  if (report.problems.length > 0) return EXIT.usage;
  return isFailure(report, failOn(call) ?? "any") ? EXIT.bad : EXIT.fine;
}

export const command: Command = {
  name: "diff",
  summary: "show what one policy allows that another does not, as rules",
  isSlow: true,
  paths: "all",
  usage: "[OPTION]... OLD NEW\n       armorer diff [OPTION]... --git REV[..REV] [PATH]",
  examples: [
    ["armorer diff --git HEAD~1 /etc/apparmor.d", "what the last commit changed"],
    ["armorer diff --fail-on looser old/ new/", "exit with 1 if something is allowed that was not"],
  ],
  forms: [markdownForm, sarifForm],
  options: [
    ...policyOptions.filter(({ key }) => key !== "jobs"),
    {
      key: "git",
      long: "git",
      type: anyText("REV", "a revision, or two with `..` between them"),
      about: "compare PATH as it was at REV with what it is now (or with the second REV)",
    },
    {
      key: "fail-on",
      long: "fail-on",
      type: oneOf("WHAT", FAIL_ON),
      about: "what gives exit status 1: any difference (the default), looser, stricter, never",
    },
    { key: "markdown", long: "markdown", about: "print Markdown, for a comment on a pull request" },
    { key: "sarif", long: "sarif", about: "print a SARIF 2.1.0 log" },
  ],
  details:
    "OLD and NEW are files or directories of profiles, or compiled policy; one of them may be `-`, standard input. `+` is allowed by NEW alone, `-` by OLD alone, each with an\n" +
    "example and the lines it comes from. Exit status: 0 nothing that --fail-on asks about, 1 something, 2 not all could be compared.",
  run,
};
