/**
 * The primitives of a policy stream (kernel-abi 1). Each read either takes a whole element or nothing: on failure the
 * position is back where it was, so an optional read costs nothing.
 */
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";

/** Type codes of elements. */
export const ELEMENT = {
  U8: 0,
  U16: 1,
  U32: 2,
  U64: 3,
  NAME: 4,
  STRING: 5,
  BLOB: 6,
  STRUCT: 7,
  STRUCTEND: 8,
  LIST: 9,
  LISTEND: 10,
  ARRAY: 11,
  ARRAYEND: 12,
} as const;

/** Reads elements off a stream; numbers and lengths are little endian. */
export class StreamReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  u8(name?: string): number | undefined {
    return this.#number(ELEMENT.U8, 1, name);
  }

  u16(name?: string): number | undefined {
    return this.#number(ELEMENT.U16, 2, name);
  }

  u32(name?: string): number | undefined {
    return this.#number(ELEMENT.U32, 4, name);
  }

  u64(name?: string): bigint | undefined {
    const at = this.#payload(ELEMENT.U64, 8, name);
    return at === undefined ? undefined : this.#view.getBigUint64(at, true);
  }

  /** A string without its final NUL; NULs inside stay: exec targets have one for the colon after a namespace (kernel-abi 4.3). */
  string(name?: string): string | undefined {
    const start = this.position;
    const at = this.#payload(ELEMENT.STRING, 2, name);
    if (at === undefined) return undefined;
    const length = this.#view.getUint16(at, true);
    const end = at + 2 + length;
    if (length === 0 || end > this.bytes.length || this.bytes[end - 1] !== 0) {
      this.position = start;
      return undefined;
    }
    this.position = end;
    return decodeBytes(this.bytes.subarray(at + 2, end - 1));
  }

  /** A view on the payload, not a copy. An empty blob is a failed read, as it is to the kernel. */
  blob(name?: string): Uint8Array | undefined {
    const start = this.position;
    const at = this.#payload(ELEMENT.BLOB, 4, name);
    if (at === undefined) return undefined;
    const length = this.#view.getUint32(at, true);
    const end = at + 4 + length;
    if (length === 0 || end > this.bytes.length) {
      this.position = start;
      return undefined;
    }
    this.position = end;
    return this.bytes.subarray(at + 4, end);
  }

  /** An element without payload: STRUCT, STRUCTEND, ARRAYEND. */
  mark(type: number, name?: string): boolean {
    return this.#payload(type, 0, name) !== undefined;
  }

  /** The element count of an array that is opened here. */
  array(name?: string): number | undefined {
    return this.#number(ELEMENT.ARRAY, 2, name);
  }

  #number(type: number, width: number, name: string | undefined): number | undefined {
    const at = this.#payload(type, width, name);
    if (at === undefined) return undefined;
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  /** Steps over tag, type code and `width` bytes; gives where those bytes start. */
  #payload(type: number, width: number, name: string | undefined): number | undefined {
    const at = this.#afterTag(name);
    if (at === undefined || this.bytes[at] !== type || at + 1 + width > this.bytes.length) return undefined;
    this.position = at + 1 + width;
    return at + 1;
  }

  /** Where the type code is if the tag here is as demanded; a tag that was not asked for is skipped. */
  #afterTag(name: string | undefined): number | undefined {
    const at = this.position;
    if (this.bytes[at] !== ELEMENT.NAME) return name === undefined ? at : undefined;
    if (at + 3 > this.bytes.length) return undefined;
    const length = this.#view.getUint16(at + 1, true);
    const end = at + 3 + length;
    if (end > this.bytes.length) return undefined;
    return name === undefined || this.#isTag(at + 3, length, name) ? end : undefined;
  }

  #isTag(at: number, length: number, name: string): boolean {
    const wanted = encodeBytes(name);
    if (length !== wanted.length + 1 || this.bytes[at + wanted.length] !== 0) return false;
    return wanted.every((byte, i) => this.bytes[at + i] === byte);
  }
}
