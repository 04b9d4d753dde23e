import { type Undone, type WrittenFile, judgeUndo, lastWriting, standsInTheWay, undoWriting } from "../../app/index.ts";
import { displayText, unifiedDiff } from "../../foundation/text/index.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";
import { directoryRefusalText, undoDirectory } from "../own-directory.ts";
import { type Command, EXIT, type Invocation, printJson } from "./command.ts";
import { paint, paintDiff } from "./paint.ts";

const WORDS: Readonly<Record<Undone["state"], string>> = {
  restored: "as it was before",
  removed: "was new and is removed",
  "as-before": "is already as it was before",
  changed: "was changed since, so nothing is undone",
  gone: `${errnoText("ENOENT")}, so nothing is undone`,
};

function print(undone: readonly Undone[], call: Invocation): void {
  if (call.json) return printJson(call.io, "armorer/undo/1", { files: undone });
  for (const one of undone) {
    const isBad = standsInTheWay(one);
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

function run(call: Invocation): number {
  const { files } = call.io;
  const directory = undoDirectory(call.io, call.root);
  if (!directory.ok) return refuse(call, directoryRefusalText(directory.error));
  const last = lastWriting(directory.value, files);
  if (!last.ok) return refuse(call, `${last.error.path}: ${fileRefusalText(last.error)}`);
  if (last.value === undefined) return refuse(call, "nothing that was written is left to undo");
  const undone = call.has("diff") ? judgeUndo(last.value, files) : undoWriting(last.value, files);
  if (!undone.ok) return refuse(call, `${undone.error.path}: ${fileRefusalText(undone.error)}`);
  if (call.has("diff") && !call.json) showDiff(last.value.files, call);
  else print(undone.value, call);
  return undone.value.some(standsInTheWay) ? EXIT.bad : EXIT.fine;
}

export const command: Command = {
  name: "undo",
  summary: "take back what was last written into profiles",
  usage: "[OPTION]...",
  noOperands: "",
  options: [{ key: "diff", long: "diff", about: "show what would change, and nothing else" }],
  examples: [
    ["armorer undo --diff", "see what the last `armorer learn --apply` would be taken back to"],
    ["armorer undo", "take it back; once more takes back the one before"],
  ],
  details:
    "What `armorer learn` and `aa-logprof` write is kept with what was there before (root: /var/lib/armorer/undo; others:\n" +
    "~/.local/state/armorer/undo). All files of one writing are taken back, or none where one was changed since. Policy that is\n" +
    "loaded stays as it is until it is loaded again.",
  run: (call) => run(call),
};
