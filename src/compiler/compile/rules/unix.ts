/**
 * A unix rule is matched step by step: type, own address, then the command, and for what is done with a peer the peer's address and label;
 * an allow rule also lets its permissions through where only family and type are looked at (compile-semantics 3.8, kernel-abi 8.7).
 *
 *     C \x00 \x01 type type proto proto = U
 *     U                                        create                                   no peer
 *     U \0 own-label \0                        bind, without address or with `auto`
 *     U addr \0 own-label \0 = V               shutdown, setattr, getattr, bind, accept;  with a peer accept alone
 *     V \x02 backlog backlog                   listen                                   no peer
 *     V \x04 option option                     setopt, getopt                           no peer
 *     V \x01 peer-addr \0 peer-label           send, receive, connect, accept
 *     C \x00 \x01 type type                    the downgrade: all that is written
 *
 * addr: `\0 name`; `\x01` for `none`; `\0` and five hexadecimal digits for `auto`; any bytes when none is written. C: 0x0f, 0x0e or 0x04.
 */
import { type GlobNode, slashes } from "../../../language/globs/index.ts";
import type { Operand, UnixRule } from "../../../language/model/index.ts";
import { socketTypes } from "../../../language/tables/index.ts";
import {
  emitPolicydb,
  mergeKey,
  mergePermissions,
  operandOr,
  type Prefix,
  prefixOf,
  type RuleContext,
} from "../context.ts";
import { anyBytes, anyText, anyUint16, bytes, nul, oneOf, sequence, uint16 } from "../pattern.ts";
import { addToNetTable, ANY_TYPE } from "./net-table.ts";
import { emitSkb } from "./skb.ts";
import { networkBits, networkClass, PEER, typePattern } from "./socket.ts";
import { ALL_NETWORK, MediationClass, packedBits } from "../../compiled/index.ts";

const AF_UNIX = 1;
const anyEnd = { ip: undefined, port: undefined, label: undefined } as const;
const OWN_ADDRESS = networkBits("shutdown", "setattr", "getattr", "bind", "accept");
const OPTIONS = networkBits("setopt", "getopt");

export function compileUnixRules(rules: readonly UnixRule[], context: RuleContext): void {
  for (const [key, rule] of mergePermissions(rules, keyOf)) {
    context.shared(`unix ${key} ${String(rule.permissions)}`, rule.origin, (shared) => compileUnixRule(rule, shared));
  }
}

function compileUnixRule(rule: UnixRule, context: RuleContext): void {
  if (context.target.unix === "none") reportUnsupported(rule, context);
  else emitUnix(rule, prefixOf(rule), context);
  if (rule.mode !== "deny") emitDowngrade(rule, context);
  else if (context.target.network === "table") addToNetTable(rule, [], 0, context);
}

function reportUnsupported(rule: UnixRule, context: RuleContext): void {
  const at = rule.origin;
  if (rule.mode === "deny") {
    const message = "a deny rule for unix sockets is not enforced, and cannot be downgraded to a network rule";
    context.report("compile/deny-unix-not-enforced", at, message);
  } else if (context.target.network === "none") {
    context.report("compile/unix-not-enforced", at, "unix socket rules are not enforced");
  } else {
    const message = "the unix socket rule is downgraded to a network rule";
    context.report("compile/unix-downgraded", at, message);
  }
}

/** An allow rule also lets its permissions through where only family and type are looked at. */
function emitDowngrade(rule: UnixRule, context: RuleContext): void {
  const byte = networkClass(context);
  if (byte === undefined) {
    const types = rule.type === undefined ? ANY_TYPE : 1 << (socketTypes.get(rule.type) ?? 0);
    if (context.target.network === "table") addToNetTable(rule, [AF_UNIX], types, context);
    return;
  }
  const pattern = sequence(bytes(byte), uint16(AF_UNIX), typePattern(rule.type));
  // ORACLE 5.0.2: the priority of the rule does not go with it, and neither does what it asks of the peer.
  emitPolicydb(context, { ...prefixOf(rule), priority: 0 }, pattern, packedBits(rule.permissions, ALL_NETWORK));
  const { mode, audit, origin, permissions, type } = rule;
  const packets = { mode, audit, origin, priority: 0, permissions, type, protocol: undefined };
  emitSkb({ ...packets, interface: undefined, local: anyEnd, peer: anyEnd }, AF_UNIX, context);
}

/** The fine-grained patterns; the table of compile-semantics 3.8, row by row. */
export function emitUnix(rule: UnixRule, prefix: Prefix, context: RuleContext): void {
  const origin = prefix.origin;
  const permissions = packedBits(rule.permissions, ALL_NETWORK);
  const hasPeer = rule.peerAddress !== undefined || rule.peerLabel !== undefined;
  const socket = sequence(
    bytes(networkClass(context) ?? MediationClass.networkOld),
    uint16(AF_UNIX),
    typePattern(rule.type),
    anyUint16,
  );
  const create = networkBits("create");
  if (!hasPeer && (permissions & create) !== 0) emitPolicydb(context, prefix, socket, permissions & create);
  // ORACLE 5.0.2: who only creates has no address, so nobody looks whether it is a pattern.
  if (permissions === create) return;
  const address = addressPattern(rule.address, context, prefix);
  const peerAddress = addressPattern(rule.peerAddress, context, prefix);
  const peerLabel = operandOr(context, rule.peerLabel, "plain", { missing: anyText, origin });
  if (address === undefined || peerAddress === undefined || peerLabel === undefined) return;
  const emit = (pattern: GlobNode, wanted: number): void => {
    const bits = permissions & wanted;
    if (bits !== 0) emitPolicydb(context, prefix, pattern, bits);
  };
  const own = sequence(socket, address, nul, anyText, nul);
  const auto = rule.address?.text === "auto";
  const bind = networkBits("bind");
  if (rule.address === undefined || auto) emit(sequence(socket, nul, anyText, nul), bind);
  if (hasPeer) {
    emit(own, networkBits("accept"));
  } else {
    emit(own, auto ? OWN_ADDRESS & ~bind : OWN_ADDRESS);
    emit(sequence(own, bytes(2), anyUint16), networkBits("listen"));
    emit(sequence(own, bytes(4), anyUint16), OPTIONS);
  }
  emit(sequence(own, bytes(1), peerAddress, nul, peerLabel), PEER);
}

const hexDigit: GlobNode = oneOf(Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0)));

function addressPattern(operand: Operand | undefined, context: RuleContext, prefix: Prefix): GlobNode | undefined {
  if (operand === undefined) return anyBytes;
  if (operand.text === "none") return bytes(1);
  if (operand.text === "auto") return sequence(nul, hexDigit, hexDigit, hexDigit, hexDigit, hexDigit);
  const text = slashes(operand.text).slice(1);
  const name = context.operand({ ...operand, text }, "value", prefix.origin);
  return name && sequence(nul, name);
}

function keyOf(rule: UnixRule): string {
  return mergeKey(rule, rule.type, rule.address, rule.hasPeer ? 1 : 0, rule.peerAddress, rule.peerLabel);
}
