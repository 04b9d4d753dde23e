import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveText } from "../../../../tests/support/policies.ts";
import { decide } from "../index.ts";

/** Whether a profile of these rules may link; the letters that are missing. */
function missing(rules: string, path: string, target: string): string {
  const [profile] = resolveText(`profile p {\n${rules}\n}\n`).value.profiles;
  assert.ok(profile !== undefined);
  return decide(profile, { kind: "link", path, target, owner: true }).missing.join("");
}

test("`all` allows links to all that is below the root, but not to the root itself", () => {
  assert.equal(missing("all,", "/a", "/b"), "");
  assert.equal(missing("all,", "/a", "/"), "l");
});

test("the target of a tested link must be executed as its name is", () => {
  const link = "link subset /a -> /b,\n";
  assert.equal(missing(`${link}/a rix,\n/b rix,`, "/a", "/b"), "");
  assert.equal(missing(`${link}/a rix,\n/b rPx,`, "/a", "/b"), "mx");
  assert.equal(missing(`${link}/a Px,\n/b Px,`, "/a", "/b"), "");
  assert.equal(missing(`${link}/a px,\n/b Px,`, "/a", "/b"), "x");
  assert.equal(missing(`${link}/a Px,\n/b px,`, "/a", "/b"), "");
});
