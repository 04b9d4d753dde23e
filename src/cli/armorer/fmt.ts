import { type FormatProblem, type FormattedText, loadFormatter, skippedHere, SUITE_SUFFIX } from "../../app/index.ts";
import { displayText, encodeBytes, unifiedDiff } from "../../foundation/text/index.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { paint, paintDiff } from "./paint.ts";
import { eachOnce, type NamedText, readInputs } from "./policy-options.ts";

interface Result extends Omit<FormattedText, "refusal"> {
  readonly path: string;
  readonly changed: boolean;
  /** It could not be read, all of it. */
  readonly broken: boolean;
  /** Why it was not formatted or not written. */
  readonly refusal: string | undefined;
}

/** Formats one text and writes it, if it is to be written. */
function formatInput(input: NamedText, formatted: FormattedText, call: Invocation): Result {
  const { before, after, refusal } = formatted;
  const base = { path: input.path, before, after, changed: before !== after };
  if (refusal !== undefined) return { ...base, broken: true, refusal: refusalText(refusal) };
  return { ...base, broken: false, refusal: write(input, formatted, call) };
}

function refusalText({ at, message }: FormatProblem): string {
  const place = at === undefined ? "" : `line ${at.line}, column ${at.column}: `;
  return `left as it was: ${place}${message}`;
}

function write(input: NamedText, { before, after }: FormattedText, call: Invocation): string | undefined {
  if (input.path === "stdin") {
    if (!call.has("check") && !call.has("diff") && !call.json) call.io.verbatim(after);
    return undefined;
  }
  if (call.has("check") || call.has("diff") || before === after) return undefined;
  const written = call.io.files.write(input.path, encodeBytes(after), { expected: input.bytes });
  return written.ok ? undefined : fileRefusalText(written.error);
}

function report(results: readonly Result[], refusals: readonly string[], call: Invocation): void {
  const { io } = call;
  if (call.json) {
    const files = results.map(({ path, changed, broken, refusal }) => ({
      path,
      changed,
      broken,
      refusal: refusal ?? null,
    }));
    printJson(io, "armorer/fmt/1", { files, refusals });
    return;
  }
  for (const { path, changed, before, after, refusal } of results) {
    const name = displayText(path);
    if (call.has("diff")) io.verbatim(paintDiff(unifiedDiff(before, after, { oldName: path, newName: path })));
    else if (changed && call.has("check")) io.out([paint(name, "warning"), "\n"]);
    if (refusal !== undefined) io.err(`armorer fmt: ${name}: ${displayText(refusal)}\n`);
  }
}

const MOST_NAMES = 8;

function listOf(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  return names.slice(0, MOST_NAMES).map(displayText).join(", ") + more;
}

/** Links may lead in circles; no policy has directories as deep as this. */
const MOST_DEPTH = 8;

/** A directory and those in it that have files of policy, in order. */
function directoriesIn(directory: string, call: Invocation, depth = 0): readonly string[] {
  const listing = call.io.files.list(directory);
  if (!listing.ok) return [directory];
  const wanted = listing.value.filter(({ name }) => skippedHere(name) === undefined);
  const below = wanted.filter(({ kind }) => kind === "directory").map(({ name }) => `${directory}/${name}`);
  const own = below.length < wanted.length ? [directory] : [];
  const found =
    depth === MOST_DEPTH ? own : [...own, ...below.toSorted().flatMap((one) => directoriesIn(one, call, depth + 1))];
  // A directory that was named is told of where nothing is in it, not where all of it is further down.
  return depth === 0 && found.length === 0 ? [directory] : found;
}

/** With --recursive a directory stands for all that are in it, too. */
function operandsOf(call: Invocation): readonly string[] {
  const isDirectory = (path: string): boolean => path !== "-" && call.io.files.kind(path) === "directory";
  if (!call.has("recursive")) return call.operands;
  return call.operands.flatMap((path) =>
    isDirectory(path) ? directoriesIn(path.replace(/(?<=.)\/+$/, ""), call) : [path],
  );
}

/** Says what of a directory is passed over; a file that is named is formatted whatever its name. */
function reportSkipped(directory: string, call: Invocation): void {
  const { io } = call;
  const listing = io.files.kind(directory) === "directory" ? io.files.list(directory) : undefined;
  if (listing === undefined || !listing.ok) return;
  const say = (names: readonly string[], why: string): void => {
    if (names.length > 0) io.err(`armorer fmt: ${displayText(directory)}: ${why}: ${listOf(names)}\n`);
  };
  const passed = listing.value.filter(({ name }) => skippedHere(name) !== undefined && !name.endsWith(SUITE_SUFFIX));
  const directories = listing.value.filter((entry) => entry.kind === "directory" && !passed.includes(entry));
  if (!call.has("recursive")) {
    say(
      directories.map(({ name }) => name),
      "directories in it were skipped; --recursive formats what is in them",
    );
  }
  say(
    passed.map(({ name }) => name),
    "skipped, because no tool takes files with such names for policy",
  );
}

async function run(call: Invocation): Promise<number> {
  if (call.operands.length === 0) return usageError(call.io, "fmt", "name a file, or `-` for standard input");
  const format = await loadFormatter();
  const operands = operandsOf(call);
  const { texts, refusals } = readInputs({ ...call, operands });
  for (const operand of operands) if (operand !== "-") reportSkipped(operand, call);
  for (const refusal of refusals) call.io.err(`armorer fmt: ${displayText(refusal)}\n`);
  if (texts.length === 0) return EXIT.bad;
  const options = { sort: call.has("sort"), modernizeIncludes: call.has("modernize") };
  const results = eachOnce(texts, call).map((input) =>
    formatInput(input, format(input.path, input.bytes, options), call),
  );
  report(results, refusals, call);
  const failed = refusals.length > 0 || results.some(({ refusal }) => refusal !== undefined);
  const dirty = call.has("check") && results.some(({ changed }) => changed);
  return failed || dirty ? EXIT.bad : EXIT.fine;
}

export const command: Command = {
  name: "fmt",
  summary: "lay out profiles in one style",
  paths: "all",
  usage: "[OPTION]... FILE|DIR...",
  examples: [
    ["armorer fmt --diff usr.bin.man", "what would change"],
    ["armorer fmt --check -r profiles/", "exit with 1 if a file, abstractions and all, is not laid out this way"],
  ],
  options: [
    { key: "check", long: "check", about: "write nothing; name the files that would change, and exit with 1" },
    { key: "diff", long: "diff", short: "d", about: "write nothing; print what would change" },
    { key: "recursive", long: "recursive", short: "r", about: "format also what is in the directories of a DIR" },
    { key: "sort", long: "sort", about: "sort adjacent rules" },
    { key: "modernize", long: "modernize", about: "write `#include` as `include`" },
  ],
  details: `
\`-\` formats standard input to standard output; DIR means the files in it, and with --recursive those in its subdirectories. Comments stay
where they are, and the meaning of a text never changes. A file of which some part cannot be parsed is left unchanged: the reason
is printed, and the exit status is 1.`,
  run,
};
