/**
 * Entries of `journalctl -o export` (audit-events 5.5): lines `KEY=value`, a blank line behind the last. A value with a line break comes as
 * `KEY`, eight bytes of length (little end first), the value. The length is obeyed to the byte: what is inside a value is somebody's
 * message, and looks like an entry or a record if he wants it to.
 */
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";

/** The fields of an entry that say what was written, by whom, and when. */
export type EntryFields = Readonly<Record<string, string>>;

/** What a line is to an export. `lost`: values can no longer be distinguished from lines, and nothing is believed from here on. */
type ExportLine = "outside" | "inside" | "lost" | EntryFields;

const WANTED: ReadonlySet<string> = new Set([
  "MESSAGE",
  "_TRANSPORT",
  "SYSLOG_IDENTIFIER",
  "SYSLOG_FACILITY",
  "_AUDIT_ID",
  "_AUDIT_TYPE",
  "_SOURCE_REALTIME_TIMESTAMP",
]);

/** Every entry begins with it. */
const START = "__CURSOR=";
const KEY = /^[A-Z_][A-Z0-9_]{0,63}(?==|$)/;
/** Lines are cut at 1 MiB by who reads them; a value that long has no end to be found. */
const MAX_VALUE = 1 << 18;
const LENGTH_BYTES = 8;

/** A value of which not all lines have come. */
interface OpenValue {
  readonly key: string;
  text: string;
  bytes: number;
  /** With the bytes that hold the length; `undefined`: these have not all come. */
  total: number | undefined;
}

/** Tells the lines of an export from others. Cost: linear; memory is that of one entry. */
export class ExportEntries {
  private fields: Record<string, string> | undefined;
  private open: OpenValue | undefined;
  private isLost = false;

  feed(line: string): ExportLine {
    if (this.isLost) return "lost";
    if (this.open !== undefined) return this.goOn(this.open, line);
    const { fields } = this;
    if (fields === undefined) {
      if (!line.startsWith(START)) return "outside";
      this.fields = {};
      return "inside";
    }
    if (line === "") {
      this.fields = undefined;
      return fields;
    }
    const key = KEY.exec(line)?.[0];
    if (key === undefined) return this.lose();
    if (key.length === line.length) this.open = { key, text: "", bytes: -1, total: undefined };
    else this.keep(key, line.slice(key.length + 1));
    return "inside";
  }

  /** Whether an entry has begun whose end has not come. */
  isOpen(): boolean {
    return this.fields !== undefined && !this.isLost;
  }

  /** Whether nothing that comes is believed any more. */
  hasLostWay(): boolean {
    return this.isLost;
  }

  private goOn(open: OpenValue, line: string): ExportLine {
    open.text += open.bytes < 0 ? line : `\n${line}`;
    open.bytes += 1 + encodeBytes(line).length;
    if (open.bytes < LENGTH_BYTES) return "inside";
    open.total ??= LENGTH_BYTES + lengthOf(encodeBytes(open.text));
    if (open.total > MAX_VALUE || open.bytes > open.total) return this.lose();
    if (open.bytes === open.total) {
      this.keep(open.key, decodeBytes(encodeBytes(open.text).subarray(LENGTH_BYTES)));
      this.open = undefined;
    }
    return "inside";
  }

  /** The first value of a key is the one; the journal writes its own before those of the program. */
  private keep(key: string, value: string): void {
    if (this.fields !== undefined && WANTED.has(key)) this.fields[key] ??= value;
  }

  private lose(): "lost" {
    this.isLost = true;
    return "lost";
  }
}

function lengthOf(bytes: Uint8Array): number {
  let length = 0;
  for (let at = LENGTH_BYTES - 1; at >= 0; at -= 1) length = length * 256 + (bytes[at] ?? 0);
  return length;
}
