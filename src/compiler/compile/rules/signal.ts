/** Signal rules (compile-semantics 3.11). */
import type { SignalRule } from "../../../language/model/index.ts";
import { MediationClass, signalBits } from "../../compiled/index.ts";
import { emitPolicydb, mergeKey, mergePermissions, operandOr, prefixOf, type RuleContext } from "../context.ts";
import { alternative, anyByte, bytes, oneOf, sequence, someText } from "../pattern.ts";

const { signal: SIGNAL, label: LABEL } = MediationClass;

/** Any signal, or the question about a label as a whole. */
const anySignal = alternative([bytes(LABEL, SIGNAL), sequence(bytes(SIGNAL), anyByte)]);

export function compileSignalRules(rules: readonly SignalRule[], context: RuleContext): void {
  if (!context.target.signal) {
    const message = "signal rules are not enforced";
    for (const rule of rules) context.report({ code: "compile/signal-not-enforced", message, at: rule.origin });
    return;
  }
  for (const rule of mergePermissions(rules, keyOf)) {
    const peer = operandOr(context, rule.peer, "plain", { missing: someText, origin: rule.origin });
    if (peer === undefined) continue;
    const permissions = (rule.permissions ?? ["send", "receive"]).reduce((bits, name) => bits | signalBits[name], 0);
    const signal = rule.signals === undefined ? anySignal : sequence(bytes(SIGNAL), oneOf(rule.signals));
    emitPolicydb(context, prefixOf(rule), sequence(signal, peer), permissions);
  }
}

function keyOf(rule: SignalRule): string {
  return mergeKey(rule, rule.signals?.toSorted((a, b) => a - b).join(), rule.peer);
}
