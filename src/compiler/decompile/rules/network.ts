/** `network`: what is said by family and type; AF_UNIX has strings of its own where the kernel asks for them (`unix.ts`). */
import { familyName, networkTypes, socketFamilies, socketTypes } from "../../../language/tables/index.ts";
import { step } from "../../automata/index.ts";
import { ALL_NETWORK, MediationClass, unpackPolicydbBits } from "../../compiled/index.ts";
import { ALLOW } from "../layers.ts";
import { choiceBytes, chosenValues, type Value } from "../choice.ts";
import { coverFields } from "../fields.ts";
import { type Place, type Said, saidAt, saidNothing, unfold } from "../unfolded.ts";
import { type ClassRules, nothingSaid, permissionList, type Policydb, shortened } from "./class-rules.ts";
import { unixRules, type UnixSaid } from "./unix.ts";

export const ALL_SOCKET = unpackPolicydbBits(ALL_NETWORK);
const AF_UNIX = 1;

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
  const isSaid = (layer: number, wanted: readonly number[] | undefined): boolean =>
    network.unix.some((other) => {
      if (other.layer !== layer) return false;
      return other.types === undefined || wanted?.every((type) => other.types?.includes(type)) === true;
    });
  const own = unix.rules.filter(({ layer, types: wanted }) => !isSaid(layer, wanted));
  const isDerived = network.unix.every(({ layer, types: derived }) =>
    (derived ?? [undefined]).every((type) => unix.isFull(layer, type)),
  );
  return {
    rules: [...network.rules, ...own.map(({ layer, text }) => ({ layer, text }))],
    isWhole: network.isWhole && unix.isWhole && isDerived,
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

export function follow(dfa: Policydb["automaton"]["dfa"], state: number, bytes: readonly number[]): number {
  return bytes.reduce((at, byte) => step(dfa, at, byte), state);
}

const FAMILY = 0;
const TYPE = 2;
const END = 3;

interface NetworkRules extends ClassRules {
  /** The rules about AF_UNIX, which are `unix` rules as well. */
  readonly unix: readonly { readonly layer: number; readonly types: readonly number[] | undefined }[];
}

function familyRules({ automaton, effort }: Policydb, first: number, unix: UnixSaid | undefined): NetworkRules {
  const { dfa } = automaton;
  const none = { ...nothingSaid, unix: [] };
  if (first === 0) return none;
  // a place behind AF_UNIX has phases of its own
  const OFFSET = 10;
  const strings = {
    first: { phase: FAMILY, state: first },
    text: () => -1,
    special: ({ phase, state }: Place) => {
      const own = phase % OFFSET;
      const kept = phase - own;
      if (own === FAMILY) {
        return choiceBytes(
          families.map(({ number }) => ({
            phase: 1 + (number === AF_UNIX ? OFFSET : 0),
            state: follow(dfa, state, [0, number]),
          })),
        );
      }
      if (own === 1) return [[0, { phase: kept + TYPE, state }]] as const;
      if (own === END) return [];
      return choiceBytes(
        types.map(({ number }) => ({
          phase: kept + END + OFFSET * 2 * number,
          state: follow(dfa, state, [0, number]),
        })),
      );
    },
    said: ({ phase, state }: Place): Said => {
      if (phase % OFFSET !== END) return saidNothing;
      const said = saidAt(automaton, state, ALL_SOCKET);
      const isUnix = phase % (2 * OFFSET) > OFFSET;
      if (!isUnix || unix === undefined) return said;
      // a unix rule lets its permissions through here as well
      const left = ~unix.allowed(Math.floor(phase / (2 * OFFSET)));
      return { allow: said.allow & left, audit: said.audit & left, quiet: said.quiet, prompt: said.prompt };
    },
  };
  const unfolded = unfold(dfa, strings, effort.patterns);
  if (unfolded === undefined) return { ...shortened, unix: [] };
  const cover = coverFields(
    unfolded,
    {
      become: (rule) => (rule.fields.length === 2 ? [rule] : []),
      unasked: (_, phase) => (phase % OFFSET === END ? 0 : ALL_SOCKET),
      // where the strings of AF_UNIX allow everything, a rule for all families may, too
      allowed: (phase) =>
        phase % (2 * OFFSET) > OFFSET && unix?.isFull(ALLOW, Math.floor(phase / (2 * OFFSET))) === true
          ? ALL_SOCKET
          : 0,
    },
    effort,
  );
  let isWhole = cover.isWhole;
  const about: { readonly layer: number; readonly types: readonly number[] | undefined }[] = [];
  const rules = cover.rules.flatMap(({ layer, grants, fields: [familyField, typeField] }) => {
    const family = chosenValues(familyField?.pattern ?? [], families);
    const type = chosenValues(typeField?.pattern ?? [], types);
    const isEveryFamily =
      family.values.length >= families.filter(({ name }) => name !== undefined).length && !type.isAny;
    if (!type.isAny && type.values.some(({ name }) => name === undefined)) isWhole = false;
    if (!family.isAny && family.values.some(({ name }) => name === undefined)) isWhole = false;
    if (family.values.some(({ number }) => number === AF_UNIX)) {
      // a family without type stands for the six types that have a word
      const derived = type.isAny ? (family.isAny ? undefined : named) : type.values;
      about.push({ layer, types: derived?.map(({ number }) => number) });
    }
    const list = permissionList(grants, ALL_SOCKET, MediationClass.networkV9);
    const familyWords =
      family.isAny || isEveryFamily
        ? [""]
        : family.values.flatMap(({ name }) => (name === undefined ? [] : ` ${name}`));
    const typeWords = type.isAny ? [""] : type.values.flatMap(({ name }) => (name === undefined ? [] : ` ${name}`));
    return familyWords.flatMap((word) => typeWords.map((other) => ({ layer, text: `network${list}${word}${other},` })));
  });
  return { rules, isWhole, unix: about };
}
