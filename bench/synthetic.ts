/**
 * A large set of policies made by rule: profiles that share abstractions, nested four deep, with the kinds of patterns large
 * policy sets have (home directories, numbers as runs of optional digits, random suffixes, devices, libraries, link pairs).
 * The same seed gives the same set on every machine.
 */
import type { DumpedRule } from "./rule-dump.ts";

class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** 0 ≤ result < limit (mulberry32). */
  next(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.next(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }
}

const STAR = "[^/\\x00]*";
const STARS = "[^\\x00]*";
const BELOW = `[^/\\x00]${STARS}`;
const HOME = `/home/[^/\\x00]${STAR}`;
const HEX = "[0-9a-f]";
const ALNUM = "[0-9a-zA-Z]";
const INT = `[0-9]${"(|[0-9])".repeat(9)}`;
const UUID = [8, 4, 4, 4, 12].map((length) => HEX.repeat(length)).join("-");

const ROOTS: readonly string[] = [
  "/(|usr/)lib(|32|64)/",
  "/(|usr/)lib/[^/\\x00]*-linux-gnu[^/\\x00]*/",
  "/usr/share/",
  "/usr/(|local/)share/",
  "/etc/",
  "/(|usr/)etc/",
  "/var/lib/",
  "/var/cache/",
  "/var/log/",
  "/(run|var/run)/",
  `/(run|var/run)/user/${INT}/`,
  `(${HOME}|/root)/\\.config/`,
  `(${HOME}|/root)/\\.cache/`,
  `(${HOME}|/root)/\\.local/share/`,
  `(${HOME}|/root)/`,
  `/proc/${INT}/`,
  `/proc/${INT}/task/${INT}/`,
  "/proc/sys/",
  "/sys/devices/",
  "/sys/class/",
  "/sys/bus/",
  "/dev/",
  "/dev/shm/",
  "/tmp/",
  "/(|usr/)(|s)bin/",
];

const SYLLABLES = "ba da fi go ka lo mi no pe ra sa ti vu wo xi ye zu che gno lib net sys udev kde font gtk mesa".split(
  " ",
);
const EFFECTS: readonly string[] = [
  ...Array<string>(10).fill("0 (0x10004/0)"),
  ...Array<string>(6).fill("0 (0x3800e/0)"),
  ...Array<string>(3).fill("0 (0xe/0)"),
  ...Array<string>(2).fill("0 (0x110044/0)"),
  "0 (0x4/0)",
  "0 (0xa/0)",
  "0 (0x904241/0)",
  "0 (0x5401505/0)",
  "0 deny (0x2800a/2800a)",
  "0 deny (0x3800e/3800e)",
];

export interface SyntheticOptions {
  readonly seed: number;
  readonly profiles: number;
  readonly abstractions: number;
  /** Profiles with several thousand patterns. */
  readonly heavy: number;
}

/** One list of patterns per profile. */
export function syntheticProfiles(options: SyntheticOptions): DumpedRule[][] {
  const random = new Random(options.seed);
  const words = Array.from({ length: 1200 }, () => word(random));
  const levels = Array.from({ length: 4 }, () => [] as DumpedRule[][]);
  for (let made = 0; made < options.abstractions; made += 1) {
    const level = made % 4;
    const below = levels.slice(0, level).flat();
    const included = below.length === 0 ? [] : Array.from({ length: random.next(4) }, () => random.pick(below)).flat();
    const topic = [...Array.from({ length: 5 }, () => word(random)), random.pick(words)];
    levels[level]?.push([...rules(random, topic, 4 + random.next(24)), ...included.slice(0, 250)]);
  }
  const abstractions = levels.flat();
  return Array.from({ length: options.profiles }, (_, made) => {
    const isHeavy = made % Math.ceil(options.profiles / options.heavy) === 0;
    const target = isHeavy ? 3000 + random.next(2000) : 50 + random.next(random.next(4) === 0 ? 650 : 250);
    const profile = rules(
      random,
      [...Array.from({ length: 4 }, () => word(random)), ...words.slice(0, 40)],
      20 + random.next(30),
    );
    while (profile.length < target) profile.push(...random.pick(abstractions));
    return unique(profile.slice(0, target));
  });
}

function unique(list: readonly DumpedRule[]): DumpedRule[] {
  return [...new Map(list.map((rule) => [`${rule.pattern} ${rule.effect}`, rule])).values()];
}

function word(random: Random): string {
  return Array.from({ length: 2 + random.next(3) }, () => random.pick(SYLLABLES)).join("");
}

function rules(random: Random, words: readonly string[], count: number): DumpedRule[] {
  return Array.from({ length: count }, () => {
    const pattern = random.pick(ROOTS) + middle(random, words) + tail(random, words);
    return { pattern, effect: random.pick(EFFECTS) };
  });
}

function middle(random: Random, words: readonly string[]): string {
  const parts = Array.from({ length: random.next(3) }, () => {
    const kind = random.next(12);
    if (kind === 0) return `[^/\\x00]${STAR}`;
    if (kind === 1) return `${random.pick(words)}${STAR}`;
    if (kind === 2) return `(${random.pick(words)}|${random.pick(words)})`;
    if (kind === 3 && random.next(4) === 0) return STARS + random.pick(words);
    return random.pick(words);
  });
  return parts.map((part) => `${part}/`).join("");
}

function tail(random: Random, words: readonly string[]): string {
  const name = random.pick(words);
  const tails: readonly (() => string)[] = [
    () => name,
    () => name,
    () => `${name}/`,
    () => `${name}/${BELOW}`,
    () => `${name}/(|${STARS})`,
    () => `${name}${STAR}`,
    () => `${name}\\.conf`,
    () => `${name}\\.so${STAR}`,
    () => `${name}${INT}`,
    () => `#${INT}`,
    () => `${name}\\.${ALNUM.repeat(6)}`,
    () => UUID,
    () => `${name}(|\\.lock|\\.tmp)`,
    () => `${STAR}${name}`,
    () => `${name}/${STAR}`,
    () => `${name}(|\\.${ALNUM.repeat(6)})\\x00/[^/][\\x00-\\xff]*`,
  ];
  return random.pick(tails)();
}
