/** Permissions as policy text spells them: letters of file rules, words of the other classes. */
import { encodeBytes } from "../../foundation/text/index.ts";
import {
  capabilityName,
  type ExecMode,
  FilePermission,
  printExecMode,
  printFilePermissions,
} from "../../language/tables/index.ts";
import {
  type CompiledPermissionEntry,
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
  [0x4, FilePermission.r],
  [0x2, FilePermission.w],
  [0x40000, FilePermission.l],
  [0x8000, FilePermission.k],
  [0x10000, FilePermission.m],
];

/** Bits a file rule's letters stand for, getattr left out: it is always granted. */
export const FILE_RULE_BITS = 0x5800f;

/** The letters for the bits of a word; `w` says append, too. */
export function fileLetters(word: number): string {
  let letters = letterBits.reduce((sum, [bit, letter]) => ((word & bit) === 0 ? sum : sum | letter), 0);
  if ((word & 0xa) === 0x8) letters |= FilePermission.a;
  return printFilePermissions(letters, undefined);
}

/** The exec mode of a transition word, and its target by name: `Px -> name`. */
export function execText(xindex: number, transitions: readonly string[]): string {
  const type = xindex & XINDEX_TYPE;
  const fallback =
    (xindex & XINDEX_INHERIT) !== 0 ? "inherit" : (xindex & XINDEX_UNCONFINED) === 0 ? "none" : "unconfined";
  const safe = (xindex & XINDEX_UNSAFE) === 0;
  if (type === XINDEX_NAME || type === XINDEX_TABLE) {
    const transition = (xindex & XINDEX_CHILD) === 0 ? "profile" : "child";
    const mode = printExecMode({ transition, fallback, safe });
    return type === XINDEX_NAME ? mode : `${mode} -> ${quoteText(transitions[xindex & XINDEX_INDEX] ?? "?")}`;
  }
  const transition: ExecMode["transition"] = fallback === "none" ? "deny" : fallback;
  return printExecMode({ transition, fallback: "none", safe: fallback === "unconfined" ? safe : false });
}

/** A text from a stream, safe to print: a namespace's NUL as the colon it stands for. */
export function quoteText(text: string): string {
  return Array.from(encodeBytes(text.replace(/^:([^\0:]+)\0/, ":$1:")), byteText).join("");
}

const network = [
  [0x10, "create"],
  [0x200000, "bind"],
  [0x400000, "listen"],
  [0x100000, "accept"],
  [0x40, "connect"],
  [0x20, "shutdown"],
  [0x200, "getattr"],
  [0x100, "setattr"],
  [0x2000000, "getopt"],
  [0x1000000, "setopt"],
  [0x2, "send"],
  [0x4, "receive"],
  [0x8000000, "continue"],
] as const;

const signal = [
  [0x2, "send"],
  [0x4, "receive"],
] as const;

const ptrace = [
  [0x2, "trace"],
  [0x4, "read"],
  [0x8, "tracedby"],
  [0x10, "readby"],
] as const;

type Words = readonly (readonly [bit: number, word: string])[];

const mqueue: Words = [
  [0x2, "write"],
  [0x4, "read"],
  [0x10, "create"],
  [0x20, "delete"],
  [0x40, "open"],
  [0x100, "setattr"],
  [0x200, "getattr"],
];

/** Mediation classes (kernel-abi 8.1) by number: their name and what the bits mean there. */
export const classTable: ReadonlyMap<number, { readonly name: string; readonly words: Words }> = new Map([
  [2, { name: "file", words: [] }],
  [3, { name: "capability", words: [] }],
  [4, { name: "network-old", words: network }],
  [
    7,
    {
      name: "mount",
      words: [
        [0x2, "mount"],
        [0x4, "umount"],
        [0x1, "pivot_root"],
        [0x40, "data"],
      ],
    },
  ],
  [9, { name: "ptrace", words: ptrace }],
  [10, { name: "signal", words: signal }],
  [14, { name: "network", words: network }],
  [15, { name: "network", words: network }],
  [16, { name: "label", words: [] }],
  [17, { name: "mqueue", words: mqueue }],
  [18, { name: "mqueue-sysv", words: mqueue }],
  [21, { name: "userns", words: [[0x8, "create"]] }],
  [
    22,
    {
      name: "io_uring",
      words: [
        [0x8, "override_creds"],
        [0x10, "sqpoll"],
      ],
    },
  ],
  [
    32,
    {
      name: "dbus",
      words: [
        [0x2, "send"],
        [0x4, "receive"],
        [0x40, "bind"],
        [0x20, "eavesdrop"],
      ],
    },
  ],
]);

/** The words of a class for the bits of a word; bits without a name in hexadecimal. */
export function classWords(word: number, words: Words): string {
  const known = words.filter(([bit]) => (word & bit) !== 0);
  const rest = (known.reduce((left, [bit]) => left & ~bit, word) & ~0x8000) >>> 0;
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
  const exec = (left.allow & 1) === 0 || left.xindex === right.xindex;
  return (
    left.allow === right.allow &&
    left.audit === right.audit &&
    left.quiet === right.quiet &&
    left.prompt === right.prompt &&
    exec
  );
}
