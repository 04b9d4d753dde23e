/** Permissions as policy text spells them: letters of file rules, names in the other classes. */
import { encodeBytes } from "../../foundation/text/index.ts";
import { printWord } from "../../language/edit/index.ts";
import {
  capabilityName,
  type ExecMode,
  FilePermission,
  printExecMode,
  printFilePermissions,
} from "../../language/tables/index.ts";
import {
  type CompiledPermissionEntry,
  dbusBits,
  ioUringBits,
  MAY_APPEND,
  MAY_CONTINUE,
  MAY_EXECUTE,
  MAY_LINK,
  MAY_LOCK,
  MAY_MAP,
  MAY_READ,
  MAY_WRITE,
  MediationClass,
  mountBits,
  packedBits,
  ptraceBits,
  signalBits,
  unpackPolicydbBits,
  usernsBits,
  XINDEX_CHILD,
  XINDEX_INDEX,
  XINDEX_INHERIT,
  XINDEX_NAME,
  XINDEX_TABLE,
  XINDEX_TYPE,
  XINDEX_UNCONFINED,
  XINDEX_UNSAFE,
} from "../compiled/index.ts";
import { byteText } from "./state-patterns.ts";

const letterBits: readonly (readonly [bit: number, letter: number])[] = [
  [MAY_READ, FilePermission.r],
  [MAY_WRITE, FilePermission.w],
  [MAY_LINK, FilePermission.l],
  [MAY_LOCK, FilePermission.k],
  [MAY_MAP, FilePermission.m],
];

/** Bits a file rule's letters stand for, getattr left out: it is always granted. */
export const FILE_RULE_BITS = MAY_EXECUTE | MAY_WRITE | MAY_READ | MAY_APPEND | MAY_LOCK | MAY_MAP | MAY_LINK;

/** The letters for kernel bits; `w` says append, too. */
export function fileLetters(bits: number): string {
  let letters = letterBits.reduce((sum, [bit, letter]) => ((bits & bit) === 0 ? sum : sum | letter), 0);
  if ((bits & (MAY_WRITE | MAY_APPEND)) === MAY_APPEND) letters |= FilePermission.a;
  return printFilePermissions(letters, undefined);
}

/** The exec mode of an exec transition, and its target by name: `Px -> name`. */
export function execText(xindex: number, transitions: readonly string[]): string {
  const type = xindex & XINDEX_TYPE;
  const fallback =
    (xindex & XINDEX_INHERIT) !== 0 ? "inherit" : (xindex & XINDEX_UNCONFINED) === 0 ? "none" : "unconfined";
  const safe = (xindex & XINDEX_UNSAFE) === 0;
  if (type === XINDEX_NAME || type === XINDEX_TABLE) {
    const transition = (xindex & XINDEX_CHILD) === 0 ? "profile" : "child";
    const mode = printExecMode({ transition, fallback, safe });
    return type === XINDEX_NAME ? mode : `${mode} -> ${nameWord(transitions[xindex & XINDEX_INDEX] ?? "?")}`;
  }
  const transition: ExecMode["transition"] = fallback === "none" ? "deny" : fallback;
  return printExecMode({ transition, fallback: "none", safe: fallback === "unconfined" ? safe : false });
}

/** A name from a stream as a word that is read as that name: a namespace's NUL as the colon it stands for. */
function nameWord(name: string): string {
  return printWord(name.replace(/^(&?:[^\0:]+)\0/, "$1:"));
}

/** A text from a stream, safe to print. */
export function quoteText(text: string): string {
  return Array.from(encodeBytes(text), byteText).join("");
}

type BitNames = readonly (readonly [bit: number, name: string])[];

/** In the order in which they are printed. */
const network = packed("create bind listen accept connect shutdown getattr setattr getopt setopt send receive").concat([
  [MAY_CONTINUE, "continue"],
]);

const mqueue = packed("write read create delete open setattr getattr");

function packed(names: string): BitNames {
  return names.split(" ").map((name) => [unpackPolicydbBits(packedBits([name], 0)), name]);
}

function plain(bits: Readonly<Record<string, number>>): BitNames {
  return Object.entries(bits).map(([name, bit]) => [bit, name]);
}

const { mount, umount, pivot_root: pivotRoot, data } = mountBits;

/** Mediation classes by number: their name and what the bits mean there. */
export const classTable: ReadonlyMap<number, { readonly name: string; readonly names: BitNames }> = new Map([
  [MediationClass.file, { name: "file", names: [] }],
  [MediationClass.capability, { name: "capability", names: [] }],
  [MediationClass.networkOld, { name: "network-old", names: network }],
  [MediationClass.mount, { name: "mount", names: plain({ mount, umount, pivot_root: pivotRoot, data }) }],
  [MediationClass.ptrace, { name: "ptrace", names: plain(ptraceBits) }],
  [MediationClass.signal, { name: "signal", names: plain(signalBits) }],
  [MediationClass.networkV8, { name: "network", names: network }],
  [MediationClass.networkV9, { name: "network", names: network }],
  [MediationClass.label, { name: "label", names: [] }],
  [MediationClass.posixMqueue, { name: "mqueue", names: mqueue }],
  [MediationClass.sysvMqueue, { name: "mqueue-sysv", names: mqueue }],
  [MediationClass.userns, { name: "userns", names: plain(usernsBits) }],
  [MediationClass.ioUring, { name: "io_uring", names: plain(ioUringBits) }],
  [
    MediationClass.dbus,
    {
      name: "dbus",
      names: plain({
        send: dbusBits.send,
        receive: dbusBits.receive,
        bind: dbusBits.bind,
        eavesdrop: dbusBits.eavesdrop,
      }),
    },
  ],
]);

/** The names of permissions of a class; bits without a name in hexadecimal. */
export function permissionNames(permissions: number, names: BitNames): string {
  const known = names.filter(([bit]) => (permissions & bit) !== 0);
  const rest = (known.reduce((left, [bit]) => left & ~bit, permissions) & ~MAY_LOCK) >>> 0;
  return [...known.map(([, name]) => name), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join(" ");
}

/** Names of the capabilities in a set. */
export function capabilityNames(set: bigint): readonly string[] {
  const numbers = Array.from({ length: 64 }, (_, number) => number).filter(
    (number) => ((set >> BigInt(number)) & 1n) === 1n,
  );
  return numbers.map((number) => capabilityName(number) ?? `cap_${number}`);
}

/** Whether two entries grant, log and hide the same. */
export function sameEntry(left: CompiledPermissionEntry, right: CompiledPermissionEntry): boolean {
  const exec = (left.allow & MAY_EXECUTE) === 0 || left.xindex === right.xindex;
  return (
    left.allow === right.allow &&
    left.audit === right.audit &&
    left.quiet === right.quiet &&
    left.prompt === right.prompt &&
    exec
  );
}
