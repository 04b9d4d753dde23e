/**
 * A large policy set in the shape real ones have: hundreds of abstractions nested four deep, profiles of 50 to 700 patterns that
 * share them, and a few heavy profiles with several thousand. The text is made from word lists; nothing is taken from a real set.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../tests/support/random.ts";

const DIRECTORIES = [
  "/usr/share",
  "/usr/lib",
  "/etc",
  "/var/lib",
  "/var/cache",
  "/run",
  "/opt",
  "@{HOME}",
  "@{PROC}/sys",
  "/sys/devices",
] as const;
const WORDS = [
  "alpha",
  "borealis",
  "cedar",
  "delta",
  "ember",
  "fjord",
  "glade",
  "harbor",
  "iris",
  "juniper",
  "kelp",
  "larch",
  "moss",
  "nova",
  "opal",
  "pine",
  "quartz",
  "reed",
  "sable",
  "tundra",
] as const;
const TAILS = [
  "",
  "/",
  "/**",
  "/*",
  "/*.conf",
  "/**.so*",
  "/[0-9]*/status",
  "/{a,b,c}/*",
  "/lib*.so.[0-9]",
  "-*/cache/**",
] as const;
const PERMISSIONS = ["r", "r", "r", "r", "rw", "rwk", "mr", "w", "rk"] as const;

function fileRule(random: Random): string {
  const middle = `${random.pick(WORDS)}/${random.pick(WORDS)}${random.below(40)}`;
  const owner = random.below(6) === 0 ? "owner " : "";
  return `  ${owner}${random.pick(DIRECTORIES)}/${middle}${random.pick(TAILS)} ${random.pick(PERMISSIONS)},`;
}

function otherRule(random: Random): string {
  switch (random.below(5)) {
    case 0:
      return `  dbus send bus=session path=/org/${random.pick(WORDS)}/* interface=org.${random.pick(WORDS)}.* peer=(name=org.${random.pick(WORDS)}*),`;
    case 1:
      return `  signal (send receive) peer=${random.pick(WORDS)}*,`;
    case 2:
      return `  unix (send receive connect) type=stream peer=(addr="@/tmp/.${random.pick(WORDS)}-*"),`;
    case 3:
      return `  network ${random.pick(["inet", "inet6", "netlink"] as const)} ${random.pick(["stream", "dgram", "raw"] as const)},`;
    default:
      return `  ptrace read peer=${random.pick(WORDS)},`;
  }
}

function rules(random: Random, count: number): string {
  return Array.from({ length: count }, () => (random.below(12) === 0 ? otherRule(random) : fileRule(random))).join(
    "\n",
  );
}

interface PolicySetOptions {
  readonly profiles: number;
  readonly abstractions?: number;
  /** Every so many profiles is a heavy one; 0: none. */
  readonly heavyEvery?: number;
}

/** Writes the set below `directory`, which becomes a base directory for a parser; the same options give the same bytes. */
export function writePolicySet(directory: string, options: PolicySetOptions): void {
  const { profiles, abstractions = 240, heavyEvery = 400 } = options;
  const random = new Random(20260101);
  mkdirSync(join(directory, "abstractions"), { recursive: true });
  mkdirSync(join(directory, "tunables"), { recursive: true });
  writeFileSync(
    join(directory, "tunables/global"),
    "@{HOMEDIRS}=/home/\n@{HOME}=@{HOMEDIRS}/*/ /root/\n@{PROC}=/proc/\n",
  );
  // Four levels: each abstraction includes up to three of the level below.
  const level = Math.ceil(abstractions / 4);
  for (let i = 0; i < abstractions; i += 1) {
    const depth = Math.floor(i / level);
    const below =
      depth === 0 ? [] : Array.from({ length: 1 + random.below(3) }, () => (depth - 1) * level + random.below(level));
    const includes = below.map((number) => `  include <abstractions/part-${number}>\n`).join("");
    writeFileSync(join(directory, `abstractions/part-${i}`), `${includes}${rules(random, 6 + random.below(18))}\n`);
  }
  for (let i = 0; i < profiles; i += 1) {
    const heavy = heavyEvery > 0 && i % heavyEvery === heavyEvery - 1;
    const includes = Array.from(
      { length: heavy ? 40 : 2 + random.below(9) },
      () => `  include <abstractions/part-${random.below(abstractions)}>\n`,
    ).join("");
    const own = rules(random, heavy ? 2500 : 5 + random.below(60));
    const exec = `  /usr/bin/${random.pick(WORDS)} ix,\n  /usr/libexec/${random.pick(WORDS)}${i} Px,\n`;
    const text = `include <tunables/global>\nprofile bench-${i} /usr/bin/bench-${i} {\n${includes}${own}\n${exec}}\n`;
    writeFileSync(join(directory, `bench-${i}`), text);
  }
}
