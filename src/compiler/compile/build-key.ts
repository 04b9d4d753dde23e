/**
 * Build keys: texts that say completely what an automaton is, so that one with the same build key need not be built again. Nothing of the
 * session is in them, nothing of files, and neither the order of rules nor how often they are written.
 *
 *     header \n (\n effect \n pattern pattern ...) (\n effect \n ...) ...       effects sorted, their patterns, too
 *
 * Patterns are written so that no two read alike, and so that where one ends is seen. An operand is `kind length:text`, as it is written: the
 * same pattern in other words has another build key. Others are `length:bytes` for a literal (a character for each byte), `[ranges]` and
 * `[^ranges]` for a set, `*` before it for a star, `(...)` for a sequence, `{...}` for alternatives, sorted.
 */
import { type ByteSet, type GlobNode, hasByte } from "../../language/globs/index.ts";
import type { Label } from "../automata/index.ts";
import type { Effects } from "./effects.ts";
import { effectiveSet } from "./pattern.ts";

/** A pattern and what it does. */
export interface LabelledPattern {
  readonly pattern: GlobNode;
  readonly label: Label;
}

/** What is known of a pattern that will be asked for again. */
export interface KeptPattern {
  readonly isExact: boolean;
  /** Of an operand, all that it was made of. */
  readonly written: string | undefined;
}

interface BuildKeys {
  readonly spelling: (node: GlobNode) => string;
  /** `header`: all that decides beside the patterns. */
  readonly buildKey: (header: readonly (string | number | boolean)[], patterns: readonly LabelledPattern[]) => string;
}

/**
 * What build keys share. `kept`: nodes that will be asked for again.
 *
 * COST: the operands of Debian sid's 160 files have 16,000 literals: a text for each of these took a third of the time that build keys take.
 */
export function createBuildKeys(effects: Effects, kept: ReadonlyMap<GlobNode, KeptPattern>): BuildKeys {
  const operands = new Map<GlobNode, string>();
  // The same few sets surround operands everywhere.
  const sets = new WeakMap<GlobNode, string>();
  const labels: string[] = [];
  const spelling = (node: GlobNode): string => {
    const memory = node.kind === "set" || node.kind === "star" ? sets : operands;
    const known = memory.get(node);
    if (known !== undefined) return known;
    const operand = kept.get(node);
    const text = operand?.written ?? spell(node, spelling);
    if (memory === sets || operand !== undefined) memory.set(node, text);
    return text;
  };
  return {
    spelling,
    buildKey: (header, patterns) => {
      const groups = new Map<Label, string[]>();
      for (const { label, pattern } of patterns) {
        const group = groups.get(label);
        if (group === undefined) groups.set(label, [spelling(pattern)]);
        else group.push(spelling(pattern));
      }
      const texts = Array.from(groups, ([label, group]) => {
        const effect = (labels[label] ??= effects.text(label));
        return `\n${effect}\n${joinOnce(group.toSorted())}`;
      });
      return `${JSON.stringify(header)}\n${texts.toSorted().join("")}`;
    },
  };
}

/** Sorted texts as one, each once. COST: a set of texts takes longer than looking at neighbours. */
function joinOnce(sorted: readonly string[]): string {
  let joined = "";
  let before: string | undefined;
  for (const text of sorted) {
    if (text !== before) joined += text;
    before = text;
  }
  return joined;
}

function spell(node: GlobNode, part: (node: GlobNode) => string): string {
  switch (node.kind) {
    case "literal":
      return `${node.bytes.length}:${characters(node.bytes)}`;
    case "set":
      return spellSet(effectiveSet(node));
    case "star":
      return `*${spellSet(effectiveSet(node))}`;
    case "sequence":
      return `(${node.parts.map(part).join("")})`;
    case "alternative":
      return `{${node.branches.map(part).toSorted().join("")}}`;
  }
}

/** COST: a call for all of them takes a tenth of a call for each; an engine has room for so many arguments. */
const MOST_ARGUMENTS = 4096;

/** A character for each byte. */
function characters(bytes: Uint8Array): string {
  if (bytes.length <= MOST_ARGUMENTS) return Reflect.apply(String.fromCharCode, undefined, bytes);
  return characters(bytes.subarray(0, MOST_ARGUMENTS)) + characters(bytes.subarray(MOST_ARGUMENTS));
}

/** First and last byte of every run: of the bytes in the set or, if the last byte is in it, of those that are not. */
function spellSet(set: ByteSet): string {
  const isNegated = hasByte(set, 255);
  const ranges: number[] = [];
  for (let byte = 0, was = false; byte <= 256; byte += 1) {
    // COST: most sets differ from none or all in a few bytes; 32 that are as the one before are passed over at once.
    const same = isNegated === was ? 0 : ALL;
    while ((byte & 31) === 0 && byte < 256 && (set[byte >> 5] ?? 0) >>> 0 === same) byte += 32;
    const is = byte < 256 && hasByte(set, byte) !== isNegated;
    if (is && !was) ranges.push(byte);
    if (was && !is) ranges.push(byte - 1);
    was = is;
  }
  return `[${isNegated ? "^" : ""}${ranges.join()}]`;
}

/** 32 bytes of a set, all in it. */
const ALL = 0xffff_ffff;
