/** What `check --fix` does: applies fixes that are certain, file by file, until there are none left; with `--diff` to copies, which are shown. */
import type { PolicySettings } from "../../app/index.ts";
import type { FileReport } from "../../foundation/diagnostics/index.ts";
import { applyEdits, decodeBytes, displayText, encodeBytes, unifiedDiff } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { checkFiles } from "./check-files.ts";
import type { Invocation } from "./command.ts";
import { times } from "./log-options.ts";
import { paintDiff } from "./paint.ts";
import { type Inputs, readInputs } from "./policy-options.ts";

/** What was applied to one file, and its text then. */
interface Mended {
  readonly path: string;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** The fixes of a file's own text, each file's first non-overlapping ones; `undefined`: there are none. */
function mend({ diagnostics, file }: FileReport): Mended | undefined {
  // Standard input cannot be written back.
  if (file.path === "stdin") return undefined;
  let count = 0;
  const edits: { start: number; end: number; newText: string }[] = [];
  for (const fix of diagnostics.flatMap((diagnostic) => diagnostic.fixes.slice(0, 1))) {
    if (!fix.edits.every((edit) => edit.file === file.id)) continue;
    const own = fix.edits.map((edit) => edit.edit);
    if (own.some((a) => edits.some((b) => a.start < b.end + 1 && b.start < a.end + 1))) continue;
    edits.push(...own);
    count += 1;
  }
  return count === 0 ? undefined : { path: file.path, count, bytes: encodeBytes(applyEdits(file.text, edits)) };
}

/** One mended thing may bring another to light; a text that needs more rounds than this is better read by a person. */
const MOST_ROUNDS = 10;

interface Work {
  readonly call: Invocation;
  readonly jobs: number;
}

/** Applies fixes until there are none left; gives the texts as they are then. */
export async function mendFiles(
  inputs: Inputs,
  policyOf: (path: string) => PolicySettings,
  { call, jobs }: Work,
): Promise<{ readonly inputs: Inputs; readonly lost: boolean }> {
  const counts = new Map<string, number>();
  let current = inputs;
  let lost = false;
  let round = 0;
  for (; round < MOST_ROUNDS && !lost; round += 1) {
    const mended: Mended[] = [];
    await checkFiles(current, policyOf, {
      call,
      jobs,
      show: (report) => {
        const found = mend(report);
        if (found !== undefined && !mended.some(({ path }) => path === found.path)) mended.push(found);
      },
    });
    const applied = call.has("diff") ? mended : mended.filter((one) => isWritten(one, current, call));
    lost = applied.length < mended.length;
    for (const { count, path } of applied) counts.set(path, (counts.get(path) ?? 0) + count);
    if (applied.length === 0) break;
    current = readAgain(current, applied, call);
  }
  tell(counts, round === MOST_ROUNDS, call);
  if (call.has("diff")) showDiffs(inputs, current, call);
  return { inputs: current, lost };
}

function isWritten({ bytes, path }: Mended, { texts }: Inputs, { io }: Invocation): boolean {
  const expected = texts.find((text) => text.path === path)?.bytes ?? "absent";
  const written = io.files.write(path, bytes, { expected });
  if (written.ok) return true;
  io.err(`armorer check: ${displayText(path)}: ${fileRefusalText(written.error)}\n`);
  return false;
}

/** The texts as they are now; standard input was read to its end the first time, and copies are nowhere else. */
function readAgain(before: Inputs, applied: readonly Mended[], call: Invocation): Inputs {
  const mended = new Map(applied.map(({ bytes, path }) => [path, bytes]));
  const changed = (text: Inputs["texts"][number]): Inputs["texts"][number] => {
    const bytes = mended.get(text.path);
    return bytes === undefined ? text : { ...text, bytes };
  };
  if (call.has("diff")) return { ...before, texts: before.texts.map(changed) };
  const input = before.texts.find(({ path }) => path === "stdin");
  const read = readInputs(call);
  return { ...read, texts: read.texts.map((text) => (text.path === "stdin" ? (input ?? text) : text)) };
}

/** What was done, and to which files. */
function tell(counts: ReadonlyMap<string, number>, isMore: boolean, { has, io }: Invocation): void {
  const applied = has("diff") ? "would be applied" : "applied";
  const fixes = (count: number): string => `${count} ${count === 1 ? "fix" : "fixes"} ${applied}`;
  for (const [path, count] of counts) io.err(`${displayText(path)}: ${fixes(count)}\n`);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (isMore) io.err(`${fixes(total)}, and there are more: run it again\n`);
  else if (counts.size > 1) io.err(`${fixes(total)} to ${times(counts.size, "file")}\n`);
}

function showDiffs(before: Inputs, after: Inputs, { io }: Invocation): void {
  for (const { bytes, path } of after.texts) {
    const old = before.texts.find((text) => text.path === path)?.bytes;
    if (old === undefined || old === bytes) continue;
    io.verbatim(paintDiff(unifiedDiff(decodeBytes(old), decodeBytes(bytes), { oldName: path, newName: path })));
  }
}
