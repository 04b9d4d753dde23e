/** `mqueue`: a queue by itself and with its label; POSIX queues have a path, those of System V a key of four bytes (kernel-abi 8.16). */
import { step } from "../../automata/index.ts";
import { ALL_MQUEUE, MediationClass, packedBits, unpackPolicydbBits } from "../../compiled/index.ts";
import { choiceBytes, chosenValues, type Value } from "../choice.ts";
import { anyField, coverFields, type FieldCoverRule, type FieldTools } from "../fields.ts";
import { type Place, saidAt, saidNothing, unfold } from "../unfolded.ts";
import { type ClassRules, condition, nothingSaid, permissionList, type Policydb, shortened } from "../class-rules.ts";

const ALL = unpackPolicydbBits(ALL_MQUEUE);
const CREATE = unpackPolicydbBits(packedBits(["create"], 0));
/** What the creation of a queue asks for. */
const CREATION = unpackPolicydbBits(packedBits(["create", "read", "write"], 0));
const LABEL = 1;

/** A rule without a label is about every label; one with a label lets the queue be created. */
function become(rule: FieldCoverRule, { alphabet }: FieldTools): readonly FieldCoverRule[] {
  const { fields, grants } = rule;
  const implied = { layer: rule.layer, isImplied: true };
  if (fields.length === LABEL) return [rule, { ...implied, fields: [...fields, anyField(alphabet)], grants }];
  if ((grants & CREATE) === 0) return [rule];
  return [rule, { ...implied, fields: fields.slice(0, LABEL), grants: grants & CREATION }];
}

export function posixQueueRules({ automaton, start, effort }: Policydb): ClassRules {
  const { dfa } = automaton;
  const strings = {
    first: { phase: 0, state: step(dfa, start, MediationClass.posixMqueue) },
    text: (phase: number) => phase,
    special: ({ phase, state }: Place) =>
      [[0, phase === LABEL ? undefined : { phase: LABEL, state: step(dfa, state, 0) }]] as const,
    said: ({ state }: Place) => saidAt(automaton, state, ALL),
  };
  const unfolded = unfold(dfa, strings, effort.patterns);
  if (unfolded === undefined) return shortened;
  const empty = emptyLabels(unfolded.dfa.defaults.length, unfolded.phases, LABEL, unfolded.dfa);
  const cover = coverFields(
    unfolded,
    { become, unasked: (state) => (state === 1 || empty.has(state) ? ALL : 0) },
    effort,
  );
  const rules = cover.rules.map(({ layer, grants, fields: [name, label] }) => {
    const list = permissionList(grants, ALL, MediationClass.posixMqueue);
    return {
      layer,
      text: `mqueue${list} type=posix${labelText(label)}${name?.isAny === true ? "" : ` ${name?.text}`},`,
    };
  });
  return { rules, isWhole: cover.isWhole };
}

function labelText(label: Parameters<typeof condition>[1]): string {
  return label?.isAny === true ? " label=**" : condition("label", label);
}

/** The states right behind the NUL before a label, which is never empty. */
function emptyLabels(
  count: number,
  phases: readonly number[],
  phase: number,
  dfa: Parameters<typeof step>[0],
): ReadonlySet<number> {
  const states = Array.from({ length: count }, (_, state) => state);
  return new Set(states.filter((state) => phases[state] === phase - 1).map((state) => step(dfa, state, 0)));
}

/** Keys that have a rule of their own; more are not looked for. */
const MOST_KEYS = 60;

interface Keyed extends Value {
  readonly state: number;
}

export function sysvQueueRules({ automaton, start, effort }: Policydb): ClassRules {
  const { dfa } = automaton;
  const first = step(dfa, start, MediationClass.sysvMqueue);
  if (first === 0) return nothingSaid;
  const keys = keysFrom(automaton.dfa, first);
  if (keys === undefined) return shortened;
  const strings = {
    first: { phase: 0, state: first },
    text: (phase: number) => (phase === 2 ? phase : -1),
    special: ({ phase, state }: Place) =>
      phase === 0
        ? choiceBytes(keys.map((key) => ({ phase: 1, state: key.state })))
        : ([[0, phase === 1 ? { phase: 2, state: step(dfa, state, 0) } : undefined]] as const),
    said: ({ phase, state }: Place) => (phase === 0 ? saidNothing : saidAt(automaton, state, ALL)),
  };
  const unfolded = unfold(dfa, strings, effort.patterns);
  if (unfolded === undefined) return shortened;
  const empty = emptyLabels(unfolded.dfa.defaults.length, unfolded.phases, 2, unfolded.dfa);
  const cover = coverFields(
    unfolded,
    { become, unasked: (state) => (state === 1 || empty.has(state) ? ALL : 0) },
    effort,
  );
  let isWhole = cover.isWhole;
  const rules = cover.rules.flatMap(({ layer, grants, fields: [key, label] }) => {
    const { isAny, values } = chosenValues(key?.pattern ?? [], keys);
    const head = `mqueue${permissionList(grants, ALL, MediationClass.posixMqueue)} type=sysv${labelText(label)}`;
    if (isAny) return [{ layer, text: `${head},` }];
    if (values.some(({ name }) => name === undefined)) isWhole = false;
    return values.flatMap(({ name }) => (name === undefined ? [] : { layer, text: `${head} ${name},` }));
  });
  return { rules, isWhole };
}

/** The keys that lead elsewhere than most, and what most lead to. */
function keysFrom(dfa: Policydb["automaton"]["dfa"], first: number): readonly Keyed[] | undefined {
  let known: readonly { readonly number: number; readonly state: number; readonly isUsual: boolean }[] = [
    { number: 0, state: first, isUsual: true },
  ];
  for (let place = 0; place < 4; place += 1) {
    known = known.flatMap(({ number, state, isUsual }) => {
      const bytes = Array.from({ length: 256 }, (_, byte) => byte);
      const usual = step(dfa, state, 0x5a);
      const named = bytes.filter((byte) => step(dfa, state, byte) !== usual);
      const others = named.map((byte) => ({
        number: number * 256 + byte,
        state: step(dfa, state, byte),
        isUsual: false,
      }));
      return usual === 0 ? others : [...others, { number: number * 256 + 0x5a, state: usual, isUsual }];
    });
    if (known.length > MOST_KEYS) return undefined;
  }
  return known.map(({ number, state, isUsual }) => ({ name: isUsual ? undefined : String(number), number, state }));
}
