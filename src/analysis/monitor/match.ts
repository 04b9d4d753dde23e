/** Whether a pattern of a rule matches a text; patterns are parsed once. */
import { encodeBytes } from "../../foundation/text/index.ts";
import { type GlobNode, isExact, matches, parseGlob, slashes } from "../../language/globs/index.ts";
import type { Operand } from "../../language/model/index.ts";

/** A parsed pattern. */
export interface Pattern {
  readonly node: GlobNode;
  readonly exact: boolean;
  /** Bytes every match starts with: COST: most questions end here. */
  readonly prefix: Uint8Array;
}

/** What a pattern is taken for: paths have their slashes squeezed; in addresses globs match NUL. */
export type PatternKind = "path" | "text" | "address";

const MAX_PATTERNS = 1 << 17;
const patterns: Readonly<Record<PatternKind, Map<string, Pattern | undefined>>> = {
  path: new Map(),
  text: new Map(),
  address: new Map(),
};

/** The pattern of a text; `undefined`: it is none. */
export function patternOf(text: string, kind: PatternKind): Pattern | undefined {
  const known = patterns[kind];
  if (known.has(text)) return known.get(text);
  if (known.size >= MAX_PATTERNS) known.clear();
  const parsed = parseGlob(kind === "text" ? text : slashes(text), { nul: kind === "address" });
  const pattern = parsed.ok
    ? { node: parsed.value, exact: isExact(parsed.value), prefix: prefixOf(parsed.value) }
    : undefined;
  known.set(text, pattern);
  return pattern;
}

function prefixOf(node: GlobNode): Uint8Array {
  if (node.kind === "literal") return node.bytes;
  const first = node.kind === "sequence" ? node.parts[0] : undefined;
  return first === undefined ? new Uint8Array() : prefixOf(first);
}

/** A text to be matched against many patterns. */
export interface Subject {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** What patterns are matched with. */
export function subject(text: string): Subject {
  return { text, bytes: encodeBytes(text) };
}

const MAX_LABELS = 1 << 12;
const labels = new Map<string, Subject>();

/** The same of a label. COST: a policy has few of them, each of which is asked about again and again. */
export function labelSubject(label: string): Subject {
  const known = labels.get(label);
  if (known !== undefined) return known;
  if (labels.size >= MAX_LABELS) labels.clear();
  const made = subject(label);
  labels.set(label, made);
  return made;
}

/** How a pattern fits: not at all, or exactly (no wildcard), or through a wildcard. A text that is not a pattern fits nothing. */
export function fit(text: string, kind: PatternKind, input: Subject): "no" | "exact" | "glob" {
  const pattern = patternOf(text, kind);
  if (pattern === undefined || !accepts(pattern, input)) return "no";
  return pattern.exact ? "exact" : "glob";
}

/** Whether a pattern matches all of a text. */
export function accepts({ prefix, node }: Pattern, input: Subject): boolean {
  const { bytes } = input;
  if (prefix.length > bytes.length) return false;
  // From the end: what names have in common is in front.
  for (let i = prefix.length - 1; i >= 0; i -= 1) if (prefix[i] !== bytes[i]) return false;
  return matches(node, bytes);
}

/** Whether an operand matches; one that is not written matches everything. */
export function fits(operand: Operand | undefined, kind: PatternKind, input: Subject): boolean {
  return operand === undefined || fit(operand.text, kind, input) !== "no";
}
