/** Sid's profiles in the words of 3.0, given to bookworm's own parser (3.0.8): what is printed is read there. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { openOracle } from "../../lab/index.ts";
import { defaultPolicySettings } from "../../src/app/index.ts";
import { portFile } from "../../src/app/port.ts";
import { decodeBytes, encodeBytes, sourceFile } from "../../src/foundation/text/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { inScratch, start } from "../support/oracle.ts";

/** One profile in so many. */
const EVERY = 6;

const sid = await openOracle();
const bookworm = await openOracle("bookworm");

/** Not the text's fault: sid's profile needs a file that bookworm does not have, or names it in a variable. */
const ABSENT =
  /Could not open|No such file or directory|not found|Found reference to variable \S+, but is never declared/;

test("what is printed for 3.0 is read by 3.0.8", { skip: !sid.ok || !bookworm.ok ? "needs the lab" : false }, () => {
  assert.ok(sid.ok && bookworm.ok);
  const base = join(sid.value.root, "etc/apparmor.d");
  const kernelFeatures = readFileSync("policy/abi/5.0", "utf8");
  const abi = readFileSync("policy/abi/3.0", "utf8");
  const settings = defaultPolicySettings({
    base,
    includePath: [],
    kernelFeatures,
    policyFeatures: { kind: "default" },
    namespace: undefined,
    workingDirectory: "/",
  });
  const { root } = bookworm.value;
  const files = readdirSync(base).filter((name) => statSync(join(base, name)).isFile());
  const names = files.toSorted().filter((_, at) => at % EVERY === 0);
  const count = { read: 0, absent: 0, wordless: 0, changed: 0 };
  const wrong: string[] = [];
  for (const name of names) {
    const text = decodeBytes(readFileSync(join(base, name)));
    const ported = portFile({ source: sourceFile(join(base, name), text), release: "3.0", abi }, settings, nodeFiles());
    assert.ok(ported.ok, `${name}: ${ported.ok ? "" : ported.error}`);
    const there = ported.value.text;
    if (there === undefined) {
      count.wordless += 1;
      continue;
    }
    if (there !== text) count.changed += 1;
    const { status, stderr } = inScratch(root, { p: encodeBytes(there) }, (work) =>
      start(root, { directory: `/tmp/${basename(work)}`, argv: ["-QKS", "p"] }),
    );
    if (status === 0) count.read += 1;
    else if (ABSENT.test(stderr)) count.absent += 1;
    else wrong.push(`${name}: ${stderr}`);
  }
  assert.deepEqual(wrong, []);
  assert.ok(count.changed > 10 && count.read > 10, JSON.stringify(count));
});
