/** A set cut into parts by an automaton beside it, whose outputs say what is so at each input. */
import { ok, type Outcome } from "../../foundation/basics/index.ts";
import { combineAutomata, type Dfa, step, type TooManyStates } from "../../compiler/automata/index.ts";
import { accessOfFile, accessOfPolicydb } from "./access.ts";
import { GrantTable, isNothing, nothing } from "./grants.ts";
import { fileInputs, inputsOfClass } from "./inputs.ts";
import type { Inputs } from "./inputs-text.ts";
import { type SearchRequest, visitInputs } from "./search.ts";
import type { Access, AccessSet, Grant, SetPart } from "./types.ts";

/** A part of a set. */
export interface Slice {
  /** The cheapest of its accesses. */
  readonly witness: Access;
  /** Computed when it is asked for. Errors: a product that is too large. */
  readonly set: () => Outcome<AccessSet, TooManyStates>;
}

export interface Splitter {
  readonly table: "file" | "policydb";
  readonly dfa: Dfa;
  /** What of a grant belongs to which part where the automaton has an output; parts by name. */
  readonly cut: (grant: Grant, output: number) => ReadonlyMap<string, Grant>;
}

/**
 * The parts of one automaton of a set, in the order in which their first accesses come.
 *
 * Errors: products that are too large.
 */
export function splitSet(set: AccessSet, splitter: Splitter): Outcome<ReadonlyMap<string, Slice>, TooManyStates> {
  const part = set[splitter.table];
  if (part === undefined) return ok(new Map());
  const cutAt = remembered(part, splitter);
  const witnesses = new Map<string, { readonly cost: number; readonly access: Access }>();
  for (const request of requests(part, splitter)) {
    const walked = visitInputs(request, ({ left, right, phase, cost, input }) => {
      for (const [name, grant] of cutAt(left, right)) {
        if (cost >= (witnesses.get(name)?.cost ?? Number.POSITIVE_INFINITY)) continue;
        const asked = request.inputs.asked(phase, grant);
        if (isNothing(asked)) continue;
        const found = { input: input(), grant: asked };
        witnesses.set(name, {
          cost,
          access: splitter.table === "file" ? accessOfFile(found) : accessOfPolicydb(found),
        });
      }
    });
    if (!walked.ok) return walked;
  }
  const sliceOf = (name: string): Outcome<AccessSet, TooManyStates> => {
    const own = slicePart(part, splitter, (left, right) => cutAt(left, right).get(name));
    return own.ok ? ok({ ...bare, [splitter.table]: own.value }) : own;
  };
  return ok(
    new Map(
      [...witnesses].map(([name, { access: witness }]): [string, Slice] => [
        name,
        { witness, set: once(() => sliceOf(name)) },
      ]),
    ),
  );
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: compute() }).value;
}

const bare: AccessSet = { file: undefined, policydb: undefined, capabilities: 0n, sockets: [], limits: [] };

type Cut = (left: number, right: number) => ReadonlyMap<string, Grant>;

const uncut: ReadonlyMap<string, Grant> = new Map();

function remembered({ grants }: SetPart, { cut }: Splitter): Cut {
  const known = new Map<string, ReadonlyMap<string, Grant>>();
  return (left, right) => {
    if (left === 0) return uncut;
    const key = `${left} ${right}`;
    const before = known.get(key) ?? cut(grants[left]!, right);
    known.set(key, before);
    return before;
  };
}

function slicePart(
  part: SetPart,
  { dfa }: Splitter,
  grantAt: (left: number, right: number) => Grant | undefined,
): Outcome<SetPart, TooManyStates> {
  const table = new GrantTable();
  const combined = combineAutomata(part.dfa, dfa, (left, right) => table.number(grantAt(left, right) ?? nothing));
  if (!combined.ok) return combined;
  return ok({ dfa: combined.value, grants: table.grants, ...(part.isAtExec === true && { isAtExec: true }) });
}

function requests(left: SetPart, { table, dfa }: Splitter): readonly SearchRequest[] {
  // Of the right side only whether it is dead is asked: what the splitter does not reach is subtracted from nothing.
  const right: SetPart = { dfa, grants: [nothing] };
  const shared = { left, right, operation: "subtract" } as const;
  if (table === "file") return [{ ...shared, inputs: fileInputs, leftStart: 1, rightStart: 1, before: [] }];
  return Array.from({ length: 256 }, (_, number) => number).flatMap((number): readonly SearchRequest[] => {
    const leftStart = step(left.dfa, 1, number);
    const inputs: Inputs | undefined = leftStart === 0 ? undefined : inputsOfClass(number);
    return inputs === undefined
      ? []
      : [{ ...shared, inputs, leftStart, rightStart: step(dfa, 1, number), before: [number] }];
  });
}
