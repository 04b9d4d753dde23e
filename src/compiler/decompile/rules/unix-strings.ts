/**
 * The strings of AF_UNIX, where the kernel asks for addresses (kernel-abi 8.7):
 *
 *     type u16 | protocol u16 | address NUL | nothing NUL | [1 peer address NUL peer label | 2 backlog u16 | 4 option u16]
 *     address: NUL name (abstract) | 1 (no address) | nothing (one is about to be chosen)
 *
 * Unfolded, these are the fields `type`, `address`, `peer address`, `peer label`; an address begins with `@`, any other first byte is "no
 * address", and an empty one is about to be chosen.
 */
import { socketTypes } from "../../../language/tables/index.ts";
import { type Dfa, step } from "../../automata/index.ts";
import { ALL_NETWORK, packedBits, unpackPolicydbBits } from "../../compiled/index.ts";
import { choiceBytes, type Value } from "../choice.ts";
import { joinSaid, NOT_ASKED, type Place, type Said, saidAt, type Strings } from "../unfolded.ts";
import { follow, type Policydb } from "../class-rules.ts";

const bitsOf = (names: string): number => unpackPolicydbBits(packedBits(names.split(" "), 0));
export const ALL = unpackPolicydbBits(ALL_NETWORK);
export const CREATE = bitsOf("create");
export const BIND = bitsOf("bind");
export const ACCEPT = bitsOf("accept");
const LOCAL = bitsOf("shutdown setattr getattr bind accept");
const LISTEN = bitsOf("listen");
const OPTIONS = bitsOf("setopt getopt");
export const AT_ADDRESS = LOCAL | LISTEN | OPTIONS;
export const PEER = bitsOf("send receive connect accept");

export const unixTypes: readonly Value[] = [
  ...[...socketTypes].map(([name, number]) => ({ name, number })),
  { name: "none", number: 0 },
  { name: undefined, number: 200 },
];

const NUL = 0;
/** What an address with a name begins with. */
export const AT = 0x40;
export const AF_UNIX = 1;
/** The own label is always empty. */
const OWN_LABEL = [NUL];

/** Phases. */
const TYPE = 0;
const BEHIND_TYPE = 1;
const ADDRESS = 2;
const NAME = 3;
const NO_NAME = 4;
const BEHIND_ADDRESS = 5;
const CHOSEN = 6;
const PEER_NAME = 7;
const NO_PEER_NAME = 8;
/** No label is empty, but the states of an own address may stand here, too. */
const NO_LABEL = 9;
const LABEL = 10;

/** The phase behind a byte of text, by phase. */
const texts = new Map<number, number>([
  [NAME, NAME],
  [PEER_NAME, PEER_NAME],
  [NO_LABEL, LABEL],
  [LABEL, LABEL],
]);

const asked = new Map([
  [BEHIND_TYPE, CREATE],
  [CHOSEN, BIND],
  [BEHIND_ADDRESS, AT_ADDRESS],
  [LABEL, PEER],
]);

/** The bits that are asked for in a phase. */
export function askedOfUnix(phase: number): number {
  return asked.get(phase) ?? 0;
}

type Special = readonly (readonly [byte: number, to: Place | undefined])[];

/** `byte`: the class that has these strings. */
export function unixStrings({ automaton, start }: Policydb, byte: number): Strings {
  const { dfa } = automaton;
  return {
    first: { phase: TYPE, state: follow(dfa, start, [byte, 0, AF_UNIX]) },
    text: (phase) => texts.get(phase) ?? -1,
    special: (place) => [
      ...(place.phase <= NO_NAME ? toAddress(dfa, place) : toPeer(dfa, place)),
      ...(place.phase === NAME || place.phase === PEER_NAME ? controls : []),
    ],
    others: (place) => othersOf(dfa, place),
    said: ({ phase, state }): Said => {
      if (phase !== BEHIND_ADDRESS) return saidAt(automaton, state, askedOfUnix(phase));
      const [backlog, option] = [follow(dfa, state, [2, 0, 5]), follow(dfa, state, [4, 0, 16])];
      const there = saidAt(automaton, state, LOCAL);
      return joinSaid(joinSaid(there, saidAt(automaton, backlog, LISTEN)), saidAt(automaton, option, OPTIONS));
    },
  };
}

function toAddress(dfa: Dfa, place: Place): Special {
  const { phase, state } = place;
  const behind = follow(dfa, state, [NUL, ...OWN_LABEL]);
  switch (phase) {
    case TYPE:
      return choiceBytes(
        unixTypes.map(({ number }) => ({ phase: BEHIND_TYPE, state: follow(dfa, state, [0, number, 0, 0]) })),
      );
    case BEHIND_TYPE:
      return [[NUL, { phase: ADDRESS, state }]];
    case ADDRESS:
      return [[NUL, { phase: CHOSEN, state: behind }], named(dfa, state, NAME)];
    case NAME:
      return [[NUL, { phase: BEHIND_ADDRESS, state: behind }]];
    default:
      return [[NUL, { phase: BEHIND_ADDRESS, state: behind }]];
  }
}

function toPeer(dfa: Dfa, place: Place): Special {
  const { phase, state } = place;
  switch (phase) {
    case CHOSEN:
      return [[NUL, NOT_ASKED]];
    case BEHIND_ADDRESS:
      return [[NUL, NOT_ASKED], named(dfa, step(dfa, state, 1), PEER_NAME)];
    case PEER_NAME:
      return [[NUL, { phase: NO_LABEL, state: step(dfa, state, NUL) }]];
    case NO_PEER_NAME:
      return [[NUL, { phase: NO_LABEL, state: step(dfa, state, NUL) }]];
    default:
      return [[NUL, undefined]];
  }
}

/** Where bytes lead that begin an address, or are in one, without a name. */
function othersOf(dfa: Dfa, place: Place): Place | undefined {
  const { phase, state } = place;
  switch (phase) {
    case ADDRESS:
      return { phase: NO_NAME, state: step(dfa, state, 1) };
    case BEHIND_ADDRESS:
      return { phase: NO_PEER_NAME, state: step(dfa, step(dfa, state, 1), 1) };
    case NO_NAME:
    case NO_PEER_NAME:
      return place;
    case CHOSEN:
      return NOT_ASKED;
    default:
      return undefined;
  }
}

/** The first byte of an address with a name. */
function named(dfa: Dfa, state: number, phase: number): Special[number] {
  return [AT, { phase, state: step(dfa, state, NUL) }];
}

/**
 * An address that is not written is any bytes, NUL as well, and so the rest of a string may be read as a part of it; that is seen where a name
 * begins like a command. Names with control bytes are not looked at.
 */
const controls: Special = Array.from({ length: 31 }, (_, at) => [at + 1, NOT_ASKED] as const);
