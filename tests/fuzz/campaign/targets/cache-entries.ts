/** An entry of a cache that was changed in any way is as good as absent, and one that is whole but odd does no harm. */
import assert from "node:assert/strict";
import { TextTable, decodeEntry, encodeEntry } from "../../../../src/app/caches/entries.ts";
import { resultCache } from "../../../../src/app/index.ts";
import { packStore } from "../../../../src/app/caches/packs.ts";
import { asRecord, parseJson } from "../../../../src/app/caches/trace.ts";
import { decodeBytes, encodeBytes } from "../../../../src/foundation/text/index.ts";
import { nodeDigest } from "../../../../src/host/index.ts";
import { memoryStore } from "../../../support/memory-files.ts";
import { fromLatin1, latin1 } from "../latin1.ts";
import type { Target } from "../target.ts";

const NAME = "entry";
const TEXTS = [`read ${"a".repeat(64)} /etc/apparmor.d/x`, "kind file /b", "list !ENOENT /c"];
const TABLES = encodeBytes("tables");
/** An automaton in the cache. */
const KNOWN = "known";
const gap = { name: KNOWN, at: 3, size: TABLES.length };
const about = { seen: 3, about: { fields: 3 }, tables: [gap] };
const others = [null, [], {}, { seen: 0, tables: [] }, { seen: 4, tables: [] }, { seen: 2, tables: [[], gap] }];
const table = new TextTable();
const entry = (name: string, value: unknown, bytes: Uint8Array): string =>
  latin1(encodeEntry(name, { about: value, texts: TEXTS, bytes }, table, nodeDigest));

const whole = [about, ...others].map((value, index) =>
  entry(
    NAME,
    value,
    Uint8Array.from({ length: index * 40 }, (_, i) => i),
  ),
);

/** The bytes that an entry stands for; `undefined` where its JSON is none of a result. */
function expected(value: unknown, bytes: Uint8Array): Uint8Array | undefined {
  const { seen, tables } = asRecord(value);
  if (!TEXTS.some((_, index) => seen === index) && seen !== TEXTS.length) return undefined;
  if (!Array.isArray(tables)) return undefined;
  const places = tables.map((each) => {
    const { at, name, size } = asRecord(each);
    return name === KNOWN && size === TABLES.length ? at : undefined;
  });
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const at of places) {
    if (typeof at !== "number" || at < from || at > bytes.length || at % 1 !== 0) return undefined;
    parts.push(bytes.subarray(from, at), TABLES);
    from = at;
  }
  return Buffer.concat([...parts, bytes.subarray(from)]);
}

/** An entry with a digest that fits, around what becomes of the input. */
function tryContent(input: string): void {
  const store = memoryStore();
  const split = input.indexOf("\n") + 1;
  const bytes = fromLatin1(input);
  const value = parseJson(decodeBytes(bytes.subarray(split))) ?? input;
  const automata = packStore("/c/automata", store, nodeDigest);
  automata.keep(KNOWN, { about: { fields: 0, transitions: [] }, texts: [], bytes: TABLES });
  automata.flush();
  const pack = packStore("/c/results", store, nodeDigest);
  pack.keep(NAME, { about: value, texts: TEXTS, bytes });
  pack.flush();
  const found = resultCache("/c", store, nodeDigest).find(NAME, (observations) =>
    observations.every((each, index) => each === TEXTS[index]),
  );
  const wanted = expected(value, bytes);
  const read = found?.bytes();
  assert.equal(read === undefined, wanted === undefined);
  if (found === undefined || read === undefined || wanted === undefined) return;
  assert.equal(found.sizeBytes, wanted.length);
  assert.equal(Buffer.compare(read, wanted), 0);
}

export const cacheEntries: Target = {
  name: "cache-entries",
  seeds: () => [
    ...whole,
    entry("another", about, encodeBytes("x")),
    ...[about, ...others].map((value) => `\n${JSON.stringify(value)}`),
  ],
  words: [
    "armorer-cache 3 ",
    "armorer-cache 2 ",
    "0".repeat(64),
    "\n",
    "{",
    "}",
    "[]",
    '"seen":',
    '"about":',
    '"tables":',
    '"at":',
    "null",
    "-1",
    "0.5",
  ],
  mutators: [
    (_, random) => {
      const places = Array.from({ length: random.below(4) }, () => random.pick([0, 3, 7, 7, 40, 1000, -1, 0.5, null]));
      const tables = places.map((at) => ({
        name: random.pick([KNOWN, KNOWN, KNOWN, "other"]),
        at,
        size: random.pick([6, 6, 6, 6, 5, -1, "6"]),
      }));
      return `\n${JSON.stringify({ seen: random.pick([0, 1, 3, 3, 4, -1, 0.5, "1"]), about: random.below(9), tables })}`;
    },
  ],
  dose: 6000,
  law: (input) => {
    const bytes = fromLatin1(input);
    const found = decodeEntry(NAME, bytes, () => table.texts, nodeDigest);
    if (found !== undefined) assert.ok(whole.includes(latin1(bytes)), "a changed entry was taken for whole");
    tryContent(input);
    return found !== undefined || input.startsWith("armorer-cache 3 ");
  },
};
