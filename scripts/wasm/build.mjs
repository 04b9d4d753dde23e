// Makes src/compiler/automata/engine/wasm-base64.ts: compiles src/compiler/automata/core, with the files of this directory, to WebAssembly.
// The core is written in what TypeScript and AssemblyScript have in common; what is left to translate is spelling.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { main } from "assemblyscript/asc";

const CORE = "src/compiler/automata/core";
const OWN = "scripts/wasm";

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
    .replace(/\bUint8Array\b/g, "Table<u8>");
  const environment = path.includes("/") ? "../environment" : "./environment";
  return translated.includes("Table<") ? `${translated}\nimport { Table } from "${environment}";\n` : translated;
}

const directory = mkdtempSync(join(tmpdir(), "armorer-wasm-"));
try {
  for (const name of readdirSync(CORE, { recursive: true }).filter((path) => path.endsWith(".ts"))) {
    const text =
      name === "environment.ts"
        ? readFileSync(`${OWN}/${name}`, "utf8")
        : translate(readFileSync(`${CORE}/${name}`, "utf8"), name);
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  writeFileSync(join(directory, "exports.ts"), readFileSync(`${OWN}/exports.ts`));
  const argv = "--optimizeLevel 3 --shrinkLevel 1 --runtime minimal --noAssert --uncheckedBehavior always".split(" ");
  const { error } = await main(["exports.ts", "--baseDir", directory, "--outFile", "engine.wasm", ...argv], {
    stderr: process.stderr,
  });
  if (error !== null) {
    console.error(error.message);
    process.exitCode = 1;
  } else {
    const base64 = readFileSync(join(directory, "engine.wasm")).toString("base64");
    const target = process.argv[2] ?? "src/compiler/automata/engine/wasm-base64.ts";
    writeFileSync(
      target,
      `// Made by \`npm run wasm\` from src/compiler/automata/core and scripts/wasm: the WebAssembly module, in base64.\nexport const WASM_BASE64: string =\n  "${base64}";\n`,
    );
  }
} finally {
  rmSync(directory, { recursive: true });
}
