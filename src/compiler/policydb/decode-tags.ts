/** The `tags` group (kernel-abi 4.4): no released kernel loads it and no released compiler writes it, but it can be read. */
import type { CompiledTags } from "../compiled/index.ts";
import type { Decoding } from "./decoding.ts";
import { ELEMENT } from "./reader.ts";

export function readTags(decoding: Decoding): CompiledTags | undefined {
  const { reader } = decoding;
  if (!reader.mark(ELEMENT.STRUCT, "tags")) return undefined;
  const broken = "the tags are malformed";
  if (reader.u32("version") !== 1 || !reader.mark(ELEMENT.STRUCT, "strs")) return decoding.fail("permissions", broken);
  const strings = readArray(decoding, undefined, () => reader.string());
  if (strings === undefined || !reader.mark(ELEMENT.STRUCTEND)) return decoding.fail("permissions", broken);
  const headers = readArray(decoding, "hdrs", () => readHeader(decoding));
  const sets = headers === undefined ? undefined : readArray(decoding, "sets", () => reader.u32());
  if (headers === undefined || sets === undefined || !reader.mark(ELEMENT.STRUCTEND)) {
    return decoding.fail("permissions", broken);
  }
  decoding.note("permissions", "no kernel can read tags");
  return { strings, headers, sets };
}

function readArray<T>(decoding: Decoding, name: string | undefined, read: () => T | undefined): T[] | undefined {
  const count = decoding.reader.array(name);
  if (count === undefined) return undefined;
  const values: T[] = [];
  for (let i = 0; i < count; i += 1) {
    const value = read();
    if (value === undefined) return undefined;
    values.push(value);
  }
  return decoding.reader.mark(ELEMENT.ARRAYEND) ? values : undefined;
}

function readHeader({ reader }: Decoding): CompiledTags["headers"][number] | undefined {
  const mask = reader.u32();
  const count = reader.u32();
  const size = reader.u32();
  const tags = reader.u32();
  if (mask === undefined || count === undefined || size === undefined || tags === undefined) return undefined;
  return [mask, count, size, tags];
}
