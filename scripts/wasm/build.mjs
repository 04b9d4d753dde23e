// Makes the WebAssembly modules, which are kept in base64: the engine of automata, and the scan of logs. Compiles the directory `core` of each,
// with the files of this directory. A core is written in what TypeScript and AssemblyScript have in common; what is left to translate is spelling.
// `node scripts/wasm/build.mjs [MODULE FILE]` makes all, or one into another file.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { main } from "assemblyscript/asc";

const OWN = "scripts/wasm";

/** The engine frees what it needs no more; the scan makes all that it needs when it is opened, and compares bytes in vectors. */
const MODULES = {
  engine: {
    core: "src/compiler/automata/core",
    environment: "environment.ts",
    exports: "exports.ts",
    target: "src/compiler/automata/engine/wasm-base64.ts",
    options: ["--runtime", "minimal"],
  },
  scan: {
    core: "src/learning/audit/scan/core",
    environment: "scan-environment.ts",
    exports: "scan-exports.ts",
    target: "src/learning/audit/scan/wasm-base64.ts",
    options: ["--runtime", "stub", "--enable", "simd"],
  },
};

/** What the core takes from its environment that are types to tsc and built in to AssemblyScript. */
const BUILT_IN = new Set(["i32", "i16", "u8", "u16", "f64"]);

function translate(text, path) {
  const translated = text
    .replace(/^import (?:type )?\{([^}]*)\} from "(\.{1,2}\/[\w/-]+)\.ts";$/gm, (_, list, file) => {
      const names = list
        .split(",")
        .map((name) => name.trim().replace(/^type /, ""))
        .filter((name) => name !== "" && !BUILT_IN.has(name));
      return names.length === 0 ? "" : `import { ${names.join(", ")} } from "${file}";`;
    })
    .replace(/\]!(?!=)/g, "]")
    .replace(/\bInt32Array\b/g, "Table<i32>")
    .replace(/\bInt16Array\b/g, "Table<i16>")
    .replace(/\bUint16Array\b/g, "Table<u16>")
    .replace(/\bUint8Array\b/g, "Table<u8>")
    .replace(/\bFloat64Array\b/g, "Table<f64>");
  const environment = path.includes("/") ? "../environment" : "./environment";
  return translated.includes("Table<") ? `${translated}\nimport { Table } from "${environment}";\n` : translated;
}

async function make({ core, environment, exports, target, options }, file = target) {
  const directory = mkdtempSync(join(tmpdir(), "armorer-wasm-"));
  try {
    for (const name of readdirSync(core, { recursive: true }).filter((path) => path.endsWith(".ts"))) {
      const text =
        name === "environment.ts"
          ? readFileSync(`${OWN}/${environment}`, "utf8")
          : translate(readFileSync(`${core}/${name}`, "utf8"), name);
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
    writeFileSync(join(directory, "exports.ts"), readFileSync(`${OWN}/${exports}`));
    writeFileSync(join(directory, "table.ts"), readFileSync(`${OWN}/table.ts`));
    const argv = "--optimizeLevel 3 --shrinkLevel 1 --noAssert --uncheckedBehavior always".split(" ");
    const { error } = await main(
      ["exports.ts", "--baseDir", directory, "--outFile", "module.wasm", ...argv, ...options],
      { stderr: process.stderr },
    );
    if (error !== null) {
      console.error(error.message);
      process.exitCode = 1;
      return;
    }
    const base64 = readFileSync(join(directory, "module.wasm")).toString("base64");
    writeFileSync(
      file,
      `// Made by \`npm run wasm\` from ${core} and scripts/wasm: the WebAssembly module, in base64.\nexport const WASM_BASE64: string =\n  "${base64}";\n`,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const [name, file] = process.argv.slice(2);
const wanted = name === undefined ? Object.values(MODULES) : [MODULES[name]];
for (const module of wanted) await make(module, file);
