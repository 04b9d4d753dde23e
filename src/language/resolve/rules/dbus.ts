/**
 * A dbus rule speaks of messages (path, interface, member, a peer) or of a service (a name of one's own), never of both, and its
 * permissions must fit (policy-language 2.6.4).
 */
import { sentence, type Message } from "../../../foundation/diagnostics/index.ts";
import type { DbusRule } from "../../model/index.ts";
import type { ConditionNode, ConditionRuleNode } from "../../syntax/index.ts";
import { permissionWords } from "../../tables/index.ts";
import { type ResolveCode } from "../codes.ts";
import {
  checkGroupName,
  type ConditionUse,
  permissionsOf,
  qualifiersOf,
  type QualifierUse,
  readConditions,
  reportAt,
  type RuleContext,
  valueOf,
} from "./context.ts";

const use: QualifierUse = { name: "dbus", priority: "used", owner: "forbidden" };
const conditions: ConditionUse = {
  kind: "dbus",
  known: ["bus", "path", "interface", "member", "name", "label"],
  unknownCode: "resolve/condition-unknown",
  operatorCode: "resolve/condition-operator",
  values: "one",
};

type Found = ReadonlyMap<string, readonly ConditionNode[]>;

export function checkDbus(node: ConditionRuleNode, context: RuleContext): DbusRule {
  const qualifiers = qualifiersOf(node, use, context);
  checkGroupName(node, context);
  const permissions = permissionsOf(permissionWords.dbus, node, context);
  const own = readConditions(node.conditions, conditions, context);
  const peer = readConditions(node.group?.conditions ?? [], conditions, context);
  checkShape(node, { own, peer, permissions }, context);
  const either = (name: string): DbusRule["bus"] => valueOf(own, name) ?? valueOf(peer, name);
  return {
    kind: "dbus",
    ...qualifiers,
    permissions,
    bus: either("bus"),
    path: either("path"),
    interface: either("interface"),
    member: either("member"),
    name: valueOf(own, "name"),
    peerName: valueOf(peer, "name"),
    peerLabel: valueOf(peer, "label"),
  };
}

interface Shape {
  readonly own: Found;
  readonly peer: Found;
  readonly permissions: readonly string[] | undefined;
}

/** Messages (path, interface, member, peer) and services (an own name) do not go together. */
function checkShape(node: ConditionRuleNode, { own, peer, permissions = [] }: Shape, context: RuleContext): void {
  const report = (code: ResolveCode, message: string | Message): void => reportAt(context, code, node.span, message);
  for (const name of ["bus", "path", "interface", "member", "name"]) {
    const [again] = own.has(name) ? (peer.get(name) ?? []) : [];
    if (again === undefined) continue;
    reportAt(
      context,
      "resolve/condition-repeated",
      again.span,
      sentence`the condition ${{ condition: name }} is written in and outside of \`peer\``,
    );
  }
  const message = ["path", "interface", "member"].some((name) => own.has(name) || peer.has(name));
  const isMessage = message || peer.has("label") || peer.has("name");
  const isService = own.has("name");
  const [label] = own.get("label") ?? [];
  if (label !== undefined) reportAt(context, "resolve/dbus-label", label.span, "`label` belongs into `peer=( )`");
  if (isMessage && isService) report("resolve/dbus-mixed", "the rule names a message and a service");
  if (permissions.includes("bind") && isMessage) report("resolve/dbus-bind", "`bind` is combined with a message");
  if (isService && (permissions.includes("send") || permissions.includes("receive"))) {
    report("resolve/dbus-send-receive", "`send` and `receive` are combined with the name of a service");
  }
  if (permissions.includes("eavesdrop") && (isMessage || isService)) {
    report("resolve/dbus-eavesdrop", "`eavesdrop` is combined with more than a bus");
  }
}
