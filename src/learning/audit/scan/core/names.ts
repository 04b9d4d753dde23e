/** Names that were seen in the holes of templates: bytes in one piece, so that none of them is an object. */
import type { i32 } from "./environment.ts";
import { copyBytes, isSame } from "./environment.ts";
import { IndexTable } from "./index-table.ts";

export const MOST_NAMES: i32 = 1 << 15;
const MOST_NAME_BYTES: i32 = 1 << 22;

export class NameTable {
  private readonly table: IndexTable = new IndexTable(MOST_NAMES * 2);
  private readonly bytes: Uint8Array = new Uint8Array(MOST_NAME_BYTES);
  private readonly starts: Int32Array = new Int32Array(MOST_NAMES + 1);
  private readonly owners: Int32Array = new Int32Array(MOST_NAMES);
  private count: i32 = 0;

  /** The number of a name of a template; -1: it was not seen. */
  // oxlint-disable-next-line max-params -- a name is a place of bytes. COST: an object for each call
  find(hash: i32, owner: i32, bytes: Uint8Array, at: i32, length: i32): i32 {
    const table = this.table;
    const starts = this.starts;
    table.seek(hash);
    for (let index = table.next(); index >= 0; index = table.next()) {
      const start: i32 = starts[index]!;
      const held: i32 = starts[index + 1]!;
      if (this.owners[index] === owner && held - start === length && isSame(this.bytes, start, bytes, at, length))
        return index;
    }
    return -1;
  }

  /** The number that the name gets; -1: there is no room, and `clear` makes some. */
  // oxlint-disable-next-line max-params -- a name is a place of bytes. COST: an object for each call
  put(hash: i32, owner: i32, bytes: Uint8Array, at: i32, length: i32): i32 {
    const index = this.count;
    const start: i32 = this.starts[index]!;
    if (index >= MOST_NAMES || start + length > MOST_NAME_BYTES) return -1;
    copyBytes(this.bytes, start, bytes, at, length);
    this.starts[index + 1] = start + length;
    this.owners[index] = owner;
    this.count = index + 1;
    this.table.put(hash, index);
    return index;
  }

  clear(): void {
    this.count = 0;
    this.table.clear();
  }
}
