/** What the engine says of a text, with our own policy directory to include from. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultPolicySettings, loadEngine } from "../../src/app/index.ts";
import type { Diagnostic } from "../../src/foundation/diagnostics/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { repository } from "./check-policy.ts";
import { filesBelow } from "./pipeline.ts";

const engine = await loadEngine();
const files = filesBelow(repository);
const features = readFileSync(join(repository, "policy/abi/5.0"), "utf8");
const settings = defaultPolicySettings({
  workingDirectory: "/",
  base: "/policy",
  kernelFeatures: features,
  policyFeatures: { kind: "kernel" },
});

/** Everything said of the text when it is compiled. */
export function checkMistake(text: string): readonly Diagnostic[] {
  return engine.compile({ path: "demo", bytes: encodeBytes(text) }, settings, files).diagnostics;
}
