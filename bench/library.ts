/**
 * `library.js FILE BASE <features`: compiles a file with the library again and again, each time with an engine that knows nothing, and prints how many
 * milliseconds the first call of the process took, and the median of the last calls, when V8 knows the code.
 */
import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { defaultPolicySettings, loadEngine } from "../src/app/index.ts";
import { nodeFiles } from "../src/host/index.ts";

const CALLS = 80;
const LAST = 21;

const [, , path = "", base = ""] = argv;
const features = readFileSync(0, "utf8");
const settings = defaultPolicySettings({
  workingDirectory: "/",
  base,
  kernelFeatures: features,
  policyFeatures: { kind: "text", text: features },
});

async function call(): Promise<number> {
  const engine = await loadEngine();
  const started = process.hrtime.bigint();
  const compiled = engine.compile({ path, bytes: readFileSync(path) }, settings, nodeFiles());
  return compiled.ok ? Number(process.hrtime.bigint() - started) / 1e6 : Number.NaN;
}

const first = await call();
const times: number[] = [];
while (times.length < CALLS) times.push(await call());
const last = times.slice(-LAST).toSorted((a, b) => a - b);
console.log(JSON.stringify({ first, later: last[LAST >> 1] }));
