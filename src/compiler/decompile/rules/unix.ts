/**
 * `unix`, where the kernel asks for addresses (kernel-abi 8.7):
 *
 *     type u16 | protocol u16 | address NUL | own label NUL | [1 peer address NUL peer label | 2 backlog u16 | 4 option u16]
 *     address: NUL name (abstract) | 1 (no address) | nothing (one is about to be chosen)
 *
 * Unfolded, these are the fields `type`, `address`, `peer address`, `peer label`; an address begins with `@`, any other first byte is "no
 * address", and an empty one is about to be chosen.
 */
import { socketTypes } from "../../../language/tables/index.ts";
import { step } from "../../automata/index.ts";
import { ALL_NETWORK, MediationClass, packedBits, unpackPolicydbBits } from "../../compiled/index.ts";
import { choiceBytes, type Chosen, chosenValues, type Value } from "../choice.ts";
import {
  anyField,
  coverFields,
  type FieldCoverRule,
  type FieldRule,
  type FieldText,
  type FieldTools,
  isAnyField,
} from "../fields.ts";
import type { Alphabet, FlatPattern } from "../flat-patterns.ts";
import { ALLOW, AUDIT } from "../layers.ts";
import { joinSaid, NOT_ASKED, type Place, type Said, saidAt, saidNothing, unfold } from "../unfolded.ts";
import { type ClassRule, type ClassRules, condition, permissionList, type Policydb } from "./class-rules.ts";

const bitsOf = (names: string): number => unpackPolicydbBits(packedBits(names.split(" "), 0));
const ALL = unpackPolicydbBits(ALL_NETWORK);
const CREATE = bitsOf("create");
const BIND = bitsOf("bind");
const ACCEPT = bitsOf("accept");
const LOCAL = bitsOf("shutdown setattr getattr bind accept");
const LISTEN = bitsOf("listen");
const OPTIONS = bitsOf("setopt getopt");
const AT_ADDRESS = LOCAL | LISTEN | OPTIONS;
const PEER = bitsOf("send receive connect accept");

const types: readonly Value[] = [
  ...[...socketTypes].map(([name, number]) => ({ name, number })),
  { name: "none", number: 0 },
  { name: undefined, number: 200 },
];

const NUL = 0;
const AT = 0x40;
const AF_UNIX = 1;
/** A label that no rule names: the own one is never a condition. */
const OWN_LABEL = [0x78, NUL];

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
const texts = [NAME, PEER_NAME, LABEL];

export interface UnixSaid extends ClassRules {
  readonly rules: readonly (ClassRule & { readonly types: readonly number[] | undefined })[];
  /** Whether everything is said of sockets of a type (`undefined`: of any), whatever their addresses. */
  readonly isFull: (layer: number, type: number | undefined) => boolean;
  /** What is allowed on sockets of a type, whatever the conditions. */
  readonly allowed: (type: number) => number;
}

/** `byte`: of the class of the strings; `network`: of the class of what is said by family and type, or 0. */
export function unixRules(
  { automaton, start, effort }: Policydb,
  { byte, network }: { readonly byte: number; readonly network: number },
): UnixSaid {
  const { dfa } = automaton;
  const follow = (state: number, bytes: readonly number[]): number =>
    bytes.reduce((at, one) => step(dfa, at, one), state);
  const family = follow(start, [byte, 0, AF_UNIX]);
  const basics = follow(start, [network, 0, AF_UNIX]);
  const behind = (state: number): number => follow(state, [NUL, ...OWN_LABEL]);
  const address = (state: number, [name, none]: readonly [number, number]) => {
    const lead = Array.from({ length: 255 }, (_, at) => at + 1).map(
      (one) =>
        [
          one,
          one === AT ? { phase: name, state: step(dfa, state, NUL) } : { phase: none, state: step(dfa, state, 1) },
        ] as const,
    );
    return lead;
  };
  const strings = {
    first: { phase: TYPE, state: family },
    text: (phase: number) => (phase === NO_LABEL ? LABEL : texts.includes(phase) ? phase : -1),
    special: (place: Place): readonly (readonly [number, Place | undefined])[] => {
      const { phase, state } = place;
      switch (phase) {
        case TYPE:
          return choiceBytes(
            types.map(({ number }) => ({ phase: BEHIND_TYPE, state: follow(state, [0, number, 0, 0]) })),
          );
        case BEHIND_TYPE:
          return [[NUL, { phase: ADDRESS, state }]];
        case ADDRESS:
          return [[NUL, { phase: CHOSEN, state: behind(state) }], ...address(state, [NAME, NO_NAME])];
        case NAME:
          return [[NUL, { phase: BEHIND_ADDRESS, state: behind(state) }]];
        case NO_NAME:
          return [[NUL, { phase: BEHIND_ADDRESS, state: behind(state) }], ...same(place)];
        default:
          return peer(place);
      }
    },
    said: ({ phase, state }: Place): Said => saidIn(phase, state),
  };
  const peer = (place: Place): readonly (readonly [number, Place | undefined])[] => {
    const { phase, state } = place;
    switch (phase) {
      case CHOSEN:
        return [[NUL, NOT_ASKED], ...same(NOT_ASKED)];
      case BEHIND_ADDRESS: {
        const command = step(dfa, state, 1);
        return [
          [NUL, { phase: NO_LABEL, state: follow(command, [1, NUL]) }],
          ...address(command, [PEER_NAME, NO_PEER_NAME]),
        ];
      }
      case PEER_NAME:
        return [[NUL, { phase: NO_LABEL, state: step(dfa, state, NUL) }]];
      case NO_PEER_NAME:
        return [[NUL, { phase: NO_LABEL, state: step(dfa, state, NUL) }], ...same(place)];
      default:
        return [[NUL, undefined]];
    }
  };
  const saidIn = (phase: number, state: number): Said => {
    const at = (where: number, asked: number): Said => saidAt(automaton, where, asked);
    if (phase === BEHIND_TYPE) return at(state, CREATE);
    if (phase === CHOSEN) return at(state, BIND);
    if (phase === LABEL) return at(state, PEER);
    if (phase !== BEHIND_ADDRESS) return saidNothing;
    const [backlog, option] = [follow(state, [2, 0, 5]), follow(state, [4, 0, 16])];
    return joinSaid(joinSaid(at(state, LOCAL), at(backlog, LISTEN)), at(option, OPTIONS));
  };
  const basic = (type: number): number => saidAt(automaton, follow(basics, [0, type]), ALL).allow;
  return unixSaid({ automaton, start, effort }, strings, basic);
}

function same(place: Place): readonly (readonly [number, Place])[] {
  return Array.from({ length: 255 }, (_, at) => [at + 1, place] as const);
}

const asked = new Map([
  [BEHIND_TYPE, CREATE],
  [CHOSEN, BIND],
  [BEHIND_ADDRESS, AT_ADDRESS],
  [LABEL, PEER],
]);

function unixSaid(
  { automaton, effort }: Policydb,
  strings: Parameters<typeof unfold>[1],
  basic: (type: number) => number,
): UnixSaid {
  const unfolded = unfold(automaton.dfa, strings, effort.patterns);
  if (unfolded === undefined) return { rules: [], isWhole: false, isFull: () => false, allowed: () => 0 };
  const cover = coverFields(unfolded, { become, unasked: (_, phase) => ~(asked.get(phase) ?? 0) }, effort);
  const rules = withHarmless(joined(cover.rules), basic);
  const isAbout = ({ types: named }: UnixRule, type: number | undefined): boolean =>
    named.isAny || (type !== undefined && named.values.some(({ number }) => number === type));
  return {
    rules: rules.flatMap(({ layer, types: { isAny, values }, grants, fields }) => {
      const words = isAny ? [""] : values.flatMap(({ name }) => (name === undefined ? [] : ` type=${name}`));
      const numbers = isAny ? undefined : values.map(({ number }) => number);
      return words.map((type) => ({ layer, text: ruleText(grants, type, fields, cover.alphabet), types: numbers }));
    }),
    isWhole:
      cover.isWhole &&
      rules.every(({ types: named }) => named.isAny || named.values.every(({ name }) => name !== undefined)),
    isFull: (layer, type) =>
      rules.some((rule) => rule.layer === layer && rule.grants === ALL && isPlain(rule) && isAbout(rule, type)),
    allowed: (type) => allowedBy(rules.filter((rule) => isAbout(rule, type))),
  };
}

interface UnixRule extends FieldRule {
  readonly types: Chosen;
}

function allowedBy(rules: readonly UnixRule[]): number {
  return rules.reduce((sum, { layer, grants }) => (layer === ALLOW || layer === AUDIT ? sum | grants : sum), 0);
}

/** Whether a rule has no condition but the type. */
function isPlain({ fields }: FieldRule): boolean {
  return fields.slice(1).every((field, at) => field.isAny || (at === 1 && fields.length === 3));
}

/** What is said of one address, of it with a peer and of a socket by itself, in one rule where the conditions are the same. */
function joined(rules: readonly FieldRule[]): readonly UnixRule[] {
  const found = new Map<string, UnixRule>();
  for (const { layer, grants, fields } of rules) {
    const [type, address, third, label] = fields;
    const peer = label === undefined ? undefined : third;
    const texts = [address, peer, label].map((field) => (field === undefined || field.isAny ? "" : `=${field.text}`));
    const key = [layer, type?.text, ...texts].join(" ");
    const before = found.get(key);
    const longer = before !== undefined && before.fields.length > fields.length ? before.fields : fields;
    const chosen = chosenValues(type?.pattern ?? [], types);
    found.set(key, { layer, fields: longer, grants: grants | (before?.grants ?? 0), types: chosen });
  }
  return [...found.values()];
}

/**
 * A rule with a peer has no effect on an address alone, but lets all its permissions through where only family and type are asked for: what is
 * allowed there and explained by no other rule is its own.
 */
function withHarmless(rules: readonly UnixRule[], basic: (type: number) => number): readonly UnixRule[] {
  const found = [...rules];
  for (const [at, rule] of found.entries()) {
    const { layer, fields, types: named } = rule;
    const hasPeer = fields.length === 4 && !fields.slice(2).every(({ isAny }) => isAny);
    if (!hasPeer || (rule.grants & PEER) !== PEER || (layer !== ALLOW && layer !== AUDIT)) continue;
    const numbers = named.values.map(({ number }) => number);
    const isAbout = (other: UnixRule): boolean =>
      other.types.isAny || numbers.every((type) => other.types.values.some(({ number }) => number === type));
    const all = numbers.reduce((bits, type) => bits & basic(type), ALL);
    if (all !== ALL || allowedBy(found.filter(isAbout)) === ALL) continue;
    // without a list of permissions the rule is also about an address that is not chosen yet, unless it names one
    const chosen = found.findIndex((other) => other.layer === layer && isChosen(other) && isAbout(other));
    if (fields[1]?.isAny === true && chosen < 0) continue;
    found[at] = { ...rule, grants: ALL };
    const { types: others, grants } = found[chosen] ?? rule;
    if (fields[1]?.isAny === true && others.values.length === numbers.length) {
      found[chosen] = { ...found[chosen]!, grants: grants & ~BIND };
    }
  }
  return found.filter(({ grants }) => grants !== 0);
}

/** Whether a rule is about an address that is not chosen yet. */
function isChosen({ fields: [, address], grants }: UnixRule): boolean {
  return address?.pattern.length === 0 && grants === BIND;
}

/**
 * What is done with an address alone has an empty third field, what is done with a peer four fields. For `accept` both are asked; to bind
 * an address that is not chosen yet goes with any address.
 */
function become(rule: FieldCoverRule, { alphabet, isPossible }: FieldTools): readonly FieldCoverRule[] {
  const { fields, layer } = rule;
  const [type, address, peer, label] = fields;
  const implied = { layer, isImplied: true };
  const grants = rule.grants & ([CREATE, 0, AT_ADDRESS, PEER][fields.length - 1] ?? 0);
  if (type === undefined || grants === 0) return [];
  if (address === undefined || peer === undefined) return [{ ...rule, grants }];
  const own = addressField(address, alphabet);
  const [written, other] =
    label === undefined
      ? [
          [type, own, []],
          [type, own, anyField(alphabet), anyField(alphabet)],
        ]
      : [
          [type, own, addressField(peer, alphabet), label],
          [type, own, []],
        ];
  const accept = { ...implied, fields: other, grants: ACCEPT };
  const isAccepting = (grants & ACCEPT) !== 0 && isPossible(accept);
  const left = isAccepting ? grants : grants & ~ACCEPT;
  return left === 0 ? [] : [{ ...rule, fields: written, grants: left }, ...(isAccepting ? [accept] : [])];
}

/** The address as the language has it: any, one with a name, or none. */
function addressField(field: FlatPattern, alphabet: Alphabet): FlatPattern {
  if (field.length === 0 || isAnyField(field, alphabet)) return field.length === 0 ? field : anyField(alphabet);
  const at = alphabet.classOf[AT]!;
  const [first] = field;
  const hasName = first?.set.has[at] === 1;
  const isNameAlone = first?.set.members.length === 1 && hasName;
  if (isNameAlone && first?.star === false) return field;
  if (hasName) return anyField(alphabet);
  return [
    { set: alphabet.setOf(alphabet.path.members.filter((member) => member !== at)), star: false },
    ...anyField(alphabet),
  ];
}

function addressText(field: FieldText | undefined, { classOf }: Alphabet): string | undefined {
  if (field === undefined || field.isAny) return undefined;
  if (field.pattern.length === 0) return "auto";
  const [first, ...rest] = field.pattern;
  if (first?.set.has[classOf[AT]!] !== 1) return "none";
  return rest.length === 0 ? "@" : field.text;
}

function ruleText(grants: number, type: string, fields: readonly FieldText[], alphabet: Alphabet): string {
  const [, address, third, label] = fields;
  const peer = label === undefined ? undefined : third;
  const own = addressText(address, alphabet);
  const other = addressText(peer, alphabet);
  const inPeer = `${other === undefined ? "" : ` addr=${other}`}${condition("label", label)}`.trimStart();
  const list = permissionList(grants, ALL, MediationClass.networkV9);
  return `unix${list}${type}${own === undefined ? "" : ` addr=${own}`}${inPeer === "" ? "" : ` peer=(${inPeer})`},`;
}
