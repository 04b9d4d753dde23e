/** Rules that ask for a label alone: `ptrace`, and `signal` with the signals before it (kernel-abi 8.11, 8.12). */
import { signalName } from "../../../language/tables/index.ts";
import { step } from "../../automata/index.ts";
import { MediationClass, ptraceBits, signalBits } from "../../compiled/index.ts";
import { choiceBytes, chosenValues, type Value } from "../choice.ts";
import { coverFields } from "../fields.ts";
import { saidAt, saidNothing, unfold } from "../unfolded.ts";
import { type ClassRules, condition, nothingSaid, permissionList, type Policydb, shortened } from "../class-rules.ts";

const PTRACE = Object.values(ptraceBits).reduce((sum, bit) => sum | bit, 0);
const SIGNAL = signalBits.send | signalBits.receive;

export function ptraceRules({ automaton, start, effort }: Policydb): ClassRules {
  const state = step(automaton.dfa, start, MediationClass.ptrace);
  const strings = {
    first: { phase: 0, state },
    text: (phase: number) => phase,
    special: () => [[0, undefined]] as const,
    // there is no empty label; what is said at the class itself only makes it mediated
    said: (place: { readonly state: number }, isFirst: boolean) =>
      isFirst ? saidNothing : saidAt(automaton, place.state, PTRACE),
  };
  const unfolded = unfold(automaton.dfa, strings, effort.patterns);
  if (unfolded === undefined) return shortened;
  const cover = coverFields(unfolded, { become: (rule) => [rule], unasked: (at) => (at === 1 ? PTRACE : 0) }, effort);
  const rules = cover.rules.map(({ layer, grants, fields: [peer] }) => ({
    layer,
    text: `ptrace${permissionList(grants, PTRACE, MediationClass.ptrace)}${condition("peer", peer)},`,
  }));
  return { rules, isWhole: cover.isWhole };
}

/** Signals by name, and all other numbers. */
const signalValues: readonly Value[] = [
  ...Array.from({ length: 256 }, (_, number) => ({ name: signalName(number), number })).filter(
    ({ name }) => name !== undefined,
  ),
  { name: undefined, number: 255 },
];

const LABEL = 2;

export function signalRules({ automaton, start, effort }: Policydb): ClassRules {
  const { dfa } = automaton;
  const first = step(dfa, start, MediationClass.signal);
  if (first === 0) return nothingSaid;
  const strings = {
    first: { phase: 0, state: first },
    text: (phase: number) => (phase === LABEL ? phase : -1),
    special: ({ phase, state }: { readonly phase: number; readonly state: number }) => {
      if (phase === 0)
        return choiceBytes(signalValues.map(({ number }) => ({ phase: 1, state: step(dfa, state, number) })));
      return [[0, phase === LABEL ? undefined : { phase: LABEL, state }]] as const;
    },
    said: ({ phase, state }: { readonly phase: number; readonly state: number }) =>
      phase === LABEL ? saidAt(automaton, state, SIGNAL) : saidNothing,
  };
  const unfolded = unfold(dfa, strings, effort.patterns);
  if (unfolded === undefined) return shortened;
  const cover = coverFields(
    unfolded,
    { become: (rule) => (rule.fields.length === 2 ? [rule] : []), unasked: (_, phase) => (phase < LABEL ? SIGNAL : 0) },
    effort,
  );
  const rules = cover.rules.map(({ layer, grants, fields: [signal, peer] }) => {
    const { isAny, values } = chosenValues(signal?.pattern ?? [], signalValues);
    const names = values.flatMap(({ name }) => name ?? []);
    const set = isAny ? "" : ` set=(${names.join(" ")})`;
    const text = `signal${permissionList(grants, SIGNAL, MediationClass.signal)}${set}${condition("peer", peer)},`;
    return { layer, text: names.length === 0 ? "" : text };
  });
  return { rules: rules.filter(({ text }) => text !== ""), isWhole: cover.isWhole };
}
