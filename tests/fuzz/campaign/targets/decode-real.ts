/** Streams as large as real policy makes them, with automata that were tampered with: what is read is shown with counted work. */
import { existsSync, readFileSync } from "node:fs";
import { env } from "node:process";
import { compileOracleFiles } from "../../../support/oracle-batch.ts";
import { readRecordedPolicies, unpackStream } from "../../../support/recorded-policies.ts";
import { shippedProfiles } from "../../../support/shipped.ts";
import { checkStream } from "../../../support/stream-law.ts";
import type { Random } from "../../../support/random.ts";
import { fromLatin1, latin1 } from "../latin1.ts";
import type { Mutator, Target } from "../target.ts";
import { decode } from "./decode.ts";

const LONGEST = 40_000;
/** What the tables of an automaton begin with. */
const MAGIC = "\x1b\x5e\x78\x3d";

/** What apparmor_parser makes of some of what Debian ships. Only where `ARMORER_ORACLE` names its tree: a short run needs no lab. */
function shipped(): readonly Uint8Array[] {
  const root = env["ARMORER_ORACLE"];
  if (root === undefined || !existsSync(root)) return [];
  const paths = shippedProfiles(root).filter((_, index) => index % 12 === 0);
  return ["6.1", "7.2"]
    .map((name) => readFileSync(new URL(`../../../../../tests/corpus/features/debian-kernel-${name}`, import.meta.url)))
    .flatMap((kernel) => compileOracleFiles({ root }, paths, { kernel: kernel.toString() }))
    .flatMap(({ stream }) => (stream === undefined || stream.length > LONGEST ? [] : [stream]));
}

/** Changes bytes inside one of the automata, where they are, in a stretch that is given a length. */
function tamper(text: string, random: Random, change: (stretch: string) => string): string {
  const starts: number[] = [];
  for (let at = text.indexOf(MAGIC); at >= 0; at = text.indexOf(MAGIC, at + 1)) starts.push(at);
  if (starts.length === 0) return text;
  const start = random.pick(starts);
  const from = Math.min(text.length, start + 36 + 2 * random.below(2 ** (2 + random.below(14))));
  const to = Math.min(text.length, from + 2 * (1 + random.below(2 ** random.below(10))));
  return text.slice(0, from) + change(text.slice(from, to)) + text.slice(to);
}

const cells: Mutator = (text, random) =>
  tamper(text, random, (stretch) => {
    // Numbers that stand there, in another order: states that exist, reached from elsewhere.
    const numbers = stretch.match(/[^]{2}/g) ?? [];
    return numbers.map(() => random.pick(numbers)).join("") + stretch.slice(2 * numbers.length);
  });

const small: Mutator = (text, random) =>
  tamper(text, random, (stretch) =>
    Array.from(stretch, (char, at) => (at % 2 === 0 ? char : String.fromCharCode(random.below(256)))).join(""),
  );

const one: Mutator = (text, random) => {
  const at = random.below(text.length);
  return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
};

export const decodeReal: Target = {
  ...decode,
  name: "decode-real",
  seeds: () => [...readRecordedPolicies().map(({ stream }) => unpackStream(stream)), ...shipped()].map(latin1),
  mutators: [cells, cells, small, one],
  dose: 20,
  law: (input) => checkStream(fromLatin1(input)),
};
