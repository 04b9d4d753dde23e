/**
 * One profile record, field by field in the order of kernel-abi 3 (encode.ts has the picture).
 *
 * Nothing in a stream says how long an element is, so a kernel cannot skip a field that it does not know: it stops at the next mandatory one.
 * That is why such a field is noted with the fault of the place behind it, `flags-missing` or `end`, which is what the kernel logs.
 */
import type {
  CompiledAttachment,
  CompiledAutomaton,
  CompiledCapabilities,
  CompiledProfile,
  CompiledRlimits,
} from "../compiled/index.ts";
import { readGroup } from "./decode-group.ts";
import type { Decoding } from "./decoding.ts";
import { ELEMENT } from "./reader.ts";

/** Reads a record that starts here. Undefined: broken, `decoding.failure` says why. */
export function readProfile(
  decoding: Decoding,
  version: number,
  namespace: string | undefined,
): CompiledProfile | undefined {
  const head = readHead(decoding);
  const flags = head === undefined ? undefined : readFlags(decoding);
  const capabilities = flags === undefined ? undefined : readPathFlagsAndCapabilities(decoding);
  const conditions = capabilities === undefined ? undefined : readConditions(decoding);
  const rules = conditions === undefined ? undefined : readRules(decoding);
  if (!head || !flags || !capabilities || !conditions || !rules || decoding.failure !== undefined) return undefined;
  if (!decoding.reader.mark(ELEMENT.STRUCTEND)) {
    return decoding.fail("end", "there is unexpected data where the profile should end");
  }
  return { version, namespace, ...head, ...flags, ...capabilities, ...conditions, ...rules };
}

type Head = Pick<
  CompiledProfile,
  "name" | "rename" | "attach" | "xmatch" | "disconnected" | "disconnectedIpc" | "kill" | "error"
>;

function readHead(decoding: Decoding): Head | undefined {
  const { reader } = decoding;
  if (!reader.mark(ELEMENT.STRUCT, "profile")) return decoding.fail("profile", "no profile starts here");
  const name = reader.string();
  // KERNEL: a name that starts with NUL counts as empty (kernel-abi 3.1)
  if (name === undefined || name === "" || name.startsWith("\0"))
    return decoding.fail("profile", "the profile has no name");
  decoding.profile = name;
  if (/^:[^:]*:(?:\/\/)?$/.test(name)) return decoding.fail("name", "the name is a namespace without a profile");
  const rename = reader.string("rename");
  const attach = reader.string("attach");
  const xmatch = readAttachment(decoding);
  if (decoding.failure !== undefined) return undefined;
  const disconnected = reader.string("disconnected");
  const disconnectedIpc = reader.string("disconnected_ipc");
  if (disconnectedIpc !== undefined) decoding.note("flags-missing", "no kernel knows the field `disconnected_ipc`");
  const kill = reader.u32("kill");
  if (kill !== undefined) decoding.note("flags-missing", "this kernel does not know the field `kill`", ["6.1", "6.12"]);
  // KERNEL 7.2: the only kernel that has the field is the only one that looks at its value (kernel-abi 3.7)
  if (kill !== undefined && (kill < 1 || kill > 35))
    decoding.note("kill", "the signal to kill with does not exist", ["7.2"]);
  const error = reader.u32("error");
  if (error !== undefined) decoding.note("flags-missing", "no kernel knows the field `error`");
  return { name, rename, attach, xmatch, disconnected, disconnectedIpc, kill, error };
}

function readAttachment(decoding: Decoding): CompiledAttachment | undefined {
  const automaton = readGroup(decoding, "xmatch");
  if (automaton === undefined) return undefined;
  const length = decoding.reader.u32();
  if (length === undefined) return decoding.fail("xmatch-length", "the attachment has no length");
  return { ...automaton, length };
}

function readFlags(decoding: Decoding): Pick<CompiledProfile, "flags" | "mode" | "audit"> | undefined {
  const { reader } = decoding;
  if (!reader.mark(ELEMENT.STRUCT, "flags")) return decoding.fail("flags-missing", "the profile has no flags");
  const flags = reader.u32();
  const mode = reader.u32();
  const audit = reader.u32();
  if (flags === undefined || mode === undefined || audit === undefined || !reader.mark(ELEMENT.STRUCTEND)) {
    return decoding.fail("flags", "the flags are malformed");
  }
  if (mode > 4) decoding.note("flags", `no kernel knows mode ${mode}`);
  if (mode === 4) decoding.note("flags", "this kernel does not know mode 4", ["6.1"]);
  return { flags, mode, audit };
}

function readPathFlagsAndCapabilities(
  decoding: Decoding,
): Pick<CompiledProfile, "pathFlags" | "capabilities"> | undefined {
  const { reader } = decoding;
  const pathFlags = reader.u32("path_flags");
  // of each four, the last is reserved: kernels read it and throw it away (kernel-abi 3.6)
  const low = readNumbers(decoding, 4);
  if (low === undefined) return decoding.fail("capabilities", "the capabilities are malformed");
  const high = readNamedNumbers(decoding, "caps64", 4);
  if (high === null) return decoding.fail("upper-capabilities", "the upper capabilities are malformed");
  const extended = readNamedNumbers(decoding, "capsx", 2);
  if (extended === null) return decoding.fail("extended-capabilities", "the extended capabilities are malformed");
  const join = (index: number): bigint => BigInt(low[index] ?? 0) | (BigInt(high?.[index] ?? 0) << 32n);
  const capabilities: CompiledCapabilities = {
    allow: join(0),
    audit: join(1),
    quiet: join(2),
    extended: extended && BigInt(extended[0] ?? 0) | (BigInt(extended[1] ?? 0) << 32n),
  };
  return { pathFlags, capabilities };
}

function readNumbers({ reader }: Decoding, count: number): readonly number[] | undefined {
  const numbers: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const number = reader.u32();
    if (number === undefined) return undefined;
    numbers.push(number);
  }
  return numbers;
}

/** A named structure of numbers; undefined where there is none, null where it is broken. */
function readNamedNumbers(decoding: Decoding, name: string, count: number): readonly number[] | undefined | null {
  if (!decoding.reader.mark(ELEMENT.STRUCT, name)) return undefined;
  const numbers = readNumbers(decoding, count);
  return numbers !== undefined && decoding.reader.mark(ELEMENT.STRUCTEND) ? numbers : null;
}

type Conditions = Pick<CompiledProfile, "identities" | "xattrs" | "rlimits" | "secmark" | "netAllowedAf">;

function readConditions(decoding: Decoding): Conditions | undefined {
  const identities = readIdentities(decoding);
  const xattrs = readXattrs(decoding);
  const rlimits = readRlimits(decoding);
  const secmark = readSecmark(decoding);
  const netAllowedAf = readNetAllowedAf(decoding);
  return decoding.failure === undefined ? { identities, xattrs, rlimits, secmark, netAllowedAf } : undefined;
}

function readIdentities(decoding: Decoding): readonly string[] | undefined {
  const count = decoding.reader.array("identity");
  if (count === undefined) return undefined;
  decoding.note("end", "no kernel knows the field `identity`");
  return readStrings(decoding, count) ?? decoding.fail("end", "the identities are malformed");
}

function readXattrs(decoding: Decoding): readonly string[] | undefined {
  const { reader } = decoding;
  if (decoding.failure !== undefined || !reader.mark(ELEMENT.STRUCT, "xattrs")) return undefined;
  const count = reader.array();
  const names = count === undefined ? undefined : readStrings(decoding, count);
  if (names === undefined || !reader.mark(ELEMENT.STRUCTEND))
    return decoding.fail("xattrs", "the xattrs are malformed");
  return names;
}

function readStrings({ reader }: Decoding, count: number): readonly string[] | undefined {
  const texts: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const text = reader.string();
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return reader.mark(ELEMENT.ARRAYEND) ? texts : undefined;
}

function readRlimits(decoding: Decoding): CompiledRlimits | undefined {
  const { reader } = decoding;
  if (decoding.failure !== undefined || !reader.mark(ELEMENT.STRUCT, "rlimits")) return undefined;
  const broken = "the limits are malformed";
  const mask = reader.u32();
  const count = reader.array();
  // KERNEL: 17 are refused, fewer leave the other limits at 0, which refuses everything (kernel-abi 3.8)
  if (mask === undefined || count === undefined || count > 16) return decoding.fail("rlimits", broken);
  const values: bigint[] = [];
  for (let i = 0; i < count; i += 1) {
    const value = reader.u64();
    if (value === undefined) return decoding.fail("rlimits", broken);
    values.push(value);
  }
  if (!reader.mark(ELEMENT.ARRAYEND) || !reader.mark(ELEMENT.STRUCTEND)) return decoding.fail("rlimits", broken);
  return { mask, values };
}

function readSecmark(decoding: Decoding): CompiledProfile["secmark"] {
  const { reader } = decoding;
  if (decoding.failure !== undefined || !reader.mark(ELEMENT.STRUCT, "secmark")) return undefined;
  const broken = "the secmark rules are malformed";
  const count = reader.array();
  if (count === undefined) return decoding.fail("secmark", broken);
  const rules: { audit: number; deny: number; label: string }[] = [];
  for (let i = 0; i < count; i += 1) {
    const audit = reader.u8();
    const deny = reader.u8();
    const label = reader.string();
    if (audit === undefined || deny === undefined || label === undefined) return decoding.fail("secmark", broken);
    rules.push({ audit, deny, label });
  }
  if (!reader.mark(ELEMENT.ARRAYEND) || !reader.mark(ELEMENT.STRUCTEND)) return decoding.fail("secmark", broken);
  return rules;
}

function readNetAllowedAf(decoding: Decoding): Uint16Array | undefined {
  const { reader } = decoding;
  const count = decoding.failure === undefined ? reader.array("net_allowed_af") : undefined;
  if (count === undefined) return undefined;
  decoding.note("end", "no kernel knows the field `net_allowed_af`");
  const masks = new Uint16Array(3 * count);
  for (let i = 0; i < masks.length; i += 1) {
    const mask = reader.u16();
    if (mask === undefined) return decoding.fail("end", "the network masks are malformed");
    masks[i] = mask;
  }
  return reader.mark(ELEMENT.ARRAYEND) ? masks : decoding.fail("end", "the network masks are malformed");
}

function readRules(decoding: Decoding): Pick<CompiledProfile, "policydb" | "file" | "data"> | undefined {
  const policydb = readPolicydb(decoding);
  const file = decoding.failure === undefined ? readGroup(decoding, "file") : undefined;
  const data = decoding.failure === undefined ? readData(decoding) : undefined;
  return decoding.failure === undefined ? { policydb, file, data } : undefined;
}

function readPolicydb(decoding: Decoding): CompiledAutomaton | undefined {
  const { reader } = decoding;
  if (!reader.mark(ELEMENT.STRUCT, "policydb")) return undefined;
  // the policydb has a structure around its group and the file rules have none, so only here an end can be missing (kernel-abi 3)
  const policydb = readGroup(decoding, "policydb");
  if (decoding.failure !== undefined) return undefined;
  if (policydb === undefined) return decoding.fail("policydb-missing", "the policydb has no automaton");
  return reader.mark(ELEMENT.STRUCTEND)
    ? policydb
    : decoding.fail("policydb-end", "something unexpected in the policydb");
}

function readData(decoding: Decoding): CompiledProfile["data"] {
  const { reader } = decoding;
  if (!reader.mark(ELEMENT.STRUCT, "data")) return undefined;
  const pairs: { key: string; value: Uint8Array }[] = [];
  for (let key = reader.string(); key !== undefined; key = reader.string()) {
    const value = reader.blob();
    if (value === undefined) return decoding.fail("data", "a key without data");
    pairs.push({ key, value });
  }
  return reader.mark(ELEMENT.STRUCTEND) ? pairs : decoding.fail("data", "the data does not end");
}
