/**
 * A compiled policy as a stream (kernel-abi 2, 3). A field is written only where the profile has it, for no kernel skips one that it does not
 * know; which fields a kernel knows is decided where the profile is made (compile/scalars.ts). In brackets what may be absent:
 *
 *     "version" U32  ["namespace" STRING]
 *     "profile" {
 *       STRING name  ["rename"] ["attach"]  [group of the attachment, U32 length]
 *       ["disconnected"] ["disconnected_ipc"] ["kill" U32] ["error" U32]
 *       "flags" { U32 flags  U32 mode  U32 audit }  ["path_flags" U32]
 *       U32 x 4 capabilities 0-31  "caps64" { U32 x 4 }  ["capsx" { U32 x 2 }]
 *       ["identity"] ["xattrs" { }] ["rlimits" { }] ["secmark" { }] ["net_allowed_af"]
 *       ["policydb" { group }]  [group of the file rules]  ["data" { }]
 *     }
 */
import type { OwnBytes } from "../../foundation/text/index.ts";
import type { CompiledAutomaton, CompiledPolicy, CompiledProfile } from "../compiled/index.ts";
import { type EncodedAutomaton, writeGroup } from "./encode-group.ts";
import { ELEMENT } from "./reader.ts";
import { StreamWriter } from "./writer.ts";

/**
 * Encodes a policy as one stream, profiles in their order, each with its version header.
 *
 * Output is a function of the meaning: of the automata and permissions, not of the numbers outputs happen to have. Automata
 * that carry a `layout` are written by it, so what was decoded comes out as it went in; encoded ones stay as they are.
 * Errors: none; texts and arrays longer than the format allows are our bug and throw.
 * Cost: O(bytes); the packing of cells is most of it.
 */
export function encodePolicy(policy: CompiledPolicy<CompiledAutomaton | EncodedAutomaton>): OwnBytes {
  return encodePolicyWith(() => undefined, policy);
}

/** The same; `onTables` hears of the tables of each automaton, and where in the stream they begin. */
export function encodePolicyWith(
  onTables: (tables: Uint8Array, start: number) => void,
  policy: CompiledPolicy<CompiledAutomaton | EncodedAutomaton>,
): OwnBytes {
  const writer = new StreamWriter(onTables);
  for (const profile of policy.profiles) writeProfile(writer, profile);
  return writer.finish();
}

type Profile = CompiledProfile<CompiledAutomaton | EncodedAutomaton>;

function writeProfile(writer: StreamWriter, profile: Profile): void {
  writer.startProfile();
  writer.u32(profile.version, "version");
  if (profile.namespace !== undefined) writer.string(profile.namespace, "namespace");
  writer.mark(ELEMENT.STRUCT, "profile");
  writer.string(profile.name);
  if (profile.rename !== undefined) writer.string(profile.rename, "rename");
  if (profile.attach !== undefined) writer.string(profile.attach, "attach");
  if (profile.xmatch !== undefined) {
    writeGroup(writer, profile.xmatch, true);
    writer.u32(profile.xmatch.length);
  }
  if (profile.disconnected !== undefined) writer.string(profile.disconnected, "disconnected");
  if (profile.disconnectedIpc !== undefined) writer.string(profile.disconnectedIpc, "disconnected_ipc");
  if (profile.kill !== undefined) writer.u32(profile.kill, "kill");
  if (profile.error !== undefined) writer.u32(profile.error, "error");
  writer.mark(ELEMENT.STRUCT, "flags");
  for (const field of [profile.flags, profile.mode, profile.audit]) writer.u32(field);
  writer.mark(ELEMENT.STRUCTEND);
  if (profile.pathFlags !== undefined) writer.u32(profile.pathFlags, "path_flags");
  writeCapabilities(writer, profile);
  writeConditions(writer, profile);
  writeRules(writer, profile);
  writer.mark(ELEMENT.STRUCTEND);
}

function writeCapabilities(writer: StreamWriter, { capabilities }: Profile): void {
  const { allow, audit, quiet, extended } = capabilities;
  // there is no set for what is denied: it is missing from `allow`, and `quiet` says whether that is logged (kernel-abi 3.6)
  const sets = [allow, audit, quiet, 0n];
  for (const set of sets) writer.u32(lowHalf(set));
  writer.mark(ELEMENT.STRUCT, "caps64");
  for (const set of sets) writer.u32(lowHalf(set >> 32n));
  writer.mark(ELEMENT.STRUCTEND);
  if (extended === undefined) return;
  writer.mark(ELEMENT.STRUCT, "capsx");
  writer.u32(lowHalf(extended));
  writer.u32(lowHalf(extended >> 32n));
  writer.mark(ELEMENT.STRUCTEND);
}

function lowHalf(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}

function writeConditions(writer: StreamWriter, profile: Profile): void {
  const { identities, xattrs, rlimits } = profile;
  if (identities !== undefined) writeStrings(writer, identities, "identity");
  if (xattrs !== undefined) {
    writer.mark(ELEMENT.STRUCT, "xattrs");
    writeStrings(writer, xattrs);
    writer.mark(ELEMENT.STRUCTEND);
  }
  if (rlimits !== undefined) {
    writer.mark(ELEMENT.STRUCT, "rlimits");
    writer.u32(rlimits.mask);
    writer.array(rlimits.values.length);
    for (const value of rlimits.values) writer.u64(value);
    writer.mark(ELEMENT.ARRAYEND);
    writer.mark(ELEMENT.STRUCTEND);
  }
  writeSecmark(writer, profile);
  writeNetAllowedAf(writer, profile);
}

function writeStrings(writer: StreamWriter, texts: readonly string[], name?: string): void {
  writer.array(texts.length, name);
  for (const text of texts) writer.string(text);
  writer.mark(ELEMENT.ARRAYEND);
}

function writeSecmark(writer: StreamWriter, { secmark }: Profile): void {
  if (secmark === undefined) return;
  writer.mark(ELEMENT.STRUCT, "secmark");
  writer.array(secmark.length);
  for (const { audit, deny, label } of secmark) {
    writer.u8(audit);
    writer.u8(deny);
    writer.string(label);
  }
  writer.mark(ELEMENT.ARRAYEND);
  writer.mark(ELEMENT.STRUCTEND);
}

function writeNetAllowedAf(writer: StreamWriter, { netAllowedAf }: Profile): void {
  if (netAllowedAf === undefined) return;
  writer.array(netAllowedAf.length / 3, "net_allowed_af");
  for (const mask of netAllowedAf) writer.u16(mask);
  writer.mark(ELEMENT.ARRAYEND);
}

function writeRules(writer: StreamWriter, { policydb, file, data }: Profile): void {
  if (policydb !== undefined) {
    writer.mark(ELEMENT.STRUCT, "policydb");
    writeGroup(writer, policydb, false);
    writer.mark(ELEMENT.STRUCTEND);
  }
  if (file !== undefined) writeGroup(writer, file, false);
  if (data === undefined) return;
  writer.mark(ELEMENT.STRUCT, "data");
  for (const { key, value } of data) {
    writer.string(key);
    writer.blob(value, { aligned: false });
  }
  writer.mark(ELEMENT.STRUCTEND);
}
