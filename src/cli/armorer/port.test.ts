import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runArmorer } from "./index.ts";
import { capturedIo } from "../../../tests/support/captured-io.ts";

interface Answer {
  readonly status: number;
  readonly out: string;
  /** The codes of what is reported, in order. */
  readonly codes: readonly string[];
}

async function port(context: TestContext, text: string, release: string): Promise<Answer> {
  const root = mkdtempSync(join(tmpdir(), "armorer-port-"));
  context.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, "p"), text);
  const { io, bytes } = capturedIo();
  const features = join(import.meta.dirname, "../../../../policy/abi/5.0");
  const argv = ["port", "--json", "--to", release, "-M", features, "--base", root, join(root, "p")];
  const status = await runArmorer(argv, { ...io, workingDirectory: root });
  const document: { text: string | null; files: { diagnostics: { code: string }[] }[] } = JSON.parse(
    bytes("out").toString("utf8"),
  );
  const codes = document.files.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code.replace("port/", "")));
  return { status, out: document.text ?? "", codes };
}

const profile = (rules: string, head = "profile p"): string => `${head} {\n${rules}}\n`;

test("rules of classes that the release does not know are left out, and what they denied is said to be lost", async (t) => {
  const rules = "  # kept\n  /x r,\n  userns,\n  deny io_uring,\n";
  const old = await port(t, profile(rules), "3.0");
  assert.deepEqual(old, { status: 0, out: profile("  # kept\n  /x r,\n"), codes: ["left-out", "protection-lost"] });
  assert.deepEqual(await port(t, profile(rules), "4.0"), { status: 0, out: profile(rules), codes: [] });
});

test("a network rule with permissions and addresses is widened where it allows, and left out where it denies", async (t) => {
  const rules = "  network (connect) inet stream ip=127.0.0.1,\n  audit network port=80,\n  deny network send inet6,\n";
  const { codes, out } = await port(t, profile(rules), "3.0");
  assert.equal(out, profile("  network inet stream,\n  audit network inet, audit network inet6,\n"));
  assert.deepEqual(codes, ["protection-lost", "protection-lost", "protection-lost"]);
});

test("priorities go where they change nothing, and are refused where they do", async (t) => {
  const idle = await port(t, profile("  priority=2 /a r,\n  /b w,\n"), "4.0");
  assert.deepEqual(idle, { status: 0, out: profile("  /a r,\n  /b w,\n"), codes: ["left-out"] });
  const needed = await port(t, profile("  priority=2 /a r,\n  deny /a r,\n"), "4.0");
  assert.deepEqual(needed, { status: 1, out: "", codes: ["not-there"] });
});

test("what a profile attaches to is written out where its variable is new", async (t) => {
  const head = "profile p /usr/{bin,sbin}/p";
  const { codes, out } = await port(t, profile("  @{exec_path} mr,\n  /x r,\n", head), "3.0");
  assert.equal(out, profile("  /usr/{bin,sbin}/p mr,\n  /x r,\n", head));
  assert.deepEqual(codes, ["said-otherwise"]);
});

test("flags, signals and prompts", async (t) => {
  const flags = await port(t, profile("", "profile p flags=(attach_disconnected.path=/d, kill.signal=hup)"), "3.0");
  assert.match(flags.out, /^profile p flags=\(attach_disconnected\) \{/);
  assert.deepEqual(flags.codes, ["access-lost", "access-lost"]);
  const signals = await port(t, profile("  signal send set=(hup, tstp) peer=q,\n  signal set=poll,\n"), "4.1");
  assert.equal(signals.out, profile("  signal send set=(hup) peer=q,\n"));
  const asked = await port(t, profile("  /x r,\n  prompt /y r,\n"), "4.0");
  assert.deepEqual(asked, { status: 0, out: profile("  /x r,\n"), codes: ["access-lost"] });
});

test("what has no words there is named, and no text is given", async (t) => {
  for (const text of [
    profile("  all,\n"),
    profile("", "profile p flags=(default_allow)"),
    profile("  @{exec_path} r,\n", 'profile p "/usr/bin/a b"'),
    `@{x} ?= /a\n${profile("  @{x} r,\n")}`,
    `$x = not true\n${profile("  if $x { /a r, }\n")}`,
  ]) {
    assert.deepEqual(await port(t, text, "3.0"), { status: 1, out: "", codes: ["not-there"] }, text);
    assert.equal((await port(t, text, "5.0")).out, text);
  }
});

test("the feature file of the release need not be on this system", async (t) => {
  const old = await port(t, `abi <kernel>,\n${profile("  /x r,\n")}`, "3.0");
  assert.deepEqual(old, { status: 0, out: `abi <abi/3.0>,\n${profile("  /x r,\n")}`, codes: ["abi"] });
});
