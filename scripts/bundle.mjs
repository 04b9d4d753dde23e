// Bundles the commands into dist/: a loader, the light part that every start reads, the compiler, the compile thread. CommonJS,
// because only its code can be given to V8 precompiled (src/cli/start.ts).
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename } from "node:path";
import { build } from "esbuild";

const from = (name) => `build/src/${name}.js`;
/** Where the new parts are made: commands and other builds that run meanwhile keep what is in dist/. */
const made = mkdtempSync("dist.");
/** What app reads in when it is asked for. */
const appParts = ["pipeline", "decode", "comparing", "meaning", "reach", "format", "audit", "learning"];
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

/** What is in both and the same stays; V8's caches fit only the Node that made them. */
function isSame(name) {
  const [before, after] = [`dist/${name}`, `${made}/${name}`];
  return !name.endsWith(".cache") && existsSync(before) && readFileSync(before).equals(readFileSync(after));
}

/**
 * Each new part takes the place of the old one by a rename: commands and other builds that run meanwhile find every part at every moment.
 * A part that changes loses its cache first, for V8 tells texts apart by their length alone.
 */
function install() {
  mkdirSync("dist", { recursive: true });
  const names = readdirSync(made).filter((name) => !isSame(name));
  for (const name of names) rmSync(`dist/${name}.cache`, { force: true });
  const caches = names.filter((name) => name.endsWith(".cache"));
  for (const name of [...names.filter((part) => !caches.includes(part)), ...caches])
    renameSync(`${made}/${name}`, `dist/${name}`);
  const wanted = new Set([...readdirSync(made), ...names]);
  for (const name of readdirSync("dist"))
    if (!wanted.has(name)) rmSync(`dist/${name}`, { recursive: true, force: true });
}

try {
  if (existsSync(entries.main)) {
    await bundle(entries);
    await bundle({ parser: entries.main }, parserAlone);
    for (const which of ["light", "heavy"]) {
      const { status } = spawnSync(process.execPath, ["scripts/code-cache.cjs", made, which], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      if (status !== 0) process.exit(status ?? 1);
    }
    install();
  }
} finally {
  rmSync(made, { recursive: true, force: true });
}
