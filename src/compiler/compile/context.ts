/** What the rule kinds are given to compile with, and what they hand over. */
import type { Report } from "../../foundation/diagnostics/index.ts";
import type { CompileTarget } from "../../language/features/index.ts";
import type { GlobNode } from "../../language/globs/index.ts";
import type { Operand, Origin, Profile, RuleQualifiers } from "../../language/model/index.ts";
import type { ExecTypes } from "./exec-types.ts";
import type { CompileCode } from "./codes.ts";
import type { Effect } from "./resolution.ts";

/** One pattern of an automaton and what it does there. */
export interface Emission {
  readonly table: Effect["table"];
  readonly pattern: GlobNode;
  readonly priority: number;
  readonly mode: Effect["mode"];
  readonly permissions: number;
  /** Bits to audit; of a deny rule, bits to keep quiet about. */
  readonly audit: number;
  readonly exec?: number;
  /** `undefined`: nobody wrote it. */
  readonly origin: Origin | undefined;
}

/**
 * How an operand becomes a pattern: in a `path` runs of slashes are squeezed, in a `value` globs match NUL too, a `name` is that of
 * a profile without attachment (compile-semantics 2).
 */
export type OperandKind = "path" | "plain" | "value" | "name";

/** The parts of a profile that are not automata; rules write into it. */
export interface Scalars {
  readonly capabilities: { allow: bigint; deny: bigint; audit: bigint; quiet: bigint };
  readonly rlimits: Map<number, bigint>;
  /** 46 × (allow, deny, audit, quiet). */
  netTable: Uint16Array | undefined;
}

export interface RuleContext {
  readonly target: CompileTarget;
  readonly profile: Profile;
  readonly execTypes: ExecTypes;
  readonly scalars: Scalars;
  readonly emit: (emission: Emission) => void;
  readonly report: Report<CompileCode>;
  /** The pattern of an operand; `undefined` when it is none, which has been reported then. */
  readonly operand: (operand: Operand, kind: OperandKind, origin: Origin) => GlobNode | undefined;
  /**
   * Compiles something that is the same for every profile, once in a session: what it emits into the policydb automaton is emitted again, with
   * `origin`, for every other profile. Where something is said, or more is done than to emit, it is compiled each time.
   *
   * INVARIANT: `key` says, with the target, all that decides what is emitted.
   */
  readonly shared: (key: string, origin: Origin | undefined, compile: (context: RuleContext) => void) => void;
}

/** What the qualifiers before a rule mean for its patterns. */
export interface Prefix {
  readonly priority: number;
  readonly mode: Effect["mode"];
  readonly origin: Origin;
  /** The bits to audit of a rule with these bits: `audit` on allowed ones, quiet on denied ones without `audit`. */
  readonly audited: (bits: number) => number;
}

/** Reads the qualifiers of a rule. */
export function prefixOf(rule: RuleQualifiers): Prefix {
  const mode = rule.mode === "implicit" ? "allow" : rule.mode;
  const marked = (mode === "deny") !== rule.audit;
  return { priority: rule.priority, mode, origin: rule.origin, audited: (bits) => (marked ? bits : 0) };
}

/** Emits one pattern into the policydb automaton whose audit bits are its permissions. */
export function emitPolicydb(context: RuleContext, prefix: Prefix, pattern: GlobNode, permissions: number): void {
  const { priority, mode, origin, audited } = prefix;
  context.emit({ table: "policydb", pattern, priority, mode, permissions, audit: audited(permissions), origin });
}

/** An optional operand: `missing` when it is not written. */
export function operandOr(
  context: RuleContext,
  operand: Operand | undefined,
  kind: OperandKind,
  options: { readonly missing: GlobNode; readonly origin: Origin },
): GlobNode | undefined {
  return operand === undefined ? options.missing : context.operand(operand, kind, options.origin);
}

/** The key by which rules of one kind are merged: qualifiers and whatever else must agree (compile-semantics 1.5). */
export function mergeKey(
  rule: RuleQualifiers,
  ...operands: readonly (Operand | string | number | undefined)[]
): string {
  const texts = operands.map((operand) => (typeof operand === "object" ? `=${operand.text}` : String(operand)));
  return JSON.stringify([rule.mode, rule.audit, rule.priority, ...texts]);
}

/** Rules with equal keys as one, by their keys, in order of first appearance. */
export function mergeRules<R>(
  rules: readonly R[],
  key: (rule: R) => string,
  join: (a: R, b: R) => R,
): ReadonlyMap<string, R> {
  const merged = new Map<string, R>();
  for (const rule of rules) {
    const name = key(rule);
    const before = merged.get(name);
    merged.set(name, before === undefined ? rule : join(before, rule));
  }
  return merged;
}

/** Rules with equal keys as one that has the permissions of all; none written means all there are. */
export function mergePermissions<R extends { readonly permissions: readonly string[] | undefined }>(
  rules: readonly R[],
  key: (rule: R) => string,
): ReadonlyMap<string, R> {
  return mergeRules(rules, key, (a, b) => {
    const all = a.permissions === undefined || b.permissions === undefined;
    return { ...a, permissions: all ? undefined : [...new Set([...a.permissions, ...b.permissions])] };
  });
}
