/** An entry of a cache that was changed in any way is as good as absent, and one that is whole but odd does no harm. */
import assert from "node:assert/strict";
import { decodeEntry, encodeEntry } from "../../../../src/app/caches/entries.ts";
import { resultCache } from "../../../../src/app/index.ts";
import { packStore } from "../../../../src/app/caches/packs.ts";
import { asRecord, parseJson, parseObservations } from "../../../../src/app/caches/trace.ts";
import { decodeBytes, encodeBytes } from "../../../../src/foundation/text/index.ts";
import { nodeDigest } from "../../../../src/host/index.ts";
import { memoryStore } from "../../../support/memory-files.ts";
import { fromLatin1, latin1 } from "../latin1.ts";
import type { Target } from "../target.ts";

const NAME = "entry";
const about = {
  seen: [`read ${"a".repeat(64)} /etc/apparmor.d/x`, "kind file /b", "list !ENOENT /c"],
  about: { fields: 3 },
};
const others = [null, [], {}, { seen: [] }, { seen: [1] }, { seen: ["read"], about: [[]] }];
const entry = (name: string, value: unknown, bytes: Uint8Array): string =>
  latin1(encodeEntry(name, { about: value, bytes }, nodeDigest));

const whole = [about, ...others].map((value, index) =>
  entry(
    NAME,
    value,
    Uint8Array.from({ length: index * 40 }, (_, i) => i),
  ),
);

/** An entry with a digest that fits, around what becomes of the input. */
function tryContent(input: string): void {
  const store = memoryStore();
  const split = input.indexOf("\n") + 1;
  const bytes = fromLatin1(input);
  const value = parseJson(decodeBytes(bytes.subarray(split))) ?? input;
  const pack = packStore("/c/results", store, nodeDigest);
  pack.keep(NAME, { about: value, bytes });
  pack.flush();
  const found = resultCache("/c", store, nodeDigest).find(NAME, (observations) =>
    observations.every((each) => typeof each === "string"),
  );
  // What has observations is a result, whatever else it has.
  assert.equal(found !== undefined, parseObservations(asRecord(value)["seen"]) !== undefined);
  if (found !== undefined) assert.deepEqual(found.bytes, bytes);
}

export const cacheEntries: Target = {
  name: "cache-entries",
  seeds: () => [
    ...whole,
    entry("another", about, encodeBytes("x")),
    ...others.map((value) => `\n${JSON.stringify(value)}`),
  ],
  words: [
    "armorer-cache 2 ",
    "armorer-cache 1 ",
    "0".repeat(64),
    "\n",
    "{",
    "}",
    "[]",
    '"seen":',
    '"about":',
    "null",
    "-1",
  ],
  mutators: [
    (_, random) =>
      `\n${JSON.stringify({ seen: [random.pick(["", "read", "kind  ", "list !E /"])], about: random.below(9) })}`,
  ],
  dose: 6000,
  law: (input) => {
    const bytes = fromLatin1(input);
    const found = decodeEntry(NAME, bytes, nodeDigest);
    if (found !== undefined) assert.ok(whole.includes(latin1(bytes)), "a changed entry was taken for whole");
    tryContent(input);
    return found !== undefined || input.startsWith("armorer-cache 2 ");
  },
};
