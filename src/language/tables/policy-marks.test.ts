import assert from "node:assert/strict";
import { test } from "node:test";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { readPolicyMarks } from "./index.ts";

test("what is in disable and force-complain marks files, whatever it is, unless it leads nowhere", () => {
  const entries = {
    "/p/disable": [
      { name: "link", kind: "file" },
      { name: "directory", kind: "directory" },
      { name: "pipe", kind: "other" },
      { name: "dangling", kind: "dangling" },
      { name: "both", kind: "file" },
    ],
    "/p/force-complain": [
      { name: "loud", kind: "directory" },
      { name: "both", kind: "file" },
    ],
  };
  const found = new Map(Object.entries(entries));
  const list = (path: string): Outcome<readonly { readonly name: string; readonly kind: string }[], string> => {
    const listing = found.get(path);
    return listing === undefined ? fail("ENOENT") : ok(listing);
  };
  const marks = readPolicyMarks("/p", list);
  const states = ["link", "directory", "pipe", "dangling", "both", "loud", "plain"].map(marks.stateOf);
  assert.deepEqual(states, ["disabled", "disabled", "disabled", "enabled", "disabled", "force-complain", "enabled"]);
  assert.ok(marks.complains("both"));
  assert.ok(marks.names.includes("dangling"), "its name is taken all the same");
  assert.deepEqual(readPolicyMarks("/q", list).unlisted, [
    { path: "/q/disable", error: "ENOENT" },
    { path: "/q/force-complain", error: "ENOENT" },
  ]);
});
