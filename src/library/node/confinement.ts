/**
 * In: the wish of a running program about its own confinement. Out: what the kernel made of it, as values: labels, hats, queries, work in hats, policy.
 * Must not know: what policy means.
 */
export * from "../../confinement/index.ts";
export { type Availability, availability, nodeKernel, type TaskId, type Unavailable } from "../../host/index.ts";
