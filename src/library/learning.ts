/** `armorer/learning`: log lines to events, events to proposals. */
export * from "../learning/audit/index.ts";
export * from "../learning/learn/index.ts";
