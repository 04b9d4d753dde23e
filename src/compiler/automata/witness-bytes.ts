/** Which byte stands for all that a row does not list, in inputs shown to people. */

/** Lower-case letters, digits, upper-case letters, the rest of printable ASCII, then all other bytes. */
const PREFERRED: readonly number[] = [
  ...range(97, 123),
  ...range(48, 58),
  ...range(65, 91),
  ...range(33, 48),
  ...range(58, 65),
  ...range(91, 97),
  ...range(123, 127),
  ...range(1, 33),
  ...range(127, 256),
  0,
];

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, at) => start + at);
}

/** Some symbols of a longer list. */
export interface Listed {
  readonly symbols: Uint16Array;
  readonly start: number;
  readonly end: number;
}

/** The first preferred byte that is in neither list, or -1 if they list all bytes. */
export function freeByte(listed: Listed, others?: Listed): number {
  for (const byte of PREFERRED) if (!lists(listed, byte) && (others === undefined || !lists(others, byte))) return byte;
  return -1;
}

/** COST: a view of the list for each state cost as much as looking. */
function lists({ symbols, start, end }: Listed, byte: number): boolean {
  for (let at = start; at < end; at += 1) if (symbols[at] === byte) return true;
  return false;
}
