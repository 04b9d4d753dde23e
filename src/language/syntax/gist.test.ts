import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceFile } from "../../foundation/text/index.ts";
import { gistOf, parse } from "./index.ts";

function gist(text: string): string | undefined {
  return gistOf(parse(sourceFile("x", text)));
}

const PLAIN = "/a r,\n/b w,\n";

test("comments, blank lines and wider blanks are no part of a gist", () => {
  assert.notEqual(gist(PLAIN), undefined);
  for (const same of [
    "# about\n/a r,\n/b w,\n",
    "\n\n/a r,\n\n# about\n\n/b w,\n# end\n",
    "  /a   r, # about\n\t/b\tw,\n",
    "/a # in the middle\n r,\n/b w,\n",
  ]) {
    assert.equal(gist(same) === gist(PLAIN), !same.includes("middle"), same);
  }
});

test("whatever the grammar sees is part of a gist", () => {
  for (const other of [
    "/a r,\n/b r,\n",
    "/a r,\n/b w,\n/c r,\n",
    "/b w,\n/a r,\n",
    "#include <x>\n/a r,\n/b w,\n",
    '"/a" r,\n/b w,\n',
    "/a r, /b w,\n",
    "/a r,\ndeny /b w,\n",
    "/ar,\n/b w,\n",
  ]) {
    assert.notEqual(gist(other), gist(PLAIN), other);
  }
});

test("a text that something is said of, or that does not stand on its own, has no gist", () => {
  assert.equal(gist("/a r,\n# no line end"), undefined);
  assert.equal(gist("/a r,\n}\n"), undefined);
  assert.equal(gist("@{x}=a"), undefined);
});
