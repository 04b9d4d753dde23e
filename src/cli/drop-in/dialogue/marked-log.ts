/** A log from the first line on in which a mark is (tools 12, `-m`). */
import type { LogItem, LogsPort } from "../../../foundation/ports/index.ts";
import { encodeBytes } from "../../../foundation/text/index.ts";

/** `seen` says afterwards whether the mark was there. */
export function fromMark(logs: LogsPort, mark: string): { readonly logs: LogsPort; readonly seen: () => boolean } {
  let isSeen = false;
  const bytes = Buffer.from(encodeBytes(mark));
  const skip = async function* (items: AsyncIterable<LogItem>): AsyncIterable<LogItem> {
    let line = Buffer.alloc(0);
    for await (const item of items) {
      if (isSeen || item.kind !== "bytes") {
        yield item;
        continue;
      }
      line = Buffer.concat([line, item.bytes]);
      const at = line.indexOf(bytes);
      if (at >= 0) {
        isSeen = true;
        yield { kind: "bytes", bytes: line.subarray(line.lastIndexOf(10, at) + 1) };
      } else line = line.subarray(line.lastIndexOf(10) + 1);
    }
  };
  return {
    seen: () => isSeen,
    logs: {
      open: async (source, options) => {
        const opened = await logs.open(source, options);
        return opened.ok ? { ok: true, value: skip(opened.value) } : opened;
      },
    },
  };
}

/** A log from so many bytes on. */
export function fromOffset(logs: LogsPort, offset: number): LogsPort {
  const skip = async function* (items: AsyncIterable<LogItem>): AsyncIterable<LogItem> {
    let left = offset;
    for await (const item of items) {
      const taken = item.kind === "bytes" ? Math.min(left, item.bytes.length) : 0;
      left -= taken;
      if (item.kind !== "bytes") yield item;
      else if (taken < item.bytes.length) yield { kind: "bytes", bytes: item.bytes.subarray(taken) };
    }
  };
  return {
    open: async (source, options) => {
      const opened = await logs.open(source, options);
      return opened.ok ? { ok: true, value: skip(opened.value) } : opened;
    },
  };
}
