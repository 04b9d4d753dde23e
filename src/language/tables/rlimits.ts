/** Resource limits: names, Linux numbers and units. Source: getrlimit(2), asm-generic/resource.h, apparmor.d(5) "rlimit rules". */
export interface RlimitFacts {
  readonly name: string;
  /** Linux RLIMIT_ number. */
  readonly number: number;
  /** `count` takes no unit; `nice` is −20…19 and stored + 20. */
  readonly unit: "seconds" | "microseconds" | "bytes" | "count" | "nice";
}

export const rlimits = [
  { name: "cpu", number: 0, unit: "seconds" },
  { name: "fsize", number: 1, unit: "bytes" },
  { name: "data", number: 2, unit: "bytes" },
  { name: "stack", number: 3, unit: "bytes" },
  { name: "core", number: 4, unit: "bytes" },
  { name: "rss", number: 5, unit: "bytes" },
  { name: "nproc", number: 6, unit: "count" },
  { name: "nofile", number: 7, unit: "count" },
  { name: "ofile", number: 7, unit: "count" },
  { name: "memlock", number: 8, unit: "bytes" },
  { name: "as", number: 9, unit: "bytes" },
  { name: "locks", number: 10, unit: "count" },
  { name: "sigpending", number: 11, unit: "count" },
  { name: "msgqueue", number: 12, unit: "bytes" },
  { name: "nice", number: 13, unit: "nice" },
  { name: "rtprio", number: 14, unit: "count" },
  { name: "rttime", number: 15, unit: "microseconds" },
] as const satisfies readonly RlimitFacts[];

export type RlimitName = (typeof rlimits)[number]["name"];

export interface Rlimit extends RlimitFacts {
  readonly name: RlimitName;
}

const byName: ReadonlyMap<string, Rlimit> = new Map(rlimits.map((limit) => [limit.name, limit]));

/** The limit of that name. */
export function rlimitByName(name: string): Rlimit | undefined {
  return byName.get(name);
}

/** Multipliers of byte units (upper case only). */
export const sizeUnits: ReadonlyMap<string, bigint> = new Map([
  ["K", 1024n],
  ["KB", 1024n],
  ["M", 1024n ** 2n],
  ["MB", 1024n ** 2n],
  ["G", 1024n ** 3n],
  ["GB", 1024n ** 3n],
]);

/** Time units, in microseconds. */
export const timeUnits: ReadonlyMap<string, bigint> = new Map([
  ["us", 1n],
  ["microsecond", 1n],
  ["microseconds", 1n],
  ["ms", 1000n],
  ["millisecond", 1000n],
  ["milliseconds", 1000n],
  ["s", 1_000_000n],
  ["sec", 1_000_000n],
  ["second", 1_000_000n],
  ["seconds", 1_000_000n],
  ["min", 60_000_000n],
  ["minute", 60_000_000n],
  ["minutes", 60_000_000n],
  ["h", 3_600_000_000n],
  ["hour", 3_600_000_000n],
  ["hours", 3_600_000_000n],
  ["d", 86_400_000_000n],
  ["day", 86_400_000_000n],
  ["days", 86_400_000_000n],
  ["week", 604_800_000_000n],
  ["weeks", 604_800_000_000n],
]);

/** What `infinity` is to the kernel: RLIM_INFINITY. */
export const rlimitInfinity = 2n ** 64n - 1n;
