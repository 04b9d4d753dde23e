import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeBytes, encodeBytes, sourceFile } from "../../src/foundation/text/index.ts";
import { parse, printTree, type SyntaxTree } from "../../src/language/syntax/index.ts";
import { checkFormat, formatted, mustFormat } from "../support/format-law.ts";
import { layOutOddly } from "../support/odd-layout.ts";
import { TextMaker } from "../support/policy-grammar.ts";
import { mutate, randomFrom, scatter, textsAlone } from "../support/policy-texts.ts";
import { randomPolicy } from "../support/random-policy.ts";
import { checkTree } from "../support/tree-law.ts";
import { widePolicy } from "../support/wide-policy.ts";

const runs = { seed: 4, numRuns: 300 };
const texts = textsAlone();

const bytes = fc.uint8Array({ maxLength: 200 }).map(decodeBytes);
const signs = fc.string({ unit: fc.constantFrom(..."{}()=,:@$#\"'\\ \n\t/arx^&+-<>!".split("")), maxLength: 60 });
const broken = fc.nat().map((seed) => mutate(texts, randomFrom(seed)));
const words = [
  ...'{ } ( ) , # " \\" \n'.split(" "),
  " ",
  "\n  ",
  "if",
  "in",
  "else",
  "profile",
  "hat",
  "^x",
  "/a",
  "$b",
  "@{x}",
];
const pieces = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((list) => list.join(""));
const anything = fc.oneof(bytes, signs, pieces, broken);

function read(text: string): SyntaxTree {
  return parse(sourceFile("x", text));
}

function holds(text: string): void {
  const tree = read(text);
  assert.equal(printTree(tree), text);
  checkTree(tree);
}

test("any text is printed back to the letter, its tokens tile it, nodes and messages lie inside it", () => {
  // Braces within what is read as a condition.
  for (const text of ['if } in"{ "', 'if"\n{ ,{ hat"', 'if"{ \\"/a^x', 'if"inprofile{ { (\\"']) holds(text);
  fc.assert(fc.property(anything, holds), { ...runs, numRuns: 600 });
  fc.assert(fc.property(pieces, holds), { ...runs, numRuns: 2000 });
});

test("a text reads the same however often it is read, and bytes that are no text do no harm", () => {
  fc.assert(
    fc.property(anything, (text) => {
      assert.deepEqual(read(text).items, read(text).items);
      assert.deepEqual(encodeBytes(printTree(read(text))), encodeBytes(text));
    }),
    runs,
  );
});

test("any text is formatted to one that says the same and stays, or refused for an error in it", () => {
  fc.assert(
    fc.property(anything, fc.boolean(), fc.boolean(), (text, sort, modernizeIncludes) => {
      checkFormat(text, { sort, modernizeIncludes });
      checkFormat(text);
    }),
    { ...runs, numRuns: 1000 },
  );
});

test("a text laid out as nobody would is formatted to one that says the same and stays", () => {
  let count = 0;
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom({}, { sort: true }, { modernizeIncludes: true }), (seed, options) => {
      const random = randomFrom(seed);
      const sources = [oddSource(random), widePolicy(seed), randomPolicy(seed).text, new TextMaker(seed).policy()];
      for (const source of sources) if (checkFormat(layOutOddly(source, random), options)) count += 1;
    }),
    { ...runs, numRuns: 1000 },
  );
  assert.ok(count > 1000, `only ${count} texts were policy`);
});

test("what no comma ends (assignments, includes, `if`) stays apart from the rules that are sorted behind it", () => {
  const statement = fc.constantFrom(
    "@{z} += t",
    '@{y} = /a "b c" @{x}',
    "${b} = true",
    "include <a>",
    "alias /a -> /b,",
    "abi <abi/4.0>,",
    "/b r,",
    "audit /a Px,mqueue,",
    "capability kill,",
    "if ${b} { @{k} = 1\n/b r,\nmqueue,\n@{l} = 2 3\n}",
    "profile p { /b r,\nmqueue, }",
  );
  let sorted = 0;
  fc.assert(
    fc.property(fc.array(statement, { minLength: 2, maxLength: 6 }), (statements) => {
      const text = `${statements.join("\n")}\n`;
      if (checkFormat(text, { sort: true }) && formatted(text, { sort: true }) !== formatted(text)) sorted += 1;
    }),
    runs,
  );
  assert.ok(sorted > 50, `only ${sorted} texts were sorted`);
});

function oddSource(random: () => number): string {
  return texts[Math.floor(random() * texts.length)] ?? "";
}

test("formatting keeps every token of a text with includes in the middle of anything", () => {
  let changed = 0;
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { files, main } = scatter(texts, randomFrom(seed), "part");
      for (const text of [main, ...files.values()]) if (checkFormat(text) && formatted(text) !== text) changed += 1;
    }),
    { ...runs, numRuns: 2000 },
  );
  assert.ok(changed > 20, `only ${changed} texts were changed`);
});

/** Comments at places between tokens, each with a name of its own. */
function withComments(text: string, random: () => number): string {
  let count = 0;
  const parts: string[] = [];
  for (const token of read(text).tokens) {
    if (random() < 0.3) parts.push(` # comment ${(count += 1)}\n`);
    parts.push(text.slice(token.start, token.end));
  }
  return parts.join("");
}

function commentsOf(text: string): readonly string[] {
  const tree = read(text);
  const comments = tree.tokens.filter((token) => token.kind === "comment");
  return comments.map((token) => text.slice(token.start, token.end).trim());
}

test("every comment survives formatting, wherever one may stand, in order and before the same token", () => {
  let seen = 0;
  fc.assert(
    fc.property(fc.nat({ max: texts.length - 1 }), fc.nat(), (index, seed) => {
      const text = withComments(texts[index] ?? "", randomFrom(seed));
      if (!checkFormat(text)) return;
      assert.deepEqual(commentsOf(mustFormat(text)), commentsOf(text));
      seen += commentsOf(text).length;
    }),
    { seed: 5, numRuns: 1500 },
  );
  assert.ok(seen > 200, `only ${seen} comments stood in policy`);
});
