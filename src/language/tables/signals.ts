/**
 * Signal names with AppArmor's own numbers, which are not those of any architecture. Source: apparmor.d(5) "Signal rules";
 * numbers observed in compiled policy (policy-language 2.6.7).
 */
export const signals = [
  ["hup", 1],
  ["int", 2],
  ["quit", 3],
  ["ill", 4],
  ["trap", 5],
  ["abrt", 6],
  ["bus", 7],
  ["fpe", 8],
  ["kill", 9],
  ["usr1", 10],
  ["segv", 11],
  ["usr2", 12],
  ["pipe", 13],
  ["alrm", 14],
  ["term", 15],
  ["stkflt", 16],
  ["chld", 17],
  ["cont", 18],
  ["stop", 19],
  ["stp", 20],
  ["tstp", 20],
  ["ttin", 21],
  ["ttou", 22],
  ["urg", 23],
  ["xcpu", 24],
  ["xfsz", 25],
  ["vtalrm", 26],
  ["prof", 27],
  ["winch", 28],
  ["io", 29],
  ["poll", 29],
  ["pwr", 30],
  ["sys", 31],
  ["emt", 32],
  ["exists", 35],
] as const satisfies readonly (readonly [name: string, number: number])[];

/** A name that means the same to every reader: no junk after `rtmin+N`. */
export type SignalName = (typeof signals)[number][0] | `rtmin+${number}`;

/** `rtmin+N` has the number `realTimeBase + N`. */
const realTimeBase = 128;
/** The largest N of `rtmin+N`. */
const realTimeLast = 32;

const numbers: ReadonlyMap<string, number> = new Map(signals);
const names: ReadonlyMap<number, string> = new Map(
  signals.toReversed().map(([name, number]): readonly [number, string] => [number, name === "stp" ? "tstp" : name]),
);

/**
 * The number of a signal name.
 *
 * ORACLE 5.0.2: `rtmin+` is `rtmin+0`, and junk after the digits is ignored.
 */
export function signalNumber(name: string): number | undefined {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  if (!name.startsWith("rtmin+")) return undefined;
  const offset = realTimeOffset(name.slice("rtmin+".length));
  return offset >= 0 && offset <= realTimeLast ? realTimeBase + offset : undefined;
}

function realTimeOffset(text: string): number {
  const match = /^[ \t\n\v\f\r]*[+-]?\d+/.exec(text);
  return match === null ? 0 : Number(match[0]);
}

/** Whether a text is the name of a signal, in the spelling that the kernel's log and the language share. */
export function isSignalName(text: string): text is SignalName {
  return numbers.has(text) || (/^rtmin\+\d{1,2}$/.test(text) && signalNumber(text) !== undefined);
}

/** The name of one of AppArmor's signal numbers: the current spelling where there are two. */
export function signalName(number: number): string | undefined {
  if (number >= realTimeBase && number <= realTimeBase + realTimeLast) return `rtmin+${number - realTimeBase}`;
  return names.get(number);
}
