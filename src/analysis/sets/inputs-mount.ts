/**
 * What is asked of mounts (kernel-abi 8.10): mount point, source and type with NULs between, then the flags as ascending bytes, each one more
 * than its bit. The kernel asks for the first kind of mount that the flags name, with the parts and flags that this kind has.
 */
import { MOUNT_KINDS, MountKind, mountKindWith } from "../../language/tables/index.ts";
import { type Inputs, only, SLASH, textFields } from "./inputs-text.ts";

const LAST_FLAG = 31;
/** Phases of the text fields come first: mount point, source, type, by 4. */
const FLAGS = 64;
interface Flags {
  readonly last: number;
  readonly kind: number;
  readonly hasSource: boolean;
  readonly hasType: boolean;
}

function phaseOf({ last, kind, hasSource, hasType }: Flags): number {
  return FLAGS + ((Number(hasSource) * 2 + Number(hasType)) * MOUNT_KINDS + kind) * 32 + last;
}

function flagsAt(phase: number): Flags {
  const number = phase - FLAGS;
  const parts = Math.floor(number / (MOUNT_KINDS * 32));
  return { last: number & 31, kind: (number >> 5) % MOUNT_KINDS, hasSource: parts >= 2, hasType: (parts & 1) === 1 };
}

/** The kind with one flag more; -1: no mount has these flags, and a source and type that these kinds lack. */
function kindWith(flag: number, { kind, last, hasSource, hasType }: Flags): number {
  const found = mountKindWith(flag, kind, last === 0);
  switch (found) {
    case MountKind.remount:
    case MountKind.recursive:
    case MountKind.propagation:
      return hasSource || hasType ? -1 : found;
    // the source of a bind mount is a path
    case MountKind.bind:
      return hasSource && !hasType ? found : -1;
    case MountKind.move:
      return hasType ? -1 : found;
    default:
      return found;
  }
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
  return phaseOf({ last: 0, kind: MountKind.new, hasSource: kept > 0, hasType: !isEmpty });
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
    return only(grant, flagsAt(phase).kind === MountKind.recursive ? 0 : 2);
  },
  endCost: (phase) => (phase < FLAGS ? fields.endCost(phase % WITH_SOURCE) : 0),
};

function flagBytes(last: number): readonly number[] {
  return Array.from({ length: LAST_FLAG - last }, (_, at) => last + 1 + at);
}
