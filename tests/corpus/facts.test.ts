/** What diagnostics carry beside their sentences is documented, and the sentence is made of it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { quote } from "../../src/foundation/diagnostics/index.ts";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { resolvePolicy } from "../../src/language/resolve/index.ts";
import { memoryStore } from "../support/memory-files.ts";

interface Case {
  readonly text: string;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
const cases = JSON.parse(readFileSync("tests/corpus/policy-language.json", "utf8")) as readonly Case[];

const documented = new Set(
  [...readFileSync("docs/json.md", "utf8").matchAll(/^\| (`[a-z]+`(?:, `[a-z]+`)*) \|/gm)].flatMap(([, keys = ""]) =>
    [...keys.matchAll(/`([a-z]+)`/g)].map(([, key = ""]) => key),
  ),
);

test("every fact of a diagnostic has a documented key, and stands whole where the sentence shows it cut", () => {
  const diagnostics = cases.flatMap(
    ({ text }) =>
      resolvePolicy({ source: sourceFile("policy", text) }, { files: memoryStore({}), search: [] }).diagnostics,
  );
  const facts = diagnostics.flatMap(({ code, facts: named, message }) =>
    Object.entries(named).map(([key, fact]) => ({ code, key, fact, message })),
  );
  assert.ok(facts.length > 500, `saw only ${facts.length} facts`);
  assert.deepEqual(
    [...new Set(facts.map(({ key }) => key))].filter((key) => !documented.has(key)),
    [],
  );
  for (const { code, fact, key, message } of facts) {
    if (key === "expected" || key === "found" || key === "reason") continue;
    const shown = typeof fact === "number" ? String(fact) : quote(fact);
    assert.ok(message.includes(shown), `${code} ${key}: ${message}`);
  }
});

test("a name that is too long to be shown is whole among the facts", () => {
  const name = `abstractions/${"x".repeat(90)}`;
  const source = sourceFile("policy", `profile a { include <${name}> }\n`);
  const missing = resolvePolicy({ source }, { files: memoryStore({}), search: ["/etc/apparmor.d"] }).diagnostics.find(
    ({ code }) => code === "resolve/include-not-found",
  );
  assert.equal(missing?.facts["path"], name);
  assert.ok(!missing?.message.includes(name));
});
