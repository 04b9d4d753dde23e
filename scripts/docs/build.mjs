// Makes the API reference in build/docs from what the compiler says of the published modules and their docstrings: `npm run docs`.
// What is shown but not exported, and links that lead nowhere, fail it.
import { readFileSync } from "node:fs";
import { Application } from "typedoc";

const root = new URL("../../", import.meta.url).pathname;
const { exports: doors, version } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const entryPoints = Object.values(doors).flatMap(({ types }) => (types === undefined ? [] : [`${root}${types}`]));

const app = await Application.bootstrap({
  name: `armorer ${version}`,
  entryPoints,
  tsconfig: `${root}scripts/docs/tsconfig.json`,
  readme: `${root}docs/library.md`,
  out: `${root}build/docs`,
  disableSources: true,
  githubPages: false,
  sort: ["kind", "alphabetical"],
  validation: { notExported: true, invalidLink: true, rewrittenLink: true, notDocumented: false },
  treatValidationWarningsAsErrors: true,
});
const project = await app.convert();
if (project === undefined) process.exit(1);
project.children?.forEach((module) => {
  const door = Object.entries(doors).find(([, { types }]) => types?.endsWith(`library/${module.name}.d.ts`));
  if (door !== undefined) module.name = door[0].replace(/^\./, "armorer");
});
app.validate(project);
await app.generateDocs(project, `${root}build/docs`);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
