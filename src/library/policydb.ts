/** The binary stream that kernels load: decode, encode, and what a kernel would refuse in it. */
export {
  type DecodeError,
  type DecodeOptions,
  type EncodedAutomaton,
  type KernelGeneration,
  type Refusal,
  type RefusalKind,
  decodePolicy,
  encodePolicy,
  kernelGenerations,
  validatePolicy,
} from "../compiler/policydb/index.ts";
