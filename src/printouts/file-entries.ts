/** The file rules of a profile, merged and sorted, as `apparmor_parser -d` prints them. */
import { compareBytes, encodeBytes } from "../foundation/text/index.ts";
import { changeExecBits, fileBits, keepsEnvironment, type PlannedProfile } from "../compiler/compile/index.ts";
import {
  type ChangeProfileRule,
  type FileRule,
  FilePermission,
  type LinkRule,
  type RuleMode,
} from "../language/model/index.ts";

/** Rules that agree in everything but permissions. */
interface Entry {
  readonly name: string;
  /** What a link is to, or for change_profile the path of the program. */
  readonly second: string | undefined;
  readonly subset: boolean;
  readonly mode: RuleMode;
  readonly audit: boolean;
  readonly priority: number;
  /** The permission bits: the owner's half at bit 0, the others' at bit 14. */
  readonly bits: number;
  /** What the owner's half is besides its letters. */
  readonly marks: readonly string[];
}

const OTHER_SHIFT = 14;
const BOTH_LINK = FilePermission.l | (FilePermission.l << OTHER_SHIFT);
const letters = ["r", "w", "a", "l", "k", "m", "x"] as const;

/** The lines of all entries; empty without any. */
export function renderEntries({ accesses, rules }: PlannedProfile): string {
  const implied = accesses.map(({ path, bits }): Entry => ({ ...plain, name: path, bits }));
  const written = rules.flatMap((rule): Entry[] => {
    if (rule.kind === "file") return [fileEntry(rule)];
    if (rule.kind === "link") return [linkEntry(rule)];
    return rule.kind === "change_profile" ? [changeEntry(rule)] : [];
  });
  const merged = new Map<string, Entry>();
  for (const entry of [...written, ...implied]) {
    const { audit, mode, name, priority, second, subset } = entry;
    const key = JSON.stringify([name, second, subset, mode, audit, priority]);
    const before = merged.get(key);
    merged.set(key, before === undefined ? entry : mergeEntries(before, entry));
  }
  return [...merged.values()].map(sortable).toSorted(compareEntries).map(renderEntry).join("");
}

const plain = {
  second: undefined,
  subset: false,
  mode: "implicit",
  audit: false,
  priority: 0,
  marks: [],
} as const;

function fileEntry(rule: FileRule): Entry {
  const { audit, linkTarget, mode, path, priority, subset } = rule;
  const bits = fileBits(rule);
  const marks = (bits & FilePermission.x) !== 0 && keepsEnvironment(rule) ? ["unsafe"] : [];
  return { name: path.text, second: linkTarget?.text, subset, mode, audit, priority, bits, marks };
}

function linkEntry({ audit, mode, owner, path, priority, subset, target }: LinkRule): Entry {
  const bits = fileBits({ permissions: FilePermission.l, owner });
  return { name: path.text, second: target.text, subset, mode, audit, priority, bits, marks: [] };
}

function changeEntry(rule: ChangeProfileRule): Entry {
  const { audit, exec, mode, safety, target } = rule;
  const bits = changeExecBits(rule);
  const isUnsafe = safety === "unsafe" && (bits & FilePermission.x) !== 0;
  return {
    ...plain,
    name: target?.text ?? "**",
    second: exec?.text,
    mode,
    audit,
    bits,
    marks: ["change_profile", ...(isUnsafe ? ["unsafe"] : [])],
  };
}

function mergeEntries(a: Entry, b: Entry): Entry {
  const marks = ["change_profile", "unsafe"].filter((mark) => a.marks.includes(mark) || b.marks.includes(mark));
  return { ...a, bits: a.bits | b.bits, marks };
}

function backwards(text: string): Uint8Array {
  return encodeBytes(text).slice(1).toReversed();
}

function lettersOf(half: number): string {
  return letters.filter((letter) => (half & FilePermission[letter]) !== 0).join("");
}

/** An entry with what it is sorted by. */
interface Sortable {
  readonly entry: Entry;
  readonly numbers: readonly number[];
  readonly second: Uint8Array;
  readonly name: Uint8Array;
}

/**
 * ORACLE 5.0.2 compares names from their end, and never looks at the first byte. (So it takes names that differ there alone for one,
 * which is not imitated.)
 */
function sortable(entry: Entry): Sortable {
  const { audit, mode, name, priority, second, subset } = entry;
  // What is denied is quiet unless it is audited, and quiet comes last.
  const quiet = mode === "deny" && !audit ? 2 : Number(audit);
  return {
    entry,
    numbers: [subset ? 0 : 1, modes.indexOf(mode), quiet, -priority],
    second: second === undefined ? new Uint8Array() : Uint8Array.of(1, ...backwards(second)),
    name: backwards(name),
  };
}

const modes: readonly RuleMode[] = ["implicit", "allow", "deny", "prompt"];

function compareEntries(a: Sortable, b: Sortable): number {
  const numbers = a.numbers.map((number, index) => number - (b.numbers[index] ?? 0));
  return (
    compareArrays(a.second, b.second) ||
    numbers.find((number) => number !== 0) ||
    compareArrays(a.name, b.name) ||
    compareBytes(a.entry.name, b.entry.name)
  );
}

function compareArrays(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < a.length && at < b.length; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function renderEntry({ entry }: Sortable): string {
  const { marks, name, priority, second, subset, bits } = entry;
  const marked = marks.map((mark) => ` ${mark}`).join("");
  const line = `Perms:\t${marked}${lettersOf(bits)}:${lettersOf(bits >>> OTHER_SHIFT)} priority=${priority} \tName:\t(${name})\n`;
  const links = (bits & BOTH_LINK) !== 0;
  return links ? `${line}\tlink: subset=${Number(subset)}\t(${second ?? "/**"})\n` : line;
}
