/**
 * What is asked of mounts (kernel-abi 8.10): mount point, source and type with NULs between, then the flags as ascending bytes, each one more
 * than its bit. The kernel asks for the first kind of mount that the flags name, with the parts and flags that this kind has.
 */
import { MountFlag } from "../../language/tables/index.ts";
import { type Inputs, only, SLASH, textFields } from "./inputs-text.ts";

const LAST_FLAG = 31;
/** Phases of the text fields come first: mount point, source, type, by 4. */
const FLAGS = 64;
const KINDS = 7;
const Kind = { new: 0, remount: 1, bind: 2, recursive: 3, propagation: 4, move: 5, silent: 6 } as const;

const numberOf = (flag: number): number => 32 - Math.clz32(flag);
const REMOUNT = numberOf(MountFlag.REMOUNT);
const BIND = numberOf(MountFlag.BIND);
const MOVE = numberOf(MountFlag.MOVE);
const REC = numberOf(MountFlag.REC);
const SILENT = numberOf(MountFlag.SILENT);
const PROPAGATION = [MountFlag.UNBINDABLE, MountFlag.PRIVATE, MountFlag.SLAVE, MountFlag.SHARED].map(numberOf);

interface Flags {
  readonly last: number;
  readonly kind: number;
  readonly hasSource: boolean;
  readonly hasType: boolean;
}

function phaseOf({ last, kind, hasSource, hasType }: Flags): number {
  return FLAGS + ((Number(hasSource) * 2 + Number(hasType)) * KINDS + kind) * 32 + last;
}

function flagsAt(phase: number): Flags {
  const number = phase - FLAGS;
  const parts = Math.floor(number / (KINDS * 32));
  return { last: number & 31, kind: (number >> 5) % KINDS, hasSource: parts >= 2, hasType: (parts & 1) === 1 };
}

/** The kind with one flag more; -1: no mount has these flags. */
function kindWith(flag: number, { kind, last, hasSource, hasType }: Flags): number {
  const isFirst = last === 0;
  // Remounting is asked first, with all its flags.
  if (kind === Kind.remount) return kind;
  if (flag === REMOUNT) return kind === Kind.new && !hasSource && !hasType ? Kind.remount : -1;
  if (flag === BIND) return isFirst && !hasType ? Kind.bind : -1;
  if (flag === MOVE) return isFirst && !hasType ? Kind.move : -1;
  if (flag === REC) return kind === Kind.bind ? kind : isFirst && !hasSource && !hasType ? Kind.recursive : -1;
  if (PROPAGATION.includes(flag)) {
    const isLone = isFirst || kind === Kind.recursive || kind === Kind.silent;
    return isLone && !hasSource && !hasType ? Kind.propagation : -1;
  }
  if (flag === SILENT && (kind === Kind.recursive || isFirst)) return isFirst ? Kind.silent : kind;
  return kind === Kind.new ? kind : kind === Kind.silent ? Kind.new : -1;
}

/** Four fields, of which the last is the flags; phases of the second and third remember whether those before were empty. */
const fields = textFields(4, 1, 0);
const WITH_SOURCE = 16;

function stepText(phase: number, byte: number): number {
  const [own, kept] = [phase % WITH_SOURCE, phase - (phase % WITH_SOURCE)];
  const field = own >> 2;
  // a mount point is a path
  if (phase === 0 && byte !== SLASH) return -1;
  if (byte !== 0) return kept + fields.step(own, byte);
  const isEmpty = (own & 3) === 0;
  if (field < 2) return fields.step(own, byte) + (field === 1 && !isEmpty ? WITH_SOURCE : kept);
  return phaseOf({ last: 0, kind: Kind.new, hasSource: kept > 0, hasType: !isEmpty });
}

export const mountInputs: Inputs = {
  start: 0,
  bytes: (phase) => (phase < FLAGS ? undefined : flagBytes(flagsAt(phase).last)),
  step: (phase, byte) => {
    if (phase < FLAGS) return stepText(phase, byte);
    const flags = flagsAt(phase);
    const kind = byte > flags.last && byte <= LAST_FLAG ? kindWith(byte, flags) : -1;
    return kind < 0 ? -1 : phaseOf({ ...flags, last: byte, kind });
  },
  cost: (phase, byte) => (phase < FLAGS ? fields.cost(phase % WITH_SOURCE, byte) : 20),
  asked: (phase, grant) => {
    if (phase < FLAGS) return fields.asked(phase % WITH_SOURCE, grant);
    return only(grant, flagsAt(phase).kind === Kind.recursive ? 0 : 2);
  },
  endCost: (phase) => (phase < FLAGS ? fields.endCost(phase % WITH_SOURCE) : 0),
};

function flagBytes(last: number): readonly number[] {
  return Array.from({ length: LAST_FLAG - last }, (_, at) => last + 1 + at);
}
