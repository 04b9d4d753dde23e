/** The configuration of lint: a JSON document beside the policy, or one that is named. */
import { type LintCode, lintCodes } from "../analysis/lint/index.ts";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { Severity } from "../foundation/diagnostics/index.ts";

/** Hidden, so that nobody takes it for a profile. */
export const LINT_CONFIG = ".armorer-lint.json";

interface Allowance {
  readonly code: LintCode;
  /** The profile's whole name. */
  readonly profile: string;
  readonly reason: string;
}

export interface LintConfig {
  readonly severity: ReadonlyMap<LintCode, Severity | "off">;
  readonly allow: readonly Allowance[];
}

export const noConfig: LintConfig = { severity: new Map(), allow: [] };

const SEVERITIES = ["off", "info", "warning", "error"] as const;

/**
 * Reads a configuration: `{ "severity": { CODE: SEVERITY }, "allow": [{ "code", "profile", "reason" }] }`.
 *
 * Errors: what is wrong with it, in words; nothing unknown is passed over.
 */
export function readLintConfig(text: string): Outcome<LintConfig, string> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return fail("it is not JSON");
  }
  const top = fieldsOf(document, ["severity", "allow"], "it");
  if (!top.ok) return top;
  const severity = readSeverities(top.value["severity"] ?? {});
  if (!severity.ok) return severity;
  const allow = readAllowances(top.value["allow"] ?? []);
  return allow.ok ? ok({ severity: severity.value, allow: allow.value }) : allow;
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object with no other keys than these. */
function fieldsOf(value: unknown, keys: readonly string[], what: string): Outcome<Fields, string> {
  if (!isFields(value)) return fail(`${what} is no object`);
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  return unknown === undefined ? ok(value) : fail(`${what} has the unknown key "${unknown}"`);
}

/** The code of a name with or without `lint/`. */
export function lintCodeOf(name: string): LintCode | undefined {
  const code = name.startsWith("lint/") ? name : `lint/${name}`;
  return isCode(code) ? code : undefined;
}

function isCode(code: string): code is LintCode {
  return Object.hasOwn(lintCodes, code);
}

function readSeverities(value: unknown): Outcome<LintConfig["severity"], string> {
  if (!isFields(value)) return fail('"severity" is no object');
  const found = new Map<LintCode, Severity | "off">();
  for (const [name, wanted] of Object.entries(value)) {
    const code = lintCodeOf(name);
    const severity = SEVERITIES.find((one) => one === wanted);
    if (code === undefined) return fail(`lint has no code "${name}"`);
    if (severity === undefined) return fail(`the severity of "${name}" is none of ${SEVERITIES.join(", ")}`);
    found.set(code, severity);
  }
  return ok(found);
}

function readAllowances(value: unknown): Outcome<readonly Allowance[], string> {
  if (!Array.isArray(value)) return fail('"allow" is no list');
  const found: Allowance[] = [];
  for (const one of value) {
    const fields = fieldsOf(one, ["code", "profile", "reason"], 'an entry of "allow"');
    if (!fields.ok) return fields;
    const { code: name, profile, reason } = fields.value;
    const code = typeof name === "string" ? lintCodeOf(name) : undefined;
    if (code === undefined) return fail(`an entry of "allow" has no code of lint`);
    if (typeof profile !== "string" || profile === "") return fail(`an entry of "allow" names no profile`);
    if (typeof reason !== "string" || reason.trim() === "") return fail(`an entry of "allow" gives no reason`);
    found.push({ code, profile, reason });
  }
  return ok(found);
}
