/** The drop-in tools there are; each is read in when it is called. `apparmor_parser`, the most called, is not one of them. */
import type { Tool } from "./tool.ts";

interface ListedTool {
  readonly name: string;
  readonly load: () => Promise<{ readonly tool: Tool }>;
  /** The exit status when the system refuses what the tool cannot do without. */
  readonly refused: number;
}

export const tools: readonly ListedTool[] = [
  { name: "aa-audit", load: () => import("./aa-audit.ts"), refused: 1 },
  { name: "aa-autodep", load: () => import("./aa-autodep.ts"), refused: 1 },
  { name: "aa-cleanprof", load: () => import("./aa-cleanprof.ts"), refused: 1 },
  { name: "aa-complain", load: () => import("./aa-complain.ts"), refused: 1 },
  { name: "aa-decode", load: () => import("./aa-decode.ts"), refused: 1 },
  { name: "aa-disable", load: () => import("./aa-disable.ts"), refused: 1 },
  { name: "aa-easyprof", load: () => import("./aa-easyprof.ts"), refused: 1 },
  { name: "aa-enabled", load: () => import("./aa-enabled.ts"), refused: 64 },
  { name: "aa-enforce", load: () => import("./aa-enforce.ts"), refused: 1 },
  { name: "aa-exec", load: () => import("./aa-exec.ts"), refused: 1 },
  { name: "aa-features-abi", load: () => import("./aa-features-abi.ts"), refused: 1 },
  { name: "aa-genprof", load: () => import("./aa-genprof.ts"), refused: 1 },
  { name: "aa-load", load: () => import("./aa-load.ts"), refused: 1 },
  { name: "aa-logprof", load: () => import("./aa-logprof.ts"), refused: 1 },
  { name: "aa-mergeprof", load: () => import("./aa-mergeprof.ts"), refused: 1 },
  { name: "aa-notify", load: () => import("./aa-notify.ts"), refused: 1 },
  { name: "aa-remove-unknown", load: () => import("./aa-remove-unknown.ts"), refused: 1 },
  { name: "aa-sandbox", load: () => import("./aa-sandbox.ts"), refused: 1 },
  { name: "aa-show-usage", load: () => import("./aa-show-usage.ts"), refused: 1 },
  { name: "aa-status", load: () => import("./aa-status.ts"), refused: 42 },
  { name: "aa-teardown", load: () => import("./aa-teardown.ts"), refused: 1 },
  { name: "aa-unconfined", load: () => import("./aa-unconfined.ts"), refused: 1 },
  { name: "aa-update-browser", load: () => import("./aa-update-browser.ts"), refused: 1 },
  { name: "rcapparmor", load: () => import("./rcapparmor.ts"), refused: 1 },
];
