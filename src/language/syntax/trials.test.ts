import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceFile } from "../../foundation/text/index.ts";
import { parse } from "./index.ts";
import { diagnostic } from "./problems.ts";
import { Trials } from "./trials.ts";

test("a text of errors is read again only as often as its errors allow", () => {
  const text = "x\n".repeat(1000);
  const source = sourceFile("x", text);
  const { diagnostics } = parse(source);
  const [some] = diagnostics;
  assert.ok(some !== undefined);
  const many = Array.from({ length: 1000 }, (_, line) =>
    diagnostic("syntax/look-alike", { file: source.id, start: 2 * line, end: 2 * line + 1 }, some.message, {}),
  );
  let compared = 0;
  const trials = new Trials(source, () => {
    compared += many.length;
    return many;
  });
  const fix = { title: "remove it", edits: [{ file: source.id, edit: { start: 0, end: 1, newText: "" } }] };
  for (const problem of many) trials.helps(fix, problem, many);
  assert.ok(compared > 0 && compared < 20_000, `${compared} messages`);
});
