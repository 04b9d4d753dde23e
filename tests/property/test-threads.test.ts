/** `armorer test` with several threads: the same answers in the same order, whoever decided what, and no thread where there is little to do. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import type { TestRequest } from "../../src/app/index.ts";
import { runArmorer } from "../../src/cli/armorer/index.ts";
import { answerTogether } from "../../src/service/shared-work.ts";
import { capturedIo } from "../support/captured-io.ts";

const featureFile = join(import.meta.dirname, "../../../policy/abi/5.0");

/** Sixteen files, one of them broken, one with many rules, and expectations that hold, fail, cannot be decided, and are about nobody. */
function workplace(context: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "armorer-test-threads-"));
  context.after(() => rmSync(root, { recursive: true }));
  for (let index = 0; index < 16; index += 1) {
    const many = index === 7 ? 30 : 3;
    const rules = Array.from({ length: many }, (_, at) => `  /srv/p${index}/${at}/* r,\n`).join("");
    const child = index % 4 === 0 ? "  /bin/sh cx -> child,\n  profile child {\n    /child/** rw,\n  }\n" : "";
    const wrong = index === 11 ? "  bogus rule,\n" : "";
    writeFileSync(
      join(root, `p${index}`),
      `profile p${index} /bin/p${index} {\n  deny /etc/shadow r,\n  /etc/** r,\n${rules}${child}${wrong}  /bin/p${(index + 1) % 16} px,\n}\n`,
    );
  }
  const suites = {
    all: 'test "all" for * except p3 {\n  none /etc/shadow r,\n  all /etc/passwd r,\n  some /srv/p7/** r,\n}\n',
    more: 'test "more" for p1, p7, nobody, "p4//child" {\n  all /srv/p7/*/* r,\n  none /etc/** w,\n  never reach p3,\n  all no rule,\n}\ntest "reach" for p12 {\n  never reach unconfined,\n  never reach nowhere,\n}\n',
    wrong: 'test "empty" for p1 {\n}\nsome words\n',
  };
  for (const [name, text] of Object.entries(suites)) writeFileSync(join(root, `${name}.aatest`), text);
  return root;
}

interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly threads: number;
}

async function run(root: string, ...argv: readonly string[]): Promise<Run> {
  let threads = 0;
  const count = (): void => {
    threads += 1;
  };
  process.on("worker", count);
  const { io, bytes, text } = capturedIo({ escapes: "always" });
  const status = await runArmorer(["test", "-M", featureFile, ...argv], { ...io, workingDirectory: root });
  process.off("worker", count);
  return { status, out: bytes("out").toString("utf8"), err: text("err"), threads };
}

for (const form of [[], ["--json"], ["--tap"], ["--junit"]]) {
  test(`several threads print to the byte what one prints: ${form.join("") || "words"}`, async (t) => {
    const root = workplace(t);
    const whole = ["--coverage", "--mutations", ...form, root];
    const { threads, ...alone } = await run(root, "-j1", ...whole);
    assert.equal(threads, 0);
    assert.equal(alone.status, 1);
    for (const jobs of [2, 4]) {
      const { threads: started, ...together } = await run(root, `-j${jobs}`, ...whole);
      assert.deepEqual(together, alone);
      assert.equal(started, jobs - 1);
    }
  });
}

test("what one thread reports has every kind of answer in it", async (t) => {
  const root = workplace(t);
  const { out } = await run(root, "-j1", "--coverage", "--mutations", "--json", root);
  const report: unknown = JSON.parse(out);
  assert.ok(typeof report === "object" && report !== null);
  for (const part of ["tests", "troubles", "coverage", "mutations", "refusals"]) {
    const found: unknown = Reflect.get(report, part);
    assert.ok(Array.isArray(found) && found.length > 0, part);
  }
  for (const outcome of ["passed", "failed", "undecided"]) assert.ok(out.includes(`"outcome":"${outcome}"`), outcome);
});

test("a first suite is the same whoever compiled the mutants it is made for, and of a small profile no thread does", async (t) => {
  const root = workplace(t);
  const { threads, ...alone } = await run(root, "-j1", "--init", "p7", root);
  assert.deepEqual([alone.status, threads], [0, 0]);
  assert.ok(alone.out.includes("and no more"), alone.out);
  const { threads: started, ...together } = await run(root, "-j3", "--init", "p7", root);
  assert.deepEqual(together, alone);
  assert.equal(started, 2);
  assert.equal((await run(root, "-j3", "--init", "p5", root)).threads, 0);
});

test("few expectations start no thread, however many there may be", async (t) => {
  const root = workplace(t);
  const { threads } = await run(root, "-j8", join(root, "p1"), join(root, "all.aatest"));
  assert.equal(threads, 0);
});

test("what a thread was to decide that died over it is decided here", async () => {
  const workers: Worker[] = [];
  // A request without anything in it ends the thread that takes it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is what no caller can write
  const requests = [1, 2, 3].map((place) => ({ place }) as TestRequest);
  const own = {
    beginRound: () => undefined,
    prepare: () => Promise.resolve(),
    serve: ({ place }: TestRequest) => `here ${place}`,
    settle: () => undefined,
  };
  const answers = answerTogether<TestRequest, string>(requests, {
    workers,
    helpers: 1,
    task: { kind: "test", root: undefined },
    round: 0,
    own: async () => {
      while (workers.length > 0) await setTimeout(10);
      return own;
    },
    lost: ({ place }) => `lost ${place}`,
  });
  const found: string[] = [];
  for await (const answer of answers) found.push(answer);
  assert.deepEqual(found, ["lost 1", "here 2", "here 3"]);
});
