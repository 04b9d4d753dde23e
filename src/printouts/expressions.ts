/**
 * Patterns as `apparmor_parser -D rule-exprs` spells them: the expression that it makes of a rule, and the tree that it reads from
 * that. Every kind of rule spells its bytes in its own way. Texts are byte strings, one character below U+0100 a byte.
 */
import type { TracedAutomaton } from "../compiler/compile/index.ts";
import { MediationClass } from "../compiler/compiled/index.ts";
import { type GlobNode, globExpression, hasByte } from "../language/globs/index.ts";
import { encodeBytes } from "../foundation/text/index.ts";

/** What people wrote for a node; `nul`: its wildcards stand for NUL, too. */
export interface WrittenOperand {
  readonly text: string;
  readonly nul: boolean;
}

export type Written = ReadonlyMap<GlobNode, WrittenOperand>;

type Bytes = Extract<GlobNode, { kind: "set" | "star" }>;

const hexadecimal = (byte: number, digits = 1): string => `\\x${byte.toString(16).padStart(digits, "0")}`;

interface Spelling {
  readonly isPolicydb: boolean;
  readonly isSignal: boolean;
}

/** Where file system types are in a pattern of seven parts after the class. */
export const FSTYPES = 5;

/** The expression of a pattern. */
export function spellExpression(pattern: GlobNode, table: TracedAutomaton["table"], written: Written): string {
  const isPolicydb = table === "policydb";
  const spelling = { isPolicydb, isSignal: isPolicydb && startsWith(pattern, MediationClass.signal) };
  const spell = (node: GlobNode): string => {
    const operand = written.get(node);
    if (operand !== undefined) return operandExpression(operand);
    switch (node.kind) {
      case "literal":
        if (isPolicydb) return spellBytes(node.bytes);
        return Array.from(node.bytes, (byte) => (byte === 0 ? hexadecimal(byte, 2) : chars(byte))).join("");
      case "set":
        return spellSet(node, spelling);
      case "star":
        return `${spellSet(node, spelling)}*`;
      case "alternative":
        return `(${node.branches.map(spell).join("|")})`;
      case "sequence":
        return foldRepeats(node.parts, spell, (part) => `${spellSet(part, spelling)}+`).join("");
    }
  };
  if (pattern.kind !== "sequence" || !isMount(pattern) || pattern.parts.length <= FSTYPES) return spell(pattern);
  const texts = pattern.parts.map((part, index) =>
    index === FSTYPES && written.has(part) ? `(${spell(part)})` : spell(part),
  );
  return texts.join("");
}

/** Of a label as a whole the class of the question follows, as short as it can be. */
function spellBytes(bytes: Uint8Array): string {
  const isLabel = bytes.length > 1 && bytes[0] === MediationClass.label;
  return Array.from(bytes, (byte, index) => hexadecimal(byte, isLabel && index > 0 ? 1 : 2)).join("");
}

/** Whether a pattern starts with this byte. */
export function startsWith(node: GlobNode, byte: number): boolean {
  if (node.kind === "literal") return node.bytes[0] === byte;
  const [first] = node.kind === "sequence" ? node.parts : [];
  return first !== undefined && startsWith(first, byte);
}

export function isMount(node: GlobNode): boolean {
  return startsWith(node, MediationClass.mount);
}

/** The expression of an operand: that of 5.0.2, also where it says something else than what is written (compile-semantics D3, D4). */
export function operandExpression({ nul, text }: WrittenOperand): string {
  const expression = globExpression(text, { nul });
  return expression.ok ? expression.value : "";
}

/** A text as a byte string. */
export function toBytes(text: string): string {
  return Array.from(encodeBytes(text), chars).join("");
}

function chars(byte: number): string {
  return String.fromCharCode(byte);
}

/** Parts, with a set and its star as one. */
function foldRepeats(
  parts: readonly GlobNode[],
  plain: (node: GlobNode) => string,
  repeated: (set: Bytes) => string,
): readonly string[] {
  const texts: string[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const [part, next] = [parts[at], parts[at + 1]];
    if (part === undefined) continue;
    if (part.kind === "set" && next?.kind === "star" && isSame(part, next)) {
      texts.push(repeated(part));
      at += 1;
    } else texts.push(plain(part));
  }
  return texts;
}

function isSame(a: Bytes, b: Bytes): boolean {
  return a.negated === b.negated && a.set.every((bits, index) => bits === b.set[index]);
}

function membersOf({ set }: Bytes): readonly number[] {
  return Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => hasByte(set, byte));
}

const SLASH = 0x2f;

/** In files a slash comes first; what rules of other kinds leave out is NUL, in octal. */
function spellSet(node: Bytes, { isPolicydb, isSignal }: Spelling): string {
  const members = membersOf(node);
  if (!node.negated) return `[${spellMembers(members, isSignal)}]`;
  if (members.length === 0) return ".";
  const nul = isPolicydb ? "\\000" : "\\x00";
  return `[^${members.includes(SLASH) ? "/" : ""}${members.includes(0) ? nul : ""}]`;
}

/** Signals are listed; the digits of an address that the kernel chooses are two ranges, all else is one. */
function spellMembers(members: readonly number[], isListed: boolean): string {
  if (members.map(chars).join("") === "0123456789abcdef") return "0-9a-f";
  const names = members.map((byte) => hexadecimal(byte, 2));
  return isListed ? names.join("") : `${names[0] ?? ""}-${names.at(-1) ?? ""}`;
}

const LETTERS: Readonly<Record<number, string>> = { 7: "a", 9: "t", 10: "n", 12: "f", 13: "r", 27: "e" };

/** A byte as trees and states name it. */
export function nameByte(byte: number): string {
  const letter = LETTERS[byte];
  if (letter !== undefined) return `\\${letter}`;
  if (byte < 0x20 || byte > 0x7e) return hexadecimal(byte);
  const char = chars(byte);
  return " *+.|()[]".includes(char) ? `\\${char}` : char;
}

/** The tree of a pattern. */
export function spellTree(pattern: GlobNode, written: Written): string {
  const spell = (node: GlobNode, isOperand: boolean): string => {
    const inside = isOperand || written.has(node);
    const deeper = (part: GlobNode): string => spell(part, inside);
    switch (node.kind) {
      case "literal":
        return node.bytes.length === 0 ? "[]" : Array.from(node.bytes, nameByte).join("");
      case "set":
        return treeSet(node);
      case "star":
        return `(${treeSet(node)})*`;
      case "alternative":
        return node.branches.map((branch) => deeper(branch) || "[]").reduce((left, right) => `(${left}|${right})`);
      case "sequence":
        if (inside) return node.parts.map(deeper).join("");
        return foldRepeats(node.parts, deeper, (part) => `(${treeSet(part)})+`).join("");
    }
  };
  return spell(pattern, false);
}

function treeSet(node: Bytes): string {
  const members = membersOf(node);
  if (node.negated && members.length === 0) return ".";
  return `[${node.negated ? "^" : ""}${members.map(nameByte).join("")}]`;
}
