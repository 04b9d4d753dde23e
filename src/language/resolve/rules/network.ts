/**
 * A network rule names a family, a type or protocol, or both; conditions on addresses and ports belong to inet and inet6, and those on the
 * peer do not go with what a socket does alone (policy-language 2.6.2).
 */
import { type Details, type Message, sentence } from "../../../foundation/diagnostics/index.ts";
import { checkGlob } from "../../globs/index.ts";
import type { InetEnd, NetworkRule, Operand } from "../../model/index.ts";
import type { ConditionNode, ConditionRuleNode, WordNode } from "../../syntax/index.ts";
import {
  familyNumber,
  localSocketPermissions,
  permissionWords,
  nearestWord,
  isNetworkType,
  networkTypes,
  protocolWords,
  socketFamilies,
} from "../../tables/index.ts";
import { isIpAddress } from "../addresses.ts";
import { didYouMean, replaceFix } from "../report.ts";
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

const use: QualifierUse = { name: "network", priority: "forbidden", owner: "forbidden" };
const local: ConditionUse = {
  kind: "network",
  known: ["ip", "port", "interface", "label"],
  unknownCode: "resolve/network-condition",
  operatorCode: "resolve/network-operator",
  values: "first",
};
const remote: ConditionUse = { ...local, operators: { label: ["=", ":="] } };

type Entry = Pick<NetworkRule, "family" | "type" | "protocol">;
type Found = ReadonlyMap<string, readonly ConditionNode[]>;

export function checkNetwork(node: ConditionRuleNode, context: RuleContext): NetworkRule {
  const qualifiers = qualifiersOf(node, use, context);
  checkGroupName(node, context);
  const entry = entryOf(node.operands, context);
  const permissions = permissionsOf(permissionWords.network, node, context);
  const own = readConditions(node.conditions, local, context);
  const peer = readConditions(node.group?.conditions ?? [], remote, context);
  const iface = checkInterface(own, peer, context);
  const hasConditions = own.size > 0 || peer.has("ip") || peer.has("port");
  checkFamily(node, entry, hasConditions, context);
  checkPeerPermissions(node, permissions, peer, context);
  return {
    kind: "network",
    ...qualifiers,
    permissions,
    ...entry,
    interface: iface,
    local: endOf(own, context),
    peer: endOf(peer, context),
    hasConditions,
  };
}

const nothing: Entry = { family: undefined, type: undefined, protocol: undefined };

function entryOf([first, second]: readonly WordNode[], context: RuleContext): Entry {
  if (first === undefined) return nothing;
  const isFamily = familyNumber(first.value) !== undefined;
  if (!isFamily) {
    const alone = second === undefined ? kindOf(first.value) : undefined;
    if (alone !== undefined) return { ...nothing, ...alone };
    reportEntry(isFamily || kindOf(first.value) === undefined ? first : (second ?? first), context);
    return nothing;
  }
  if (second === undefined) return { ...nothing, family: first.value };
  const kind = kindOf(second.value);
  const families = protocolWords.get(second.value)?.families;
  if (kind === undefined || (families !== undefined && !families.includes(first.value))) {
    reportEntry(second, context);
  }
  return { ...nothing, family: first.value, ...kind };
}

function kindOf(word: string): { readonly type: string } | { readonly protocol: string } | undefined {
  if (isNetworkType(word)) return { type: word };
  return protocolWords.has(word) ? { protocol: word } : undefined;
}

function reportEntry(word: WordNode, context: RuleContext): void {
  const known = [...socketFamilies.map(([name]) => name), ...networkTypes, ...protocolWords.keys()];
  const near = known.includes(word.value) ? undefined : nearestWord(word.value, known);
  const message = sentence`${{ value: word.value }} is not a family, type or protocol that is valid here`;
  reportAt(context, "resolve/network-entry", word.span, message, { help: didYouMean(near) });
}

function endOf(found: Found, context: RuleContext): InetEnd {
  const ip = valueOf(found, "ip");
  if (ip !== undefined && ip.text !== "none" && !isIpAddress(ip.text)) {
    reportAt(context, "resolve/network-ip", ip.span, sentence`${{ value: ip.text }} is not an IP address`);
  }
  const port = valueOf(found, "port");
  const range = port === undefined ? undefined : portRange(port.text);
  if (port !== undefined && range === undefined) {
    reportAt(context, "resolve/network-port", port.span, portMessage(port.text), portDetails(port));
  }
  return { ip: ip?.text, port: range, label: valueOf(found, "label") };
}

/** The two ends of a range that is written backwards. */
function backwards(text: string): readonly [string, string] | undefined {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  const [first, last] = [match?.[1] ?? "", match?.[2] ?? ""];
  return match !== null && Number(first) > Number(last) && Number(first) <= 65_535 ? [first, last] : undefined;
}

function portMessage(text: string): Message {
  if (backwards(text) !== undefined) return sentence`the range ${{ value: text }} runs backwards`;
  return sentence`${{ value: text }} is not a port from 0 to 65535`;
}

function portDetails({ span, text }: Operand): Details {
  const ends = backwards(text);
  return ends === undefined ? {} : { fixes: [replaceFix(span, `${ends[1]}-${ends[0]}`)] };
}

function portRange(text: string): InetEnd["port"] {
  const match = /^[ \t\n\v\f\r]*\+?(\d+)(?:-[ \t\n\v\f\r]*\+?(\d+))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last && last <= 65_535 ? { first, last } : undefined;
}

function checkInterface(own: Found, peer: Found, context: RuleContext): NetworkRule["interface"] {
  const [wrong] = peer.get("interface") ?? [];
  if (wrong !== undefined) {
    reportAt(context, "resolve/network-peer-interface", wrong.span, "`interface` cannot be asked of the peer");
  }
  const iface = valueOf(own, "interface");
  if (iface !== undefined && checkGlob(iface.text, { nul: false }).problem !== undefined) {
    reportAt(
      context,
      "resolve/network-interface",
      iface.span,
      sentence`${{ value: iface.text }} is not a valid interface pattern`,
    );
  }
  return iface;
}

function checkFamily(node: ConditionRuleNode, { family }: Entry, conditions: boolean, context: RuleContext): void {
  if (!conditions || family === undefined || family === "inet" || family === "inet6") return;
  const message = sentence`the family ${{ family }} takes no conditions`;
  reportAt(context, "resolve/network-family", node.operands[0]?.span ?? node.span, message);
}

function checkPeerPermissions(
  node: ConditionRuleNode,
  permissions: readonly string[] | undefined,
  peer: Found,
  context: RuleContext,
): void {
  if (!peer.has("ip") && !peer.has("port")) return;
  reportPeerPermissions(node, permissions, context);
}

/** Permissions on the socket itself cannot depend on who is at the other end. */
export function reportPeerPermissions(
  node: ConditionRuleNode,
  permissions: readonly string[] | undefined,
  context: RuleContext,
): void {
  const wrong = permissions?.filter((name) => localSocketPermissions.includes(name)) ?? [];
  if (wrong.length === 0) return;
  const shown = wrong.map((name) => `\`${name}\``).join(", ");
  const also = node.group === undefined ? [] : [{ span: node.group.span, message: "the peer is named here" }];
  const span = node.permissions?.span ?? node.span;
  reportAt(context, "resolve/peer-permission", span, `${shown} cannot depend on the peer`, { also });
}
