import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as check, constantFrom, nat, property, string, tuple, uint8Array } from "fast-check";
import { canonicalText, decodeBytes } from "../../src/foundation/text/index.ts";
import { type RuleDraft, literalPattern, printRule, printWord } from "../../src/language/edit/index.ts";
import { FilePermission } from "../../src/language/model/index.ts";
import type { BodyItemNode, ProfileNode, SyntaxTree } from "../../src/language/syntax/index.ts";
import { edited, treeOf } from "../support/edits.ts";

const seed = 20261122;

function onlyProfile(tree: SyntaxTree): ProfileNode {
  const [item] = tree.items;
  assert.ok(item?.kind === "profile");
  return item;
}

/** What an item says, without where it stands. */
function saying(item: BodyItemNode): string {
  return JSON.stringify(item, (_, value: unknown) => (isSpan(value) ? "somewhere" : value));
}

function isSpan(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).join(" ") === "file start end";
}

const anyName = uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => canonicalText(decodeBytes(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte)))))
  .map((name) => `/${name}`);
const oddName = array(
  constantFrom("\\", '"', ",", " ", "{", "}", "*", "#", "a", "0", "n", "x", "!", "(", "=", "é", "@{"),
  {
    minLength: 1,
    maxLength: 8,
  },
).map((parts) => `/${parts.join("")}`);

test("the pattern of any name is read back as it was", () => {
  for (const names of [anyName, oddName]) {
    check(
      property(names, (name) => {
        const value = literalPattern(name);
        const tree = treeOf(`profile p {\n  ${printWord(value)} r,\n  "/after" r,\n}\n`);
        assert.deepEqual(tree.diagnostics, []);
        const [rule] = onlyProfile(tree).items;
        assert.ok(rule?.kind === "file");
        assert.equal(rule.path?.value, value);
        assert.equal(onlyProfile(tree).items.length, 2);
      }),
      { seed, numRuns: 1000 },
    );
  }
});

test("labels and addresses with any character are read back in conditions, too", () => {
  check(
    property(string({ minLength: 1, maxLength: 8, unit: "grapheme-ascii" }), (name) => {
      const value = literalPattern(name);
      const draft: RuleDraft = { kind: "signal", permissions: ["send"], peer: value };
      const tree = treeOf(`profile p {\n  ${printRule(draft)}\n}\n`);
      assert.deepEqual(tree.diagnostics, []);
      const [rule] = onlyProfile(tree).items;
      assert.ok(rule?.kind === "signal");
      assert.equal(rule.conditions.find(({ name: key }) => key === "peer")?.values[0]?.value, value);
    }),
    { seed, numRuns: 1000 },
  );
});

const LINES: readonly string[] = [
  "  # a comment",
  "",
  "  /etc/a r, # trailing",
  "  /etc/b r, /etc/c w,",
  "  capability kill,",
  "  include <abstractions/base>",
  "  network inet stream,",
  "  audit {\n    /in/block r,\n  }",
  "  profile child {\n    /x r,\n  }",
  "  ^hat {\n  }",
  "  signal peer=x,  ",
  "\t/tab r,",
  "  deny /d\n    w,",
  "  include if exists <local/p>",
];

const bodies = tuple(
  array(constantFrom(...LINES), { maxLength: 8 }),
  constantFrom("\n", "\r\n"),
  constantFrom("", "\n"),
).map(([lines, newline, end]) => ["profile p {", ...lines, "}"].join("\n").replaceAll("\n", newline) + end);
const drafts = constantFrom<RuleDraft>(
  { kind: "file", path: "/new", permissions: FilePermission.r },
  { kind: "capability", names: ["chown"] },
  { kind: "userns" },
  { kind: "signal", peer: "new" },
);

test("after adding a rule the tree holds it once more, and everything else as before", () => {
  check(
    property(bodies, drafts, (text, rule) => {
      const before = onlyProfile(treeOf(text)).items.map(saying);
      const result = edited(text, [{ kind: "add-rule", profile: ["p"], rule }]);
      const tree = treeOf(result.text);
      assert.deepEqual(result.problems, []);
      assert.deepEqual(tree.diagnostics, treeOf(text).diagnostics.length === 0 ? [] : tree.diagnostics);
      const after = onlyProfile(tree).items.map(saying);
      const added = onlyProfile(treeOf(`profile p {\n${printRule(rule)}\n}\n`)).items.map(saying);
      assert.deepEqual(after.toSorted(), [...before, ...added].toSorted());
      assert.ok(isWithin(text, result.text), "the old text is still there, in order");
    }),
    { seed, numRuns: 1500 },
  );
});

/** Whether `part`'s lines stand in `whole` in order (trailing text on a line allowed). */
function isWithin(part: string, whole: string): boolean {
  let at = 0;
  for (const char of part) {
    if (/\s/.test(char)) continue;
    at = whole.indexOf(char, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

test("taking a rule away takes that rule and no comment", () => {
  check(
    property(bodies, nat(), (text, pick) => {
      const tree = treeOf(text);
      const rules = onlyProfile(tree).items.filter(
        (item) => !["include", "profile", "block", "broken"].includes(item.kind),
      );
      const rule = rules[pick % Math.max(rules.length, 1)];
      if (rule === undefined) return;
      const result = edited(text, [{ kind: "remove-rule", at: rule.span }]);
      const before = onlyProfile(tree).items.filter((item) => item !== rule);
      assert.deepEqual(onlyProfile(treeOf(result.text)).items.map(saying), before.map(saying));
      assert.equal(result.text.split("#").length, text.split("#").length);
    }),
    { seed, numRuns: 1500 },
  );
});

test("adding a rule and taking it away gives the text that was", () => {
  check(
    property(bodies, drafts, (text, rule) => {
      const added = edited(text, [{ kind: "add-rule", profile: ["p"], rule }]).text;
      const printed = printRule(rule);
      const result = edited(added, (tree) => {
        const start = added.lastIndexOf(printed);
        return [{ kind: "remove-rule", at: { file: tree.source.id, start, end: start + printed.length } }];
      });
      assert.equal(result.text.replaceAll(/\s/g, ""), text.replaceAll(/\s/g, ""));
    }),
    { seed, numRuns: 1000 },
  );
});
