import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryFiles } from "../foundation/ports/index.ts";
import { sourceFile } from "../foundation/text/index.ts";
import { parseFeatures } from "../language/features/index.ts";
import type { Policy } from "../language/model/index.ts";
import { resolvePolicy } from "../language/resolve/index.ts";
import { saysTheSame } from "./says-the-same.ts";

function policyOf(text: string): Policy {
  const { diagnostics, value } = resolvePolicy(
    { source: sourceFile("p", text) },
    { files: memoryFiles(), search: [], kernelFeatures: parseFeatures("").tree },
  );
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === "error"),
    [],
  );
  return value;
}

const TEXT = `abi <kernel>,
alias /a -> /b,
@{A}=/x /y
profile p /usr/bin/p flags=(complain) {
  @{A}/z rw,
  deny /s r,
  network inet stream,
  ^hat { /h r, }
}
`;

test("layout, places and how a value is written do not count; whatever else is different does", () => {
  const policy = policyOf(TEXT);
  for (const same of [TEXT, `# more\n\n${TEXT.replaceAll("\n  ", "\n\t\t")}`, TEXT.replace("flags=(", "(")])
    assert.ok(saysTheSame(policy, policyOf(same)), same);
  const changes: readonly (readonly [string, string])[] = [
    ["abi <kernel>,\n", ""],
    ["-> /b", "-> /c"],
    ["=/x /y", "=/x"],
    ["(complain)", "(complain,audit)"],
    [" flags=(complain)", ""],
    ["/z rw", "/z r"],
    ["deny ", ""],
    ["  network inet stream,\n", ""],
    ["stream", "dgram"],
    ["/h r", "/h w"],
    ["^hat", "^hut"],
    ["}\n}", "}\n  /more r,\n}"],
  ];
  for (const [from, to] of changes) {
    const other = TEXT.replace(from, to);
    assert.notEqual(other, TEXT);
    assert.ok(!saysTheSame(policy, policyOf(other)), other);
    assert.ok(!saysTheSame(policyOf(other), policy), other);
  }
});
