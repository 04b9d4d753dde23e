/** The examples of the manual's pages on questions are run, and what they print is what the page says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runArmorer } from "../../src/cli/armorer/index.ts";
import { nodeSystem } from "../../src/host/index.ts";
import { scriptedIo } from "../support/scripted-io.ts";

/** Pages, and the policy that their examples are about: a block of the page that is named. */
const PAGES = [
  { page: "query", source: "query", file: "mail.policy" },
  { page: "explain", source: "query", file: "mail.policy" },
  { page: "reach", source: "reach", file: "web.policy" },
] as const;
const FEATURES = join(process.cwd(), "tests/corpus/features/debian-kernel-7.2");

function policyOf(page: string): string {
  return /```apparmor\n([\s\S]*?)```/.exec(readFileSync(`docs/${page}.md`, "utf8"))?.[1] ?? "";
}

/** Commands of a page, and what stands below each. */
function examplesOf(page: string): readonly { readonly command: string; readonly output: string }[] {
  const blocks = [...readFileSync(`docs/${page}.md`, "utf8").matchAll(/```console\n([\s\S]*?)```/g)];
  return blocks.flatMap(([, text = ""]) =>
    text
      .split(/^\$ /m)
      .slice(1)
      .map((part) => ({ command: part.slice(0, part.indexOf("\n")), output: part.slice(part.indexOf("\n") + 1) })),
  );
}

/** Words of a command line with single quotes. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

for (const { page, source, file } of PAGES) {
  const examples = examplesOf(page);
  for (const { command, output } of examples) {
    test(`docs/${page}.md: ${command.slice(0, 70)}`, async () => {
      const directory = mkdtempSync(join(tmpdir(), "armorer-manual-"));
      try {
        writeFileSync(join(directory, file), policyOf(source));
        const { io, out } = scriptedIo(nodeSystem, directory);
        const [, verb = "", ...rest] = wordsOf(command);
        const argv = rest.map((word) => (word === file ? join(directory, word) : word));
        await runArmorer([verb, "--features", FEATURES, ...argv], io);
        assert.equal(out().replaceAll(`${directory}/`, ""), output);
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }
  test(`docs/${page}.md has examples`, () => assert.ok(examples.length > 1));
}
