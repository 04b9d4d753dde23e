/** Rules of a profile that an include makes superfluous. */
import { type FileLetter, type Question, decide } from "../../analysis/monitor/index.ts";
import { literalText } from "../../language/edit/index.ts";
import { type FileRule, FilePermission, type Profile, type Rule } from "../../language/model/index.ts";
import type { Abstraction } from "./types.ts";

/**
 * The rules in a profile itself that grant nothing that an include does not grant: what may go when the include
 * comes. Only plain allow rules with a single path are looked at; exec rules, deny rules and globs other than the include's own stay.
 */
export function coveredRules(profile: Profile, abstraction: Abstraction): readonly Rule[] {
  const included: Profile = { ...profile, rules: abstraction.rules, children: [], hat: false };
  return profile.rules.filter((rule) => {
    if (rule.kind === "rlimit" || rule.origin.includes.length > 0) return false;
    if (rule.mode === "deny" || rule.mode === "prompt" || rule.audit || rule.priority !== 0) return false;
    if (rule.kind === "file") return coversFile(included, rule, abstraction);
    return (
      rule.kind === "capability" && rule.capabilities.length > 0 && coversCapabilities(included, rule.capabilities)
    );
  });
}

const LETTERS: readonly (keyof typeof FilePermission & FileLetter)[] = ["r", "w", "a", "l", "k", "m"];

function coversFile(included: Profile, rule: FileRule, abstraction: Abstraction): boolean {
  if (rule.exec !== undefined || (rule.permissions & FilePermission.l) !== 0) return false;
  const path = literalText(rule.path.text);
  if (path === undefined) return abstraction.rules.some((other) => grantsSame(other, rule));
  const letters = LETTERS.filter((letter) => (rule.permissions & FilePermission[letter]) !== 0);
  const halves = rule.owner === "any" ? [true, false] : [rule.owner === "owner"];
  return halves.every((owner) => decide(included, { kind: "file", path, letters, owner }).allowed);
}

/** Whether a rule grants by the same path what another one does. */
export function grantsSame(other: Rule, rule: FileRule): boolean {
  if (other.kind !== "file" || other.path.text !== rule.path.text || other.priority !== 0) return false;
  if (other.mode !== "implicit" && other.mode !== "allow") return false;
  return (rule.permissions & ~other.permissions) === 0 && (other.owner === "any" || other.owner === rule.owner);
}

function coversCapabilities(included: Profile, capabilities: readonly number[]): boolean {
  return capabilities.every((capability) => {
    const question: Question = { kind: "capability", capability };
    return decide(included, question).allowed;
  });
}
