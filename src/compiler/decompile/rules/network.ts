/** `network`: what is said by family and type; AF_UNIX has strings of its own where the kernel asks for them (kernel-abi 8.5, `unix.ts`). */
import { familyName, networkTypes, socketFamilies, socketTypes } from "../../../language/tables/index.ts";
import { step } from "../../automata/index.ts";
import { ALL_NETWORK, MediationClass, unpackPolicydbBits } from "../../compiled/index.ts";
import { ALLOW } from "../layers.ts";
import { choiceBytes, type Chosen, chosenValues, type Value } from "../choice.ts";
import { coverFields, type FieldForm } from "../fields.ts";
import { saidAt, saidNothing, type Strings, unfold } from "../unfolded.ts";
import { type ClassRules, follow, nothingSaid, permissionList, type Policydb, shortened } from "../class-rules.ts";
import { AF_UNIX } from "./unix-strings.ts";
import { unixRules, type UnixSaid } from "./unix.ts";

const ALL_SOCKET = unpackPolicydbBits(ALL_NETWORK);

const families: readonly Value[] = Array.from({ length: socketFamilies.at(-1)![1] + 1 }, (_, number) => ({
  name: familyName(number),
  number,
}));

const named = networkTypes.map((name) => ({ name, number: socketTypes.get(name) ?? 0 }));

/** Types by name, those that have a number alone, and what stands for all others. */
const types: readonly Value[] = [...named, ...[0, 6, 7, 8, 9, 200].map((number) => ({ name: undefined, number }))];

export function networkRules(policydb: Policydb): ClassRules {
  const { automaton, start } = policydb;
  const { networkV8, networkV9, networkOld } = MediationClass;
  const written = [networkV9, networkV8].filter((byte) => hasFamilies(policydb, byte))[0];
  const withUnix = [networkV9, networkOld].find((byte) => hasStrings(policydb, byte));
  const unix = withUnix === undefined ? undefined : unixRules(policydb, { byte: withUnix, network: written ?? 0 });
  if (written === undefined)
    return { rules: unix?.rules.map(({ layer, text }) => ({ layer, text })) ?? [], isWhole: unix?.isWhole ?? true };
  const first = step(automaton.dfa, start, written);
  const network = familyRules(policydb, first, unix);
  if (unix === undefined) return network;
  const known = new Map<string, boolean>();
  const isSaid = (layer: number, wanted: readonly number[] | undefined): boolean => {
    const key = `${layer} ${wanted?.join(" ") ?? ""}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const isHere = network.unix.some((other) => {
      if (other.layer !== layer) return false;
      return other.types === undefined || wanted?.every((type) => other.types?.includes(type)) === true;
    });
    known.set(key, isHere);
    return isHere;
  };
  const own = unix.rules.filter(({ layer, types: wanted }) => !isSaid(layer, wanted));
  const isDerived = network.unix.every(({ layer, types: derived }) =>
    (derived ?? [undefined]).every((type) => unix.isFull(layer, type)),
  );
  return {
    rules: [...network.rules, ...own.map(({ layer, text }) => ({ layer, text }))],
    isWhole:
      network.isWhole && unix.isWhole && isDerived && unix.others.every((other) => isSaid(other.layer, other.types)),
  };
}

function hasFamilies({ automaton: { dfa }, start }: Policydb, byte: number): boolean {
  return families.some(({ number }) => follow(dfa, step(dfa, start, byte), [0, number]) !== 0);
}

function hasStrings({ automaton: { dfa }, start }: Policydb, byte: number): boolean {
  return Array.from({ length: 256 }, (_, type) => type).some(
    (type) => follow(dfa, step(dfa, start, byte), [0, AF_UNIX, 0, type, 0, 0]) !== 0,
  );
}

/** COST: what a text takes to be made. */
const STEPS_A_TEXT = 30;

const FAMILY = 0;
const BEHIND_FAMILY = 1;
const TYPE = 2;
const END = 3;

interface NetworkRules extends ClassRules {
  /** The rules about AF_UNIX, which are `unix` rules as well. */
  readonly unix: readonly { readonly layer: number; readonly types: readonly number[] | undefined }[];
}

/** Phases are counted on from here behind AF_UNIX, and twice as far for each type. */
const OFFSET = 10;

function isUnixPhase(phase: number): boolean {
  return phase % (2 * OFFSET) > OFFSET;
}

function typeOfPhase(phase: number): number {
  return Math.floor(phase / (2 * OFFSET));
}

function stringsOf({ automaton }: Policydb, first: number, unix: UnixSaid | undefined): Strings {
  const { dfa } = automaton;
  return {
    first: { phase: FAMILY, state: first },
    text: () => -1,
    special: ({ phase, state }) => {
      const own = phase % OFFSET;
      const kept = phase - own;
      const behind = (number: number): number => follow(dfa, state, [0, number]);
      if (own === FAMILY) {
        return choiceBytes(
          families.map(({ number }) => ({
            phase: BEHIND_FAMILY + (number === AF_UNIX ? OFFSET : 0),
            state: behind(number),
          })),
        );
      }
      if (own === BEHIND_FAMILY) return [[0, { phase: kept + TYPE, state }]];
      if (own === END) return [];
      return choiceBytes(
        types.map(({ number }) => ({ phase: kept + END + OFFSET * 2 * number, state: behind(number) })),
      );
    },
    said: ({ phase, state }) => {
      if (phase % OFFSET !== END) return saidNothing;
      const said = saidAt(automaton, state, ALL_SOCKET);
      if (!isUnixPhase(phase) || unix === undefined) return said;
      // a unix rule lets its permissions through here as well
      const left = ~unix.allowed(typeOfPhase(phase));
      return { allow: said.allow & left, audit: said.audit & left, quiet: said.quiet, prompt: said.prompt };
    },
  };
}

function familyRules(policydb: Policydb, first: number, unix: UnixSaid | undefined): NetworkRules {
  const { automaton, effort } = policydb;
  if (first === 0) return { ...nothingSaid, unix: [] };
  const unfolded = unfold(automaton.dfa, stringsOf(policydb, first, unix), effort.patterns);
  if (unfolded === undefined) return { ...shortened, unix: [] };
  const form: FieldForm = {
    become: (rule) => (rule.fields.length === 2 ? [rule] : []),
    unasked: (_, phase) => (phase % OFFSET === END ? 0 : ALL_SOCKET),
    // where the strings of AF_UNIX allow everything, a rule for all families may, too
    allowed: (phase) => (isUnixPhase(phase) && unix?.isFull(ALLOW, typeOfPhase(phase)) === true ? ALL_SOCKET : 0),
  };
  const cover = coverFields(unfolded, form, effort);
  const found = cover.rules.map(({ layer, grants, fields: [familyField, typeField] }) => ({
    layer,
    grants,
    family: chosenValues(familyField?.pattern ?? [], families),
    type: chosenValues(typeField?.pattern ?? [], types),
  }));
  const count = found.reduce((sum, { family, type }) => sum + family.values.length * type.values.length, 0);
  const isAffordable = effort.search.spend(count * STEPS_A_TEXT);
  const written = isAffordable ? found : [];
  return {
    rules: written.flatMap(({ layer, ...rule }) => textsOf(rule).map((text) => ({ layer, text }))),
    isWhole: cover.isWhole && isAffordable && found.every(({ family, type }) => isNamed(family) && isNamed(type)),
    unix: found.flatMap(({ layer, family, type }) => {
      if (family.values.every(({ number }) => number !== AF_UNIX)) return [];
      // a family without type stands for the six types that have a word
      const derived = type.isAny ? (family.isAny ? undefined : named) : type.values;
      return [{ layer, types: derived?.map(({ number }) => number) }];
    }),
  };
}

function isNamed({ isAny, values }: Chosen): boolean {
  return isAny || values.every(({ name }) => name !== undefined);
}

interface FamilyRule {
  readonly grants: number;
  readonly family: Chosen;
  readonly type: Chosen;
}

function textsOf({ grants, family, type }: FamilyRule): readonly string[] {
  const list = permissionList(grants, ALL_SOCKET, MediationClass.networkV9);
  const isEvery =
    !type.isAny && families.every(({ name }) => name === undefined || family.values.some((one) => one.name === name));
  const familyNames = wordsOf(isEvery ? { ...family, isAny: true } : family);
  return familyNames.flatMap((word) => wordsOf(type).map((other) => `network${list}${word}${other},`));
}

/** Nothing for any. */
function wordsOf({ isAny, values }: Chosen): readonly string[] {
  return isAny ? [""] : values.flatMap(({ name }) => (name === undefined ? [] : ` ${name}`));
}
