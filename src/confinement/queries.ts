/** What the kernel's own query interface says that policy permits (confinement-api 5). */
import { fileLetterBits, MAY_LINK, MediationClass } from "../compiler/compiled/index.ts";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { decodeBytes, encodeBytes } from "../foundation/text/index.ts";
import { askKernel } from "../host/index.ts";
import { refusedAttribute } from "./labels.ts";
import type { ConfinementRefusal, ConfinementWorld } from "./refusals.ts";

/** The letters of permissions to files. */
export type QueriedLetter = keyof typeof fileLetterBits;

/** The four words of an answer, in the kernel's own bits. */
export interface LabelPermissions {
  readonly allow: number;
  readonly deny: number;
  readonly audit: number;
  readonly quiet: number;
}

/** Whether all that was asked is allowed, and whether it would be recorded. */
export interface QueriedAccess {
  readonly allowed: boolean;
  readonly audited: boolean;
}

/**
 * What a label may do with what a string of a mediation class stands for (kernel-abi 8): policy alone counts, not the mode of the profile.
 *
 * Shape: `data` is what follows the byte of the class. Units: the kernel's bits.
 * Errors: `no-such-profile`, `denied`, `too-long`, `no-apparmor`.
 */
export function queryLabel(
  label: string,
  mediationClass: number,
  data: Uint8Array,
  world: ConfinementWorld = {},
): Outcome<LabelPermissions, ConfinementRefusal> {
  const head = encodeBytes(`label\0${label}\0`);
  const query = new Uint8Array(head.length + 1 + data.length);
  query.set(head);
  query[head.length] = mediationClass;
  query.set(data, head.length + 1);
  const answer = askKernel(query, world, world.system);
  if (!answer.ok) {
    const { path, errno } = answer.error;
    if (errno === "ENOENT") return fail({ kind: "no-such-profile", label });
    if (errno === "EFBIG") return fail({ kind: "too-long" });
    return fail(
      errno === "ENODEV" ? refusedAttribute({ path, errno: "ENOENT" }, world) : refusedAttribute(answer.error, world),
    );
  }
  const words = [...decodeBytes(answer.value).matchAll(/^(?:allow|deny|audit|quiet) 0x([0-9a-f]{8})$/gm)];
  const [allow, deny, audit, quiet] = words.map(([, digits = ""]) => Number.parseInt(digits, 16));
  return allow === undefined || deny === undefined || audit === undefined || quiet === undefined
    ? fail({ kind: "io", path: ".access", errno: "EPROTO" })
    : ok({ allow, deny, audit, quiet });
}

/** Whether a mask is within a set of bits; in JavaScript's words of 32 bits a mask may be negative. */
function covers(bits: number, without: number, mask: number): boolean {
  return (mask & ~(bits & ~without)) === 0;
}

function accessOf({ allow, deny, audit, quiet }: LabelPermissions, mask: number): QueriedAccess {
  const allowed = covers(allow, deny, mask);
  return { allowed, audited: covers(allowed ? audit : -1, quiet, mask) };
}

/**
 * Whether a label may do all of this with a file: `queryFile("demo", "/etc/hosts", "rw")`. The whole path is asked about, the last byte of
 * which libapparmor up to 5.0.2 leaves out (confinement-api 5.3). Files are taken to be root's.
 *
 * Errors: as `queryLabel`.
 */
export function queryFile(
  label: string,
  path: string,
  letters: string,
  world: ConfinementWorld = {},
): Outcome<QueriedAccess, ConfinementRefusal> {
  const known: Readonly<Record<string, number>> = fileLetterBits;
  const mask = Array.from(letters).reduce((bits, letter) => bits | (known[letter] ?? 0), 0);
  const answer = queryLabel(label, MediationClass.file, encodeBytes(path), world);
  return answer.ok ? ok(accessOf(answer.value, mask)) : answer;
}

/**
 * Whether a label may make a hard link to a target. Where the link must not allow more than its target, that is not asked.
 *
 * Errors: as `queryLabel`.
 */
export function queryLink(
  label: string,
  link: string,
  target: string,
  world: ConfinementWorld = {},
): Outcome<QueriedAccess, ConfinementRefusal> {
  const answer = queryLabel(label, MediationClass.file, encodeBytes(`${link}\0${target}`), world);
  return answer.ok ? ok(accessOf(answer.value, MAY_LINK)) : answer;
}
