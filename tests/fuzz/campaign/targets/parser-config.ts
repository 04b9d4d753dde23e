/** Any `parser.conf` is read as lines with a name, and applied or refused with a status. */
import assert from "node:assert/strict";
import { applyConfig, parseConfig } from "../../../../src/cli/drop-in/apparmor-parser/config-file.ts";
import { optionTable } from "../../../../src/cli/drop-in/apparmor-parser/option-table.ts";
import { defaultSettings } from "../../../../src/cli/drop-in/apparmor-parser/settings.ts";
import type { CliIo } from "../../../../src/cli/io.ts";
import { BugError, fail, ok } from "../../../../src/foundation/basics/index.ts";
import { decodeBytes, encodeBytes, renderStyled } from "../../../../src/foundation/text/index.ts";
import { nodeKernel } from "../../../../src/host/index.ts";
import { memoryStore } from "../../../support/memory-files.ts";
import { capturedIo } from "../../../support/captured-io.ts";
import type { Target } from "../target.ts";

const long = optionTable.map((spec) => spec.long);
const usual = `## comment\nwrite-cache\ncache-loc /etc/apparmor.d/cache\nOptimize=no-expr-simplify\nshow-cache\nskip-cache\npolicy-features=/usr/share/apparmor-features/features\nwarn=all\njobs=auto\n`;

function nothing(): never {
  throw new BugError("a configuration file asks for nothing of processes");
}

/** A machine without AppArmor; `<kernel>` asks for its features. */
const kernel = nodeKernel({ root: "/nonexistent" });

/** Only files, in memory, and what is said. */
function worldOf(text: string, said: (line: string) => void): CliIo {
  const store = memoryStore();
  store.contents.set("/conf", encodeBytes(text));
  // Nothing else is there, not even a directory: a whole file system taken for features would be read to its end.
  const files: CliIo["files"] = {
    ...store,
    kind: (path) => (path === "/conf" ? "file" : undefined),
    list: (path) => fail({ path, errno: "ENOENT" }),
  };
  return {
    ...capturedIo().io,
    files,
    out: () => undefined,
    err: (line) => {
      said(typeof line === "string" ? line : renderStyled(line, { colors: false, escapes: false }));
    },
    input: () => ok(new Uint8Array()),
    kernelAt: () => kernel,
    processesAt: nothing,
    environment: {},
    workingDirectory: "/",
    isTerminal: () => false,
  };
}

export const parserConfig: Target = {
  name: "parser-config",
  seeds: () => [usual, ...long.map((name) => `${name}\n`), ...long.map((name) => `  ${name} = x\n${name}=1\n`)],
  words: [...long, "=", "#", "auto", "no-", "all", "show", "0", "-1", "x2", "<kernel>", "/a,b\\,c", "\r", "\0"],
  dose: 6000,
  law: (input) => {
    for (const { name } of parseConfig(input))
      assert.ok(name.length > 0 && !name.startsWith("#"), "a line without a name");
    const text = decodeBytes(encodeBytes(input));
    const said: string[] = [];
    const settings = { ...defaultSettings(), configFile: "/conf" };
    const status = applyConfig(
      settings,
      worldOf(text, (line) => said.push(line)),
    );
    assert.ok(status === undefined || (Number.isInteger(status) && status >= 0 && status <= 255), "no status");
    return status === undefined && said.length === 0;
  },
};
