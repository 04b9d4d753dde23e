import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { matches, minimalLength, parseGlob } from "../../src/language/globs/index.ts";

/** A pattern built by hand together with the regular expression a reader of the manual would write for it. */
interface Twin {
  readonly glob: string;
  readonly expression: string;
}

const letters = ["a", "b", ".", "-", "^"];
const quote = (text: string): string => text.replaceAll(/[.^$*+?()[\]{}|\\-]/g, "\\$&");

const literal = fc.constantFrom(...letters).map((text): Twin => ({ glob: text, expression: quote(text) }));
const escaped = fc
  .constantFrom("*", "?", "{", "}", "[", "]", ",", "\\")
  .map((text): Twin => ({ glob: `\\${text}`, expression: quote(text) }));
const question = fc.constant<Twin>({ glob: "?", expression: "[^/\\0]" });
// A letter on each side keeps stars away from slashes, where they mean "at least one".
const star = fc.constantFrom<Twin>(
  { glob: "a*b", expression: "a[^/\\0]*b" },
  { glob: "a**b", expression: "a[^\\0]*b" },
  { glob: "a***b", expression: "a[^\\0]*b" },
);
const set = fc
  .tuple(fc.boolean(), fc.uniqueArray(fc.constantFrom("a", "b", "/", "."), { minLength: 1 }))
  .map(([negated, members]): Twin => {
    const inner = members.join("");
    return { glob: `[${negated ? "^" : ""}${inner}]`, expression: `[${negated ? "^" : ""}${quote(inner)}]` };
  });

const { twin } = fc.letrec<{ twin: Twin; part: Twin }>((tie) => ({
  part: fc.oneof(
    { depthSize: "small" },
    literal,
    escaped,
    question,
    star,
    set,
    fc.constant({ glob: "/", expression: "/" }),
    alternation(tie("twin")),
  ),
  twin: fc.array(tie("part"), { maxLength: 5 }).map((parts) => ({
    glob: parts.map((part) => part.glob).join(""),
    expression: parts.map((part) => part.expression).join(""),
  })),
}));

function alternation(inner: fc.Arbitrary<Twin>): fc.Arbitrary<Twin> {
  return fc.array(inner, { minLength: 2, maxLength: 3 }).map((branches) => ({
    glob: `{${branches.map((branch) => branch.glob).join(",")}}`,
    expression: `(?:${branches.map((branch) => branch.expression).join("|")})`,
  }));
}

const subjects = fc.array(
  fc
    .array(fc.constantFrom("a", "b", "/", ".", "-", "\0", "*", "?", ",", "^", "\\", "["), { maxLength: 7 })
    .map((c) => c.join("")),
  { minLength: 30, maxLength: 30 },
);

test("a pattern matches exactly what its twin expression matches", () => {
  let matched = 0;
  fc.assert(
    fc.property(twin, subjects, ({ glob, expression }, texts) => {
      const parsed = parseGlob(glob, { nul: false });
      assert.ok(parsed.ok, glob);
      const brute = new RegExp(`^(?:${expression})$`, "s");
      for (const text of texts) {
        const expected = brute.test(text);
        if (expected) matched += 1;
        assert.equal(matches(parsed.value, encodeBytes(text)), expected, `${glob} on ${JSON.stringify(text)}`);
        if (expected) assert.ok(minimalLength(parsed.value) <= text.length);
      }
    }),
    { seed: 20_250_101, numRuns: 3000 },
  );
  assert.ok(matched > 1000, "too few subjects matched to mean anything");
});

test("any text is read or refused, never more", () => {
  const soup = fc
    .array(fc.constantFrom(...Array.from("ab/*?[]{},^-\\x0d1ä")), { maxLength: 30 })
    .map((c) => c.join(""));
  fc.assert(
    fc.property(soup, fc.boolean(), (text, nul) => {
      const parsed = parseGlob(text, { nul });
      if (!parsed.ok) assert.ok(parsed.error.offset >= 0 && parsed.error.offset <= text.length);
    }),
    { seed: 20_250_102, numRuns: 5000 },
  );
});
