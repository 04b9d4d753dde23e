/** A whole stream: version and namespace headers, profile after profile (kernel-abi 2). */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { ABI_MASK, type CompiledPolicy, type CompiledProfile } from "../compiled/index.ts";
import { readProfile } from "./decode-profile.ts";
import { Decoding } from "./decoding.ts";
import { type KernelGeneration, kernelGenerations, type Refusal } from "./refusals.ts";

/** Why a stream could not be decoded, and what came before the place. */
export interface DecodeError {
  readonly refusal: Refusal;
  readonly decoded: readonly CompiledProfile[];
}

export interface DecodeOptions {
  /** Expands a zstd frame; without it compressed policy is refused. */
  readonly decompress?: (frame: Uint8Array) => Uint8Array | undefined;
}

/**
 * Decodes a policy stream: any version from 5 to 9, any encoding of permissions and tables.
 *
 * Errors: a stream no kernel could read, with the offset; never throws, and never allocates more than a small multiple of the
 * input (a table is measured before it is read).
 * Cost: O(bytes + 256 · states).
 * Source: kernel-abi 1-6.
 */
export function decodePolicy(bytes: Uint8Array, options: DecodeOptions = {}): Outcome<CompiledPolicy, DecodeError> {
  const { failure, unsupported, profiles } = walk(bytes, options);
  const refusal = failure ?? unsupported;
  return refusal === undefined
    ? ok({ profiles })
    : fail({ refusal, decoded: unsupported === undefined ? profiles : [] });
}

/**
 * What a kernel would refuse in a stream, in the order of the stream: an empty list means it can be read and passes every
 * check that does not depend on what is loaded already. The first one is what the kernel reports.
 */
export function validatePolicy(
  bytes: Uint8Array,
  kernel: KernelGeneration,
  options: DecodeOptions = {},
): readonly Refusal[] {
  const { failure, notes } = walk(bytes, options);
  const all = failure === undefined ? notes : [...notes, failure];
  return all.filter((refusal) => refusal.kernels.includes(kernel));
}

/** Whether the bytes are a compressed policy file (kernel-abi 2.5): a header of 8 bytes and a zstd frame. */
function isCompressed(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && bytes[0] === 1 && ZSTD_MAGIC.every((byte, i) => bytes[8 + i] === byte);
}

const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

interface Walk {
  readonly failure: Refusal | undefined;
  readonly unsupported: Refusal | undefined;
  readonly notes: readonly Refusal[];
  readonly profiles: readonly CompiledProfile[];
}

function walk(bytes: Uint8Array, options: DecodeOptions): Walk {
  const plain = isCompressed(bytes) ? options.decompress?.(bytes.subarray(8)) : bytes;
  if (plain === undefined) {
    const message = "the policy is compressed and cannot be expanded here";
    return {
      profiles: [],
      notes: [],
      unsupported: undefined,
      failure: { kind: "format", offset: 0, profile: undefined, message, kernels: kernelGenerations },
    };
  }
  const decoding = new Decoding(plain);
  const profiles: CompiledProfile[] = [];
  let version: number | undefined;
  let inForce: string | undefined;
  do {
    version = readVersion(decoding, version);
    const namespace = readNamespace(decoding, inForce);
    // KERNEL: the first header names the namespace of the whole write; 6.1 and 6.12 log a second one and go on (kernel-abi 2.3)
    inForce ??= namespace;
    if (version === undefined || decoding.failure !== undefined) break;
    const profile = readProfile(decoding, version, namespace);
    if (profile === undefined) break;
    profiles.push(profile);
    decoding.endProfile();
  } while (!decoding.reader.atEnd);
  return { failure: decoding.failure, unsupported: decoding.unsupported, notes: decoding.notes, profiles };
}

/** The version in force: that of the header here, else the last one. */
function readVersion(decoding: Decoding, last: number | undefined): number | undefined {
  const version = decoding.reader.u32("version") ?? last;
  if (version === undefined)
    return decoding.fail("format", "this is not compiled policy: it does not start with a version");
  const abi = version & ABI_MASK;
  if (abi < 5 || abi > 9) return decoding.fail("version", `no kernel reads version ${abi}`);
  if (abi === 9) decoding.note("version", "this kernel does not read version 9", ["6.1"]);
  return version;
}

/** The namespace header at this place. KERNEL: one that came before holds for the whole write. */
function readNamespace(decoding: Decoding, inForce: string | undefined): string | undefined {
  const namespace = decoding.failure === undefined ? decoding.reader.string("namespace") : undefined;
  if (namespace === "") return decoding.fail("namespace", "the namespace has no name");
  if (namespace !== undefined && inForce !== undefined && namespace !== inForce) {
    decoding.note("namespace-change", "profiles of several namespaces in one stream", ["7.2"]);
  }
  return namespace;
}
