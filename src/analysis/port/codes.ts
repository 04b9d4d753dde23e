import type { CodeInfo } from "../../foundation/diagnostics/index.ts";

/** What becomes of a text that an older release shall read. An error: it cannot be said there. */
export const portCodes = {
  "port/not-there": {
    severity: "error",
    title: "the older release has nothing that says this",
    help: "Write it in another way, or keep this part out of policy for that release.",
  },
  "port/protection-lost": {
    severity: "warning",
    title: "a rule is left out or widened, so that more is allowed there than here",
    help: "Look whether another rule can deny it there.",
  },
  "port/access-lost": {
    severity: "warning",
    title: "a rule is left out or narrowed, so that less is allowed there than here",
    help: "Look whether the program can do without it there.",
  },
  "port/left-out": {
    severity: "info",
    title: "something is left out without which the policy means the same there",
    help: "Nothing need be done.",
  },
  "port/said-otherwise": {
    severity: "info",
    title: "something is said in words that the older release knows, and means the same",
    help: "Nothing need be done.",
  },
  "port/abi": {
    severity: "info",
    title: "another ABI is named",
    help: "What only the newer ABI mediates is not mediated there; `armorer lint --features` lists the rules.",
  },
} as const satisfies Record<`port/${string}`, CodeInfo>;

export type PortCode = keyof typeof portCodes;
