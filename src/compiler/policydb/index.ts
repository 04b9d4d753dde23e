/**
 * In: the bytes of a policy stream, or a `CompiledPolicy`. Out: the other one, and what kernels would refuse in it.
 * Must not know: the profile language, how automata are made, files.
 */
export { decodePolicy, validatePolicy, type DecodeError, type DecodeOptions } from "./decode.ts";
export { kernelAnswer, kernelGenerations, type KernelGeneration, type Refusal, type RefusalKind } from "./refusals.ts";
export { encodePolicy, encodePolicyWith } from "./encode.ts";
export { encodeAutomaton, type EncodedAutomaton } from "./encode-group.ts";
