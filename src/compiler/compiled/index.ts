/**
 * In: nothing. Out: the types that stand between compile and policydb: what the kernel reads, with names instead of offsets.
 * Must not know: bytes of the stream, the profile language, how automata are made.
 */
export type * from "./compiled-profile.ts";
