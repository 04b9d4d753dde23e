/** What rules can say, in layers: how allowing, denying, asking and logging go together, whatever the bits mean. */
import { type Cover, coverAutomaton, type CoverOptions, type Exclusive, type Layer } from "./cover.ts";
import type { Dfa } from "../automata/index.ts";

/** The layers of rules. */
export const DENY = 0;
export const AUDIT_DENY = 1;
export const AUDIT_PROMPT = 2;
export const PROMPT = 3;
export const AUDIT = 4;
export const ALLOW = 5;

/** By layer. */
export const layerPrefixes = ["deny ", "audit deny ", "audit prompt ", "prompt ", "audit ", ""] as const;

export function isDenied(layer: number): boolean {
  return layer === DENY || layer === AUDIT_DENY;
}

/** Bits by state; `audit` of what is allowed or asked about, `quiet` and `prompt` of what is not allowed. */
export interface SaidBits {
  readonly allow: Uint32Array;
  readonly audit: Uint32Array;
  readonly quiet: Uint32Array;
  readonly prompt: Uint32Array;
}

interface LayeredOptions extends Pick<CoverOptions, "adjust" | "given" | "maxRules" | "maxSteps" | "sayable" | "work"> {
  readonly start: number;
  /** Of a state bits that nobody asks for there: rules may say anything about them. */
  readonly unasked: (state: number) => number;
  /** Of a state the bits that rules must say something about; without it all. */
  readonly asked?: (state: number, isDenied: boolean) => number;
  /** Of a state bits that rules may allow there because other rules do. */
  readonly allowed?: (state: number) => number;
  readonly exclusive: readonly number[];
  /** What the surroundings allow and a state does not, where that may be a logged denial. */
  readonly denied: Uint32Array;
}

/** The shorter of two covers: with logged denials where something seems to be cut out of a glob, and without. */
export function coverLayers(dfa: Dfa, bits: SaidBits, options: LayeredOptions): Cover {
  const none = new Uint32Array(bits.allow.length);
  if (options.denied.every((own) => own === 0)) return coverWith(dfa, bits, options);
  const { work } = options;
  const before = work.spent;
  const cut = coverWith(dfa, bits, options);
  // COST: without denials all around what is cut out has to be listed, which may be very long: not longer than the other, nor for longer
  const bounds = cut.isWhole ? { maxRules: cut.rules.length, work: work.part(work.spent - before) } : {};
  const plain = coverWith(dfa, bits, { ...options, denied: none, ...bounds });
  if (plain.isWhole !== cut.isWhole) return plain.isWhole ? plain : cut;
  return plain.isWhole && plain.rules.length <= cut.rules.length ? plain : cut;
}

function both(left: Uint32Array, right: Uint32Array): Uint32Array {
  return left.map((bits, state) => bits & right[state]!);
}

function coverWith(dfa: Dfa, { allow, audit, quiet, prompt }: SaidBits, options: LayeredOptions): Cover {
  const { start, unasked, denied } = options;
  const none = quiet.map((own, state) => own | denied[state]!);
  const either = (...all: readonly Uint32Array[]): Uint32Array =>
    allow.map((_, state) => all.reduce((sum, each) => sum | each[state]!, unasked(state)));
  const neither = allow.map((own, state) => ~(own | prompt[state]!));
  const anyway = allow.map((_, state) => options.allowed?.(state) ?? 0);
  const audited = both(audit, prompt);
  const asked = allow.map((_, state) => options.asked?.(state, false) ?? -1);
  const askedDenied = allow.map((_, state) => options.asked?.(state, true) ?? -1);
  const layers: readonly Layer[] = [
    { wanted: both(askedDenied, quiet), possible: either(quiet), by: [DENY] },
    // what is not allowed may be denied, too
    { wanted: both(askedDenied, denied), possible: either(none, neither), by: [DENY, AUDIT_DENY] },
    { wanted: both(asked, audited), possible: either(audited, allow, none), by: [AUDIT_PROMPT] },
    { wanted: both(asked, prompt), possible: either(prompt, allow, none), by: [AUDIT_PROMPT, PROMPT] },
    { wanted: both(asked, both(audit, allow)), possible: either(both(audit, allow), none, anyway), by: [AUDIT] },
    { wanted: both(asked, allow), possible: either(allow, none, anyway), by: [AUDIT, ALLOW] },
  ];
  const exclusive: readonly Exclusive[] = options.exclusive.map((own) => ({ bits: own, layers: [AUDIT, ALLOW] }));
  return coverAutomaton(dfa, start, { ...options, layers, exclusive });
}
