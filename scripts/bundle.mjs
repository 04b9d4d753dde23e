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
  "gist",
  "decode",
  "comparing",
  "meaning",
  "reach",
  "lint",
  "cleaning",
  "port",
  "format",
  "audit",
  "learning",
  "merging",
  "new-profile",
  "policy-set",
  "easyprof",
  "browsers",
  "apps",
  "packaging",
];
const entries = {
  start: from("cli/start"),
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
    plugin.onLoad({ filter: /\/(?:engine|scan)\/wasm-module\.js$/ }, async ({ path }) => {
      const { WASM_BASE64 } = await import(path.replace("wasm-module", "wasm-base64"));
      const file = `${basename(dirname(path))}.wasm`;
      writeFileSync(`${made}/${file}`, Buffer.from(WASM_BASE64, "base64"));
      return {
        contents: `import { readFileSync } from "node:fs";
export const readModule = () => readFileSync(__dirname + "/${file}");`,
      };
    });
    plugin.onLoad({ filter: /\/service\/locations\.js$/ }, () => ({
      contents: `export const workerEntry = () => __dirname + "/worker-start.cjs";
export const kernelFeaturesPath = (name) => __dirname + "/features/" + name;
export const packageDirectory = () => __dirname + "/../";`,
    }));
  },
};

/** The one way into all commands, without what leads to some of them. */
const without = (filter, contents) => ({
  name: "without",
  setup(plugin) {
    plugin.onResolve({ filter }, ({ importer, path }) =>
      importer.endsWith("/src/cli/main.js") ? { path, namespace: "elsewhere" } : undefined,
    );
    plugin.onLoad({ filter: /./, namespace: "elsewhere" }, () => ({ contents }));
  },
});
const parserAlone = without(/\/(?:armorer|drop-in)\/index\.js$/, "export const runArmorer = undefined, tools = [];");
const allOthers = without(
  /\/(?:apparmor-parser|service)\/index\.js$/,
  "export const runParser = undefined, compilePool = undefined;",
);

const common = {
  bundle: true,
  minify: true,
  keepNames: false,
  platform: "node",
  target: "node20",
  charset: "ascii",
  sourcemap: false,
  legalComments: "none",
  logOverride: { "empty-import-meta": "silent" },
};
const asCommonJs = {
  ...common,
  outExtension: { ".js": ".cjs" },
  format: "cjs",
  supported: { "dynamic-import": false },
};

/** Modules of Node's that few commands need, and none when it starts. COST: half a millisecond of each start for both. */
const late = {
  "node:module": "module.exports = { createRequire: () => require };",
  "node:os": `const os = () => require("node:os");
module.exports = {
  get availableParallelism() { return os().availableParallelism; },
  get constants() { return os().constants; },
  get tmpdir() { return os().tmpdir; },
  get userInfo() { return os().userInfo; },
};`,
};

const readLate = {
  name: "read-late",
  setup(plugin) {
    plugin.onResolve({ filter: /^node:/ }, ({ namespace, path }) =>
      namespace !== "late" && path in late ? { path, namespace: "late" } : undefined,
    );
    plugin.onLoad({ filter: /./, namespace: "late" }, ({ path }) => ({ contents: late[path] }));
  },
};

/** No module of ours does anything by being read: what is not used of one is not reached. */
const onlyUsed = {
  name: "only-used",
  setup(plugin) {
    plugin.onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, resolveDir }) =>
      kind === "entry-point" ? undefined : { path: join(resolveDir, path), sideEffects: false },
    );
  },
};

async function bundle(entryPoints, ...plugins) {
  await build({ ...asCommonJs, entryPoints, outdir: made, plugins: [...plugins, parts, readLate, onlyUsed] });
}

const inFaces = (name) => ({ path: `./faces/${name.replace(/js$/, "cjs")}`, external: true });

/** Files of our own that lead from one to another: where they are in the end, or what takes their place. */
const between = (place) => ({
  name: "between",
  setup(plugin) {
    plugin.onResolve({ filter: /^\.\// }, ({ kind, path }) => {
      if (kind === "entry-point") return undefined;
      return path.endsWith(".js") ? place(basename(path)) : { path, external: true };
    });
    plugin.onLoad({ filter: /./, namespace: "in-main" }, ({ path }) => ({
      contents: `module.exports = require("./main.cjs")[${JSON.stringify(path)}];`,
    }));
  },
});

/**
 * All commands but the parser: what every start needs is main.cjs, and each tool and each verb is a part of its own in faces/, as is what several of
 * them have in common. COST: in one part, 390 kB, it took every start 20 ms to read what it does not run.
 * esbuild cuts modules only, so these are cut first and made into CommonJS afterwards, with all that main needs in one file again.
 */
async function bundleFaces() {
  const cut = `${made}/cut`;
  const { metafile } = await build({
    ...common,
    entryPoints: { main: from("cli/main") },
    outdir: cut,
    format: "esm",
    splitting: true,
    metafile: true,
    plugins: [allOthers, parts, onlyUsed],
  });
  const needs = new Map(
    Object.entries(metafile.outputs).map(([path, { imports }]) => [
      basename(path),
      imports.filter(({ external, kind }) => !external && kind === "import-statement").map((one) => basename(one.path)),
    ]),
  );
  const ofMain = new Set(["main.js"]);
  for (const name of ofMain) for (const needed of needs.get(name)) ofMain.add(needed);
  const shared = [...ofMain].filter((name) => name !== "main.js");
  writeFileSync(
    `${cut}/all.js`,
    [`export * from "./main.js";`, ...shared.map((name) => `export * as "${name}" from "./${name}";`)].join("\n"),
  );
  await build({
    ...asCommonJs,
    entryPoints: { main: `${cut}/all.js` },
    outdir: made,
    plugins: [readLate, between((name) => (ofMain.has(name) ? undefined : inFaces(name)))],
  });
  const faces = [...needs.keys()].filter((name) => !ofMain.has(name));
  await build({
    ...asCommonJs,
    entryPoints: faces.map((name) => `${cut}/${name}`),
    outdir: `${made}/faces`,
    plugins: [readLate, between((name) => (ofMain.has(name) ? { path: name, namespace: "in-main" } : inFaces(name)))],
  });
  rmSync(cut, { recursive: true });
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

/** What main.cjs of dist/ leads to in faces/, whose names say what is in them. */
function namedFaces() {
  const named = new Set(["main.cjs"]);
  for (const path of named) {
    if (!existsSync(`dist/${path}`)) continue;
    for (const [face] of readFileSync(`dist/${path}`, "latin1").matchAll(/(?<=\.\/)faces\/[\w-]+\.cjs/g))
      named.add(face);
  }
  return named;
}

/**
 * Each new part takes the place of the old one by a rename: commands and other builds that run meanwhile find every part at every moment.
 * A part that changes loses its caches first, for V8 tells texts apart by their length alone.
 * Faces that there were before stay until the next build: whoever has read main.cjs by now may want them.
 */
function install(before) {
  mkdirSync("dist", { recursive: true });
  const wanted = new Set(filesBelow(made));
  const changed = [...wanted].filter((path) => !isSame(path));
  const caches = readdirSync("dist").filter(isCache);
  for (const path of changed) for (const cache of caches) rmSync(`dist/${cache}/${path}`, { force: true });
  for (const path of changed) {
    mkdirSync(dirname(`dist/${path}`), { recursive: true });
    renameSync(`${made}/${path}`, `dist/${path}`);
  }
  for (const path of filesBelow("dist"))
    if (!wanted.has(path) && !before.has(path)) rmSync(`dist/${path}`, { force: true });
}

try {
  if (existsSync(from("cli/main"))) {
    const before = namedFaces();
    await bundle(entries);
    await bundle({ parser: from("cli/main") }, parserAlone);
    await bundleFaces();
    await bundleLibrary(made);
    copyFileSync("scripts/code-cache.cjs", `${made}/code-cache.cjs`);
    mkdirSync(`${made}/features`);
    await writePages(made);
    for (const [name, path] of Object.entries(kernelFeatures)) copyFileSync(path, `${made}/features/${name}`);
    // In a clone the caches are made now; where the package is installed, by its first run.
    // What the commands that it runs say is no news, unless it fails.
    const { status, stderr } = spawnSync(process.execPath, [`${made}/code-cache.cjs`], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (status !== 0) {
      process.stderr.write(stderr ?? "");
      process.exit(status ?? 1);
    }
    install(before);
  }
} finally {
  rmSync(made, { recursive: true, force: true });
}
