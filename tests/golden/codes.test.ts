/** `docs/codes.md` is made from the modules' tables of codes: `npx tsc -b && UPDATE_GOLDEN=1 node --test build/tests/golden/codes.test.js` makes it again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { internalCodes } from "../../src/app/index.ts";
import { compileCodes } from "../../src/compiler/compile/index.ts";
import type { CodeInfo } from "../../src/foundation/diagnostics/index.ts";
import { resolveCodes } from "../../src/language/resolve/index.ts";
import { lintCodes } from "../../src/analysis/lint/index.ts";
import { portCodes } from "../../src/analysis/port/index.ts";
import { syntaxCodes } from "../../src/language/syntax/index.ts";
import { matchFile } from "../support/golden.ts";

type Info = CodeInfo & { readonly class?: string | undefined };

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function renderTable(title: string, codes: Readonly<Record<string, Info>>): string {
  const rows = Object.entries(codes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, info]) => {
      const severity = info.class === undefined ? info.severity : `${info.severity} (${info.class})`;
      return `| \`${code}\` | ${severity} | ${cell(info.title)} | ${cell(info.help)} |`;
    });
  return `## ${title}\n\n| code | severity | what is wrong | what to do |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

function renderPage(): string {
  const intro = `# Codes of diagnostics

Made from the modules' tables by \`npx tsc -b && UPDATE_GOLDEN=1 node --test build/tests/golden/codes.test.js\`. A code never changes its meaning and is never used again. In brackets: the warning class of
\`apparmor_parser --warn\`.
`;
  const tables = [
    renderTable("Reading a file (`syntax`)", syntaxCodes),
    renderTable("Understanding a policy (`resolve`)", resolveCodes),
    renderTable("Compiling a policy (`compile`)", compileCodes),
    renderTable("What policy means (`lint`)", lintCodes),
    renderTable("Saying it in the words of an older release (`port`)", portCodes),
    renderTable("armorer itself (`internal`)", internalCodes),
  ];
  return [intro, ...tables].join("\n");
}

test("the page of codes is what the tables say", () => matchFile("docs/codes.md", renderPage()));

test("a page that differs is shown by its lines, with how it is made anew", () => {
  if (process.env["UPDATE_GOLDEN"] === "1") return;
  assert.throws(
    () => matchFile("docs/codes.md", renderPage().replace("## Understanding a policy", "## Reading a policy")),
    ({ message }: Error) =>
      message.startsWith("docs/codes.md differs; UPDATE_GOLDEN=1 writes it anew\n--- docs/codes.md\n") &&
      message.split("\n").length < 20,
  );
});
