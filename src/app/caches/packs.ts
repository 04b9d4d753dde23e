/**
 * Many cache entries in few files. A *pack* is a list of the entries in it, their texts, and then the entries, as `entries.ts` encodes them.
 * It is written once, whole, and never changed; so several writers may run at once, and what one of them adds is a pack of its own.
 *
 * Layout: `:DIGEST BYTES` in a line for the texts, `NAME BYTES` in a line for each entry, then the texts, a JSON list, and the entries in that
 * order. The file is called `DIGEST-BYTES-GENERATION` after the digest of the list and its length. So a list that is damaged, cut short
 * or under another name counts as absent, texts and entries prove themselves, and the entries of a pack are found without reading them. The generation is above that of all packs its writer knew: of
 * entries of one name the one in the latest counts, whatever clocks say. Two writers at once may give the same; then either counts.
 *
 * COST: 270 automata of Debian's policy as a file each took a tenth of the run that wrote them, and so did the results of its 160 files.
 */
import { compareBy } from "../../foundation/basics/index.ts";
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";
import type { DigestPort, FileStorePort } from "../../foundation/ports/index.ts";
import { type Entry, TextTable, decodeEntry, encodeEntry } from "./entries.ts";
import { parseJson, parseTexts } from "./trace.ts";

/** Entries wait in memory until there are so many bytes of them; what is in two packs is not worth a third. */
const MOST_PENDING_BYTES = 4 * 2 ** 20;
/** COST: entries of Debian's whole policy read one by one took a tenth of a run in which nothing changed. */
const MOST_AHEAD_BYTES = 2 ** 19;
/** Packs above this number are put together. */
const MOST_PACKS = 96;

const FILE_NAME = /^([0-9a-f]{64})-([0-9]{1,8})-([0-9]{1,9})$/;
const LINE = /^(\S+) ([0-9]{1,9})$/;
/** Begins the name that stands for a pack's texts in its list, and no entry's. */
const TEXTS = ":";

interface PackStore {
  /** `undefined` when there is none that can be trusted. */
  readonly find: (name: string) => Entry | undefined;
  readonly keep: (name: string, entry: Entry) => void;
  /** Writes what was kept; that it cannot be written is not an error. */
  readonly flush: () => void;
  /**
   * Removes packs of which a later one has every entry, and bounds the number of the others, and their bytes: if they have more than
   * that, the oldest are removed until they have half of it.
   */
  readonly trim: (mostBytes: number) => void;
}

const LAST_GENERATION = 999_999_999;

/** INVARIANT: everybody has the same order, so that of several who remove what a later pack has, none removes the latest. */
const LATEST_LAST = compareBy<{ readonly generation: number; readonly path: string }>(
  ({ generation }) => generation,
  ({ path }) => path,
);

interface Place {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

interface Listed extends Place {
  readonly name: string;
}

/** What is to be written. */
interface Pending {
  readonly entries: Map<string, Uint8Array>;
  readonly table: TextTable;
  bytes: number;
}

function nothingPending(): Pending {
  return { entries: new Map(), table: new TextTable(), bytes: 0 };
}

/** The packs in a directory that is there. */
export function packStore(directory: string, files: FileStorePort, digest: DigestPort): PackStore {
  return new Packs(directory, files, digest);
}

class Packs implements PackStore {
  readonly #directory: string;
  readonly #files: FileStorePort;
  readonly #digest: DigestPort;
  /** By name; the latest last. Read when first asked for. */
  #places: Map<string, Place[]> | undefined;
  /** The latest of the packs that were read. */
  #generation = 0;
  #pending = nothingPending();
  /** By pack, where its texts are; and those that were read. */
  readonly #textsAt = new Map<string, Listed>();
  readonly #texts = new Map<string, readonly string[]>();
  /** What was read last, and perhaps more than was wanted. */
  #ahead: { readonly path: string; readonly start: number; readonly bytes: Uint8Array } | undefined;

  constructor(directory: string, files: FileStorePort, digest: DigestPort) {
    this.#directory = directory;
    this.#files = files;
    this.#digest = digest;
  }

  find(name: string): Entry | undefined {
    const pending = this.#pending.entries.get(name);
    if (pending !== undefined) return decodeEntry(name, pending, () => this.#pending.table.texts, this.#digest);
    for (const place of this.#known().get(name)?.toReversed() ?? []) {
      const bytes = this.#read(place);
      const entry = bytes && decodeEntry(name, bytes, () => this.#textsOf(place.path), this.#digest);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /** The texts of the entries of a pack; none where they cannot be trusted. */
  #textsOf(path: string): readonly string[] {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    const place = this.#textsAt.get(path);
    const file = place && this.#files.readOwn(path, place);
    const texts = place !== undefined && file?.ok === true ? readTexts(place, file.value.bytes, this.#digest) : [];
    this.#texts.set(path, texts);
    return texts;
  }

  /** The bytes of an entry. What is wanted nearly in the order in which it was written is read ahead, twice as much each time. */
  #read({ end, path, start }: Place): Uint8Array | undefined {
    const read = this.#ahead?.path === path ? this.#ahead : undefined;
    const readEnd = read === undefined ? 0 : read.start + read.bytes.length;
    if (read !== undefined && read.start <= start && end <= readEnd)
      return read.bytes.subarray(start - read.start, end - read.start);
    const isNext = read !== undefined && read.start < start && start <= readEnd + MOST_AHEAD_BYTES;
    const length = isNext ? Math.min(2 * read.bytes.length, MOST_AHEAD_BYTES) : 0;
    const file = this.#files.readOwn(path, { start, end: Math.max(end, start + length) });
    if (!file.ok) return undefined;
    this.#ahead = { path, start, bytes: file.value.bytes };
    return file.value.bytes.subarray(0, end - start);
  }

  keep(name: string, entry: Entry): void {
    this.#add(name, entry);
    if (this.#pending.bytes > MOST_PENDING_BYTES) this.flush();
  }

  flush(): void {
    this.#writePending();
  }

  trim(mostBytes: number): void {
    this.flush();
    this.#places = undefined;
    this.#ahead = undefined;
    const places = [...this.#known().values()];
    const latest = new Set(places.map((all) => all.at(-1)?.path));
    // Not those that cannot be judged: they may be somebody else's.
    const superseded = new Set(places.flat().flatMap(({ path }) => (latest.has(path) ? [] : [path])));
    const files = this.#list().flatMap((path) => {
      const status = this.#files.status(path);
      return status.ok && status.value.kind === "file" ? [{ path, ...status.value }] : [];
    });
    files.sort(compareBy(({ modifiedNs }) => Number(modifiedNs / 1_000_000n)));
    let bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const most = bytes > mostBytes ? mostBytes / 2 : mostBytes;
    for (let oldest = files[0]; oldest !== undefined && bytes > most; oldest = files[0]) {
      files.shift();
      this.#files.remove(oldest.path);
      bytes -= oldest.sizeBytes;
    }
    const packs = files.filter(({ path }) => FILE_NAME.test(baseName(path)));
    const worth = packs.filter(({ path }) => !superseded.has(path));
    for (const path of superseded) this.#files.remove(path);
    const small = worth.filter(({ sizeBytes }) => sizeBytes < MOST_PENDING_BYTES / 2);
    if (worth.length > MOST_PACKS) this.#putTogether(small.map(({ path }) => path));
    this.#places = undefined;
  }

  /** Writes the entries of packs anew, in fewer of them, and removes these. What is in none that can be trusted is lost, and what a later one has. */
  #putTogether(paths: readonly string[]): void {
    const written = new Set<string | undefined>();
    for (const path of paths) {
      const file = this.#files.readOwn(path);
      const bytes = file.ok ? file.value.bytes : new Uint8Array(0);
      for (const { end, name, start } of this.#readList(path, bytes)) {
        if (this.#known().get(name)?.at(-1)?.path !== path) continue;
        const entry = decodeEntry(name, bytes.subarray(start, end), () => this.#textsOf(path), this.#digest);
        if (entry !== undefined) this.#add(name, entry);
      }
      if (this.#pending.bytes > MOST_PENDING_BYTES) written.add(this.#writePending());
    }
    if (this.#pending.entries.size > 0) written.add(this.#writePending());
    if (written.has(undefined)) return;
    for (const path of paths) if (!written.has(path)) this.#files.remove(path);
  }

  #add(name: string, entry: Entry): void {
    const { entries, table } = this.#pending;
    const bytes = encodeEntry(name, entry, table, this.#digest);
    this.#pending.bytes += bytes.length - (entries.get(name)?.length ?? 0);
    entries.set(name, bytes);
  }

  /** The path of the new pack; `undefined`: there is none. */
  #writePending(): string | undefined {
    const { entries, table } = this.#pending;
    if (entries.size === 0) return undefined;
    this.#known();
    this.#generation = Math.min(this.#generation + 1, LAST_GENERATION);
    this.#pending = nothingPending();
    const texts = encodeBytes(JSON.stringify(table.texts));
    const parts = new Map([[TEXTS + this.#digest.sha256(texts), texts], ...entries]);
    const list = encodeBytes(Array.from(parts, ([name, { length }]) => `${name} ${length}\n`).join(""));
    const path = `${this.#directory}/${this.#digest.sha256(list)}-${list.length}-${this.#generation}`;
    if (!this.#files.write(path, join([list, ...parts.values()]), { mode: 0o600, expendable: true }).ok)
      return undefined;
    this.#note(path, list);
    return path;
  }

  /** Notes where all is that is in a pack, by its first bytes. */
  #note(path: string, bytes: Uint8Array): void {
    const places = (this.#places ??= new Map());
    for (const listed of this.#readList(path, bytes)) {
      const { end, name, start } = listed;
      const known = places.get(name);
      if (name.startsWith(TEXTS)) this.#textsAt.set(path, listed);
      else if (known === undefined) places.set(name, [{ path, start, end }]);
      else known.push({ path, start, end });
    }
  }

  #list(): readonly string[] {
    const listing = this.#files.list(this.#directory);
    return listing.ok ? listing.value.map(({ name }) => `${this.#directory}/${name}`) : [];
  }

  /** Where every entry is. */
  #known(): Map<string, Place[]> {
    return this.#places ?? this.#readPlaces();
  }

  #readPlaces(): Map<string, Place[]> {
    const packs = this.#list().flatMap((path) => {
      const [, , length, generation] = FILE_NAME.exec(baseName(path)) ?? [];
      return length === undefined ? [] : [{ path, length: Number(length), generation: Number(generation) }];
    });
    const places = (this.#places = new Map<string, Place[]>());
    for (const { generation, length, path } of packs.toSorted(LATEST_LAST)) {
      const list = this.#files.readOwn(path, { start: 0, end: length });
      if (list.ok) this.#note(path, list.value.bytes);
      this.#generation = generation;
    }
    return places;
  }

  /** What is in a pack, by its first bytes: nothing where they are not what its name says. */
  #readList(path: string, bytes: Uint8Array): readonly Listed[] {
    const [, sum, length] = FILE_NAME.exec(baseName(path)) ?? [];
    const list = bytes.subarray(0, Number(length));
    if (this.#digest.sha256(list) !== sum) return [];
    let start = list.length;
    const listed: Listed[] = [];
    for (const line of decodeBytes(list).split("\n")) {
      const [, name, size] = LINE.exec(line) ?? [];
      if (name === undefined) continue;
      const end = start + Number(size);
      listed.push({ name, path, start, end });
      start = end;
    }
    return listed;
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Texts as a pack has them; none where the bytes are not what its list says. */
function readTexts({ name }: Listed, bytes: Uint8Array, digest: DigestPort): readonly string[] {
  if (TEXTS + digest.sha256(bytes) !== name) return [];
  return parseTexts(parseJson(decodeBytes(bytes))) ?? [];
}
