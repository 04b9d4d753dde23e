import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { runArmorer } from "./index.ts";

const ABI = join(import.meta.dirname, "../../../../policy/abi/5.0");

/** A directory of policy, and beside the policy what people keep there of ours. */
function policyDirectory(context: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "armorer-beside-"));
  context.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, "demo"), "abi <abi/5.0>,\n\nprofile demo {\n  /etc/hosts r,\n}\n");
  writeFileSync(join(root, "demo.aatest"), 'test "t" for demo {\n  none /etc/shadow r,\n}\n');
  writeFileSync(join(root, ".armorer-lint.json"), "{}\n");
  for (const name of ["abi", "tunables"]) mkdirSync(join(root, name));
  writeFileSync(join(root, "abi/5.0"), "file {mask {read write\n}\n}\n");
  return root;
}

async function run(...argv: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const { io, bytes, text } = capturedIo();
  const status = await runArmorer(argv, io);
  return { status, out: bytes("out").toString("utf8"), err: text("err") };
}

test("files of expectations and of lint beside the policy are no policy to any verb", async (t) => {
  const root = policyDirectory(t);
  const other = policyDirectory(t);
  const calls: readonly (readonly string[])[] = [
    ["check", "-b", root, "-M", ABI, root],
    ["compile", "-b", root, "-M", ABI, root],
    ["fmt", "--check", root],
    ["diff", "-M", ABI, root, other],
    ["lint", "-M", ABI, root],
    ["query", "-M", ABI, root, "/etc/hosts r"],
    ["explain", "-M", ABI, root, "demo", "/etc/hosts r"],
    ["reach", "-M", ABI, root, "demo"],
    ["test", "-M", ABI, root],
  ];
  for (const argv of calls) {
    const { status, out, err } = await run(...argv);
    assert.equal(status, 0, `${argv[0] ?? ""}: ${out}${err}`);
    assert.doesNotMatch(out + err, /aatest|unknown-rule/, argv[0]);
  }
  // One that is named is read: nobody would name it without meaning it.
  const named = await run("check", "-b", root, "-M", ABI, join(root, "demo.aatest"));
  assert.equal(named.status, 1);
});
