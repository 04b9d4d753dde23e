/** Names that 5.0.2 stored, printed as rules and read by 5.0.2 again: of profiles, of namespaces, of profiles to change to. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { renderPolicy } from "../../src/compiler/decompile/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { findOracle } from "../support/oracle.ts";
import { compileBatch } from "../support/oracle-batch.ts";
import { Random } from "../support/random.ts";

const oracle = await findOracle();
const skip = oracle.ok ? false : oracle.error;
const kernel = readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8");

const PIECES = [
  "a",
  "b",
  " ",
  "*",
  "?",
  "[ab]",
  "{a,b}",
  ",",
  '\\"',
  "\\\\*",
  "^",
  "(",
  ")",
  "=",
  "#",
  "!",
  "ä",
  "//x",
  "\\x07",
  "&",
];

function names(count: number): readonly string[] {
  const random = new Random(20261130);
  return Array.from({ length: count }, (_, at) => {
    const own = Array.from({ length: 1 + random.below(4) }, () => random.pick(PIECES)).join("");
    return `${at % 7 === 0 ? ":ns:" : ""}${at % 3 === 0 ? "/" : "n"}${own}`;
  });
}

interface Stored {
  readonly text: string;
  readonly profiles: readonly CompiledProfile[];
}

function stored(texts: readonly string[]): readonly (Stored | undefined)[] {
  assert.ok(oracle.ok);
  return compileBatch(oracle.value, texts, { kernel }).map(({ stream }) => {
    const decoded = stream === undefined ? undefined : decodePolicy(stream);
    return decoded?.ok === true ? { text: renderPolicy(decoded.value), profiles: decoded.value.profiles } : undefined;
  });
}

function named({ profiles }: Stored): readonly unknown[] {
  return profiles.map(({ namespace, name, file }) => [namespace, name, file?.transitions]);
}

test("names are printed as words that are read as them", { skip }, (context) => {
  const first = stored(names(200).map((name) => `profile "${name}" {\n  /x px -> "${name}",\n}\n`)).flatMap(
    (one) => one ?? [],
  );
  const again = stored(first.map(({ text }) => text));
  for (const [at, one] of first.entries()) {
    const now = again[at];
    assert.ok(now !== undefined, one.text);
    assert.deepEqual(named(now), named(one), one.text);
  }
  context.diagnostic(`${first.length} of 200 names are names to 5.0.2`);
  assert.ok(first.length > 100);
});
