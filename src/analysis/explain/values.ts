/** The parts of a question that are no automata: capabilities, limits, and the table of sockets that old kernels have. */
import { capabilities, familyName, rlimitInfinity, socketTypes } from "../../language/tables/index.ts";
import { ok } from "../../foundation/basics/index.ts";
import { type Decision, decide } from "../monitor/index.ts";
import { type AccessSet, type Question, witnessOf } from "../sets/index.ts";
import type { ExplainedPart, PartOutcome, Subject } from "./types.ts";

const none: AccessSet = { file: undefined, policydb: undefined, capabilities: 0n, sockets: [], limits: [] };

export function explainValues({ set }: Question, { profile }: Pick<Subject, "profile">): readonly ExplainedPart[] {
  const found = new Map<string, { readonly decision: Decision; set: AccessSet }>();
  const note = (decision: Decision, part: Partial<AccessSet>, join: (into: AccessSet) => Partial<AccessSet>): void => {
    const key = JSON.stringify([
      outcomeOf(decision),
      [...decision.allowedBy, ...decision.deniedBy].map((rule) => profile.rules.indexOf(rule)),
    ]);
    const known = found.get(key);
    if (known === undefined) found.set(key, { decision, set: { ...none, ...part } });
    else known.set = { ...known.set, ...join(known.set) };
  };
  for (const capability of capabilities.keys()) {
    const bit = 1n << BigInt(capability);
    if ((set.capabilities & bit) === 0n) continue;
    const decision = decide(profile, { kind: "capability", capability });
    note(decision, { capabilities: bit }, (into) => ({ capabilities: into.capabilities | bit }));
  }
  for (const { resource, first, last } of set.limits) {
    const rule = profile.rules.findLast((one) => one.kind === "rlimit" && one.resource === resource);
    const most = rule?.kind === "rlimit" ? rule.value : rlimitInfinity;
    const add = (value: bigint, range: { readonly first: bigint; readonly last: bigint }): void => {
      const limits = [{ resource, ...range }];
      note(decide(profile, { kind: "rlimit", resource, value }), { limits }, (into) => ({
        limits: [...into.limits, ...limits],
      }));
    };
    const within = last < most ? last : most;
    if (within >= first) add(within, { first, last: within });
    if (last > most) add(last, { first: most + 1n > first ? most + 1n : first, last });
  }
  for (const [family, types] of set.sockets.entries()) {
    for (const [type, number] of socketTypes) {
      const name = familyName(family);
      const bit = types & (1 << number);
      if (bit === 0 || name === undefined) continue;
      const row = (before: readonly number[]): readonly number[] =>
        set.sockets.map((_, at) => (before[at] ?? 0) | (at === family ? bit : 0));
      const decision = decide(profile, { kind: "network", family: name, type, permissions: ["create"] });
      note(decision, { sockets: row([]) }, (into) => ({ sockets: row(into.sockets) }));
    }
  }
  return [...found.values()].flatMap(({ decision, set: part }) => partOf(decision, part));
}

function outcomeOf({ allowed, denied, prompted }: Decision): PartOutcome {
  if (allowed) return "allowed";
  if (denied.length > 0) return "denied";
  return prompted.length > 0 ? "asked" : "unmentioned";
}

function partOf(decision: Decision, set: AccessSet): readonly ExplainedPart[] {
  const witness = witnessOf(set);
  if (witness === undefined) return [];
  const outcome = outcomeOf(decision);
  const rules = outcome === "allowed" ? decision.allowedBy : decision.deniedBy;
  const outranked = outcome === "denied" ? decision.allowedBy.map((rule) => ({ rule, reason: "deny" as const })) : [];
  return [
    {
      outcome,
      rules,
      outranked,
      otherHalf: [],
      isImplied: false,
      isQuiet: decision.quiet,
      isAudited: decision.audited,
      witness,
      words: () => undefined,
      set: () => ok(set),
    },
  ];
}
