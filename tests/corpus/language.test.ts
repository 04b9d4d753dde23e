import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { compareText } from "../../src/foundation/basics/index.ts";
import { resolveCodes } from "../../src/language/resolve/index.ts";
import { catalogueName, createChecker, repository, warningClass } from "../support/check-policy.ts";
import { memoryStore } from "../support/memory-files.ts";

/** The verdict is apparmor_parser's (5.0.2); the note has the rejection's name and the classes of warnings. */
interface Case {
  readonly name: string;
  readonly verdict: "pass" | "fail";
  readonly text: string;
  readonly note: string;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
const cases = JSON.parse(
  readFileSync(join(repository, "tests/corpus/policy-language.json"), "utf8"),
) as readonly Case[];

const { check } = createChecker();
const raised = new Set<string>();

/** Cases where we and apparmor_parser disagree, with the reason in known-differences.md. */
const known = new Set(
  [...readFileSync(join(repository, "tests/corpus/known-differences.md"), "utf8").matchAll(/^- `([^`]+)`/gm)].map(
    (match) => match[1],
  ),
);

test("every text of the corpus is accepted or rejected as apparmor_parser does it", () => {
  assert.equal(cases.length, 2048);
  const wrong: string[] = [];
  for (const { name, verdict, text } of cases) {
    const { accepted, diagnostics } = check(text);
    for (const { code } of diagnostics) raised.add(code);
    const differs = accepted !== (verdict === "pass");
    if (differs !== known.has(name)) {
      wrong.push(`${name}: wanted ${verdict}, ${diagnostics.map(({ code }) => code).join(" ")}`);
    }
  }
  assert.deepEqual(wrong, []);
});

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
const grown = JSON.parse(
  readFileSync(join(repository, "tests/corpus/policy-language-grown.json"), "utf8"),
) as readonly Pick<Case, "verdict" | "text">[];

test("texts a generator made are accepted or rejected as apparmor_parser did", () => {
  const wrong = grown.filter(({ text, verdict }) => check(text).accepted !== (verdict === "pass"));
  assert.deepEqual(wrong, []);
  assert.ok(grown.length > 400);
});

test("rejections carry the name of the catalogue, but for those told more exactly", () => {
  const others: string[] = [];
  let compared = 0;
  for (const { name, verdict, text, note } of cases) {
    const wanted = /error ([\w.]+)/.exec(note)?.[1];
    if (verdict === "pass" || wanted === undefined || known.has(name)) continue;
    compared += 1;
    const errors = check(text).diagnostics.filter(({ severity }) => severity === "error");
    if (!errors.some(({ code }) => catalogueName(code) === wanted)) {
      others.push(`${wanted} ${errors.map(({ code }) => code).join(" ")}`);
    }
  }
  assert.ok(compared > 700);
  assert.ok(others.length <= 20, others.join("\n"));
});

test("warnings of accepted texts are of the classes apparmor_parser prints", () => {
  const classes = new Set<string>(
    Object.values(resolveCodes)
      .map((info) => info.class)
      .filter((name) => name !== undefined),
  );
  const wrong: string[] = [];
  for (const { name, verdict, text, note } of cases) {
    if (verdict === "fail" || known.has(name)) continue;
    const listed = /warns ([\w, -]+?)(?:;|$)/.exec(note)?.[1]?.split(", ") ?? [];
    // The compiler's classes are its own tests' matter; `deprecated` is shared, and checked where we alone say it.
    const ours = (names: readonly (string | undefined)[]): string =>
      [...new Set(names.filter((each) => classes.has(each ?? "")))]
        .map((each) => each ?? "")
        .toSorted(compareText)
        .join();
    const got = ours(check(text).diagnostics.map(({ code }) => warningClass(code)));
    if (got !== ours(listed) && !name.startsWith("mount/")) wrong.push(`${name}: wanted ${ours(listed)}, got ${got}`);
  }
  assert.deepEqual(wrong, []);
});

interface OwnCase {
  readonly files: Readonly<Record<string, string | null>>;
  readonly options?: Parameters<typeof check>[1];
}

/** What no text alone can raise. */
const ownCases: Readonly<Record<string, OwnCase>> = {
  "resolve/include-directory": { files: { "/p/main": "include <d>\n", "/p/d/x": null } },
  "resolve/include-too-deep": {
    files: { "/p/main": "include <a>\n", "/p/a": "include <b>\n", "/p/b": "profile t { include <b> }\n" },
    options: { limits: { includeDepth: 3 } },
  },
  "resolve/too-much": { files: { "/p/main": "profile t { /a r, /b r, /c r, }\n" }, options: { limits: { items: 2 } } },
  "resolve/abi-already-included": { files: { "/p/main": "include <f>\nabi <f>,\n", "/p/f": "# nothing\n" } },
  "resolve/abi-missing": { files: { "/p/main": "profile t { }\n" }, options: { policyFeatures: undefined } },
  "resolve/variable-too-large": {
    files: { "/p/main": "@{x}=a b c\nprofile t { /@{x} r, }\n" },
    options: { limits: { values: 2 } },
  },
  "resolve/variable-value-lost": { files: { "/p/main": "@{x}=/a @{u}\nprofile t { /@{x} r, }\n" } },
  "resolve/namespace-overridden": { files: { "/p/main": "profile :a:t { }\n" }, options: { namespace: "b" } },
};

test("every code of this module is raised by a case", () => {
  for (const [code, { files, options }] of Object.entries(ownCases)) {
    const checker = createChecker(memoryStore(files), ["/p"]);
    const text = files["/p/main"];
    assert.ok(typeof text === "string");
    const found = checker.check(text, options).diagnostics.map((diagnostic) => diagnostic.code);
    assert.ok(found.includes(code), `${code} is not among ${found.join(" ")}`);
    raised.add(code);
  }
  // These are about files, not texts: resolve.test.ts and the tests of special files raise them.
  const elsewhere = new Set([
    "resolve/file-not-found",
    "resolve/duplicate-across-files",
    "resolve/attachment-twice",
    "resolve/include-refused",
  ]);
  assert.deepEqual(
    Object.keys(resolveCodes).filter((code) => !raised.has(code) && !elsewhere.has(code)),
    [],
  );
});

test("no two codes say the same", () => {
  const titles = Object.values(resolveCodes).map(({ title }) => title);
  assert.equal(new Set(titles).size, titles.length);
});
