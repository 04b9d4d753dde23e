// Bundles the command-line tools into single files under dist/, which is what start-up time needs.
import { existsSync } from "node:fs";
import { build } from "esbuild";

const entry = "build/src/cli/main.js";
if (existsSync(entry)) {
  await build({
    entryPoints: [entry],
    outfile: "dist/armorer.mjs",
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: false,
    legalComments: "none",
  });
}
