import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../src/language/syntax/index.ts";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { countSteps } from "./counted-steps.ts";

const read = (rules: number) => (): void => void parse(sourceFile("x", `profile p {\n${"  /a r,\n".repeat(rules)}}\n`));

test("loops are counted, and also those of code that has run before", () => {
  for (let times = 0; times < 200; times += 1) read(10)();
  const [short, long] = [countSteps(read(1000)), countSteps(read(2000))];
  // Calls alone are less than two thirds of that.
  assert.ok(long - short > 100_000, `${short} and ${long} steps`);
});
