/**
 * An address is `none`, `auto` or starts with `@`; the type is the own side's, the label the peer's; what a socket does alone does not go
 * with a peer (policy-language 2.6.3).
 */
import { sentence, type Message } from "../../../foundation/diagnostics/index.ts";
import type { Operand, UnixRule } from "../../model/index.ts";
import type { ConditionNode, ConditionRuleNode } from "../../syntax/index.ts";
import { nearestWord, isUnixType, unixTypes, permissionWords } from "../../tables/index.ts";
import { didYouMean } from "../report.ts";
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
import { reportPeerPermissions } from "./network.ts";

const use: QualifierUse = { name: "unix", priority: "used", owner: "forbidden" };
const conditions: ConditionUse = {
  kind: "unix",
  known: ["type", "protocol", "addr", "label"],
  unknownCode: "resolve/condition-unknown",
  operatorCode: "resolve/condition-operator",
  values: "one",
};

type Found = ReadonlyMap<string, readonly ConditionNode[]>;

export function checkUnix(node: ConditionRuleNode, context: RuleContext): UnixRule {
  const qualifiers = qualifiersOf(node, use, context);
  checkGroupName(node, context);
  const permissions = permissionsOf(permissionWords.unix, node, context);
  const own = readConditions(node.conditions, conditions, context);
  const peer = readConditions(node.group?.conditions ?? [], conditions, context);
  reportSide(own.get("label"), "`label` belongs into `peer=( )`", context);
  reportSide(peer.get("type"), "`type` does not belong into `peer=( )`", context);
  for (const [wrong] of [own.get("protocol"), peer.get("protocol")].filter((found) => found !== undefined)) {
    if (wrong !== undefined) reportAt(context, "resolve/unix-unsupported", wrong.span, "`protocol` is not supported");
  }
  if (peer.size > 0) reportPeerPermissions(node, permissions, context);
  return {
    kind: "unix",
    ...qualifiers,
    permissions,
    type: typeOf(own, context),
    address: addressOf(own, context),
    peerAddress: addressOf(peer, context),
    peerLabel: valueOf(peer, "label"),
    hasPeer: node.group !== undefined,
  };
}

function reportSide(
  found: readonly ConditionNode[] | undefined,
  message: string | Message,
  context: RuleContext,
): void {
  const [wrong] = found ?? [];
  if (wrong !== undefined) reportAt(context, "resolve/unix-side", wrong.span, message);
}

function typeOf(found: Found, context: RuleContext): string | undefined {
  const type = valueOf(found, "type");
  if (type === undefined || isUnixType(type.text)) return type?.text;
  const help = didYouMean(nearestWord(type.text, unixTypes));
  reportAt(context, "resolve/unix-type", type.span, sentence`${{ value: type.text }} is not a socket type`, { help });
  return undefined;
}

function addressOf(found: Found, context: RuleContext): Operand | undefined {
  const address = valueOf(found, "addr");
  if (address === undefined || address.text.startsWith("@") || /^(?:none|auto)$/.test(address.text)) return address;
  reportAt(
    context,
    "resolve/unix-address",
    address.span,
    sentence`${{ value: address.text }} is not an address of a unix socket`,
  );
  return undefined;
}
