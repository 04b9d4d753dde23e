/**
 * The bytes of D-Bus messages (D-Bus Specification 0.43, "Message Protocol"), as much of them as a client of the session bus needs. Values travel
 * by their signature; what is written is little-endian, what is read may be either. Whoever sends is not trusted: every length is checked.
 */

/** A value of a signature: numbers of 64 bits are `bigint`, a variant says its own signature, a dictionary is a list of pairs. */
export type DbusValue = string | number | bigint | boolean | DbusVariant | readonly DbusValue[];

interface DbusVariant {
  readonly signature: string;
  readonly value: DbusValue;
}

export const METHOD_CALL = 1;
export const METHOD_RETURN = 2;
export const ERROR = 3;
export const SIGNAL = 4;

export interface DbusMessage {
  readonly type: number;
  readonly serial: number;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly errorName?: string;
  readonly replySerial?: number;
  readonly destination?: string;
  readonly sender?: string;
  readonly signature?: string;
  readonly body: readonly DbusValue[];
}

/** What answers to us, and signals of notifications, are far from; the specification allows 128 MiB. */
const MOST_BYTES = 1 << 20;
const MOST_DEPTH = 32;
/** The first byte of a message that is little-endian. */
const LITTLE = 0x6c;

/** The complete types of a signature, one after the other. */
function typesOf(signature: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < signature.length;) {
    const end = endOfType(signature, at);
    found.push(signature.slice(at, end));
    at = end;
  }
  return found;
}

function endOfType(signature: string, start: number): number {
  let at = start;
  while (signature[at] === "a") at += 1;
  const first = signature[at];
  if (first === undefined) throw new RangeError("a signature ends too early");
  if (first !== "(" && first !== "{") return at + 1;
  const close = first === "(" ? ")" : "}";
  at += 1;
  // D-Bus has no empty structure; an array of them, which take no bytes, would never end
  if (signature[at] === close) throw new RangeError("a structure holds nothing");
  while (signature[at] !== close) at = endOfType(signature, at);
  return at + 1;
}

const ALIGNMENTS: Readonly<Record<string, number>> = {
  y: 1,
  g: 1,
  v: 1,
  n: 2,
  q: 2,
  b: 4,
  i: 4,
  u: 4,
  s: 4,
  o: 4,
  a: 4,
  h: 4,
  x: 8,
  t: 8,
  d: 8,
  "(": 8,
  "{": 8,
};

function alignmentOf(type: string): number {
  return ALIGNMENTS[type[0] ?? ""] ?? 1;
}

class Writer {
  private readonly bytes: number[] = [];

  get length(): number {
    return this.bytes.length;
  }

  align(to: number): void {
    while (this.bytes.length % to !== 0) this.bytes.push(0);
  }

  number(value: number | bigint, size: number): void {
    this.align(size);
    let left = BigInt.asUintN(size * 8, BigInt(value));
    for (let count = 0; count < size; count += 1) {
      this.bytes.push(Number(left & 0xffn));
      left >>= 8n;
    }
  }

  text(value: string, sizeOfLength: number): void {
    const bytes = Buffer.from(value.replaceAll("\0", ""));
    this.number(bytes.length, sizeOfLength);
    for (const byte of bytes) this.bytes.push(byte);
    this.bytes.push(0);
  }

  setLength(at: number, length: number): void {
    for (let index = 0; index < 4; index += 1) this.bytes[at + index] = (length >>> (8 * index)) & 0xff;
  }

  value(type: string, value: DbusValue): void {
    switch (type.charAt(0)) {
      case "y":
        return this.number(Number(value), 1);
      case "n":
      case "q":
        return this.number(Number(value), 2);
      case "b":
        return this.number(value === true ? 1 : 0, 4);
      case "i":
      case "u":
        return this.number(Number(value), 4);
      case "x":
      case "t":
        return this.number(typeof value === "bigint" ? value : Number(value), 8);
      case "s":
      case "o":
        return this.text(textOf(value), 4);
      case "g":
        return this.text(textOf(value), 1);
      case "v":
        return this.variant(value);
      case "a":
        return this.array(type.slice(1), listOf(value));
      default:
        return this.struct(typesOf(type.slice(1, -1)), listOf(value));
    }
  }

  private variant(value: DbusValue): void {
    if (typeof value !== "object" || !("signature" in value)) throw new RangeError("a variant says its signature");
    this.text(value.signature, 1);
    this.value(value.signature, value.value);
  }

  private array(type: string, values: readonly DbusValue[]): void {
    this.number(0, 4);
    const at = this.length - 4;
    this.align(alignmentOf(type));
    const start = this.length;
    for (const value of values) this.value(type, value);
    this.setLength(at, this.length - start);
  }

  struct(types: readonly string[], values: readonly DbusValue[]): void {
    this.align(8);
    types.forEach((type, index) => this.value(type, values[index] ?? ""));
  }

  take(): Buffer {
    return Buffer.from(this.bytes);
  }
}

function textOf(value: DbusValue): string {
  return typeof value === "string" ? value : "";
}

function listOf(value: DbusValue): readonly DbusValue[] {
  return Array.isArray(value) ? value : [];
}

const FIELDS = [
  [1, "path", "o"],
  [2, "interface", "s"],
  [3, "member", "s"],
  [4, "errorName", "s"],
  [5, "replySerial", "u"],
  [6, "destination", "s"],
  [7, "sender", "s"],
  [8, "signature", "g"],
] as const;

/** The bytes of a message. */
export function encodeMessage(message: DbusMessage): Buffer {
  const body = new Writer();
  const types = typesOf(message.signature ?? "");
  types.forEach((type, index) => body.value(type, message.body[index] ?? ""));
  const fields = FIELDS.flatMap(([code, key, signature]): readonly DbusValue[] => {
    const value = message[key];
    return value === undefined || value === "" ? [] : [[code, { signature, value }]];
  });
  const head = new Writer();
  for (const byte of [LITTLE, message.type, 0, 1]) head.number(byte, 1);
  head.number(body.length, 4);
  head.number(message.serial, 4);
  head.value("a(yv)", fields);
  head.align(8);
  return Buffer.concat([head.take(), body.take()]);
}

class Reader {
  private at = 0;
  private readonly bytes: Buffer;
  private readonly isLittle: boolean;

  constructor(bytes: Buffer, isLittle: boolean) {
    this.bytes = bytes;
    this.isLittle = isLittle;
  }

  align(to: number): void {
    this.at = Math.ceil(this.at / to) * to;
  }

  private take(length: number): Buffer {
    if (length < 0 || this.at + length > this.bytes.length) throw new RangeError("a message ends too early");
    const part = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }

  number(size: number, isSigned = false): number {
    this.align(size);
    const part = this.take(size);
    if (this.isLittle) return isSigned ? part.readIntLE(0, size) : part.readUIntLE(0, size);
    return isSigned ? part.readIntBE(0, size) : part.readUIntBE(0, size);
  }

  private long(isSigned: boolean): bigint {
    this.align(8);
    const part = this.take(8);
    if (this.isLittle) return isSigned ? part.readBigInt64LE() : part.readBigUInt64LE();
    return isSigned ? part.readBigInt64BE() : part.readBigUInt64BE();
  }

  private text(length: number): string {
    const text = this.take(length).toString();
    this.take(1);
    return text;
  }

  value(type: string, depth = 0): DbusValue {
    if (depth > MOST_DEPTH) throw new RangeError("a message is nested too deeply");
    switch (type.charAt(0)) {
      case "y":
        return this.number(1);
      case "n":
        return this.number(2, true);
      case "q":
        return this.number(2);
      case "b":
        return this.number(4) === 1;
      case "i":
        return this.number(4, true);
      case "u":
      case "h":
        return this.number(4);
      case "x":
        return this.long(true);
      case "t":
        return this.long(false);
      case "d":
        this.align(8);
        return this.isLittle ? this.take(8).readDoubleLE() : this.take(8).readDoubleBE();
      case "s":
      case "o":
        return this.text(this.number(4));
      case "g":
        return this.text(this.number(1));
      case "v":
        return this.variant(depth);
      case "a":
        return this.array(type.slice(1), depth);
      case "(":
      case "{":
        this.align(8);
        return typesOf(type.slice(1, -1)).map((part) => this.value(part, depth + 1));
      default:
        throw new RangeError(`no type is called ${type}`);
    }
  }

  private variant(depth: number): DbusVariant {
    const signature = this.text(this.number(1));
    const [type, ...others] = typesOf(signature);
    if (type === undefined || others.length > 0) throw new RangeError("a variant holds one value");
    return { signature, value: this.value(type, depth + 1) };
  }

  private array(type: string, depth: number): readonly DbusValue[] {
    const length = this.number(4);
    this.align(alignmentOf(type));
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError("a message ends too early");
    const values: DbusValue[] = [];
    while (this.at < end) values.push(this.value(type, depth + 1));
    return values;
  }
}

const HEAD_BYTES = 16;

/** How many bytes the message has that begins here; `undefined`: too few are there to know. */
function messageBytes(bytes: Buffer, isLittle: boolean): number | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const [body, fields] = isLittle
    ? [bytes.readUInt32LE(4), bytes.readUInt32LE(12)]
    : [bytes.readUInt32BE(4), bytes.readUInt32BE(12)];
  const whole = Math.ceil((HEAD_BYTES + fields) / 8) * 8 + body;
  if (whole > MOST_BYTES) throw new RangeError("a message is too long");
  return whole;
}

/** How many bytes are missing at least before the message that begins here can be read. */
export function missingBytes(bytes: Buffer): number {
  return (messageBytes(bytes, bytes[0] === LITTLE) ?? HEAD_BYTES) - bytes.length;
}

/**
 * The first message in these bytes and how many it takes; `undefined`: it is not all there yet.
 *
 * Errors: `RangeError` where the bytes are no message; nothing behind them can be read then.
 */
export function decodeMessage(bytes: Buffer): { readonly message: DbusMessage; readonly length: number } | undefined {
  if (bytes.length > 0 && bytes[0] !== LITTLE && bytes[0] !== 0x42) throw new RangeError("no message begins like this");
  const isLittle = bytes[0] === LITTLE;
  const length = messageBytes(bytes, isLittle);
  if (length === undefined || bytes.length < length) return undefined;
  const reader = new Reader(bytes.subarray(0, length), isLittle);
  reader.number(1);
  const type = reader.number(1);
  reader.number(2);
  reader.number(4);
  const serial = reader.number(4);
  const fields = new Map<number, DbusValue>();
  for (const field of listOf(reader.value("a(yv)"))) {
    const [code, variant] = listOf(field);
    if (typeof code === "number" && typeof variant === "object" && "signature" in variant)
      fields.set(code, variant.value);
  }
  reader.align(8);
  const text = (code: number): string | undefined => {
    const value = fields.get(code);
    return typeof value === "string" ? value : undefined;
  };
  const [signature = "", replySerial] = [text(8), fields.get(5)];
  const body = typesOf(signature).map((one) => reader.value(one));
  const named = FIELDS.flatMap(([code, key]) => {
    const value = text(code);
    return value === undefined ? [] : [[key, value] as const];
  });
  const message: DbusMessage = {
    ...Object.fromEntries(named),
    type,
    serial,
    body,
    ...(typeof replySerial === "number" && { replySerial }),
  };
  return { message, length };
}
