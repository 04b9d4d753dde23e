/** Capabilities that one of two profiles permits alone: each by its name, or all of them, without those that others speak of. */
import type { CompiledProfile } from "../../compiler/compiled/index.ts";
import type { Rule } from "../../language/model/index.ts";
import { capabilities, capabilityName } from "../../language/tables/index.ts";
import type { Bound, Evidence } from "./bounds.ts";
import type { PlainChange } from "./parts.ts";

/** Also those that no kernel has yet; `capability` without a name permits them. */
const EVERY = (1n << 64n) - 1n;
const NAMED = [...capabilities.keys()].reduce((set, number) => set | (1n << BigInt(number)), 0n);

/** What only one of them permits; `evidence` is of the side that permits more by its sign. */
export function capabilityChanges(
  left: CompiledProfile,
  right: CompiledProfile,
  evidence: Readonly<Record<PlainChange["sign"], Evidence>>,
): readonly PlainChange[] {
  const before = left.capabilities.allow;
  const now = right.capabilities.allow;
  return [...changes("+", now & ~before, evidence["+"]), ...changes("-", before & ~now, evidence["-"])];
}

function changes(sign: PlainChange["sign"], set: bigint, evidence: Evidence): readonly PlainChange[] {
  const plain = { sign, kind: "capability", direction: sign === "+" ? "looser" : "stricter", isExact: true } as const;
  const named = namesOf(set).map((name) => ({ ...plain, text: `capability ${name},`, except: [], inPart: false }));
  if ((set & ~NAMED) === 0n) return named;
  const all = { ...plain, text: "capability,", inPart: set !== EVERY };
  const except = set === EVERY ? [] : exceptions(evidence);
  const isSaid = (EVERY & ~except.reduce((sum, { rule }) => sum | setOf(rule), 0n)) === set;
  if (isSaid) return [{ ...all, except }];
  return [...named, { ...all, except: [], isExact: false }];
}

function namesOf(set: bigint): readonly string[] {
  return [...capabilities.keys()].flatMap((number) =>
    ((set >> BigInt(number)) & 1n) === 1n ? (capabilityName(number) ?? []) : [],
  );
}

/** Rules that permit some on the other side, or deny some on its own. */
function exceptions({ has, lacks }: Evidence): readonly Bound[] {
  const permitted = (lacks?.profile.rules ?? []).filter((rule) => setOf(rule) !== 0n && !isDenied(rule));
  const denied = (has?.profile.rules ?? []).filter((rule) => setOf(rule) !== 0n && isDenied(rule));
  return [...permitted.map((rule) => ({ rule, isOwn: false })), ...denied.map((rule) => ({ rule, isOwn: true }))];
}

function isDenied(rule: Rule): boolean {
  return rule.kind !== "rlimit" && rule.mode === "deny";
}

function setOf(rule: Rule): bigint {
  if (rule.kind === "all") return EVERY;
  if (rule.kind !== "capability") return 0n;
  return rule.capabilities.length === 0
    ? EVERY
    : rule.capabilities.reduce((set, number) => set | (1n << BigInt(number)), 0n);
}
