/** Permissions of compiled policy in the letters of the language (kernel-abi 7.1, 7.5). */
import type { CompiledAutomaton, CompiledPermissionEntry } from "../../compiler/compiled/index.ts";
import {
  XINDEX_CHILD,
  XINDEX_INDEX,
  XINDEX_INHERIT,
  XINDEX_NAME,
  XINDEX_TABLE,
  XINDEX_UNCONFINED,
  XINDEX_UNSAFE,
} from "../../compiler/policydb/index.ts";

const EXEC = 0x1;
const WRITE = 0x2;
const READ = 0x4;
const APPEND = 0x8;
const LOCK = 0x8000;
const MMAP = 0x10000;
const LINK = 0x40000;
const LETTERS: readonly (readonly [number, string])[] = [
  [READ, "r"],
  [WRITE, "w"],
  [LOCK, "k"],
  [LINK, "l"],
  [MMAP, "m"],
];

/** How a program is executed, and into what. */
function execText(word: number, transitions: readonly string[]): { letters: string; target: string } {
  const bits = word >>> 0;
  const has = (bit: number): boolean => (bits & bit) !== 0;
  const named = has(XINDEX_TABLE) || has(XINDEX_NAME);
  let first = named ? (has(XINDEX_CHILD) ? "c" : "p") : has(XINDEX_UNCONFINED) ? "u" : "";
  if (!has(XINDEX_UNSAFE)) first = first.toUpperCase();
  const second = has(XINDEX_INHERIT) ? "i" : named && has(XINDEX_UNCONFINED) ? "u" : "";
  const target = has(XINDEX_TABLE) ? (transitions[bits & XINDEX_INDEX] ?? `#${bits & XINDEX_INDEX}`) : "";
  return { letters: `${first}${second}x`, target: target === "" ? "" : ` -> ${target.replaceAll("\0", ":")}` };
}

/** The letters of file permissions, and what is executed; empty for none. */
export function fileLetters(bits: number, entry: CompiledPermissionEntry, automaton: CompiledAutomaton): string {
  let letters = LETTERS.flatMap(([bit, letter]) => ((bits & bit) === 0 ? [] : [letter])).join("");
  if ((bits & APPEND) !== 0 && (bits & WRITE) === 0) letters += "a";
  if ((bits & EXEC) === 0) return letters;
  const exec = execText(entry.xindex, automaton.transitions);
  return letters + exec.letters + exec.target;
}

/** Bits of the other classes: their number, for each class has its own names. */
export function wordText(bits: number): string {
  return `0x${(bits >>> 0).toString(16).padStart(8, "0")}`;
}
