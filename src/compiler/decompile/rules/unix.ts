/** `unix`, where the kernel asks for addresses (kernel-abi 8.7, unix-strings.ts). */
import { MediationClass } from "../../compiled/index.ts";
import { type Chosen, chosenValues } from "../choice.ts";
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
import { ALLOW, AUDIT, isDenied } from "../layers.ts";
import { saidAt, unfold } from "../unfolded.ts";
import type { Work } from "../work.ts";
import { type ClassRule, type ClassRules, condition, follow, permissionList, type Policydb } from "../class-rules.ts";
import {
  ACCEPT,
  AF_UNIX,
  ALL,
  askedOfUnix,
  AT,
  AT_ADDRESS,
  BIND,
  CREATE,
  PEER,
  unixStrings,
  unixTypes,
} from "./unix-strings.ts";

export interface UnixSaid extends ClassRules {
  readonly rules: readonly (ClassRule & { readonly types: readonly number[] | undefined })[];
  /** What only network rules say. */
  readonly others: readonly { readonly layer: number; readonly types: readonly number[] | undefined }[];
  /** Whether everything is said of sockets of a type (`undefined`: of any), whatever their addresses. */
  readonly isFull: (layer: number, type: number | undefined) => boolean;
  /** What is allowed on sockets of a type, whatever the conditions. */
  readonly allowed: (type: number) => number;
}

/** `byte`: of the class of the strings; `network`: of the class of what is said by family and type, or 0. */
export function unixRules(
  policydb: Policydb,
  { byte, network }: { readonly byte: number; readonly network: number },
): UnixSaid {
  const { automaton, start, effort } = policydb;
  const unfolded = unfold(automaton.dfa, unixStrings(policydb, byte), effort.patterns);
  if (unfolded === undefined) return { rules: [], isWhole: false, others: [], isFull: () => false, allowed: () => 0 };
  const cover = coverFields(
    unfolded,
    { become, unasked: (_, phase) => ~askedOfUnix(phase), spelling: () => "closed text" },
    effort,
  );
  const family = follow(automaton.dfa, start, [network, 0, AF_UNIX]);
  const basic = (type: number): number => saidAt(automaton, follow(automaton.dfa, family, [0, type]), ALL).allow;
  const all = withHarmless(joined(cover.rules), basic, effort.search);
  // what is not let through by family and type is no unix rule but what a network rule says of addresses
  const isOwn = ({ layer, grants, types: { values } }: UnixRule): boolean =>
    network === 0 || isDenied(layer) || values.every(({ number }) => (grants & ~basic(number)) === 0);
  const rules = all.filter(isOwn);
  const full = all.filter((rule) => rule.grants === ALL && isPlain(rule));
  const allowedOf = (type: number | undefined): number => allowedBy(rules.filter((rule) => isAbout(rule, type)));
  const allowed = new Map(unixTypes.map(({ number }) => [number, allowedOf(number)]));
  return {
    rules: rules.flatMap(({ layer, types: { isAny, values }, grants, fields }) => {
      const words = isAny ? [""] : values.flatMap(({ name }) => (name === undefined ? [] : ` type=${name}`));
      const numbers = numbersOf({ isAny, values });
      return words.map((type) => ({ layer, text: ruleText(grants, type, fields, cover.alphabet), types: numbers }));
    }),
    isWhole:
      cover.isWhole &&
      !effort.search.isSpent &&
      rules.every(({ types: named }) => named.isAny || named.values.every(({ name }) => name !== undefined)),
    others: all.filter((rule) => !isOwn(rule)).map(({ layer, types: named }) => ({ layer, types: numbersOf(named) })),
    isFull: (layer, type) => full.some((rule) => rule.layer === layer && isAbout(rule, type)),
    allowed: (type) => allowed.get(type) ?? allowedOf(undefined),
  };
}

function numbersOf({ isAny, values }: Chosen): readonly number[] | undefined {
  return isAny ? undefined : values.map(({ number }) => number);
}

interface UnixRule extends FieldRule {
  readonly types: Chosen;
}

function isAbout({ types: { isAny, values } }: UnixRule, type: number | undefined): boolean {
  return isAny || (type !== undefined && values.some(({ number }) => number === type));
}

/** What rules allow together. */
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
    const chosen = chosenValues(type?.pattern ?? [], unixTypes);
    found.set(key, { layer, fields: longer, grants: grants | (before?.grants ?? 0), types: chosen });
  }
  return [...found.values()];
}

/**
 * A rule with a peer has no effect on an address alone, but lets all its permissions through where only family and type are asked for: what is
 * allowed there and explained by no other rule is its own.
 */
function withHarmless(rules: readonly UnixRule[], basic: (type: number) => number, work: Work): readonly UnixRule[] {
  const found = [...rules];
  for (const [at, rule] of found.entries()) {
    const { layer, fields, types: named } = rule;
    const hasPeer = fields.length === 4 && !fields.slice(2).every(({ isAny }) => isAny);
    if (!hasPeer || (rule.grants & PEER) !== PEER || (layer !== ALLOW && layer !== AUDIT)) continue;
    if (!work.spend(found.length)) break;
    const numbers = named.values.map(({ number }) => number);
    const isAboutAll = (other: UnixRule): boolean => numbers.every((type) => isAbout(other, type));
    const all = numbers.reduce((bits, type) => bits & basic(type), ALL);
    if (all !== ALL || allowedBy(found.filter(isAboutAll)) === ALL) continue;
    // without a list of permissions the rule is also about an address that is not chosen yet, unless it names one
    const chosen = found.findIndex((other) => other.layer === layer && isChosen(other) && isAboutAll(other));
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
  if (isNameAlone && !first.star) return field;
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
