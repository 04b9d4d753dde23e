// Makes the API reference in build/docs from what the compiler says of the published modules and their docstrings: `npm run docs`.
// What is shown but not exported, and links that lead nowhere, fail it. What it needs is installed in build/docs-tools.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const tools = join(root, "build/docs-tools");
const { exports: doors, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const entryPoints = Object.values(doors).flatMap(({ types }) => (types === undefined ? [] : [join(root, types)]));

/** A compiler of its own, which no other part of the project sees. */
async function loadTypedoc() {
  mkdirSync(tools, { recursive: true });
  for (const name of ["package.json", "package-lock.json"])
    copyFileSync(join(root, "scripts/docs", name), join(tools, name));
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: tools, stdio: "inherit" });
  if (status !== 0) process.exit(1);
  return import(pathToFileURL(createRequire(join(tools, "package.json")).resolve("typedoc")).href);
}

const tsconfig = join(tools, "tsconfig.json");
const { Application } = await loadTypedoc();
writeFileSync(
  tsconfig,
  JSON.stringify({
    compilerOptions: {
      target: "ES2023",
      lib: ["ES2023"],
      module: "NodeNext",
      strict: true,
      exactOptionalPropertyTypes: true,
      typeRoots: [join(root, "node_modules/@types")],
      types: ["node"],
      noEmit: true,
    },
    files: entryPoints,
  }),
);
const app = await Application.bootstrap({
  name: `armorer ${version}`,
  entryPoints,
  tsconfig,
  readme: join(root, "docs/library.md"),
  out: join(root, "build/docs"),
  disableSources: true,
  githubPages: false,
  // Tables whose keys are the words of a type: the words are what is shown.
  intentionallyNotExported: [
    "i32",
    "compileStages",
    "policyCodes",
    "ruleCodes",
    "refusalTable",
    "sets",
    "clears",
    "appAbis",
    "featureSetNames",
    "releases",
    "fileLetterBits",
  ],
  sort: ["kind", "alphabetical"],
  validation: { notExported: true, invalidLink: true, rewrittenLink: true, notDocumented: false },
  treatValidationWarningsAsErrors: true,
});
const project = await app.convert();
if (project === undefined) process.exit(1);
for (const [door, { types }] of Object.entries(doors)) {
  const module = project.children?.find(
    ({ name }) => types?.endsWith(`/${name}.d.ts`) || types?.endsWith(`library/${name}.d.ts`),
  );
  if (module !== undefined) module.name = door.replace(/^\./, "armorer");
}
app.validate(project);
await app.generateDocs(project, join(root, "build/docs"));
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
