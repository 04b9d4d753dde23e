import type { LogItem } from "../../foundation/ports/index.ts";
import { decodeBytes } from "../../foundation/text/index.ts";

/** No audit record comes near this; a line that does is noise, and memory is not to be had with it. */
const MAX_LINE_BYTES = 1 << 20;

/** Cuts bytes into lines as they come, at line feeds alone: what else is there, a reader may have to count. A line longer than the limit is cut there; the rest of it is dropped and counted as lost. */
export class LineSplitter {
  private parts: Uint8Array[] = [];
  private length = 0;
  private overlong = false;

  /** The lines that `bytes` completes. */
  push(bytes: Uint8Array): LogItem[] {
    const items: LogItem[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      const line = bytes.subarray(start, end);
      // COST: a copy of every line costs memory outside the heap, which is given back late.
      if (this.length === 0 && line.length <= MAX_LINE_BYTES) items.push({ kind: "line", text: decodeBytes(line) });
      else {
        this.keep(line);
        items.push(...this.flush());
      }
      start = end + 1;
    }
    this.keep(bytes.subarray(start));
    return items;
  }

  /** What is left when no more comes: a last line without its end. */
  end(): LogItem[] {
    return this.length === 0 ? [] : this.flush();
  }

  private keep(bytes: Uint8Array): void {
    const room = MAX_LINE_BYTES - this.length;
    if (bytes.length > room) this.overlong = true;
    const kept = bytes.subarray(0, room);
    if (kept.length === 0) return;
    this.parts.push(kept.slice());
    this.length += kept.length;
  }

  private flush(): LogItem[] {
    const items: LogItem[] = [{ kind: "line", text: decodeBytes(this.joined()) }];
    if (this.overlong)
      items.push({ kind: "lost", reason: "a line was longer than 1 MiB and was cut", count: undefined });
    this.parts = [];
    this.length = 0;
    this.overlong = false;
    return items;
  }

  private joined(): Uint8Array {
    if (this.parts.length === 1 && this.parts[0] !== undefined) return this.parts[0];
    const whole = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
