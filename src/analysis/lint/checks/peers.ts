/** Rules about another profile that has no rule for this one. Only where the policy is whole, and the rule names the other as it is called. */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import type { Operand, Rule } from "../../../language/model/index.ts";
import { relationsOf } from "../../reach/index.ts";
import { ownRules } from "../subject.ts";
import type { Check } from "../types.ts";

export const checkPeers: Check = (subject, { graph, isWhole }, report) => {
  if (!isWhole) return new Set();
  const { name } = subject.profile;
  for (const rule of ownRules(subject)) {
    const peer = peerOf(rule)?.text;
    if (peer === undefined || peer === name || rule.kind === "rlimit" || rule.mode === "deny") continue;
    if (!graph.world.labels.has(peer)) continue;
    const halves = relationsOf(graph.world, name, [peer]).filter(({ agreed, because, from }) => {
      const isOwnSide = agreed === (from === name ? "from" : "to");
      return isOwnSide && because.some(({ span }) => span.start === rule.origin.span.start);
    });
    const [half] = halves;
    if (half === undefined) continue;
    const message = sentence`${{ profile: peer }} has no rule that agrees to this ${half.kind} rule`;
    const other = graph.world.labels.get(peer)?.profile;
    report("lint/peer-half", rule, message, {
      also: other === undefined ? [] : [other],
      label: "the other side",
    });
  }
  return new Set<Rule>();
};

function peerOf(rule: Rule): Operand | undefined {
  if (rule.kind === "signal" || rule.kind === "ptrace") return rule.peer;
  return rule.kind === "unix" || rule.kind === "dbus" ? rule.peerLabel : undefined;
}
