/**
 * A signal rule allows one side by the label of the other, for the signals of its sets, or for all (compile-semantics 3.11, kernel-abi
 * 8.11). A label that is not written is any:
 *
 *     \x0a signal label                       with `set=`; signal is one byte of AppArmor's own numbering
 *     (\x10 \x0a | \x0a .) label              without; the first branch is the question about the label as a whole
 */
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
    for (const rule of rules) context.report("compile/signal-not-enforced", rule.origin, message);
    return;
  }
  for (const [key, rule] of mergePermissions(rules, keyOf)) {
    context.shared(`signal ${key} ${String(rule.permissions)}`, rule.origin, (shared) =>
      compileSignalRule(rule, shared),
    );
  }
}

function compileSignalRule(rule: SignalRule, context: RuleContext): void {
  const peer = operandOr(context, rule.peer, "plain", { missing: someText, origin: rule.origin });
  if (peer === undefined) return;
  const permissions = (rule.permissions ?? ["send", "receive"]).reduce((bits, name) => bits | signalBits[name], 0);
  const signal = rule.signals === undefined ? anySignal : sequence(bytes(SIGNAL), oneOf(rule.signals));
  emitPolicydb(context, prefixOf(rule), sequence(signal, peer), permissions);
}

function keyOf(rule: SignalRule): string {
  return mergeKey(rule, rule.signals?.toSorted((a, b) => a - b).join(), rule.peer);
}
