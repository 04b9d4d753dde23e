/** Inputs of the policydb automaton taken apart into the fields of a rule, class by class (kernel-abi 8). */
import { decodeBytes } from "../../foundation/text/index.ts";
import {
  dbusBits,
  MediationClass,
  mountBits,
  packedPermission,
  ptraceBits,
  signalBits,
  unpackPolicydbBits,
} from "../../compiler/compiled/index.ts";
import { literalPattern, type RuleDraft } from "../../language/edit/index.ts";
import {
  familyName,
  isSignalName,
  isUnixType,
  type MountWord,
  mountOptions,
  networkTypes,
  isMountWord,
  MountFlag,
  signalName,
  socketTypes,
} from "../../language/tables/index.ts";

type Draft<K extends RuleDraft["kind"]> = Extract<RuleDraft, { readonly kind: K }>;
type Words<K extends "unix" | "network" | "mqueue"> = NonNullable<Draft<K>["permissions"]>;

const kinds: ReadonlyMap<number, string> = new Map([
  [MediationClass.networkOld, "network"],
  [MediationClass.mount, "mount"],
  [MediationClass.ptrace, "ptrace"],
  [MediationClass.signal, "signal"],
  [MediationClass.networkV8, "network"],
  [MediationClass.networkV9, "network"],
  [MediationClass.posixMqueue, "mqueue"],
  [MediationClass.sysvMqueue, "mqueue"],
  [MediationClass.userns, "userns"],
  [MediationClass.ioUring, "io_uring"],
  [MediationClass.skb, "network"],
  [MediationClass.dbus, "dbus"],
]);

/** The word rules of a class begin with. */
export function kindOfClass(number: number): string {
  return kinds.get(number) ?? `class ${number}`;
}

/** The rule of an input of a class; `undefined`: the language has none. */
export function draftOfClass(number: number, data: Uint8Array, bits: number): RuleDraft | undefined {
  switch (number) {
    case MediationClass.ptrace:
      return { kind: "ptrace", permissions: namesOf(ptraceBits, bits), peer: text(data) };
    case MediationClass.signal:
      return signalDraft(data, bits);
    case MediationClass.mount:
      return mountDraft(data, bits);
    case MediationClass.dbus:
      return dbusDraft(data, bits);
    case MediationClass.posixMqueue: {
      const [name, label] = fields(data);
      return { kind: "mqueue", permissions: words<"mqueue">(bits, queueWords), type: "posix", name, label };
    }
    case MediationClass.sysvMqueue:
      return sysvDraft(data, bits);
    case MediationClass.userns:
      return { kind: "userns" };
    case MediationClass.ioUring:
      return {
        kind: "io_uring",
        permissions: namesOf({ sqpoll: 0x10, override_creds: 0x8 } as const, bits),
        label: data.length === 0 ? undefined : text(data),
      };
    case MediationClass.networkOld:
    case MediationClass.networkV8:
    case MediationClass.networkV9:
    case MediationClass.skb:
      return socketDraft(data, bits);
    default:
      return undefined;
  }
}

function text(bytes: Uint8Array): string {
  return literalPattern(decodeBytes(bytes));
}

/** The fields of a text with NULs between them, as patterns. */
function fields(data: Uint8Array): readonly string[] {
  return decodeBytes(data).split("\0").map(literalPattern);
}

function namesOf<T extends string>(table: Readonly<Record<T, number>>, bits: number): readonly T[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the table
  return (Object.keys(table) as T[]).filter((name) => (bits & table[name]) !== 0);
}

const socketWords = "create bind listen accept connect shutdown getattr setattr getopt setopt send receive".split(" ");
const queueWords = "write read create delete open setattr getattr".split(" ");

function words<K extends "unix" | "network" | "mqueue">(bits: number, names: readonly string[]): Words<K> {
  const known = names.filter((name) => (bits & unpackPolicydbBits(packedPermission[name] ?? 0)) !== 0);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- words of the language's own list
  return known as unknown as Words<K>;
}

function signalDraft(data: Uint8Array, bits: number): RuleDraft {
  const name = signalName(data[0] ?? 0);
  const signals = name !== undefined && isSignalName(name) ? [name] : undefined;
  return { kind: "signal", permissions: namesOf(signalBits, bits), signals, peer: text(data.subarray(1)) };
}

function dbusDraft(data: Uint8Array, bits: number): RuleDraft {
  const [bus, name, label, path, face, member] = fields(data);
  const permissions = namesOf(dbusBits, bits);
  if (name === undefined) return { kind: "dbus", permissions, bus };
  if (label === undefined) return { kind: "dbus", permissions, bus, name };
  return { kind: "dbus", permissions, bus, path, interface: face, member, peerName: name, peerLabel: label };
}

function mountDraft(data: Uint8Array, bits: number): RuleDraft {
  const [target = "", source, fstype] = fields(data);
  if ((bits & mountBits.umount) !== 0) return { kind: "mount", verb: "umount", target };
  if ((bits & mountBits.pivot_root) !== 0) return { kind: "mount", verb: "pivot_root", target, oldRoot: source };
  const last = data.lastIndexOf(0);
  const flags = [...data.subarray(last + 1)].reduce((set, byte) => (set | (1 << (byte - 1))) >>> 0, 0);
  const options = flags === 0 ? ["rw"] : flagWords(flags);
  const { REMOUNT, BIND, MOVE, REC, UNBINDABLE, PRIVATE, SLAVE, SHARED } = MountFlag;
  const isPropagation = (flags & (UNBINDABLE | PRIVATE | SLAVE | SHARED)) !== 0;
  // REC has no word without another flag, which `options in` then lets be missing
  const isLoneRec = (flags & REC) !== 0 && (flags & BIND) === 0 && !isPropagation;
  // a rule for `remount` does not speak of `move`; one for propagation does, with its mount point first (compile-semantics 3.9)
  const isMade = (flags & REMOUNT) !== 0 && (flags & MOVE) !== 0;
  const isSlave = isLoneRec || (isMade && !isPropagation);
  const written = [[...options.filter(isMountWord), ...(isSlave ? (["rslave"] as const) : [])]];
  const optional = isSlave ? [[isLoneRec ? ("slave" as const) : ("rslave" as const)]] : undefined;
  if ((flags & REMOUNT) !== 0) {
    if (isMade) return { kind: "mount", verb: "mount", source: target, options: written, optionsIn: optional };
    return { kind: "mount", verb: "remount", target, options: written, optionsIn: optional };
  }
  const isNew = (flags & (BIND | MOVE)) === 0 && !isPropagation;
  return {
    kind: "mount",
    verb: "mount",
    // what has no source is a mount that is attached nowhere yet
    source: isPropagation ? undefined : source === "" ? "detached" : source,
    target,
    fstypes: isNew && fstype !== undefined ? [fstype] : undefined,
    options: written,
  };
}

/** `rbind` before `bind`: a flag that only goes with others has no word of its own. */
const widestFirst = [...mountOptions].toSorted(([, a], [, b]) => flagCount(b.set) - flagCount(a.set));

function flagCount(flags: number): number {
  return Array.from({ length: 32 }, (_, bit) => (flags >>> bit) & 1).reduce((sum, one) => sum + one, 0);
}

/** Words for the flags that are set. */
function flagWords(flags: number): readonly MountWord[] {
  let left = flags;
  const found: MountWord[] = [];
  for (const [word, { set }] of widestFirst) {
    if (set === 0 || (left & set) !== set || !isMountWord(word)) continue;
    found.push(word);
    left &= ~set;
  }
  return found;
}

function sysvDraft(data: Uint8Array, bits: number): RuleDraft {
  const key = data.subarray(0, 4).reduce((sum, byte) => sum * 256 + byte, 0);
  const label = data.length > 4 ? text(data.subarray(5)) : undefined;
  return { kind: "mqueue", permissions: words<"mqueue">(bits, queueWords), type: "sysv", name: String(key), label };
}

const typeNames: ReadonlyMap<number, string> = new Map([...socketTypes].map(([name, number]) => [number, name]));
const UNIX = 1;
/** Family, type, protocol. */
const HEAD = 6;

function socketDraft(data: Uint8Array, bits: number): RuleDraft {
  const family = data[1] ?? 0;
  const name = typeNames.get(data[3] ?? 0) ?? "";
  if (family === UNIX && data.length >= HEAD) return unixDraft(data.subarray(HEAD), name, bits);
  const permissions = words<"network">(bits, socketWords);
  return {
    kind: "network",
    // all of them are what a rule without a list says
    permissions: permissions.length === socketWords.length ? undefined : permissions,
    family: familyName(family),
    type: networkTypes.find((one) => one === name),
  };
}

/** The address, the own label, the command with its peer (inputs-unix.ts). */
function unixDraft(data: Uint8Array, type: string, bits: number): RuleDraft {
  const shared = {
    kind: "unix",
    permissions: words<"unix">(bits, socketWords),
    type: isUnixType(type) ? type : undefined,
  } as const;
  if (data.length === 0) return shared;
  const addressEnd = data.indexOf(0, 1);
  if (addressEnd < 0) return shared;
  const labelEnd = data.indexOf(0, addressEnd + 1);
  // bind to a name of the kernel's choice: `\0 own-label \0` and no more
  if (labelEnd < 0) return shared;
  const address = addressText(data.subarray(0, addressEnd));
  const command = data.subarray(labelEnd + 1);
  if (command[0] !== 1) return { ...shared, address };
  const peerEnd = command.indexOf(0, 2);
  const peer = command.subarray(1, peerEnd < 0 ? undefined : peerEnd);
  const label = peerEnd < 0 ? new Uint8Array() : command.subarray(peerEnd + 1);
  return {
    ...shared,
    address,
    peerAddress: addressText(peer),
    peerLabel: label.length === 0 ? undefined : text(label),
  };
}

function addressText(address: Uint8Array): string {
  return address[0] === 0 ? `@${text(address.subarray(1))}` : "none";
}
