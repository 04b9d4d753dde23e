/** Accesses for people: what is granted in the words of rules, and the input a kernel would ask about. */
import { decodeBytes } from "../../foundation/text/index.ts";
import { familyName, printFilePermissions, FilePermission, signalName, socketTypes } from "../../language/tables/index.ts";
import {
  dbusBits,
  ioUringBits,
  MAY_APPEND,
  MAY_CHANGE_PROFILE,
  MAY_EXECUTE,
  MAY_LINK,
  MAY_LOCK,
  MAY_MAP,
  MAY_ONEXEC,
  MAY_READ,
  MAY_WRITE,
  MediationClass,
  mountBits,
  packedBits,
  ptraceBits,
  signalBits,
  unpackPolicydbBits,
  usernsBits,
} from "../../compiler/compiled/index.ts";
import type { Grant, HalfGrant } from "./grants.ts";
import { type Access, FILE } from "./profile.ts";

type Words = readonly (readonly [bit: number, word: string])[];

function plain(bits: Readonly<Record<string, number>>): Words {
  return Object.entries(bits).map(([name, bit]) => [bit, name]);
}

function packed(names: string): Words {
  return names.split(" ").map((name) => [unpackPolicydbBits(packedBits([name], 0)), name]);
}

const network = packed("create bind listen accept connect shutdown getattr setattr getopt setopt send receive");
const mqueue = packed("write read create delete open setattr getattr");

/** Classes by number: the keyword of their rules, and what their bits are called. */
const classes: ReadonlyMap<number, { readonly name: string; readonly words: Words }> = new Map([
  [MediationClass.networkOld, { name: "unix", words: network }],
  [
    MediationClass.mount,
    { name: "mount", words: plain({ mount: mountBits.mount, umount: mountBits.umount, pivot_root: mountBits.pivot_root }) },
  ],
  [MediationClass.ptrace, { name: "ptrace", words: plain(ptraceBits) }],
  [MediationClass.signal, { name: "signal", words: plain(signalBits) }],
  [MediationClass.networkV8, { name: "network", words: network }],
  [MediationClass.networkV9, { name: "network", words: network }],
  [MediationClass.label, { name: "label", words: [] }],
  [MediationClass.posixMqueue, { name: "mqueue", words: mqueue }],
  [MediationClass.sysvMqueue, { name: "mqueue", words: mqueue }],
  [MediationClass.userns, { name: "userns", words: plain(usernsBits) }],
  [MediationClass.ioUring, { name: "io_uring", words: plain(ioUringBits) }],
  [MediationClass.dbus, { name: "dbus", words: plain(dbusBits) }],
]);

/** What a class is called: the keyword of its rules. */
export function className(classNumber: number): string {
  return classNumber === FILE ? "file" : (classes.get(classNumber)?.name ?? `class ${classNumber}`);
}

const letters: readonly (readonly [number, number])[] = [
  [MAY_READ, FilePermission.r],
  [MAY_WRITE, FilePermission.w],
  [MAY_LINK, FilePermission.l],
  [MAY_LOCK, FilePermission.k],
  [MAY_MAP, FilePermission.m],
];

/** The permissions of an access, as a rule spells them: `rw`, `send receive`. Where an exec leads is in the rule. */
export function permissionWords(classNumber: number, { owner, other }: Grant): string {
  const word = (owner.allow | owner.prompt | other.allow | other.prompt) >>> 0;
  if (classNumber === FILE) return fileWords(word);
  const named = (classes.get(classNumber)?.words ?? []).filter(([bit]) => (word & bit) === bit);
  return named.map(([, name]) => name).join(" ");
}

function fileWords(word: number): string {
  let set = letters.reduce((sum, [bit, letter]) => ((word & bit) === 0 ? sum : sum | letter), 0);
  if ((word & (MAY_WRITE | MAY_APPEND)) === MAY_APPEND) set |= FilePermission.a;
  const exec = (word & MAY_EXECUTE) === 0 ? "" : "x";
  const change = (word & (MAY_CHANGE_PROFILE | MAY_ONEXEC)) === 0 ? "" : "change_profile";
  return [printFilePermissions(set, undefined) + exec, change].filter((part) => part !== "").join(" ");
}

/** Whom the permissions are for: the owner of the object, others, or (empty) both. */
export function ownership({ owner, other }: Grant): "" | "owner" | "other" {
  const says = ({ allow, prompt }: HalfGrant): boolean => (allow | prompt) !== 0;
  if (says(owner) === says(other)) return "";
  return says(owner) ? "owner" : "other";
}

const typeNames: ReadonlyMap<number, string> = new Map([...socketTypes].map(([name, number]) => [number, name]));

/** The object of an access: a path, a signal and its peer, a family and a type; parts in their order in the kernel's question. */
export function accessObject({ classNumber, input }: Access): string {
  switch (classNumber) {
    case MediationClass.signal:
      return joined([`set=(${signalName(input[0] ?? 0) ?? input[0] ?? 0})`, named("peer", input.slice(1))]);
    case MediationClass.networkV8:
    case MediationClass.networkV9:
    case MediationClass.networkOld: {
      const [high = 0, low = 0, typeHigh = 0, typeLow = 0, ...rest] = input;
      const type = typeHigh * 256 + typeLow;
      const family = high * 256 + low;
      return joined([familyName(family) ?? String(family), typeNames.get(type) ?? String(type), ...texts(rest)]);
    }
    case MediationClass.dbus: {
      const [bus = "", name = "", label = "", path = "", face = "", member = ""] = texts(input);
      const fields = { bus, name, label, path, interface: face, member };
      return joined(Object.entries(fields).map(([key, value]) => (value === "" ? "" : `${key}=${value}`)));
    }
    case FILE:
      return texts(input).join(" -> ");
    default:
      return joined(texts(input));
  }
}

function named(key: string, symbols: readonly number[]): string {
  return symbols.length === 0 ? "" : `${key}=${text(symbols)}`;
}

function joined(parts: readonly (string | number)[]): string {
  return parts.filter((part) => part !== "").join(" ");
}

/** The parts between NULs; the out-of-band symbol parts as well. */
function texts(symbols: readonly number[]): readonly string[] {
  const parts: number[][] = [[]];
  for (const symbol of symbols) {
    if (symbol === 0 || symbol === 256) parts.push([]);
    else parts.at(-1)?.push(symbol);
  }
  return parts.map(text);
}

function text(symbols: readonly number[]): string {
  return decodeBytes(Uint8Array.from(symbols));
}
