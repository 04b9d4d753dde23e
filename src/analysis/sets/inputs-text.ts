/** What all inputs have in common: phases, prices, and fields of text. */
import { FileBit, nothing } from "./grants.ts";
import type { Grant } from "./types.ts";

export interface Inputs {
  readonly start: number;
  /** The bytes that can follow; `undefined`: any, which is text. */
  readonly bytes: (phase: number) => readonly number[] | undefined;
  /** The phase after a byte; -1: no input goes on like this. */
  readonly step: (phase: number, byte: number) => number;
  /** How little a person likes to read the byte there; 1 at least. */
  readonly cost: (phase: number, byte: number) => number;
  /** The same of ending there: an empty part is nothing to show. */
  readonly endCost: (phase: number) => number;
  /** What of a grant is asked for by inputs that end here. */
  readonly asked: (phase: number, grant: Grant) => Grant;
}

export const SLASH = 0x2f;

/** The price of a byte of text: letters are cheapest; two slashes, hidden names and control bytes cost more than a longer text. */
export function textCost(byte: number, isAfterSlash: boolean): number {
  if (byte >= 97 && byte <= 122) return 10;
  if (byte === SLASH) return isAfterSlash ? 2000 : 10;
  if (byte === 0) return 10;
  if (byte === 0x2e) return isAfterSlash ? 60 : 12;
  if ((byte >= 48 && byte <= 57) || byte === 0x2d || byte === 0x5f) return 11;
  if (byte >= 65 && byte <= 90) return 13;
  if (byte === 0x20) return 80;
  if (byte > 0x20 && byte < 0x7f) return 30;
  return byte >= 0x80 ? 300 : 1000;
}

/** `bits` of both halves. */
export function only({ bits, others, execs }: Grant, mask: number): Grant {
  if (mask === 0) return nothing;
  return { bits: bits & mask, others: others & mask, execs: (mask & FileBit.x) === 0 ? [] : execs };
}

/** In a field of text: nothing yet, behind a slash, behind another byte. */
const EMPTY = 0;
const IN_SLASH = 1;
const IN_TEXT = 2;
const EMPTY_COST = 400;

/** Fields of text separated by NUL: which bits are asked for where the input ends in a field. Phase: 4 × field + where in it. */
export function textFields(...masks: readonly number[]): Inputs {
  return {
    start: 0,
    bytes: () => undefined,
    step: (phase, byte) => {
      const field = phase >> 2;
      if (byte !== 0) return 4 * field + (byte === SLASH ? IN_SLASH : IN_TEXT);
      return field + 1 < masks.length ? 4 * (field + 1) : -1;
    },
    cost: (phase, byte) =>
      textCost(byte, (phase & 3) === IN_SLASH) + (byte === 0 && (phase & 3) === EMPTY ? EMPTY_COST : 0),
    asked: (phase, grant) => only(grant, masks[phase >> 2] ?? 0),
    endCost: (phase) => ((phase & 3) === EMPTY ? EMPTY_COST : 0),
  };
}
