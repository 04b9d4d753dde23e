import {
  type Undone,
  type Writing,
  type WrittenFile,
  forgetWriting,
  isWithin,
  judgeUndo,
  lastWriting,
  standsInTheWay,
  undoWriting,
} from "../../app/index.ts";
import { type Outcome, ok } from "../../foundation/basics/index.ts";
import type { FileRefusal } from "../../foundation/ports/index.ts";
import { displayText, unifiedDiff } from "../../foundation/text/index.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";
import { directoryRefusalText, namedPath, undoDirectory } from "../own-directory.ts";
import { type Command, EXIT, type Invocation, baseDirectory, baseOption, printJson } from "./command.ts";
import { advisedCommand } from "./advised.ts";
import { paint, paintDiff } from "./paint.ts";

interface Told {
  readonly path: string;
  /** `forgotten`: it stays, and is not taken back by a later call. */
  readonly state: Undone["state"] | "forgotten";
}

const WORDS: Readonly<Record<Told["state"], string>> = {
  restored: "as it was before",
  forgotten: "stays as it is",
  removed: "was new and is removed",
  "as-before": "is already as it was before",
  changed: "was changed since, so nothing is undone",
  gone: `${errnoText("ENOENT")}, so nothing is undone`,
};

function isInTheWay(one: Told): boolean {
  return one.state !== "forgotten" && standsInTheWay({ path: one.path, state: one.state });
}

function print(undone: readonly Told[], call: Invocation): void {
  if (call.json) return printJson(call.io, "armorer/undo/1", { files: undone });
  for (const one of undone) {
    const isBad = isInTheWay(one);
    const line = [`${displayText(one.path)}: `, paint(WORDS[one.state], isBad ? "error" : "good"), "\n"];
    if (isBad) call.io.err(line);
    else call.io.out(line);
  }
}

/** What undoing would change, as it would be seen. */
function showDiff(files: readonly WrittenFile[], call: Invocation): void {
  for (const { path, before, after } of files) {
    const names = { oldName: path, newName: before === undefined ? "/dev/null" : path };
    call.io.verbatim(paintDiff(unifiedDiff(after, before ?? "", names)));
  }
}

function refuse(call: Invocation, text: string): number {
  call.io.err(`armorer undo: ${displayText(text)}\n`);
  return EXIT.bad;
}

/** Files go by absolute names. */
function absolute(path: string, { io }: Invocation): string {
  return path.startsWith("/") ? path : `${io.workingDirectory}/${path}`;
}

/** Where the writing is, if that is neither the policy that is in force nor where the user stands. */
function elsewhere(writing: Writing, call: Invocation): string | undefined {
  if (call.value("base") !== undefined) return undefined;
  // What is kept under a root was kept by that system, which knows nothing of where the user stands.
  const places = call.root === undefined ? [call.io.workingDirectory] : [];
  if ([absolute(baseDirectory(call), call), ...places].some((directory) => isWithin(writing, directory)))
    return undefined;
  const path = writing.files[0]?.path ?? "";
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

/** What is done with the writing, or would be. */
function carryOut(writing: Writing, call: Invocation): Outcome<readonly Told[], FileRefusal> {
  const { files } = call.io;
  if (call.has("diff")) return judgeUndo(writing, files);
  if (!call.has("forget")) return undoWriting(writing, files);
  const forgotten = forgetWriting(writing, files);
  return forgotten.ok ? ok(writing.files.map(({ path }) => ({ path, state: "forgotten" }))) : forgotten;
}

const NOTHING_LEFT = "nothing that was written is left to undo";

function run(call: Invocation): number {
  const { files } = call.io;
  const directory = undoDirectory(call.io, call.root);
  if (!directory.ok) {
    // Where nothing could be kept there is nothing to take back; that nothing is there is seen, not concluded.
    const { error } = directory;
    const isNowhere = error.kind === "refused" && error.errno === "ENOENT" && files.kind(error.path) === undefined;
    return refuse(call, isNowhere ? NOTHING_LEFT : directoryRefusalText(error));
  }
  const base = call.value("base");
  const last = lastWriting(directory.value, files, base === undefined ? undefined : absolute(base, call));
  if (!last.ok) return refuse(call, `${namedPath(call.io, last.error.path)}: ${fileRefusalText(last.error)}`);
  if (last.value === undefined) return refuse(call, NOTHING_LEFT);
  const other = call.has("diff") ? undefined : elsewhere(last.value, call);
  if (other !== undefined) {
    const again = advisedCommand("undo", call, "--base", other);
    return refuse(call, `what was written last is in another directory: \`${again}\` takes it back`);
  }
  const undone = carryOut(last.value, call);
  if (!undone.ok) return refuse(call, `${namedPath(call.io, undone.error.path)}: ${fileRefusalText(undone.error)}`);
  if (call.has("diff") && !call.json) showDiff(last.value.files, call);
  else print(undone.value, call);
  if (!undone.value.some(isInTheWay)) return EXIT.fine;
  if (!call.json)
    call.io.err(
      `note: \`${displayText(advisedCommand("undo", call, "--forget"))}\` leaves these files as they are and goes on to the writing before\n`,
    );
  return EXIT.bad;
}

export const command: Command = {
  name: "undo",
  summary: "take back what was last written into profiles",
  usage: "[OPTION]...",
  noOperands: "",
  options: [
    { ...baseOption, about: "only what was written to this directory" },
    { key: "diff", long: "diff", about: "show what would change, and nothing else" },
    { key: "forget", long: "forget", about: "leave the files as they are, and never take them back" },
  ],
  conflicts: [["diff", "forget"]],
  examples: [
    ["armorer undo --diff", "see what the last `armorer learn --apply` would be taken back to"],
    ["armorer undo", "take it back; once more takes back the one before"],
  ],
  details:
    "What `armorer learn` and `aa-logprof` write is kept with what was there before (root: /var/lib/armorer/undo; others:\n" +
    "~/.local/state/armorer/undo). All files of one writing are taken back, or none where one was changed since. Policy that is\n" +
    "loaded stays as it is until it is loaded again. What was written last to a directory that is neither /etc/apparmor.d nor the\n" +
    "one you are in has to be named with --base.",
  run: (call) => run(call),
};
