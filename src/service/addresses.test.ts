import assert from "node:assert/strict";
import { test } from "node:test";
import { threadsThatFit } from "./addresses.ts";

function limits(bytes: string): string {
  return `Limit                     Soft Limit           Hard Limit           Units     \nMax address space         ${bytes.padEnd(21)}unlimited            bytes     \n`;
}

test("as many threads are started as a limit on addresses lets start", () => {
  const fitting = ["unlimited", "100000000000", "2000000000", "1500000000", "1000000000", "1"];
  assert.deepEqual(
    fitting.map((bytes) => threadsThatFit(4, limits(bytes))),
    [4, 4, 2, 1, 1, 1],
  );
  assert.equal(threadsThatFit(4, ""), 4);
});
