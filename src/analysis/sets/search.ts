/**
 * The cheapest input on which two parts, combined, grant something that is asked for there: Dijkstra's search over pairs of states and a
 * phase of the input. Nothing is built, so that questions to large policies cost what they touch.
 */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { type Dfa, step, type TooManyStates } from "../../compiler/automata/index.ts";
import { combineGrants, isNothing, type Operation } from "./grants.ts";
import { MOST_PHASES } from "./inputs.ts";
import { type Inputs, SLASH } from "./inputs-text.ts";
import type { Grant, SetPart } from "./types.ts";

/** Pairs a search looks at before it gives up. */
const MOST_NODES = 2 ** 22;

export interface Found {
  readonly input: Uint8Array;
  readonly grant: Grant;
}

/** Where a search starts, and what is asked of it. */
export interface SearchRequest {
  readonly left: SetPart;
  readonly right: SetPart | undefined;
  readonly operation: Operation;
  readonly inputs: Inputs;
  readonly leftStart: number;
  readonly rightStart: number;
  /** The bytes that lead to the start. */
  readonly before: readonly number[];
}

/** The cheapest input; `undefined`: there is none. */
export function searchInput(request: SearchRequest): Outcome<Found | undefined, TooManyStates> {
  return new Search(request).run();
}

/** Whether there is one. COST: a walk that need not find the cheapest ends soon where there are many. */
export function hasInput(request: SearchRequest): Outcome<boolean, TooManyStates> {
  return new Search(request).any();
}

/** What a walk over all inputs is told of: outputs of both, the phase, and the cheapest input. */
interface Visited {
  readonly left: number;
  readonly right: number;
  readonly phase: number;
  /** Of the input, its end counted. */
  readonly cost: number;
  readonly input: () => Uint8Array;
}

/** Visits every pair of states and phase that some input leads to, the cheapest first. */
export function visitInputs(
  request: SearchRequest,
  visit: (visited: Visited) => void,
): Outcome<undefined, TooManyStates> {
  return new Search(request).walk(visit);
}

class Search {
  private readonly request: SearchRequest;
  private readonly numbers = new Map<number, number>();
  private readonly nodes: { readonly left: number; readonly right: number; readonly phase: number }[] = [];
  private readonly costs: number[] = [];
  private readonly parents: number[] = [];
  private readonly symbols: number[] = [];
  private readonly done: boolean[] = [];
  private readonly buckets: number[][] = [];
  private readonly combined = new Map<number, Grant>();
  /** Nothing costs anything. */
  private isBlind = false;

  constructor(request: SearchRequest) {
    this.request = request;
  }

  run(): Outcome<Found | undefined, TooManyStates> {
    const { leftStart, rightStart, inputs } = this.request;
    if (leftStart === 0) return ok(undefined);
    this.reach({ left: leftStart, right: rightStart, phase: inputs.start }, { cost: 0, parent: -1, symbol: 0 });
    let best: { readonly node: number; readonly grant: Grant; readonly cost: number } | undefined;
    for (let cost = 0; cost < this.buckets.length; cost += 1) {
      if (best !== undefined && best.cost <= cost) break;
      const bucket = this.buckets[cost];
      if (bucket === undefined) continue;
      // the bucket does not grow while it is read: every step costs something
      for (const node of bucket) {
        if (this.done[node] === true || best?.cost === cost) continue;
        this.done[node] = true;
        const grant = this.grantAt(node);
        const whole = cost + inputs.endCost(this.nodes[node]!.phase);
        if (!isNothing(grant) && (best === undefined || whole < best.cost)) best = { node, grant, cost: whole };
        this.expand(node, cost);
        if (this.nodes.length > MOST_NODES) return fail({ kind: "too-many-states", limit: MOST_NODES });
      }
      this.buckets[cost] = [];
    }
    return ok(best && { input: this.inputTo(best.node), grant: best.grant });
  }

  any(): Outcome<boolean, TooManyStates> {
    const { leftStart, rightStart, inputs } = this.request;
    if (leftStart === 0) return ok(false);
    this.isBlind = true;
    this.reach({ left: leftStart, right: rightStart, phase: inputs.start }, { cost: 0, parent: -1, symbol: 0 });
    const pending = this.buckets[0] ?? [];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (!isNothing(this.grantAt(node))) return ok(true);
      this.expand(node, 0);
      if (this.nodes.length > MOST_NODES) return fail({ kind: "too-many-states", limit: MOST_NODES });
    }
    return ok(false);
  }

  walk(visit: (visited: Visited) => void): Outcome<undefined, TooManyStates> {
    const { leftStart, rightStart, inputs, left: one, right: other } = this.request;
    if (leftStart === 0) return ok(undefined);
    this.reach({ left: leftStart, right: rightStart, phase: inputs.start }, { cost: 0, parent: -1, symbol: 0 });
    for (let cost = 0; cost < this.buckets.length; cost += 1) {
      for (const node of this.buckets[cost] ?? []) {
        if (this.done[node] === true) continue;
        this.done[node] = true;
        const { left, right, phase } = this.nodes[node]!;
        visit({
          left: one.dfa.outputs[left]!,
          right: other?.dfa.outputs[right] ?? 0,
          phase,
          cost: cost + inputs.endCost(phase),
          input: () => this.inputTo(node),
        });
        this.expand(node, cost);
        if (this.nodes.length > MOST_NODES) return fail({ kind: "too-many-states", limit: MOST_NODES });
      }
      this.buckets[cost] = [];
    }
    return ok(undefined);
  }

  private grantAt(node: number): Grant {
    const { left, right, phase } = this.nodes[node]!;
    const { request } = this;
    const one = request.left.dfa.outputs[left]!;
    const other = request.right?.dfa.outputs[right] ?? 0;
    const key = (one * (request.right?.grants.length ?? 1) + other) * MOST_PHASES + phase;
    const known = this.combined.get(key);
    if (known !== undefined) return known;
    const own = request.inputs.asked(phase, request.left.grants[one]!);
    const second = request.right?.grants[other];
    const grant = second === undefined ? own : combineGrants(own, second, request.operation);
    this.combined.set(key, grant);
    return grant;
  }

  private expand(node: number, cost: number): void {
    const { left, right, phase } = this.nodes[node]!;
    const { inputs, left: one, right: other } = this.request;
    const follow = (byte: number): void => {
      const next = inputs.step(phase, byte);
      if (next < 0) return;
      const ownTarget = step(one.dfa, left, byte);
      if (ownTarget === 0) return;
      const target = { left: ownTarget, right: other === undefined ? 0 : step(other.dfa, right, byte), phase: next };
      if (target.right === 0 && this.request.operation === "intersect") return;
      const price = this.isBlind ? 0 : inputs.cost(phase, byte);
      this.reach(target, { cost: cost + price, parent: node, symbol: byte });
    };
    for (const byte of inputs.bytes(phase) ?? this.textBytes(left, right, phase)) follow(byte);
  }

  /** Of text: what either row lists, what the phase tells apart, and one byte for all others. */
  private textBytes(left: number, right: number, phase: number): Iterable<number> {
    const { left: one, right: other, inputs } = this.request;
    // COST: most states of a question are inside a word, and lead on with one byte
    if (one.dfa.defaults[left] === 0) return slashFirst(rowSymbols(one.dfa, left));
    // INVARIANT: no phase of text tells apart any byte but NUL and the slash.
    const bytes = new Set<number>([0, SLASH]);
    for (const symbol of rowSymbols(one.dfa, left)) if (symbol < 256) bytes.add(symbol);
    if (other !== undefined && right !== 0)
      for (const symbol of rowSymbols(other.dfa, right)) if (symbol < 256) bytes.add(symbol);
    const free = cheapestOutside(bytes, (byte) => inputs.cost(phase, byte));
    // first: what no row singles out is the better example
    return free < 0 ? bytes : [free, ...bytes];
  }

  private reach(
    target: { readonly left: number; readonly right: number; readonly phase: number },
    { cost, parent, symbol }: { readonly cost: number; readonly parent: number; readonly symbol: number },
  ): void {
    const width = this.request.right?.dfa.stateCount ?? 1;
    const key = (target.left * width + target.right) * MOST_PHASES + target.phase;
    const known = this.numbers.get(key);
    const node = known ?? this.nodes.length;
    if (known === undefined) {
      this.numbers.set(key, node);
      this.nodes.push(target);
    } else if (this.costs[node]! <= cost) return;
    this.costs[node] = cost;
    this.parents[node] = parent;
    this.symbols[node] = symbol;
    (this.buckets[cost] ??= []).push(node);
  }

  private inputTo(node: number): Uint8Array {
    const path: number[] = [];
    for (let at = node; this.parents[at]! >= 0; at = this.parents[at]!) path.push(this.symbols[at]!);
    return Uint8Array.from([...this.request.before, ...path.toReversed()]);
  }
}

function rowSymbols(dfa: Dfa, state: number): Uint16Array {
  return dfa.symbols.subarray(dfa.rows[state], dfa.rows[state + 1]);
}

/** In the order of what is tried where any byte leads on. */
function slashFirst(symbols: Uint16Array): Iterable<number> {
  const bytes = symbols.filter((symbol) => symbol < 256);
  const at = bytes.indexOf(SLASH);
  if (at < 0) return bytes;
  const first = bytes[0] === 0 ? 1 : 0;
  return bytes.copyWithin(first + 1, first, at).fill(SLASH, first, first + 1);
}

/** Letters first: the order matters only among bytes of one price. */
const order: readonly number[] = [
  ...range(97, 123),
  ...range(48, 58),
  ...range(65, 91),
  ...range(33, 256),
  ...range(1, 33),
];

function range(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, at) => start + at);
}

function cheapestOutside(bytes: ReadonlySet<number>, cost: (byte: number) => number): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const byte of order) {
    if (bytes.has(byte)) continue;
    const own = cost(byte);
    if (own < least) {
      best = byte;
      least = own;
    }
    if (least <= 10) break;
  }
  return best;
}
