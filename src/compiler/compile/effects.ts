/**
 * The numbers that automata carry: effects of patterns (labels) and what states allow (outputs), interned for a session so that
 * automata of different profiles share their states.
 */
import { compareBy, invariant } from "../../foundation/basics/index.ts";
import type { Label, Output } from "../automata/index.ts";
import { createExecTypes, type ExecTypes } from "./exec-types.ts";
import { type Effect, type Resolved, resolveEffects } from "./resolution.ts";
import { AUDITABLE } from "../compiled/index.ts";

export interface Effects {
  readonly execTypes: ExecTypes;
  readonly label: (effect: Effect) => Label;
  readonly effect: (label: Label) => Effect;
  /** All a label says, without numbers of the session. */
  readonly text: (label: Label) => string;
  readonly combine: (labels: readonly Label[]) => Output;
  /** Never asked for output 0, which allows nothing. */
  readonly resolved: (output: Output) => Resolved;
  /** Whether any output so far is a conflict. */
  readonly hasConflicts: () => boolean;
}

/**
 * Interning tables for one encoding. `packed`: the old accept bits are written, so what they cannot say (prompt, audit of
 * the odd bits) is dropped before states are compared.
 */
export function createEffects(packed: boolean): Effects {
  const execTypes = createExecTypes();
  const effects: Effect[] = [];
  /** By a number that equal effects have. COST: a text of all that an effect says took longer than the rest of compiling a rule. */
  const labels = new Map<number, Label[]>();
  const outputs: Resolved[] = [nothing];
  let hasConflicts = false;
  const outputNumbers = new Map<string, Output>([[outputKey(nothing), 0]]);
  const inherits = (exec: number): boolean => execTypes.get(exec).inherit;

  const effect = (label: Label): Effect => at(effects, label);
  const text = (label: Label): string => effectText(effect(label), execTypes);
  /** INVARIANT: which two are named depends on what they say alone: labels are numbered as a session meets them. */
  const nameConflict = (combined: readonly Label[]): readonly [Label, Label] | undefined => {
    const texts = new Map(combined.map((label) => [label, text(label)]));
    const ordered = combined.toSorted(compareBy((label) => texts.get(label) ?? ""));
    const { conflict } = resolveEffects(ordered.map(effect), inherits);
    return conflict && [ordered[conflict[0]] ?? 0, ordered[conflict[1]] ?? 0];
  };
  return {
    execTypes,
    effect,
    text,
    label: (wanted) => {
      const key = effectKey(wanted);
      const candidates = labels.get(key);
      const known = candidates?.find((label) => isSameEffect(effect(label), wanted));
      if (known !== undefined) return known;
      const label = effects.push(wanted) - 1;
      if (candidates === undefined) labels.set(key, [label]);
      else candidates.push(label);
      return label;
    },
    combine: (combined) => {
      const exact = resolveEffects(combined.map(effect), inherits);
      const { conflict } = exact;
      const named = conflict && nameConflict(combined);
      const resolved = { ...(packed ? dropUnwritable(exact) : exact), conflict: named };
      const key = outputKey(resolved);
      const known = outputNumbers.get(key);
      if (known !== undefined) return known;
      outputNumbers.set(key, outputs.length);
      outputs.push(resolved);
      hasConflicts ||= conflict !== undefined;
      return outputs.length - 1;
    },
    resolved: (output) => at(outputs, output),
    hasConflicts: () => hasConflicts,
  };
}

const nothing: Resolved = {
  table: "file",
  allow: 0,
  prompt: 0,
  audit: 0,
  quiet: 0,
  execOwner: 0,
  execOther: 0,
  conflict: undefined,
};

function dropUnwritable(resolved: Resolved): Resolved {
  return { ...resolved, prompt: 0, audit: resolved.audit & AUDITABLE, quiet: resolved.quiet & AUDITABLE };
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  invariant(found !== undefined, "a number that was never interned");
  return found;
}

/** What a label stands for; exec types by what they are, not by their numbers. */
function effectText(effect: Effect, execTypes: ExecTypes): string {
  const { table, priority, mode, exact, permissions, audit, exec } = effect;
  const { unsafe, inherit, unconfined, target, name } = execTypes.get(exec);
  const type = [unsafe, inherit, unconfined, target, name];
  return JSON.stringify([table, priority, mode, exact, permissions >>> 0, audit >>> 0, ...type]);
}

function effectKey({ audit, exec, permissions, priority }: Effect): number {
  return permissions ^ Math.imul(audit, 31) ^ Math.imul(exec + 1, 0x9e37_79b1) ^ Math.imul(priority, 0x85eb_ca6b);
}

function isSameEffect(a: Effect, b: Effect): boolean {
  const isAlike = a.table === b.table && a.mode === b.mode && a.exact === b.exact;
  return (
    isAlike &&
    (a.permissions ^ b.permissions) === 0 &&
    (a.audit ^ b.audit) === 0 &&
    a.exec === b.exec &&
    a.priority === b.priority
  );
}

function outputKey(resolved: Resolved): string {
  const { table, allow, prompt, audit, quiet, execOwner, execOther, conflict } = resolved;
  if (allow === 0 && prompt === 0 && audit === 0 && quiet === 0 && conflict === undefined) return "";
  return `${table} ${allow} ${prompt} ${audit} ${quiet} ${execOwner} ${execOther} ${conflict?.join() ?? ""}`;
}
