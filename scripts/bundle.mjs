// Bundles the commands into dist/: a loader, the light part that every start reads, the compiler, the compile thread. CommonJS,
// because only its code can be given to V8 precompiled (src/cli/start.ts).
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { build } from "esbuild";
import { bundleLibrary, kernelFeatures } from "./library.mjs";
import { writePages } from "./pages.mjs";

const from = (name) => `build/src/${name}.js`;
/** Where the new parts are made: commands and other builds that run meanwhile keep what is in dist/. */
const made = mkdtempSync("dist.");
/** What app reads in when it is asked for. */
const appParts = [
  "pipeline",
  "decode",
  "comparing",
  "meaning",
  "reach",
  "lint",
  "port",
  "format",
  "audit",
  "learning",
  "merging",
  "new-profile",
  "policy-set",
  "easyprof",
  "apps",
  "packaging",
];
const entries = {
  start: from("cli/start"),
  main: from("cli/main"),
  ...Object.fromEntries(appParts.map((name) => [name, from(`app/${name}`)])),
  printouts: from("printouts/index"),
  "compile-worker": from("service/compile-worker"),
  "worker-start": from("cli/worker-start"),
};

/** Parts that are read only when needed stay files of their own; where the parts are is known only here. */
const parts = {
  name: "parts",
  setup(plugin) {
    plugin.onResolve({ filter: /\/printouts\/index\.js$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./printouts.cjs", external: true } : undefined,
    );
    plugin.onResolve({ filter: /\.js$/ }, ({ importer, kind, path }) => {
      // Only from app: the verbs, which are loaded the same way, have some of these names too.
      if (kind !== "dynamic-import" || !/\/src\/app\/[^/]+$/.test(importer)) return undefined;
      const name = basename(path, ".js");
      // COST: it would become a part of main.cjs, which every command reads when it starts.
      if (!appParts.includes(name)) return { errors: [{ text: `app/${name} is not in the list of appParts` }] };
      return { path: `./${name}.cjs`, external: true };
    });
    // COST: as text in the bundle it would be read and decoded by every run that compiles.
    plugin.onLoad({ filter: /\/engine\/wasm-module\.js$/ }, async ({ path }) => {
      const { WASM_BASE64 } = await import(path.replace("wasm-module", "wasm-base64"));
      writeFileSync(`${made}/engine.wasm`, Buffer.from(WASM_BASE64, "base64"));
      return {
        contents: `import { readFileSync } from "node:fs";
export const readModule = () => readFileSync(__dirname + "/engine.wasm");`,
      };
    });
    plugin.onLoad({ filter: /\/service\/locations\.js$/ }, () => ({
      contents: `export const workerEntry = () => __dirname + "/worker-start.cjs";
export const kernelFeaturesPath = (name) => __dirname + "/features/" + name;
export const packageDirectory = () => __dirname + "/../";`,
    }));
  },
};

/** apparmor_parser alone: of the one way into all commands, nothing that leads to the others. */
const parserAlone = {
  name: "parser-alone",
  setup(plugin) {
    plugin.onResolve({ filter: /\/(?:armorer|drop-in)\/index\.js$/ }, ({ importer, path }) =>
      importer.endsWith("/src/cli/main.js") ? { path, namespace: "elsewhere" } : undefined,
    );
    plugin.onLoad({ filter: /./, namespace: "elsewhere" }, () => ({
      contents: "export const runArmorer = undefined, tools = [];",
    }));
  },
};

async function bundle(entryPoints, ...plugins) {
  await build({
    entryPoints,
    outdir: made,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    minify: true,
    keepNames: false,
    platform: "node",
    format: "cjs",
    target: "node20",
    charset: "ascii",
    supported: { "dynamic-import": false },
    sourcemap: false,
    legalComments: "none",
    logOverride: { "empty-import-meta": "silent" },
    plugins: [...plugins, parts],
  });
}

const isCache = (path) => path.startsWith("caches-");

const depth = (path) => path.split("/").length;

/** The files below a folder. What others are made of comes first: caches are of parts that are there, and modules of the library import parts. */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => relative(folder, join(parentPath, name)))
    .toSorted((a, b) => isCache(a) - isCache(b) || depth(b) - depth(a));
}

/** What is in both and the same stays; V8's caches fit only the Node that made them. */
function isSame(path) {
  const [before, after] = [`dist/${path}`, `${made}/${path}`];
  return !isCache(path) && existsSync(before) && readFileSync(before).equals(readFileSync(after));
}

/**
 * Each new part takes the place of the old one by a rename: commands and other builds that run meanwhile find every part at every moment.
 * A part that changes loses its caches first, for V8 tells texts apart by their length alone.
 */
function install() {
  mkdirSync("dist", { recursive: true });
  const wanted = new Set(filesBelow(made));
  const changed = [...wanted].filter((path) => !isSame(path));
  const caches = readdirSync("dist").filter(isCache);
  for (const path of changed) for (const cache of caches) rmSync(`dist/${cache}/${path}`, { force: true });
  for (const path of changed) {
    mkdirSync(dirname(`dist/${path}`), { recursive: true });
    renameSync(`${made}/${path}`, `dist/${path}`);
  }
  for (const path of filesBelow("dist")) if (!wanted.has(path)) rmSync(`dist/${path}`, { force: true });
}

try {
  if (existsSync(entries.main)) {
    await bundle(entries);
    await bundle({ parser: entries.main }, parserAlone);
    await bundleLibrary(made);
    copyFileSync("scripts/code-cache.cjs", `${made}/code-cache.cjs`);
    mkdirSync(`${made}/features`);
    await writePages(made);
    for (const [name, path] of Object.entries(kernelFeatures)) copyFileSync(path, `${made}/features/${name}`);
    // In a clone the caches are made now; where the package is installed, by its first run.
    const { status } = spawnSync(process.execPath, [`${made}/code-cache.cjs`], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) process.exit(status ?? 1);
    install();
  }
} finally {
  rmSync(made, { recursive: true, force: true });
}
