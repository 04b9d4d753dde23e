/** In place of the typed arrays, in both modules. AssemblyScript: see `build.mjs`. */

/** A list of a fixed length, in place of the typed arrays: no bounds are checked, and the owner frees it. */
@final
export class Table<T> {
  readonly dataStart: usize;
  readonly length: i32;

  constructor(length: i32) {
    const bytes = <usize>length * sizeof<T>();
    this.length = length;
    this.dataStart = heap.alloc(bytes);
    // 0 is the runtime `stub`, where nothing is ever freed: what is new is as memory is made. COST: what is never used takes no memory.
    if (ASC_RUNTIME != 0) memory.fill(this.dataStart, 0, bytes);
  }

  @inline
  @operator("[]")
  get(at: i32): T {
    return load<T>(this.dataStart + <usize>at * sizeof<T>());
  }

  @inline
  @operator("[]=")
  put(at: i32, value: T): void {
    store<T>(this.dataStart + <usize>at * sizeof<T>(), value);
  }

  set(from: Table<T>): void {
    memory.copy(this.dataStart, from.dataStart, <usize>from.length * sizeof<T>());
  }

  fill(value: T, start: i32 = 0, end: i32 = i32.MAX_VALUE): void {
    const last = end < this.length ? end : this.length;
    for (let at = start; at < last; at += 1) this.put(at, value);
  }
}
