/** What is printed of attachments, compiled again, attaches to the same paths; where it does not, or the length is another, that is said. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseFeatures } from "../../src/language/features/index.ts";
import { listPolicyAgain } from "../support/listed-again.ts";
import { compileText } from "../support/pipeline.ts";
import { randomAttachments } from "../support/random-attachments.ts";

const kernelFeatures = parseFeatures(readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8")).tree;
const options = { kernelFeatures, policyFeatures: kernelFeatures };
/** More of them: `ATTACHMENTS=5000 SEED=2 node scripts/test.mjs listed-attachments`. */
const count = Number(process.env["ATTACHMENTS"] ?? 400);
const seed = Number(process.env["SEED"] ?? 1);

/** What once was printed as something else. */
const kinds = [
  "/{usr,}/bin/alsamixer",
  "/usr/lib/firefox/firefox{,*[^s][^h]}",
  "/usr/{bin/a,lib/{b*,c},x/[,]*}",
  "/{*,a}/{b,**}/c",
  "/a/{*,b*}{,/}",
  "/a/{b,}/{c,}/d",
  "/{**,x}",
  "/{,usr/}bin/[^a]*",
  "/{c,/*/[ab]bbin/c,tool[ab]bbin/c}",
  "/b{**[^z],*,b?,}",
  "/{a,a/b,a/b/c}{,/*}",
  "/x/[!]*[a-c]{,?}",
];

test("attachments that are printed, compiled again, attach to the same", (t) => {
  const found: string[] = [];
  const said = { attachment: 0, "attachment length": 0 };
  const attachments = [...kinds, ...randomAttachments(seed, count)];
  const heads = attachments.flatMap((attachment, at) => [
    `"${attachment}"`,
    ...(at < 40 ? [`"${attachment}" xattrs=(user.a="b" security.c)`] : []),
  ]);
  for (const attachment of heads) {
    const { errors, policy } = compileText(`profile p ${attachment} {\n  /x r,\n}\n`, options);
    assert.deepEqual(errors, [], attachment);
    for (const { differences, shortened } of listPolicyAgain(policy, options, "")) {
      for (const kind of shortened) if (kind === "attachment" || kind === "attachment length") said[kind] += 1;
      // Of one that is cut nothing can be made.
      if (shortened.includes("attachment")) continue;
      for (const difference of differences) found.push(`${attachment}: ${difference}`);
    }
  }
  t.diagnostic(`${heads.length} attachments; not the same, which is said: ${JSON.stringify(said)}`);
  assert.deepEqual(found, []);
  // That it is said is no way out.
  assert.ok(said.attachment * 8 < heads.length, `${said.attachment} are near what they were`);
});
