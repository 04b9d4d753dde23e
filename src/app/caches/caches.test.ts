import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { fail } from "../../foundation/basics/index.ts";
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";
import type { DigestPort } from "../../foundation/ports/index.ts";
import { memoryStore } from "../../../tests/support/memory-files.ts";
import { TextTable, decodeEntry, encodeEntry } from "./entries.ts";
import { cacheDirectory, createCache, openCache, purgeCache, readEntry, writeEntry } from "./policy-cache.ts";
import { createTracer, replayer } from "./trace.ts";

/** Not a good digest, but one that differs when a byte does. */
const digest: DigestPort = {
  sha256: (...parts) => {
    let hash = 0xcbf29ce484222325n;
    for (const part of parts) {
      for (const byte of typeof part === "string" ? encodeBytes(part) : part) {
        hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
      }
    }
    return hash.toString(16).padStart(64, "0");
  },
};

const features = "file {mask {read\n}\n}\n";
const observations = ["read x /p"];
const noTexts = (): readonly string[] => [];

test("an entry comes back as it was, under its own name only", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.jsonValue(), fc.array(fc.string()), (bytes, about, texts) => {
      const table = new TextTable();
      encodeEntry("before", { about: "", texts: ["before", ...texts.slice(1)], bytes }, table, digest);
      const file = encodeEntry("name", { about, texts, bytes }, table, digest);
      const entry = decodeEntry("name", file, () => table.texts, digest);
      assert.deepEqual(entry?.bytes, bytes);
      assert.deepEqual(entry.texts, texts);
      assert.equal(table.texts.length, new Set(["before", ...texts]).size);
      assert.equal(JSON.stringify(entry.about), JSON.stringify(about));
      assert.equal(
        decodeEntry("other", file, () => table.texts, digest),
        undefined,
      );
      const short = decodeEntry("name", file, () => [], digest);
      assert.equal(short === undefined, texts.length > 0);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test("an entry that was cut short or changed in any one byte is no entry", () => {
  const whole = encodeEntry("name", { about: 12, texts: [], bytes: encodeBytes("policy") }, new TextTable(), digest);
  for (let length = 0; length < whole.length; length += 1) {
    assert.equal(decodeEntry("name", whole.subarray(0, length), noTexts, digest), undefined, `cut to ${length}`);
  }
  for (let at = 0; at < whole.length; at += 1) {
    const changed = whole.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(decodeEntry("name", changed, noTexts, digest), undefined, `byte ${at}`);
  }
});

test("whatever is in a cache file, reading it gives nothing and throws nothing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 300 }), (bytes, length) => {
      assert.equal(decodeEntry("name", bytes, noTexts, digest), undefined);
      const sum = digest.sha256(encodeBytes(`name\n${length}\n`), bytes);
      const head = encodeBytes(`armorer-cache 3 ${sum} ${length}\n`);
      decodeEntry("name", new Uint8Array([...head, ...bytes]), noTexts, digest);
    }),
    { seed: 2, numRuns: 300 },
  );
});

test("a trace tells whether the same questions have the same answers", () => {
  const files = memoryStore({ "/d/a": "one", "/d/b": "two" });
  const traced = createTracer(files, digest).trace();
  traced.read("/d/a");
  traced.read("/d/absent");
  traced.list("/d");
  traced.kind("/d/b");
  const seen = traced.observations();
  const current = (): boolean => replayer(files, digest).isCurrent(seen);
  assert.equal(seen.length, 4);
  assert.ok(current());
  for (const [path, text] of [
    ["/d/a", "changed"],
    ["/d/absent", "appeared"],
    ["/d/c", "a new neighbour"],
  ] as const) {
    const before = files.contents.get(path);
    files.contents.set(path, encodeBytes(text));
    assert.ok(!current(), path);
    if (before === undefined) files.contents.delete(path);
    else files.contents.set(path, before);
    assert.ok(current(), `${path} as it was`);
  }
  files.contents.set("/d/b", encodeBytes("its bytes were not asked for"));
  assert.ok(current());
});

function gistOfBytes(bytes: Uint8Array): string {
  return decodeBytes(bytes).replaceAll(/#.*\n/g, "");
}

test("of a file whose gist was recorded it is known that only comments have changed, and of no other", () => {
  const files = memoryStore({ "/d/a": "one\n", "/d/b": "two\n", "/d/c": "three\n" });
  const traced = createTracer(files, digest).trace();
  for (const path of ["/d/a", "/d/b", "/d/c", "/d/absent"]) traced.read(path);
  const gists = new Map([
    ["/d/a", "one\n"],
    ["/d/c", "three\n"],
  ]);
  const seen = traced.observations((path) => gists.get(path));
  const changed = (): readonly string[] | undefined => {
    const { changesOnly, isCurrent } = replayer(files, digest);
    const paths = changesOnly(seen, gistOfBytes);
    assert.equal(isCurrent(seen), paths?.size === 0);
    return paths && [...paths];
  };
  assert.deepEqual(changed(), []);
  files.contents.set("/d/a", encodeBytes("# said\none\n"));
  assert.deepEqual(changed(), ["/d/a"]);
  files.contents.set("/d/c", encodeBytes("three\n# said\n"));
  assert.deepEqual(changed(), ["/d/a", "/d/c"]);
  files.contents.set("/d/c", encodeBytes("four\n"));
  assert.equal(changed(), undefined);
  files.contents.set("/d/c", encodeBytes("three\n"));
  files.contents.set("/d/b", encodeBytes("two\n# said\n"));
  assert.equal(changed(), undefined, "no gist was recorded");
  files.contents.set("/d/b", encodeBytes("two\n"));
  files.contents.set("/d/absent", encodeBytes("# said\n"));
  assert.equal(changed(), undefined, "it was not there");
});

test("a tracer reads each file once and still tells every computation's questions", () => {
  let reads = 0;
  const files = memoryStore({ "/a": "x" });
  const counting = { ...files, read: (path: string) => ((reads += 1), files.read(path)) };
  const tracer = createTracer(counting, digest);
  const [first, second] = [tracer.trace(), tracer.trace()];
  first.read("/a");
  second.read("/a");
  assert.equal(reads, 1);
  assert.deepEqual(first.observations(), second.observations());
});

test("a directory that belongs to other features is never used", () => {
  const files = memoryStore({});
  const first = createCache(files, "/c", features);
  assert.ok(first.ok);
  assert.equal(first.value, cacheDirectory(files, "/c", features));
  files.contents.set(`${first.value}/.features`, encodeBytes("other"));
  const second = createCache(files, "/c", features);
  assert.ok(second.ok && second.value !== first.value);
  assert.deepEqual(openCache(files, "/c", features), { ok: true, value: second.value });
});

test("an entry is read back with its record, and with neither when either was tampered with", () => {
  const files = memoryStore({ "/c/d/.features": features });
  const blob = decodeBytes(Uint8Array.from([4, 8, 0, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0, 2, 9, 9]));
  const record = { key: "k", blob: digest.sha256(encodeBytes(blob)), observations };
  assert.ok(writeEntry(files, "/c/d", "p", { bytes: encodeBytes(blob), record, modifiedNs: 7n }).ok);
  const read = (): unknown => {
    const entry = readEntry(files, ["/c/d"], "p", digest);
    return entry.ok ? entry.value.record : entry.error.kind;
  };
  assert.deepEqual(read(), record);
  files.contents.set("/c/d/p", encodeBytes(`${blob}!`));
  assert.equal(read(), "damaged");
  files.contents.set("/c/d/p", encodeBytes("garbage"));
  assert.equal(read(), "damaged");
  files.contents.set("/c/d/p", encodeBytes(blob));
  files.contents.set("/c/d/.p.armorer", encodeBytes("{"));
  assert.equal(read(), "damaged");
  files.contents.delete("/c/d/.p.armorer");
  assert.equal(read(), "foreign");
  files.contents.delete("/c/d/p");
  assert.equal(read(), "unreadable");
});

test("purging leaves nothing below a location", () => {
  const files = memoryStore({ "/c/x/.features": "f", "/c/x/p": "b", "/c/loose": "l", "/other": "stays" });
  purgeCache(files, "/c");
  assert.deepEqual([...files.contents.keys()], ["/other"]);
});

test("purging believes that an entry is gone only when it sees that", () => {
  const files = memoryStore({ "/c/p": "b" });
  const lying: typeof files = { ...files, remove: (path) => fail({ path, errno: "ENOENT" }) };
  assert.equal(purgeCache(lying, "/c").ok, false);
  const racing: typeof files = {
    ...files,
    remove: (path) => {
      files.remove(path);
      return fail({ path, errno: "ENOENT" });
    },
  };
  assert.equal(purgeCache(racing, "/c").ok, true);
});
