/** The patterns and the automata of a policy as `apparmor_parser -D` prints them while it compiles (tools 3.9). */
import type { Trace, TracedAutomaton, TracedPattern } from "../compiler/compile/index.ts";
import { MediationClass, ONEXEC } from "../compiler/compiled/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import type { GlobNode } from "../language/globs/index.ts";
import {
  FSTYPES,
  isMount,
  operandExpression,
  spellExpression,
  spellTree,
  startsWith,
  toBytes,
  type Written,
  type WrittenOperand,
} from "./expressions.ts";
import { renderGraph, renderStates } from "./states.ts";

/** What is printed of every automaton while a source is compiled (`-D`). */
export interface AutomatonDumps {
  /** `rule-exprs`. */
  readonly patterns: boolean;
  /** `dfa-states` and its like: how often the states are printed. */
  readonly states: number;
  /** `dfa-graph`. */
  readonly graph: boolean;
  /** `dfa-compressed-states`: the states once more. */
  readonly packed: boolean;
}

/** Collects what is printed of a policy; `text` is all of it so far. */
interface AutomatonPrinter {
  readonly trace: Trace;
  readonly text: () => string;
}

export function createAutomatonPrinter(dumps: AutomatonDumps): AutomatonPrinter {
  const written = new Map<GlobNode, WrittenOperand>();
  const parts: string[] = [];
  // Rules that contradict each other end it all.
  let isOver = false;
  return {
    trace: {
      operand: (node, text, kind) => {
        const operand = { text, nul: kind === "value" };
        written.set(node, operand);
        // Names are looked at even where nothing is made of them.
        if (dumps.patterns && kind === "name") parts.push(renderOperand(operand, ""));
      },
      automaton: (automaton) => {
        if (isOver) return;
        if (dumps.patterns) parts.push(renderPatterns(automaton, written));
        isOver = automaton.built === undefined;
        if (automaton.built === undefined) return;
        parts.push(renderStates(automaton.built).repeat(dumps.states));
        if (dumps.graph) parts.push(renderGraph(automaton.built));
        if (dumps.packed) parts.push(renderStates(automaton.built));
      },
    },
    text: () => decodeBytes(Uint8Array.from(parts.join(""), (char) => char.charCodeAt(0))),
  };
}

/** Above and below every priority that can be written: that of a class which is mediated whatever rules say. */
const MARKED = 1001;

function renderPatterns({ patterns, table, values }: TracedAutomaton, written: Written): string {
  const printed = new Set<GlobNode>();
  const render = (pattern: GlobNode, effect: string, expression?: string): string => {
    const spelled = expression ?? spellExpression(pattern, table, written);
    const operands = renderOperands(pattern, { table, printed, written });
    return `${operands}rule: ${spelled}  ->  ${spellTree(pattern, written)}${effect}\n\n`;
  };
  let last: TracedPattern["origin"];
  const ofRules = mergePatterns(patterns, table, written).map((one) => {
    // Every operand of a rule is printed once; of a mount rule, once for each operation.
    if (one.origin !== last || isMount(one.pattern) || (written.has(one.pattern) && printed.has(one.pattern)))
      printed.clear();
    last = one.origin;
    const isMarker = table === "policydb" && Math.abs(one.priority) === MARKED;
    return render(one.pattern, renderEffect(one), isMarker ? markerExpression(one.pattern) : undefined);
  });
  return [...ofRules, ...values.map((value) => render(value, ""))].join("");
}

/**
 * 5.0.2 has made one rule of all that speak of a file, and to a link's target if one is named, before it makes patterns. What
 * change_profile wants of a file stays alone.
 */
function mergePatterns(
  patterns: readonly TracedPattern[],
  table: TracedAutomaton["table"],
  written: Written,
): readonly TracedPattern[] {
  if (table !== "file") return patterns;
  const merged = new Map<string, TracedPattern>();
  for (const [index, one] of patterns.entries()) {
    const { audit, mode, pattern, permissions, priority } = one;
    const isAlone = (permissions & ONEXEC) !== 0;
    const target = linkTarget(pattern, patterns[index + 1]?.pattern);
    const about = [pattern, ...(target !== undefined && written.has(target) ? [target] : [])];
    const texts = about.map((node) => spellExpression(node, table, written));
    const key = JSON.stringify([isAlone ? index : "", texts, priority, mode, audit !== 0]);
    const before = merged.get(key);
    const bits = before && {
      permissions: (before.permissions | permissions) >>> 0,
      audit: (before.audit | audit) >>> 0,
    };
    merged.set(key, { ...(before ?? one), ...bits });
  }
  return [...merged.values()];
}

/** What a pattern has after the path when it extends that of the path alone. */
function linkTarget(path: GlobNode, following: GlobNode | undefined): GlobNode | undefined {
  return following?.kind === "sequence" && following.parts[0] === path ? following.parts[2] : undefined;
}

/** The class in decimal, then what is below it. */
function markerExpression(pattern: GlobNode): string {
  const [first, ...rest] = pattern.kind === "literal" ? pattern.bytes : [];
  return `\\d${first}${rest.map((byte) => (byte === 0 ? "\\000" : String.fromCharCode(byte))).join("")}`;
}

function renderEffect({ audit, mode, permissions, priority }: TracedPattern): string {
  const bits = permissions.toString(16);
  const way = mode === "allow" ? "" : ` ${mode}`;
  return ` priority=${priority}${way} (0x${bits}/${audit.toString(16)})< 0x${bits}>`;
}

/** Of mounts, posix queues and D-Bus, class and first operand are in one buffer. */
const BUFFERED: readonly number[] = [MediationClass.mount, MediationClass.posixMqueue, MediationClass.dbus];

/** A line for every operand that was not printed yet, with what 5.0.2 has written before it in the same buffer. */
function renderOperands(
  pattern: GlobNode,
  {
    table,
    printed,
    written,
  }: { readonly table: TracedAutomaton["table"]; readonly printed: Set<GlobNode>; readonly written: Written },
): string {
  const lines: string[] = [];
  // An operand may be in one pattern twice.
  const seen: GlobNode[] = [];
  const visit = (node: GlobNode, before: string): void => {
    const operand = written.get(node);
    if (operand !== undefined) {
      if (!printed.has(node)) lines.push(renderOperand(operand, before));
      seen.push(node);
    } else if (node.kind === "sequence") {
      const [first] = node.parts;
      const isBuffered =
        first !== undefined && (table === "attachment" || BUFFERED.some((byte) => startsWith(first, byte)));
      for (const [index, part] of node.parts.entries()) {
        if (isMount(node) && index === FSTYPES) visitTypes(part);
        else visit(part, isBuffered && index === 1 ? spellExpression(first, table, written) : "");
      }
    } else if (node.kind === "alternative") for (const branch of node.branches) visit(branch, "");
  };
  const visitTypes = (node: GlobNode): void => {
    const types = node.kind === "alternative" && !written.has(node) ? node.branches : [node];
    for (const [index, type] of types.entries()) {
      visit(
        type,
        `(${types
          .slice(0, index)
          .map((before) => `${spellExpression(before, table, written)}|`)
          .join("")}`,
      );
    }
  };
  visit(pattern, "");
  for (const node of seen) printed.add(node);
  return lines.join("");
}

function renderOperand(operand: WrittenOperand, before: string): string {
  return `aare: ${toBytes(operand.text)}   ->   ${before}${operandExpression(operand)}\n`;
}
