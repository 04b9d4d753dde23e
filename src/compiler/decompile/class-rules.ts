/** What the classes of the policydb automaton have in common when rules are made of them. */
import { type Dfa, step } from "../automata/index.ts";
import type { CompiledAutomaton } from "../compiled/index.ts";
import type { FieldText } from "./fields.ts";
import { classTable, permissionNames } from "./render-permissions.ts";
import type { Effort } from "./work.ts";

export interface Policydb {
  readonly automaton: CompiledAutomaton;
  readonly start: number;
  readonly effort: Effort;
}

/** The text of a rule without what precedes the first word, which the layer says. */
export interface ClassRule {
  readonly layer: number;
  readonly text: string;
}

export interface ClassRules {
  readonly rules: readonly ClassRule[];
  /** The rules say all. */
  readonly isWhole: boolean;
}

export const nothingSaid: ClassRules = { rules: [], isWhole: true };
export const shortened: ClassRules = { rules: [], isWhole: false };

/** The state behind some bytes. */
export function follow(dfa: Dfa, state: number, bytes: readonly number[]): number {
  return bytes.reduce((at, byte) => step(dfa, at, byte), state);
}

/** ` (send receive)`, or nothing where all are meant. */
export function permissionList(grants: number, all: number, mediationClass: number): string {
  if (grants === all) return "";
  const names = permissionNames(grants, classTable.get(mediationClass)?.names ?? []);
  return ` ${names.includes(" ") ? `(${names})` : names}`;
}

/** ` peer=text`, or nothing where any text is meant. */
export function condition(name: string, field: FieldText | undefined): string {
  return field === undefined || field.isAny ? "" : ` ${name}=${field.text}`;
}
