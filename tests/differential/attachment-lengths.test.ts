/** The xmatch length, by which a kernel chooses between profiles that attach, is that of 5.0.2 (compile-semantics 7.2). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { askBoth } from "../support/both-parsers.ts";
import { repository } from "../support/check-policy.ts";
import { findOracle } from "../support/oracle.ts";
import { randomAttachments } from "../support/random-attachments.ts";

const oracle = await findOracle();
const skip = oracle.ok ? false : oracle.error;
const features = readFileSync(join(repository, "tests/corpus/features/debian-kernel-7.2"), "utf8");
/** More of them: `ATTACHMENTS=5000 SEED=2 node scripts/test.mjs attachment-lengths`. */
const count = Number(process.env["ATTACHMENTS"] ?? 600);
const seed = Number(process.env["SEED"] ?? 1);

const kinds = [
  "/{home/*/.tool,root/.tool}/run",
  "/{{,a/}bin/foo,opt/*/foo}",
  "/{a/bin/foo,opt/*/foo}",
  "/{a?bb,cccccb,dbb}x",
  "/{xb,{{[ab],[^z]a/*/a,[^z]},toola[ab],?**},/*c[ab]}",
];

function lengths(stream: string): readonly (number | undefined)[] {
  const decoded = decodePolicy(Buffer.from(stream, "latin1"));
  assert.ok(decoded.ok);
  const byName = decoded.value.profiles.map(({ name, xmatch }) => [Number(name.slice(1)), xmatch?.length] as const);
  return byName.toSorted(([a], [b]) => a - b).map(([, length]) => length);
}

test("the xmatch length of attachments whose alternatives end alike is that of 5.0.2", { skip }, async () => {
  if (!oracle.ok) return;
  const attachments = [...kinds, ...randomAttachments(seed, count)];
  const text = attachments.map((attachment, index) => `profile p${index} "${attachment}" { /x r, }\n`).join("");
  const inputs = { texts: [text], files: { features } };
  const [answer] = await askBoth(oracle.value, inputs, ["-M", "features", "-S"]);
  assert.ok(answer !== undefined && answer.theirs.status === 0, answer?.theirs.err);
  const [ours, theirs] = [lengths(answer.ours.out), lengths(answer.theirs.out)];
  assert.equal(theirs.length, attachments.length);
  for (const [index, attachment] of attachments.entries()) assert.equal(ours[index], theirs[index], attachment);
});
