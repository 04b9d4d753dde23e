/** `library.js FILE BASE <features`: compiles a file with the library, once, and prints how many milliseconds the call took. */
import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { loadEngine } from "../src/app/index.ts";
import { nodeFiles } from "../src/host/index.ts";

const [, , path = "", base = ""] = argv;
const features = readFileSync(0, "utf8");
const engine = await loadEngine();
const settings = {
  base,
  includePath: [],
  kernelFeatures: features,
  policyFeatures: { kind: "text", text: features },
  overrideAbi: false,
  namespace: undefined,
  forceComplain: false,
  readImpliesExec: false,
  workingDirectory: "/",
  encoding: {},
} as const;
const started = process.hrtime.bigint();
const compiled = engine.compile({ path, bytes: readFileSync(path) }, settings, nodeFiles());
console.log(compiled.ok ? Number(process.hrtime.bigint() - started) / 1e6 : Number.NaN);
