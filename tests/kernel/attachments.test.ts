import assert from "node:assert/strict";
import { before, test } from "node:test";
import { KERNEL_NAMES, type KernelName } from "../../lab/index.ts";
import { compareAttachments } from "../support/attachment-cases.ts";
import { dose } from "../support/dose.ts";
import { LABEL_PROBE } from "../support/label-cases.ts";
import { labReady, withGuest } from "../support/lab.ts";
import { findOracle } from "../support/oracle.ts";

before(labReady);

const oracle = await findOracle();
/** More of them: `ARMORER_ATTACHMENTS=1000 node scripts/test.mjs kernel/attachments`. */
const count = Number(process.env["ARMORER_ATTACHMENTS"] ?? dose(60, 600));

for (const kernel of dose<readonly KernelName[]>(["7.2"], KERNEL_NAMES)) {
  test(
    `of two profiles that attach to a program kernel ${kernel} takes the one it takes when 5.0.2 compiles them, and that we foresee`,
    { skip: oracle.ok ? false : oracle.error },
    async (context) => {
      if (!oracle.ok) return;
      await withGuest({ kernel, files: [LABEL_PROBE] }, async (guest) => {
        const { asked, attached, differences } = await compareAttachments(guest, kernel, {
          oracle: oracle.value,
          count,
        });
        context.diagnostic(`${asked} programs, ${attached} with a profile, ${differences.length} differences`);
        for (const difference of differences) context.diagnostic(difference);
        assert.deepEqual(differences.slice(0, 3), []);
        assert.ok(attached > asked / 3 && attached < asked, `${attached} of ${asked} have a profile`);
      });
    },
  );
}
