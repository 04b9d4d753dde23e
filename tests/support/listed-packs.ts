/** What packs of automata hold, read without the code that reads them (`app/caches/packs.ts`). */
interface ListedEntry {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The entries that a pack lists; `path` ends in the length of its list, and its generation. */
export function listedIn(path: string, bytes: Uint8Array): readonly ListedEntry[] {
  const length = Number(path.split("-").at(-2));
  const lines = Buffer.from(bytes.subarray(0, length)).toString("latin1").trimEnd().split("\n");
  let at = length;
  const parts = lines.map((line) => {
    const [name = "", size] = line.split(" ");
    const start = at;
    at += Number(size);
    return { name, start, end: at };
  });
  // Texts that entries share; those of automata have none.
  return parts.filter(({ name }) => !name.startsWith(":"));
}

/** The names of entries that are as they were in a pack of the same name: where the list is whole, those whose bytes are. */
export function wholeEntries(path: string, before: Uint8Array, now: Uint8Array): readonly string[] {
  const isSame = (start: number, end: number): boolean =>
    Buffer.compare(before.subarray(start, end), now.subarray(start, end)) === 0;
  const entries = listedIn(path, before);
  return isSame(0, Number(path.split("-").at(-2)))
    ? entries.filter(({ start, end }) => isSame(start, end)).map(({ name }) => name)
    : [];
}
