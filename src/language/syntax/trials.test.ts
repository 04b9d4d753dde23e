import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceFile } from "../../foundation/text/index.ts";
import { parse } from "./index.ts";
import { diagnostic } from "./problems.ts";
import { Trials } from "./trials.ts";

test("a text is read again a bounded number of times, however many fixes are offered", () => {
  const text = "x\n".repeat(1000);
  const source = sourceFile("x", text);
  const { diagnostics } = parse(source);
  const [some] = diagnostics;
  assert.ok(some !== undefined);
  const many = Array.from({ length: 1000 }, (_, line) =>
    diagnostic("syntax/look-alike", { file: source.id, start: 2 * line, end: 2 * line + 1 }, some.message, {}),
  );
  let reads = 0;
  const trials = new Trials(source, () => {
    reads++;
    return many;
  });
  const candidates = many.map((problem) => {
    const { start, end } = problem.at.span;
    return { problem, fix: { title: "remove it", edits: [{ file: source.id, edit: { start, end, newText: "" } }] } };
  });
  assert.equal(trials.helping(candidates, many).size, 0, "nothing is gained by any of them");
  assert.ok(reads > 0 && reads <= 17, `${reads} times`);
});
