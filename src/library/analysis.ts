/** `armorer/analysis`: questions about policy: what is allowed, by which rule, where an exec leads. */
export * from "../analysis/index.ts";
