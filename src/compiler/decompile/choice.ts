/**
 * A field of a few values by name (a signal, a family of sockets), as one byte of an unfolded automaton: every byte but NUL and the slash
 * stands for one of the values, so that any value is any byte there.
 */
import type { FlatPattern } from "./flat-patterns.ts";
import type { Place } from "./unfolded.ts";

export interface Value {
  /** `undefined`: there is no name for it. */
  readonly name: string | undefined;
  readonly number: number;
}

const SLASH = 0x2f;
const codes: readonly number[] = Array.from({ length: 255 }, (_, at) => at + 1).filter((byte) => byte !== SLASH);

/** What each byte leads to, when the values lead to these places. */
export function choiceBytes(
  targets: readonly (Place | undefined)[],
): readonly (readonly [number, Place | undefined])[] {
  return codes.map((byte, at) => [byte, targets[at % targets.length]] as const);
}

export interface Chosen {
  readonly isAny: boolean;
  readonly values: readonly Value[];
}

/** The values that the first byte of a field stands for. */
export function chosenValues(field: FlatPattern, values: readonly Value[]): Chosen {
  const bytes = field[0]?.set.bytes ?? [];
  const isChosen = (byte: number): boolean => (((bytes[byte >> 5] ?? 0) >>> (byte & 31)) & 1) === 1;
  const places = new Set(codes.flatMap((byte, at) => (isChosen(byte) ? at % values.length : [])));
  return { isAny: places.size === values.length, values: values.filter((_, at) => places.has(at)) };
}
