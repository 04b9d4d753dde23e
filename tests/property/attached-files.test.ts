/** The search for the file that a profile attaches to beside the plain way: every file there is, held against the whole pattern. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadPolicySet } from "../../src/app/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { matches, parseGlob, slashes } from "../../src/language/globs/index.ts";
import { memoryStore } from "../support/memory-files.ts";
import { Random } from "../support/random.ts";

const PATHS = ["/a", "/ab/a", "/ab/b", "/b/a/b", "/b/ab", "/b/{a", "/b/,", "/ba/a/a/b", "/b]/a", "/é/a"];
const PIECES =
  "a b ab * ? ** [ab] [^a] [a/] [^b]* [{] [}] []] {a,b} {,b} {a,{b,ab}} {a/b,b} {*,b/a} \\{ \\, \\] é / / / /".split(
    " ",
  );

test("a file is found exactly where one matches, and it matches", async () => {
  const { attachedFile } = await loadPolicySet();
  const files = memoryStore(Object.fromEntries(PATHS.map((path) => [path, ""])));
  const random = new Random(20261129);
  const found = { some: 0, none: 0 };
  for (let round = 0; round < 3000; round += 1) {
    const pattern = `/${Array.from({ length: 1 + random.below(6) }, () => random.pick(PIECES)).join("")}`;
    const glob = parseGlob(slashes(pattern), { nul: false });
    const meant = glob.ok ? PATHS.filter((path) => matches(glob.value, encodeBytes(path))) : [];
    const { isCut, path } = attachedFile(pattern, { ...files, realPath: (one) => one });
    assert.ok(!isCut, pattern);
    if (path === undefined) assert.deepEqual(meant, [], pattern);
    else assert.ok(meant.includes(path), `${pattern} and not ${path}`);
    found[path === undefined ? "none" : "some"] += 1;
  }
  assert.ok(found.some > 300 && found.none > 300, JSON.stringify(found));
});

test("patterns of any length and with any number of alternatives end, and it is said where not all was looked at", async () => {
  const { attachedFile } = await loadPolicySet();
  const files = memoryStore({ "/a": "" });
  const world = { ...files, realPath: (one: string): string => one };
  assert.deepEqual(attachedFile(`/${"?".repeat(20_000)}`, world), { path: undefined, isCut: false });
  assert.deepEqual(attachedFile(`/${"{a,b}".repeat(20_000)}`, world), { path: undefined, isCut: true });
  assert.deepEqual(attachedFile("/{a", world), { path: undefined, isCut: false });
});
