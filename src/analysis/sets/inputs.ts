/**
 * Which inputs a kernel can look up (kernel-abi 8), byte by byte, and which of them a person reads gladly. A *phase* is where in an input we
 * are; phases are small numbers, so that states and phases together are walked as one.
 */
import { MediationClass } from "../../compiler/compiled/index.ts";
import { familyName, signalName, socketTypes } from "../../language/tables/index.ts";
import { FileBit, nothing } from "./grants.ts";
import { type Inputs, only, SLASH, textCost, textFields } from "./inputs-text.ts";
import { mountInputs } from "./inputs-mount.ts";
import { unixInputs } from "./inputs-unix.ts";

/** Phases that any part of an input may need. */
export const MOST_PHASES = 1 << 14;

/** Without l: a link is asked about as a pair, and whoever grants the pair grants the name. */
const LETTERS = FileBit.x | FileBit.w | FileBit.r | FileBit.a | FileBit.k | FileBit.m;
const LINKS = FileBit.l | FileBit.freeLink;
const { change: CHANGE, onexec: ONEXEC } = FileBit;
const File = { start: 0, path: 1, pathSlash: 2, label: 3, pair: 4, pairSlash: 5, behindNul: 6 } as const;

const free = (): number => 0;

/**
 * A path, a pair of paths (a link), a label (a change of profile), or a path and a label (a change at the next exec). What is linked or
 * executed has a name that ends in no slash; what is behind the NUL is never empty, and has no other (kernel-abi 8.3).
 */
export const fileInputs: Inputs = {
  start: File.start,
  bytes: () => undefined,
  step: (phase, byte) => {
    if (phase === File.start) return byte === SLASH ? File.pathSlash : byte === 0 ? -1 : File.label;
    if (phase === File.label) return byte === 0 ? -1 : File.label;
    if (phase >= File.pair) return byte === SLASH ? File.pairSlash : byte === 0 ? -1 : File.pair;
    if (byte === 0) return phase === File.pathSlash ? -1 : File.behindNul;
    return byte === SLASH ? File.pathSlash : File.path;
  },
  cost: (phase, byte) => textCost(byte, phase === File.pathSlash || phase === File.pairSlash) + (byte === 0 ? 90 : 0),
  asked: (phase, grant) => {
    // the path in a condition of change_profile carries onexec by itself: nobody asks for that alone
    const change = ((grant.bits | grant.others) & CHANGE) === 0 ? 0 : CHANGE | ONEXEC;
    if (phase === File.start || phase === File.behindNul) return nothing;
    if (phase === File.label) return only(grant, change);
    if (phase === File.pair || phase === File.pairSlash) return only(grant, LINKS | ONEXEC);
    return only(grant, LETTERS | change);
  },
  endCost: free,
};

const knownSignals = numbersWith(256, (number) => signalName(number) !== undefined);

/** The signal, then a label, which is never empty: 1 before it, 2 behind a slash, 3 behind another byte. */
const signalInputs: Inputs = {
  start: 0,
  bytes: (phase) => (phase === 0 ? knownSignals : undefined),
  step: (phase, byte) =>
    phase === 0 ? (knownSignals.includes(byte) ? 1 : -1) : byte === 0 ? -1 : byte === SLASH ? 2 : 3,
  cost: (phase, byte) => (phase === 0 ? signalCost(byte) : textCost(byte, phase === 2)),
  asked: (phase, grant) => only(grant, phase < 2 ? 0 : 6),
  endCost: (phase) => (phase === 3 ? 0 : 1),
};

/** A label, which is never empty. */
const ptraceInputs: Inputs = {
  ...namesFirst(textFields(0x1e)),
  asked: (phase, grant) => only(grant, phase === 0 ? 0 : 0x1e),
};

/** hup, kill and term are what people know. */
function signalCost(byte: number): number {
  return byte === 15 ? 1 : byte === 9 || byte === 1 ? 2 : 3;
}

/** Four bytes of a key, then perhaps a label. */
const sysvInputs: Inputs = {
  start: 0,
  bytes: () => undefined,
  step: (phase, byte) => (phase < 4 ? phase + 1 : phase === 4 ? (byte === 0 ? 5 : -1) : byte === 0 ? -1 : 5),
  cost: (phase, byte) => (phase < 4 ? (byte === 0 ? 1 : 2) : textCost(byte, false)),
  asked: (phase, grant) => only(grant, phase < 4 ? 0 : -1),
  endCost: free,
};

/** The class alone, and for credentials a label. */
const ioUringInputs: Inputs = {
  start: 0,
  bytes: () => undefined,
  step: (_, byte) => (byte === 0 ? -1 : 1),
  cost: (_, byte) => textCost(byte, false),
  asked: (phase, grant) => only(grant, phase === 0 ? 0x18 : 0x8),
  endCost: free,
};

const families = numbersWith(64, (number) => familyName(number) !== undefined);
const types = [...socketTypes.values()].toSorted((a, b) => a - b);
const ZERO = [0];

/**
 * Family, type and protocol, two bytes each; with the first two the coarse question is asked, the rest is up to the family. Phase: how many
 * bytes were read, + 8 × the family; from `UNIX` on those of unix sockets, and `RAW` for all that is not taken apart.
 */
function socketInputs(isUnixFine: boolean): Inputs {
  return {
    ...coarseInputs,
    asked: (phase, grant) => (isUnixFine && phase === COARSE_UNIX ? nothing : coarseInputs.asked(phase, grant)),
  };
}

const coarseInputs: Inputs = {
  start: 0,
  bytes: (phase) => {
    if (phase >= UNIX) return phase === RAW ? undefined : unixInputs.bytes(phase - UNIX);
    return [ZERO, families, ZERO, types, [0, 1], undefined][phase & 7];
  },
  step: (phase, byte) => {
    if (phase === RAW) return RAW;
    if (phase >= UNIX) return shifted(unixInputs.step(phase - UNIX, byte));
    const read = phase & 7;
    if (read === 0 || read === 2) return byte === 0 ? phase + 1 : -1;
    if (read === 1) return families.includes(byte) ? 2 + 8 * byte : -1;
    if (read === 3) return types.includes(byte) ? phase + 1 : -1;
    if (read === 4) return byte < 2 ? phase + 1 : -1;
    return phase >> 3 === 1 ? UNIX : RAW;
  },
  cost: (phase, byte) => {
    if (phase === RAW) return byte < 3 ? 9 : 10;
    if (phase >= UNIX) return unixInputs.cost(phase - UNIX, byte);
    return byte < 3 ? 1 : 2;
  },
  asked: (phase, grant) => {
    if (phase === RAW) return grant;
    if (phase >= UNIX) return unixInputs.asked(phase - UNIX, grant);
    return only(grant, (phase & 7) === 4 ? -1 : 0);
  },
  endCost: (phase) => (phase >= UNIX && phase !== RAW ? unixInputs.endCost(phase - UNIX) : 0),
};

const UNIX = 8 * 64;
/** Four bytes were read, and the family is AF_UNIX. */
const COARSE_UNIX = 4 + 8;
const RAW = MOST_PHASES - 1;

function shifted(phase: number): number {
  return phase < 0 ? phase : phase + UNIX;
}

const anyInputs: Inputs = {
  start: 0,
  bytes: () => undefined,
  step: () => 0,
  cost: (_, byte) => textCost(byte, false),
  asked: (_, grant) => grant,
  endCost: free,
};

/** A label or a bus is seldom a path. */
function namesFirst(inputs: Inputs): Inputs {
  return { ...inputs, cost: (phase, byte) => inputs.cost(phase, byte) + (byte === SLASH ? 5 : 0) };
}

const byClass: ReadonlyMap<number, Inputs | undefined> = new Map<number, Inputs | undefined>([
  [MediationClass.ptrace, ptraceInputs],
  [MediationClass.signal, signalInputs],
  [MediationClass.mount, mountInputs],
  [MediationClass.dbus, namesFirst(textFields(0x20, 0x40, 0, 0, 0, 6))],
  [MediationClass.posixMqueue, textFields(-1, -1)],
  [MediationClass.sysvMqueue, sysvInputs],
  [MediationClass.userns, { ...textFields(0x8), endCost: free }],
  [MediationClass.ioUring, ioUringInputs],
  [MediationClass.networkV8, socketInputs(false)],
  // unix sockets are asked about in full there, and never by family and type alone
  [MediationClass.networkV9, socketInputs(true)],
  [MediationClass.networkOld, socketInputs(false)],
  // asks about labels as a whole what the classes of ptrace and signal ask, too
  [MediationClass.label, undefined],
]);

/** The inputs of a class behind the class byte; `undefined`: nobody asks. */
export function inputsOfClass(number: number): Inputs | undefined {
  return byClass.has(number) ? byClass.get(number) : anyInputs;
}

function numbersWith(end: number, has: (number: number) => boolean): readonly number[] {
  return Array.from({ length: end }, (_, number) => number).filter(has);
}
