/** The primitives of a policy stream, written (kernel-abi 1). */
import { invariant } from "../../foundation/basics/index.ts";
import { encodeBytes, type OwnBytes } from "../../foundation/text/index.ts";
import { ELEMENT } from "./reader.ts";

/** A growing stream of elements. A name given writes the tag before the element. */
export class StreamWriter {
  #bytes = new Uint8Array(1 << 12);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #origin = 0;
  readonly #onAligned: ((bytes: Uint8Array, start: number) => void) | undefined;

  /** `onAligned` hears of every aligned blob, and where its bytes begin. */
  constructor(onAligned?: (bytes: Uint8Array, start: number) => void) {
    this.#onAligned = onAligned;
  }

  /** Blobs are padded relative to here from now on: the start of a top level profile. */
  startProfile(): void {
    this.#origin = this.#length;
  }

  u8(value: number, name?: string): void {
    const at = this.#element(ELEMENT.U8, 1, name);
    this.#view.setUint8(at, value);
  }

  u16(value: number, name?: string): void {
    const at = this.#element(ELEMENT.U16, 2, name);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number, name?: string): void {
    const at = this.#element(ELEMENT.U32, 4, name);
    this.#view.setUint32(at, value, true);
  }

  u64(value: bigint, name?: string): void {
    const at = this.#element(ELEMENT.U64, 8, name);
    this.#view.setBigUint64(at, value, true);
  }

  /** INVARIANT: at most 65534 bytes; who makes texts of policy sees to it. */
  string(text: string, name?: string): void {
    const bytes = encodeBytes(text);
    invariant(bytes.length < 0xffff, "a string of a policy stream is too long");
    const at = this.#element(ELEMENT.STRING, 3 + bytes.length, name);
    this.#view.setUint16(at, bytes.length + 1, true);
    this.#bytes.set(bytes, at + 2);
    this.#bytes[at + 2 + bytes.length] = 0;
  }

  /** Raw bytes; `aligned`: zeros before them, so that they start at a multiple of 8 (kernel-abi 1.2). */
  blob(bytes: Uint8Array, options: { readonly name?: string; readonly aligned: boolean }): void {
    if (options.name !== undefined) this.#tag(options.name);
    // 5: the type code and the length. Every top level profile counts from its own start, as 5.0.2 does (kernel-abi 1.2)
    const padding = options.aligned ? (8 - ((this.#length - this.#origin + 5) % 8)) % 8 : 0;
    const at = this.#element(ELEMENT.BLOB, 4 + padding + bytes.length, undefined);
    this.#view.setUint32(at, padding + bytes.length, true);
    this.#bytes.fill(0, at + 4, at + 4 + padding);
    this.#bytes.set(bytes, at + 4 + padding);
    if (options.aligned) this.#onAligned?.(bytes, at + 4 + padding);
  }

  /** An element without payload. */
  mark(type: number, name?: string): void {
    this.#element(type, 0, name);
  }

  /** INVARIANT: at most 65535 elements. */
  array(count: number, name?: string): void {
    invariant(count <= 0xffff, "an array of a policy stream is too long");
    const at = this.#element(ELEMENT.ARRAY, 2, name);
    this.#view.setUint16(at, count, true);
  }

  /** Whole elements that were written elsewhere; no blob that is to be aligned is among them. */
  elements(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  finish(): OwnBytes {
    return this.#bytes.slice(0, this.#length);
  }

  #tag(name: string): void {
    const bytes = encodeBytes(name);
    this.#reserve(4 + bytes.length);
    const at = this.#length;
    this.#bytes[at] = ELEMENT.NAME;
    this.#view.setUint16(at + 1, bytes.length + 1, true);
    this.#bytes.set(bytes, at + 3);
    this.#bytes[at + 3 + bytes.length] = 0;
    this.#length = at + 4 + bytes.length;
  }

  #element(type: number, payload: number, name: string | undefined): number {
    if (name !== undefined) this.#tag(name);
    this.#reserve(1 + payload);
    const at = this.#length;
    this.#bytes[at] = type;
    this.#length = at + 1 + payload;
    return at + 1;
  }

  #reserve(count: number): void {
    const wanted = this.#length + count;
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
