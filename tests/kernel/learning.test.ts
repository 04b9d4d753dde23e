/** All programs on both kernels: `npm run learn-proof`. The first few are part of tests/policy/abstractions, whose guests have them. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { labReady, withGuest } from "../support/lab.ts";
import { proveLearning } from "../support/learn-proof.ts";
import { PROGRAMS, PROGRAM_PACKAGES } from "../support/learn-programs.ts";

/** `all`, or names with commas between them. */
const WANTED = process.env["ARMORER_LEARN_PROOF"];
const isWanted = WANTED !== undefined;
const programs = PROGRAMS.filter(({ name }) => WANTED === "all" || WANTED?.split(",").includes(name) === true);

if (isWanted) before(labReady);

for (const kernel of isWanted ? (["6.1", "7.2"] as const) : []) {
  test(`on ${kernel} programs that were learned from one run in complain mode run enforced without a denial`, async (t) => {
    await withGuest({ kernel, packages: PROGRAM_PACKAGES }, async (guest) => {
      assert.deepEqual(await proveLearning(guest, programs), {});
      t.diagnostic(`${programs.length} programs`);
    });
  });
}
