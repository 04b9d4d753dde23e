/** What was answered, before it is written (tools 12.8): look at it, write all of it or one file, or leave everything as it was. */
import type { LearnResult, LearnedFile } from "../../../app/index.ts";
import { unifiedDiff } from "../../../foundation/text/index.ts";
import { type Flow, type MenuItem, choose, important, info } from "./asks.ts";
import { abandon } from "./run.ts";

export interface Saved {
  readonly kind: "saved" | "abandoned" | "nothing";
  /** What is to be written, in order. */
  readonly files: readonly LearnedFile[];
  /** Files whose changes cannot be made. */
  readonly isRefused: boolean;
}

const SAVE: MenuItem = { key: "s", label: "(S)ave Changes", about: "write all of them" };
const VIEW: MenuItem = { key: "v", label: "(V)iew Changes", about: "show what is different in the marked one" };
const ABANDON: MenuItem = { key: "r", label: "Abo(r)t", about: "leave everything as it was, after a question" };

const ITEMS: readonly MenuItem[] = [
  SAVE,
  { key: "t", label: "Save Selec(t)ed Profile", about: "write the marked one" },
  VIEW,
  { key: "c", label: "View Changes b/w (C)lean profiles", about: "the same: the layout of a file is never changed" },
  ABANDON,
];

/** What aa-mergeprof offers (tools 15). */
export const MERGE_ITEMS: readonly MenuItem[] = [
  SAVE,
  VIEW,
  ABANDON,
  { key: "i", label: "(I)gnore", about: "leave the marked one as it was, and ask on" },
];

function nameOf({ profiles, path }: LearnedFile): string {
  return profiles.length === 0 ? path : profiles.join(", ");
}

function diffOf({ path, before, after }: LearnedFile): string {
  return unifiedDiff(before ?? "", after ?? "", { oldName: before === undefined ? "/dev/null" : path, newName: path });
}

/** Asks what of a result is to be written. Nothing is written here. */
export function* saveDialogue({ files }: LearnResult, items: readonly MenuItem[] = ITEMS): Flow<Saved> {
  for (const { path, problems } of files) {
    for (const problem of problems) yield* important(`${path} cannot be changed: ${problem}`);
  }
  const isRefused = files.some(({ problems }) => problems.length > 0);
  const changed = files.filter(({ before, after }) => after !== undefined && before !== after);
  const left = [...changed].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const chosen: LearnedFile[] = [];
  if (left.length === 0) return { kind: "nothing", files: [], isRefused };
  for (;;) {
    const { key, selected } = yield* choose({
      title: "Changed Local Profiles",
      headers: [],
      explanation: "The following local profiles were changed. Would you like to save them?",
      options: left.map(nameOf),
      items,
      defaultKey: "v",
      selected: 0,
    });
    const file = left[selected] ?? left[0];
    if (key === "r") {
      const step = yield* abandon();
      if (step !== "abandon") continue;
      yield* info("Abandoning all changes.");
      return { kind: "abandoned", files: [], isRefused };
    }
    if (key === "s" || file === undefined) return { kind: "saved", files: [...chosen, ...left], isRefused };
    if (key === "t" || key === "i") {
      if (key === "t") chosen.push(file);
      left.splice(left.indexOf(file), 1);
      if (left.length > 0) continue;
      return { kind: chosen.length === 0 ? "nothing" : "saved", files: chosen, isRefused };
    } else yield { kind: "changes", header: `Changes of ${nameOf(file)}`, diff: diffOf(file) };
  }
}
