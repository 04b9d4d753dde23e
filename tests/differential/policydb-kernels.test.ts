/** What we say a kernel refuses, asked of the kernels: recorded streams, our own encodings of them, and streams with a few bytes changed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { bootLab, KERNEL_NAMES, prepareLab, renderLabProblem, type Step, type StepResult } from "../../lab/index.ts";
import {
  encodePolicy,
  kernelAnswer,
  type KernelGeneration,
  validatePolicy,
} from "../../src/compiler/policydb/index.ts";
import { decoded, readStream, streamNames, withoutLayouts } from "../support/streams.ts";

const prepared = await prepareLab(() => undefined);
const skip = prepared.ok ? false : renderLabProblem(prepared.error);

interface Trial {
  readonly id: string;
  readonly policy: Uint8Array;
}

/** Single profiles: children need their parents, and an orphan upsets the kernels for good (kernel-abi D1). */
const singles = streamNames.filter((name) => !name.startsWith("full"));

function trials(): readonly Trial[] {
  const plain = singles.map((name) => ({ id: name, policy: readStream(name) }));
  const full = ["full-6.1", "full-7.2"].map((name) => ({ id: name, policy: readStream(name) }));
  const own = [...plain, ...full].map(({ id, policy }) => {
    return { id: `own ${id}`, policy: encodePolicy({ profiles: decoded(policy).profiles.map(withoutLayouts) }) };
  });
  return [...plain, ...full, ...own, ...changed()];
}

/** Streams with one or two places changed, most of them outside of the large tables of cells. */
function changed(): readonly Trial[] {
  const place = fc.record({
    at: fc.noBias(fc.nat(999_999)).map((millionths) => millionths / 1_000_000),
    bit: fc.nat(7),
    kind: fc.constantFrom("flip", "zero", "cut"),
  });
  const edits = fc.tuple(fc.constantFrom(...singles), place);
  const found = fc.sample(edits, { seed: 20261122, numRuns: 1000 }).map(([name, { at, bit, kind }], i) => {
    const stream = readStream(name);
    const bytes = stream.slice();
    const where = interesting(stream, at);
    if (kind === "zero") bytes[where] = 0;
    else bytes[where] = (bytes[where] ?? 0) ^ (1 << bit);
    const policy =
      kind === "cut" ? Uint8Array.from([...bytes.subarray(0, where), ...bytes.subarray(where + 1)]) : bytes;
    return { id: `${i} ${name} ${kind} ${where}`, policy };
  });
  return found.filter(({ policy }) => !Buffer.from(policy).includes("//"));
}

/** A place for a share of the bytes that are not zero: structure, numbers, used cells. */
function interesting(stream: Uint8Array, share: number): number {
  const places = [...stream.keys()].filter((at) => stream[at] !== 0);
  return places[Math.min(places.length - 1, Math.floor(share * places.length))] ?? 0;
}

function answerOf({ errno, events }: StepResult): {
  readonly errno: string | undefined;
  readonly info: string | undefined;
} {
  const failed = events.find((line) => / error=-\d+/.test(line));
  return { errno, info: errno === undefined ? undefined : / info="([^"]*)"/.exec(failed ?? "")?.[1] };
}

for (const kernel of KERNEL_NAMES) {
  test(`kernel ${kernel} refuses what we say it refuses, with the text we say`, { skip }, async () => {
    const all = trials();
    const steps = all.map(({ id, policy }): Step => ({ kind: "replace", id, policy }));
    const report = await bootLab({ kernel, steps });
    if (!report.ok) assert.fail(renderLabProblem(report.error));
    const differences: string[] = [];
    let refused = 0;
    for (const [i, step] of report.value.steps.entries()) {
      const trial = all[i];
      assert.ok(trial !== undefined && trial.id === step.id);
      const found = answerOf(step);
      const wanted = expected(trial.policy, kernel);
      if (found.errno !== undefined) refused += 1;
      if (found.errno !== wanted.errno || (found.info !== wanted.info && found.errno !== undefined)) {
        differences.push(
          `${step.id}: kernel ${found.errno} "${found.info}", we ${wanted.errno} "${wanted.info}" (${wanted.message})`,
        );
      }
    }
    assert.equal(report.value.steps.length, all.length);
    assert.deepEqual(differences, []);
    assert.ok(refused > 100 && refused < all.length - 100, `${refused} of ${all.length} were refused`);
  });
}

function expected(policy: Uint8Array, kernel: KernelGeneration): { errno?: string; info?: string; message?: string } {
  const [first] = validatePolicy(policy, kernel);
  return first === undefined ? {} : { ...kernelAnswer(first.kind, kernel), message: first.message };
}
