import assert from "node:assert/strict";
import { before, test } from "node:test";
import { KERNEL_NAMES, type KernelName } from "../../lab/index.ts";
import { dose } from "../support/dose.ts";
import { compareLabels, LABEL_PROBE } from "../support/label-cases.ts";
import { labReady, withGuest } from "../support/lab.ts";

before(labReady);

for (const kernel of dose<readonly KernelName[]>(["7.2"], KERNEL_NAMES)) {
  test(`kernel ${kernel} runs programs under the labels that the monitor foresees`, async (context) => {
    await withGuest({ kernel, files: [LABEL_PROBE] }, async (guest) => {
      const { asked, differences } = await compareLabels(guest, kernel);
      context.diagnostic(`${asked} programs started, ${differences.length} labels not as foreseen`);
      for (const difference of differences) context.diagnostic(difference);
      assert.deepEqual(differences.slice(0, 3), []);
    });
  });
}
