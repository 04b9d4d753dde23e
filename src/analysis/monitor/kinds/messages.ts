/**
 * A D-Bus message needs a rule that matches bus, peer, path, interface and member; owning a name and eavesdropping need less; a message
 * queue goes by type, name and label (compile-semantics 3.13, 3.14).
 */
import type { DbusRule, Profile } from "../../../language/model/index.ts";
import { type Decision, decisionOf } from "../decision.ts";
import { fits, subject } from "../match.ts";
import type { DbusQuestion, MqueueQuestion } from "../question.ts";
import { type Claim, claim, weigh } from "../weigh.ts";
import { labelFits } from "./tasks.ts";

export function decideDbus(profile: Profile, question: DbusQuestion): Decision {
  const claims = profile.rules.flatMap((rule): readonly Claim[] => {
    if (rule.kind === "all") return [claim(rule, 1)];
    return rule.kind === "dbus" && dbusFits(rule, question) ? [claim(rule, 1)] : [];
  });
  return decisionOf([{ ...weigh(claims, 1), name: question.permission }]);
}

function dbusFits(rule: DbusRule, question: DbusQuestion): boolean {
  const { permission } = question;
  if (!(rule.permissions ?? impliedPermissions(rule)).includes(permission)) return false;
  if (!fits(rule.bus, "text", subject(question.bus))) return false;
  if (permission === "eavesdrop") return true;
  if (permission === "bind") return fits(rule.name, "text", subject(question.name));
  return (
    fits(rule.peerName, "text", subject(question.name)) &&
    (rule.peerLabel === undefined || labelFits(rule.peerLabel, question.label)) &&
    fits(rule.path, "path", subject(question.path)) &&
    fits(rule.interface, "text", subject(question.interface)) &&
    fits(rule.member, "text", subject(question.member))
  );
}

function impliedPermissions(rule: DbusRule): readonly string[] {
  const message = [rule.path, rule.interface, rule.member, rule.peerLabel, rule.peerName];
  if (message.some((operand) => operand !== undefined)) return ["send", "receive"];
  return rule.name === undefined ? ["send", "receive", "bind", "eavesdrop"] : ["bind"];
}

export function decideMqueue(profile: Profile, question: MqueueQuestion): Decision {
  const name = subject(question.name);
  const label = question.label;
  const claimsFor = (permission: string): readonly Claim[] =>
    profile.rules.flatMap((rule): readonly Claim[] => {
      if (rule.kind === "all") return [claim(rule, 1)];
      if (rule.kind !== "mqueue" || (rule.type !== undefined && rule.type !== question.type)) return [];
      if (rule.permissions !== undefined && !rule.permissions.includes(permission)) return [];
      const labelled = label === undefined || rule.label === undefined || labelFits(rule.label, label);
      return labelled && fits(rule.name, "text", name) ? [claim(rule, 1)] : [];
    });
  return decisionOf(question.permissions.map((name_) => ({ ...weigh(claimsFor(name_), 1), name: name_ })));
}
