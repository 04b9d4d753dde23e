import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../foundation/basics/index.ts";
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";
import type { FileStorePort } from "../../foundation/ports/index.ts";
import { nodeDigest as digest } from "../../host/index.ts";
import { type MemoryStore, memoryStore } from "../../../tests/support/memory-files.ts";
import type { Entry } from "./entries.ts";
import { packStore } from "./packs.ts";

const bytes = encodeBytes("policy");

/** Its texts are its own, and one that all have. */
function entry(about: string, data = bytes): Entry {
  return { about, texts: [`of ${about}`, "of all"], bytes: data };
}

function names(count: number, prefix = "n"): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

/** A store in which these are, written at once. */
function write(files: FileStorePort, entries: readonly string[]): void {
  const store = packStore("/c", files, digest);
  for (const name of entries) store.keep(name, entry(name));
  store.flush();
}

function missing(files: FileStorePort, entries: readonly string[]): readonly string[] {
  const store = packStore("/c", files, digest);
  return entries.filter((name) => {
    const found = store.find(name);
    if (found !== undefined) assert.deepEqual(found.texts, entry(name).texts);
    return found?.about !== name;
  });
}

test("what was kept is found by everybody once it is written, and is in one file", () => {
  const files = memoryStore({});
  const store = packStore("/c", files, digest);
  for (const name of names(50)) store.keep(name, entry(name));
  assert.equal(store.find("n7")?.about, "n7");
  assert.equal(files.contents.size, 0);
  store.flush();
  assert.equal(files.contents.size, 1);
  store.flush();
  assert.equal(files.contents.size, 1);
  assert.equal(store.find("n7")?.about, "n7");
  assert.deepEqual(missing(files, names(50)), []);
  assert.deepEqual(missing(files, ["other"]), ["other"]);
});

test("writers do not take from each other what they write", () => {
  const files = memoryStore({});
  const [one, other] = [packStore("/c", files, digest), packStore("/c", files, digest)];
  one.keep("a", entry("a"));
  other.keep("b", entry("b"));
  one.flush();
  other.flush();
  write(files, ["a", "c"]);
  assert.deepEqual(missing(files, ["a", "b", "c"]), []);
});

test("a pack that was changed in any one byte, or cut short, loses what it cannot prove and nothing else", () => {
  const files = memoryStore({});
  write(files, names(3));
  const [[path = "", whole = new Uint8Array()] = []] = files.contents;
  const [, listBytes] = /-([0-9]+)-/.exec(path) ?? [];
  const [, textsBytes] = /^:[0-9a-f]+ ([0-9]+)$/m.exec(decodeBytes(whole)) ?? [];
  const sharedBytes = Number(listBytes) + Number(textsBytes);
  assert.ok(sharedBytes > 0);
  for (let at = 0; at < whole.length; at += 1) {
    const changed = whole.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    files.contents.set(path, changed);
    assert.equal(missing(files, names(3)).length, at < sharedBytes ? 3 : 1, `byte ${at}`);
    files.contents.set(path, whole.slice(0, at));
    assert.ok(missing(files, names(3)).length > 0, `cut to ${at}`);
  }
  files.contents.delete(path);
  files.contents.set(
    path.replace(/[0-9a-f]/, (digit) => (digit === "0" ? "1" : "0")),
    whole,
  );
  assert.equal(missing(files, names(3)).length, 3, "under another name");
});

test("what is damaged is written again, and then found", () => {
  const files = memoryStore({});
  write(files, names(3));
  const [[path = "", whole = new Uint8Array()] = []] = files.contents;
  files.contents.set(path, whole.fill(0, whole.length - 4));
  assert.deepEqual(missing(files, names(3)), ["n2"]);
  write(files, ["n2"]);
  assert.deepEqual(missing(files, names(3)), []);
});

test("of entries of one name the one that was written last counts, in whatever order packs are listed and whatever their age", () => {
  const files = memoryStore({});
  for (const about of ["first", "second", "third"]) {
    const store = packStore("/c", files, digest);
    store.keep("same", entry(about));
    store.keep(about, entry(about));
    store.flush();
    for (const reading of [files, listedBackwards(files)]) {
      assert.equal(packStore("/c", reading, digest).find("same")?.about, about);
    }
  }
  const ages = new Map([...files.contents.keys()].map((path, index) => [path, BigInt(9 - index)]));
  packStore("/c", aged(files, ages), digest).trim(2 ** 20);
  assert.equal(packStore("/c", files, digest).find("same")?.about, "third");
  assert.equal(files.contents.size, 3, "each has an entry that no other has");
});

test("what was written anew is not brought back by putting packs together", () => {
  const files = memoryStore({});
  for (const name of names(120)) write(files, [name, "shared"]);
  const store = packStore("/c", files, digest);
  store.keep("shared", entry("new", new Uint8Array(3 * 2 ** 20)));
  store.flush();
  assert.equal(files.contents.size, 121);
  for (const reading of [files, listedBackwards(files)]) packStore("/c", reading, digest).trim(2 ** 24);
  assert.equal(files.contents.size, 2, "one is too large to be put together");
  assert.equal(packStore("/c", files, digest).find("shared")?.about, "new");
  assert.deepEqual(missing(files, names(120)), []);
});

test("a pack is removed when later ones have all that is in it, by whoever looks, and none that has something of its own", () => {
  const files = memoryStore({});
  for (const list of [["a", "b"], ["a"], ["b", "c"], ["c"], ["a"]]) write(files, list);
  assert.equal(files.contents.size, 5);
  for (const reading of [listedBackwards(files), files]) packStore("/c", reading, digest).trim(2 ** 20);
  assert.deepEqual(missing(files, ["a", "b", "c"]), []);
  assert.equal(files.contents.size, 3);
});

test("a pack that is not believed is not removed by whoever does not believe it", () => {
  const files = memoryStore({});
  write(files, ["a"]);
  const [others = ""] = files.contents.keys();
  const own: FileStorePort = {
    ...files,
    readOwn: (path, range) =>
      path === others ? { ok: false, error: { path, errno: "EPERM" } } : files.readOwn(path, range),
  };
  write(own, ["a"]);
  write(own, ["a", "b"]);
  packStore("/c", own, digest).trim(2 ** 20);
  assert.equal(files.contents.size, 2);
  assert.ok(files.contents.has(others));
  assert.deepEqual(missing(own, ["a", "b"]), []);
});

function listedBackwards(files: MemoryStore): MemoryStore {
  return {
    ...files,
    list: (path) => {
      const listing = files.list(path);
      return listing.ok ? ok(listing.value.toReversed()) : listing;
    },
  };
}

function aged(files: MemoryStore, ages: ReadonlyMap<string, bigint>): FileStorePort {
  const status: FileStorePort["status"] = (path) =>
    ok({
      kind: "file",
      sizeBytes: files.contents.get(path)?.length ?? 0,
      mode: 0o600,
      modifiedNs: (ages.get(path) ?? 99n) * 1_000_000n,
    });
  return { ...files, status };
}

test("packs that have grown too large lose their oldest half", () => {
  const files = memoryStore({});
  const ages = new Map<string, bigint>();
  for (const name of ["f", "e", "d", "c", "b", "a"]) {
    write(files, [name]);
    for (const path of files.contents.keys()) if (!ages.has(path)) ages.set(path, BigInt(name.charCodeAt(0)));
  }
  const size = [...files.contents.values()].reduce((sum, { length }) => sum + length, 0);
  packStore("/c", aged(files, ages), digest).trim(size);
  assert.equal(files.contents.size, 6);
  packStore("/c", aged(files, ages), digest).trim(size - 1);
  assert.deepEqual(missing(files, ["a", "b", "c", "d", "e", "f"]), ["a", "b", "c", "d"]);
});

test("many packs become few, and nothing in them is lost but what is damaged", () => {
  const files = memoryStore({});
  for (const name of names(120)) write(files, [name, "shared"]);
  const [[path = "", whole = new Uint8Array()] = []] = files.contents;
  files.contents.set(path, whole.subarray(0, 3));
  files.contents.set("/c/somebody-else's", bytes);
  packStore("/c", files, digest).trim(2 ** 20);
  assert.deepEqual(missing(files, [...names(120), "shared"]), ["n0"]);
  assert.equal(files.contents.size, 2);
});

test("where nothing can be written, nothing is lost by putting packs together", () => {
  const files = memoryStore({});
  for (const name of names(120)) write(files, [name]);
  const refusing: FileStorePort = { ...files, write: (path) => ({ ok: false, error: { path, errno: "ENOSPC" } }) };
  packStore("/c", refusing, digest).trim(2 ** 20);
  assert.deepEqual(missing(files, names(120)), []);
});

test("entries that are wanted as they were written take few reads, in any other order they are found as well", () => {
  const files = memoryStore({});
  write(files, names(500));
  let reads = 0;
  const counting: FileStorePort = {
    ...files,
    readOwn: (path, range) => {
      reads += 1;
      return files.readOwn(path, range);
    },
  };
  assert.deepEqual(missing(counting, names(500)), []);
  assert.ok(reads < 20, `${reads} reads`);
  assert.deepEqual(missing(counting, names(500).toReversed()), []);
  assert.deepEqual(
    missing(
      counting,
      names(500).filter((_, index) => index % 7 === 3),
    ),
    [],
  );
});
