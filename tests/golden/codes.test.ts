import { test } from "node:test";
import assert from "node:assert/strict";
import { loadCodes } from "../../src/app/index.ts";
import { compareText } from "../../src/foundation/basics/index.ts";
import { matchGolden } from "../support/golden.ts";

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;

test("the manual's page of codes says what the code tables say", async () => {
  const codes = Object.entries(await loadCodes()).toSorted(([a], [b]) => compareText(a, b));
  assert.ok(codes.length > 100, `only ${codes.length} codes`);
  const entries = codes.map(
    ([code, { severity, title, help }]) => `## ${code}\n\n*${severity}* · ${sentence(title)}\n\n${sentence(help)}\n`,
  );
  const page = `<!-- Made from the code tables: UPDATE_GOLDEN=1 node scripts/test.mjs golden/codes -->
# What armorer has to say

Every diagnostic has a code; it never changes its meaning. Errors cannot be switched off; \`armorer check --allow CODE\` silences one kind
of warning.

${entries.join("\n")}`;
  matchGolden("../../docs/codes.md", page);
});
