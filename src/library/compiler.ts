/** `armorer/compiler`: the model to what the kernel reads, and its bytes both ways. */
export * from "../compiler/compile/index.ts";
export type * from "../compiler/compiled/index.ts";
export * from "../compiler/policydb/index.ts";
