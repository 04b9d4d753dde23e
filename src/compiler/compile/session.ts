/**
 * A compilation session: everything that does not depend on one profile and is worth keeping from one to the next: patterns of
 * operands by their text, terms, states, interned effects. Sharing is by content, so results never depend on what came before.
 */
import type { Outcome } from "../../foundation/basics/index.ts";
import { type CompileTarget, compileTarget, type FeatureTree } from "../../language/features/index.ts";
import { type GlobNode, type GlobProblem, isExact, parseGlob, slashes } from "../../language/globs/index.ts";
import { type AutomataSession, createAutomata, type Label, type Term } from "../automata/index.ts";
import type { OperandKind } from "./context.ts";
import { createEffects, type Effects } from "./effects.ts";
import { effectiveSet } from "./pattern.ts";
import { createBuildKeys, type KeptPattern, type LabelledPattern } from "./build-key.ts";
import { createSharedEmissions, type SharedEmissions } from "./shared.ts";

export interface CompileSession {
  /** The pattern of an operand, by its text. */
  readonly operand: (text: string, kind: OperandKind) => Outcome<GlobNode, GlobProblem>;
  /** What rules come to that profiles have in common. */
  readonly emissions: SharedEmissions;
  /** What two feature trees, by identity, come to. */
  readonly target: (kernel: FeatureTree, policy: FeatureTree) => CompileTarget;
  /** The part that depends on how permissions are written and how many states fit. */
  readonly encoding: (encoding: Encoding) => EncodingSession;
  /** What its automata hold in memory. */
  readonly bytes: () => number;
}

export interface Encoding {
  /** The old accept bits, not a permission table. */
  readonly packed: boolean;
  readonly maxStates: number;
}

export interface EncodingSession {
  readonly effects: Effects;
  /** A pattern that accepts with `label`. */
  readonly accepting: (pattern: GlobNode, label: Label) => Term;
  /** The same with anything the session can build after it. */
  readonly before: (pattern: GlobNode, next: Term) => Term;
  readonly isExact: (pattern: GlobNode) => boolean;
  readonly automata: AutomataSession;
  /** A pattern as build keys write it. */
  readonly spelling: (pattern: GlobNode) => string;
  /** What an automaton of these patterns is, as a text that means the same in every session; `about`: what becomes of it. */
  readonly buildKey: (about: readonly (string | boolean)[], patterns: readonly LabelledPattern[]) => string;
}

/** A new session; keep it for as long as profiles that share text are compiled. */
export function createCompileSession(): CompileSession {
  const operands = createOperands();
  const encodings = new Map<string, EncodingSession>();
  const targets = new WeakMap<FeatureTree, WeakMap<FeatureTree, CompileTarget>>();
  return {
    operand: operands.parse,
    emissions: createSharedEmissions(operands.keep),
    target: (kernel, policy) => {
      const ofKernel = targets.get(kernel) ?? new WeakMap<FeatureTree, CompileTarget>();
      targets.set(kernel, ofKernel);
      const target = ofKernel.get(policy) ?? compileTarget(kernel, policy);
      ofKernel.set(policy, target);
      return target;
    },
    bytes: () => [...encodings.values()].reduce((sum, { automata }) => sum + automata.statistics().bytes, 0),
    encoding: (encoding) => {
      const key = `${encoding.packed ? "packed" : "table"} ${encoding.maxStates}`;
      const known = encodings.get(key);
      if (known !== undefined) return known;
      const created = createEncodingSession(encoding, operands);
      encodings.set(key, created);
      return created;
    },
  };
}

/** Operands by their texts. The same text is the same node, so what is known of a node is known of the text. */
interface Operands {
  readonly parse: CompileSession["operand"];
  /** Patterns that will be asked for again: operands, and what profiles have in common. */
  readonly kept: ReadonlyMap<GlobNode, KeptPattern>;
  readonly keep: (pattern: GlobNode) => void;
}

/** How an operand of each kind is written in a build key, before its text. */
const KIND_MARKS: Readonly<Record<OperandKind, string>> = { path: "p", plain: "t", name: "t", value: "v" };

function createOperands(): Operands {
  const kept = new Map<GlobNode, KeptPattern>();
  const keep = (pattern: GlobNode, written?: string): void =>
    void kept.set(pattern, { isExact: isExact(pattern), written });
  const plain = new Map<string, Outcome<GlobNode, GlobProblem>>();
  const texts = { path: new Map<string, Outcome<GlobNode, GlobProblem>>(), plain, name: plain, value: new Map() };
  return {
    kept,
    keep: (pattern) => keep(pattern),
    parse: (text, kind) => {
      const known = texts[kind].get(text);
      if (known !== undefined) return known;
      const parsed = parseGlob(kind === "path" ? slashes(text) : text, { nul: kind === "value" });
      texts[kind].set(text, parsed);
      if (parsed.ok) keep(parsed.value, `${KIND_MARKS[kind]}${text.length}:${text}`);
      return parsed;
    },
  };
}

function createEncodingSession(encoding: Encoding, operands: Operands): EncodingSession {
  const effects = createEffects(encoding.packed);
  const automata = createAutomata({ combine: effects.combine, maxStates: encoding.maxStates });
  const before = createTermBuilder(automata, operands);
  const { spelling, buildKey } = createBuildKeys(effects, operands.kept);
  return {
    effects,
    automata,
    before,
    spelling,
    isExact: (pattern) => operands.kept.get(pattern)?.isExact ?? isExact(pattern),
    accepting: (pattern, label) => before(pattern, automata.accept(label)),
    buildKey: (about, patterns) => buildKey([encoding.packed, encoding.maxStates, ...about], patterns),
  };
}

/**
 * Turns patterns into terms from right to left.
 *
 * COST: an operand comes before the same few continuations in every profile that includes its rule; looking the term up in a
 * short list (continuation, term, continuation, term …) is a fifth of building it again.
 */
export function createTermBuilder(
  automata: AutomataSession,
  operands: Pick<Operands, "kept">,
): EncodingSession["before"] {
  const memo = new Map<GlobNode, Term[]>();
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
    const list = memo.get(node);
    const known = list && findAfter(list, next);
    if (known !== undefined) return known;
    const term = build(node, next);
    if (list !== undefined) list.push(next, term);
    else if (operands.kept.has(node)) memo.set(node, [next, term]);
    return term;
  };
  return before;
}

function findAfter(list: readonly Term[], next: Term): Term | undefined {
  for (let at = 0; at < list.length; at += 2) if (list[at] === next) return list[at + 1];
  return undefined;
}
