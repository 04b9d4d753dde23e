// Makes the published modules: every door of package.json as one file, what they share beside it. Each function looks at its arguments
// before anything is done with them (src/library/arguments), and the texts that are handed out as data are put in.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const LIBRARY = resolve("build/src/library");
const { exports: doors } = JSON.parse(readFileSync("package.json", "utf8"));

/** The name of the table of a door's arguments: `compiled-questions` → `compiledQuestionsParameters`. */
function tableOf(name) {
  const known = { index: "jobParameters", "node/index": "nodeParameters", "node/confinement": "confinementParameters" };
  return known[name] ?? `${name.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase())}Parameters`;
}

/** Where the table of a door's arguments is, when it knows Node. */
const argumentsOf = {
  "node/index": "./node/arguments.js",
  "node/confinement": "./node/confinement-arguments.js",
};

/** The doors whose functions give objects of functions, which look at what they are given as well. */
const finishedBy = {
  index: ["jobResults", ["createEngine", "learn", "memoryFiles"]],
  audit: ["auditResults", ["countLog", "lossDetector"]],
  ports: ["portsResults", ["memoryFiles"]],
  "node/index": ["nodeResults", ["gitFiles", "nodeFiles", "nodeKernel", "nodeLogs", "nodeProcesses", "previewFiles"]],
  "node/confinement": ["confinementResults", ["createHatPool", "nodeKernel"]],
};

/** The text of a door as it is published. */
async function doorText(name) {
  const door = await import(pathToFileURL(join(LIBRARY, `${name}.js`)).href);
  const names = Object.keys(door);
  const functions = names.filter((one) => typeof door[one] === "function");
  const values = names.filter((one) => !functions.includes(one));
  const table = tableOf(name);
  const [results, finished] = finishedBy[name] ?? ["", []];
  const from = argumentsOf[name] ?? "./arguments/index.js";
  return [
    `import * as door from "./${name}.js";`,
    `import { guarded, guardedPromise } from "./arguments/index.js";`,
    ...(functions.length > 0 ? [`import { ${table} as parameters } from "${from}";`] : []),
    ...(results === "" ? [] : [`import { ${results} as results } from "${from}";`]),
    ...(values.length > 0 ? [`export { ${values.join(", ")} } from "./${name}.js";`] : []),
    ...functions.map((one) => {
      const guard = door[one].constructor.name === "AsyncFunction" ? "guardedPromise" : "guarded";
      const finish = finished.includes(one) ? `, results.${one}` : "";
      return `export const ${one} = /* @__PURE__ */ ${guard}("${one}", door.${one}, parameters.${one}${finish});`;
    }),
  ].join("\n");
}

/** Where the features of the kernels are that go by a name, which the command ships as files. */
export const kernelFeatures = Object.fromEntries(
  ["6.1", "6.12", "7.2"].map((version) => [`kernel-${version}`, `tests/corpus/features/debian-kernel-${version}`]),
);

/** The starter policy, and what kernels and ABIs can do, which is a module by itself. */
function packagedTexts(isWanted) {
  const policy = readdirSync("policy", { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(".", join(entry.parentPath ?? entry.path, entry.name)));
  const paths = [...policy.toSorted(), ...Object.values(kernelFeatures)].filter(isWanted);
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, "utf8")]));
}

function isFeatures(path) {
  return /^policy\/abi\/|^tests\//.test(path);
}

const plugin = {
  name: "library",
  setup(bundler) {
    bundler.onResolve({ filter: /^door:/ }, ({ path }) => ({ path: path.slice("door:".length), namespace: "door" }));
    bundler.onLoad({ filter: /./, namespace: "door" }, async ({ path }) => ({
      contents: await doorText(path),
      resolveDir: LIBRARY,
    }));
    // Code that doors share is one folder below them.
    bundler.onLoad({ filter: /\/confinement\/locations\.js$/ }, () => ({
      contents: `const here = import.meta.url;
export const workerEntry = () => new URL(/\\/parts\\/[^/]*$/.test(here) ? "../hat-worker.js" : "./hat-worker.js", here);`,
    }));
    bundler.onLoad({ filter: /\/library\/packaged-texts\.js$/ }, () => ({
      contents: `export const packagedTexts = ${JSON.stringify(packagedTexts((path) => !isFeatures(path)))};`,
    }));
    bundler.onLoad({ filter: /\/library\/packaged-features\.js$/ }, () => ({
      contents: `export const packagedFeatures = ${JSON.stringify(packagedTexts(isFeatures))};`,
    }));
  },
};

/** Writes them to `made`/library. */
export async function bundleLibrary(made) {
  const entryPoints = Object.values(doors).flatMap((door) => {
    const name = /^\.\/build\/src\/library\/(.*)\.d\.ts$/.exec(door.types ?? "")?.[1];
    return name === undefined ? [] : [{ in: `door:${name}`, out: /([^/]*)\.js$/.exec(door.default)[1] }];
  });
  // What its workers run is beside the door (src/confinement/locations.ts).
  entryPoints.push({ in: "build/src/confinement/hat-worker.js", out: "hat-worker" });
  await build({
    entryPoints,
    outdir: `${made}/library`,
    chunkNames: "parts/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    plugins: [plugin],
  });
}
