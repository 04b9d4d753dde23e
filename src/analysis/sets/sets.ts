/** Sets of accesses: made of compiled profiles, and their algebra. What is no automaton is small enough to be done value by value. */
import { ok, type Outcome } from "../../foundation/basics/index.ts";
import { step, type TooManyStates } from "../../compiler/automata/index.ts";
import type { CompiledProfile } from "../../compiler/compiled/index.ts";
import {
  capabilities,
  capabilityName,
  familyName,
  networkTypes,
  rlimitInfinity,
  rlimits,
  socketTypes,
} from "../../language/tables/index.ts";
import { printRule } from "../../language/edit/index.ts";
import { accessOfFile, accessOfPolicydb } from "./access.ts";
import { nothing, type Operation } from "./grants.ts";
import { fileInputs, inputsOfClass } from "./inputs.ts";
import { alike, combineParts, partOf } from "./parts.ts";
import { hasInput, searchInput, type SearchRequest } from "./search.ts";
import type { Access, AccessSet, Aspect, Comparison, LimitRange, SetPart } from "./types.ts";

const KNOWN_CAPABILITIES = (1n << BigInt(capabilities.length)) - 1n;

/**
 * What a compiled profile says of one aspect, whoever compiled it. The profile's mode and what it attaches to are left aside.
 *
 * Cost: O(states of its automata).
 */
export function accessesOf(profile: CompiledProfile, aspect: Aspect = "allow"): AccessSet {
  const { file, policydb } = profile;
  return {
    file: file && partOf(file, "file", aspect),
    policydb: policydb && partOf(policydb, "policydb", aspect),
    capabilities: capabilitiesOf(profile, aspect) & KNOWN_CAPABILITIES,
    sockets: socketsOf(profile, aspect),
    limits: aspect === "allow" ? limitsOf(profile) : [],
  };
}

function capabilitiesOf({ capabilities: { allow, audit, quiet } }: CompiledProfile, aspect: Aspect): bigint {
  switch (aspect) {
    case "allow":
      return allow;
    case "audit":
      return audit & allow;
    case "quiet":
      return quiet & ~allow;
    case "prompt":
      return 0n;
  }
}

function socketsOf({ netAllowedAf }: CompiledProfile, aspect: Aspect): readonly number[] {
  if (netAllowedAf === undefined || aspect === "prompt") return [];
  return Array.from({ length: netAllowedAf.length / 3 }, (_, family) => {
    const [allow = 0, audit = 0, quiet = 0] = netAllowedAf.subarray(3 * family, 3 * family + 3);
    return aspect === "allow" ? allow : aspect === "audit" ? allow & audit : quiet & ~allow;
  });
}

/** A profile without a rule for a limit does not care. */
function limitsOf({ rlimits: set }: CompiledProfile): readonly LimitRange[] {
  return Array.from({ length: 16 }, (_, resource) => {
    const isSet = set !== undefined && ((set.mask >>> resource) & 1) === 1;
    return { resource, first: 0n, last: isSet ? (set.values[resource] ?? 0n) : rlimitInfinity };
  });
}

/** What is in both. Errors: products that are too large. */
export function intersect(left: AccessSet, right: AccessSet): Outcome<AccessSet, TooManyStates> {
  return combine(left, right, "intersect");
}

/**
 * What is in the first set and not in the second: of `(new, old)` what an edit newly allows.
 *
 * Errors: products that are too large.
 */
export function subtract(left: AccessSet, right: AccessSet): Outcome<AccessSet, TooManyStates> {
  return combine(left, right, "subtract");
}

function combine(left: AccessSet, right: AccessSet, operation: Operation): Outcome<AccessSet, TooManyStates> {
  const file = combineParts(left.file, right.file, operation);
  if (!file.ok) return file;
  const policydb = combineParts(left.policydb, right.policydb, operation);
  if (!policydb.ok) return policydb;
  return ok({ file: file.value, policydb: policydb.value, ...combineValues(left, right, operation) });
}

type Values = Pick<AccessSet, "capabilities" | "sockets" | "limits">;

function combineValues(left: AccessSet, right: AccessSet, operation: Operation): Values {
  const keeps = operation === "intersect";
  return {
    capabilities: left.capabilities & (keeps ? right.capabilities : ~right.capabilities),
    sockets: left.sockets.map((types, family) => {
      const other = right.sockets[family] ?? 0;
      return types & (keeps ? other : ~other);
    }),
    limits: left.limits.flatMap((range) => combineRange(range, right.limits, keeps)),
  };
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** A set has at most one range for each resource that begins at zero, so that a difference is one range, too. */
function combineRange(range: LimitRange, others: readonly LimitRange[], keeps: boolean): readonly LimitRange[] {
  const other = others.find(({ resource }) => resource === range.resource);
  if (other === undefined) return keeps ? [] : [range];
  const last = keeps && other.last < range.last ? other.last : range.last;
  const first = keeps
    ? larger(range.first, other.first)
    : other.first > range.first
      ? range.first
      : larger(range.first, other.last + 1n);
  return first > last ? [] : [{ ...range, first, last }];
}

/** Whether nothing that a kernel can ask is in the set. */
export function isEmpty(set: AccessSet): boolean {
  const found = hasAccess(set, emptySet, "subtract");
  // what is too large to be walked has no access that could be shown, either
  return !found.ok || !found.value;
}

/**
 * An access of the set that a person likes to read: of the shortest the one with letters and no control bytes.
 *
 * Cost: what is reached before the first access is found.
 */
export function witnessOf(set: AccessSet): Access | undefined {
  const found = firstAccess(set, emptySet, "subtract");
  return found.ok ? found.value : undefined;
}

const emptySet: AccessSet = { file: undefined, policydb: undefined, capabilities: 0n, sockets: [], limits: [] };

/** Whether all of `inner` is in `outer`. No automaton is built. */
export function contains(outer: AccessSet, inner: AccessSet): Outcome<boolean, TooManyStates> {
  const left = hasAccess(inner, outer, "subtract");
  return left.ok ? ok(!left.value) : left;
}

/** Whether two sets have an access in common. No automaton is built. */
export function meets(left: AccessSet, right: AccessSet): Outcome<boolean, TooManyStates> {
  return hasAccess(left, right, "intersect");
}

/** How much of what is asked is in a set, with an access for each side. */
export function compareSets(asked: AccessSet, set: AccessSet): Outcome<Comparison, TooManyStates> {
  const inside = witnessInside(asked, set);
  if (!inside.ok) return inside;
  const outside = witnessOutside(asked, set);
  if (!outside.ok) return outside;
  const verdict = inside.value === undefined ? "none" : outside.value === undefined ? "all" : "some";
  return ok({ verdict, inside: inside.value, outside: outside.value });
}

/** An access that is asked about and in the set. */
export function witnessInside(asked: AccessSet, set: AccessSet): Outcome<Access | undefined, TooManyStates> {
  return firstAccess(asked, set, "intersect");
}

/** An access that is asked about and not in the set. */
export function witnessOutside(asked: AccessSet, set: AccessSet): Outcome<Access | undefined, TooManyStates> {
  return firstAccess(asked, set, "subtract");
}

/** The first access of a combination, files first. */
function firstAccess(
  left: AccessSet,
  right: AccessSet,
  operation: Operation,
): Outcome<Access | undefined, TooManyStates> {
  const searches = fileSearches(left.file, right.file, operation);
  if (!searches.ok) return searches;
  const file = firstFound(searches.value, searchInput);
  if (!file.ok) return file;
  if (file.value !== undefined) return ok(accessOfFile(file.value));
  const plain = firstOfValues(combineValues(left, right, operation));
  if (plain !== undefined) return ok(plain);
  const other = firstFound(policydbSearches(left.policydb, right.policydb, operation), searchInput);
  return other.ok ? ok(other.value && accessOfPolicydb(other.value)) : other;
}

function trueIfAny(request: SearchRequest): Outcome<true | undefined, TooManyStates> {
  const found = hasInput(request);
  return found.ok ? ok(found.value || undefined) : found;
}

/** Whether a combination has an access. */
function hasAccess(left: AccessSet, right: AccessSet, operation: Operation): Outcome<boolean, TooManyStates> {
  if (firstOfValues(combineValues(left, right, operation)) !== undefined) return ok(true);
  const searches = fileSearches(left.file, right.file, operation);
  if (!searches.ok) return searches;
  const file = firstFound(searches.value, trueIfAny);
  if (!file.ok || file.value === true) return file.ok ? ok(true) : file;
  const other = firstFound(policydbSearches(left.policydb, right.policydb, operation), trueIfAny);
  return other.ok ? ok(other.value === true) : other;
}

function firstFound<T>(
  requests: Iterable<SearchRequest>,
  search: (request: SearchRequest) => Outcome<T | undefined, TooManyStates>,
): Outcome<T | undefined, TooManyStates> {
  for (const request of requests) {
    const found = search(request);
    if (!found.ok || found.value !== undefined) return found;
  }
  return ok(undefined);
}

function fileSearches(
  left: SetPart | undefined,
  right: SetPart | undefined,
  operation: Operation,
): Outcome<readonly SearchRequest[], TooManyStates> {
  if (left === undefined || (right === undefined && operation === "intersect")) return ok([]);
  const both = right === undefined ? ok({ left, right }) : alike(left, right);
  if (!both.ok) return both;
  return ok([{ ...both.value, operation, inputs: fileInputs, leftStart: 1, rightStart: 1, before: [] }]);
}

/** Class by class. */
function* policydbSearches(
  left: SetPart | undefined,
  right: SetPart | undefined,
  operation: Operation,
): Iterable<SearchRequest> {
  if (left === undefined || (right === undefined && operation === "intersect")) return;
  for (let number = 0; number < 256; number += 1) {
    const leftStart = step(left.dfa, 1, number);
    const inputs = leftStart === 0 ? undefined : inputsOfClass(number);
    if (inputs === undefined) continue;
    const rightStart = right === undefined ? 0 : step(right.dfa, 1, number);
    yield { left, right, operation, inputs, leftStart, rightStart, before: [number] };
  }
}

const plainAccess = { input: new Uint8Array(), isOwner: true, grant: nothing } as const;

function firstOfValues({ capabilities: set, sockets, limits }: Values): Access | undefined {
  const number = capabilities.findIndex((_, place) => ((set >> BigInt(place)) & 1n) === 1n);
  const name = capabilityName(number);
  if (name !== undefined)
    return { ...plainAccess, kind: "capability", rule: printRule({ kind: "capability", names: [name] }) };
  const family = sockets.findIndex((types) => types !== 0);
  if (family >= 0) return { ...plainAccess, kind: "network", rule: socketRule(family, sockets[family] ?? 0) };
  const [limit] = limits;
  return limit && { ...plainAccess, kind: "rlimit", rule: limitRule(limit) };
}

function socketRule(family: number, types: number): string {
  const type = networkTypes.find((one) => ((types >>> (socketTypes.get(one) ?? 0)) & 1) === 1);
  return printRule({ kind: "network", family: familyName(family), type });
}

/** The units in which the language writes limits: seconds and microseconds, bytes, counts, and nice values from −20 on. */
function limitRule({ resource, last }: LimitRange): string {
  const limit = rlimits.find(({ number }) => number === resource);
  if (limit === undefined) return `# limit ${resource} <= ${last}`;
  if (last === rlimitInfinity && limit.unit !== "nice")
    return printRule({ kind: "rlimit", name: limit.name, value: "infinity" });
  const value = limit.unit === "nice" ? (last > 39n ? 19n : last - 20n) : last;
  const unit = limit.unit === "microseconds" ? "us" : limit.unit === "seconds" ? "s" : undefined;
  return printRule({ kind: "rlimit", name: limit.name, value: `${value}`, unit });
}
