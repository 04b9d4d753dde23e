/**
 * A compilation session: everything that does not depend on one profile and is worth keeping from one to the next: patterns of
 * operands by their text, terms, states, interned effects. Sharing is by content, so results never depend on what came before.
 */
import type { Outcome } from "../../foundation/basics/index.ts";
import { type ByteSet, type GlobNode, type GlobProblem, parseGlob, slashes } from "../../language/globs/index.ts";
import {
  type AutomataSession,
  createAutomata,
  type Dfa,
  type Explosion,
  type Label,
  type Term,
} from "../automata/index.ts";
import type { OperandKind } from "./context.ts";
import { createEffects, type Effects } from "./effects.ts";

export interface CompileSession {
  /** The pattern of an operand, by its text. */
  readonly operand: (text: string, kind: OperandKind) => Outcome<GlobNode, GlobProblem>;
  /** The part that depends on how permissions are written and how many states fit. */
  readonly encoding: (encoding: Encoding) => EncodingSession;
}

export interface Encoding {
  /** The old accept words, not a permission table. */
  readonly packed: boolean;
  readonly maxStates: number;
}

export interface EncodingSession {
  readonly effects: Effects;
  /** A pattern that accepts with `label`. */
  readonly accepting: (pattern: GlobNode, label: Label) => Term;
  /** The same with anything the session can build behind it. */
  readonly before: (pattern: GlobNode, next: Term) => Term;
  readonly automata: AutomataSession;
  readonly build: (patterns: readonly Term[]) => Outcome<Dfa, Explosion>;
}

/** A new session; keep it for as long as profiles that share text are compiled. */
export function createCompileSession(): CompileSession {
  const operands = new Map<string, Outcome<GlobNode, GlobProblem>>();
  const encodings = new Map<string, EncodingSession>();
  return {
    operand: (text, kind) => {
      const key = `${kind} ${text}`;
      const known = operands.get(key);
      if (known !== undefined) return known;
      const parsed = parseGlob(kind === "path" ? slashes(text) : text, { nul: kind === "value" });
      operands.set(key, parsed);
      return parsed;
    },
    encoding: (encoding) => {
      const key = `${encoding.packed ? "packed" : "table"} ${encoding.maxStates}`;
      const known = encodings.get(key);
      if (known !== undefined) return known;
      const created = createEncodingSession(encoding);
      encodings.set(key, created);
      return created;
    },
  };
}

function createEncodingSession(encoding: Encoding): EncodingSession {
  const effects = createEffects(encoding.packed);
  const automata = createAutomata({ combine: effects.combine, maxStates: encoding.maxStates });
  const before = createTermBuilder(automata);
  return {
    effects,
    automata,
    before,
    accepting: (pattern, label) => before(pattern, automata.accept(label)),
    build: automata.build,
  };
}

/** Turns patterns into terms from right to left; a pattern before the same continuation is the same term. */
function createTermBuilder(automata: AutomataSession): EncodingSession["before"] {
  const memo = new WeakMap<GlobNode, Map<Term, Term>>();
  const build = (node: GlobNode, next: Term): Term => {
    switch (node.kind) {
      case "literal":
        return automata.literal(node.bytes, next);
      case "set":
        return automata.set(effectiveSet(node), next);
      case "star":
        return automata.star(effectiveSet(node), next);
      case "sequence":
        return node.parts.reduceRight((rest, part) => before(part, rest), next);
      case "alternative":
        return automata.alternative(node.branches.map((branch) => before(branch, next)));
    }
  };
  const before = (node: GlobNode, next: Term): Term => {
    if (node.kind === "set" || node.kind === "star") return build(node, next);
    let terms = memo.get(node);
    const known = terms?.get(next);
    if (known !== undefined) return known;
    const term = build(node, next);
    if (terms === undefined) memo.set(node, (terms = new Map<Term, Term>()));
    terms.set(next, term);
    return term;
  };
  return before;
}

/** The bytes a set node takes. */
function effectiveSet(node: Extract<GlobNode, { kind: "set" | "star" }>): ByteSet {
  return node.negated ? node.set.map((word) => ~word >>> 0) : node.set;
}
