/** Kernels and ABIs by name, and what is compiled for where nobody says for which: the same from the command and from the library. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { compile } from "armorer";
import { featureSets } from "armorer/features";
import { repository } from "../support/sources.ts";

const home = mkdtempSync(join(tmpdir(), "armorer-names-"));
after(() => rmSync(home, { recursive: true, force: true }));
const TEXT = "abi <abi/5.0>,\nprofile x { network inet stream, userns, mqueue, /a r, signal, }\n";
writeFileSync(join(home, "x"), TEXT);
mkdirSync(join(home, "nothing"));

interface Ran {
  readonly status: number | null;
  readonly bytes: Buffer;
  readonly err: string;
}

function armorer(...argv: readonly string[]): Ran {
  const { status, stderr, stdout } = spawnSync(join(repository, "bin/armorer"), argv, { cwd: home });
  return { status, bytes: stdout, err: stderr.toString() };
}

/** The package's own policy is the base, as it is the library's. */
function compiled(...argv: readonly string[]): Ran {
  return armorer("compile", "-b", join(repository, "policy"), "-o", "-", ...argv, "x");
}

async function byLibrary(kernelFeatures?: string): Promise<Buffer> {
  const { units } = await compile(
    { path: "x", text: TEXT },
    { ...(kernelFeatures !== undefined && { kernelFeatures }) },
  );
  return Buffer.concat(units.map(({ bytes }) => bytes));
}

test("a name compiles for what the library has under it", async () => {
  const seen = new Set<string>();
  for (const [name, text] of Object.entries(featureSets)) {
    const { bytes, err, status } = compiled("-M", name);
    assert.equal(status, 0, err);
    assert.ok(bytes.equals(await byLibrary(text)), name);
    seen.add(bytes.toString("hex"));
  }
  assert.ok(seen.size > 3, "kernels differ");
});

test("without a running kernel, command and library compile for the same one, and the command says for which", async () => {
  const plain = compiled("--root", "nothing");
  assert.ok(plain.bytes.equals(await byLibrary()), plain.err);
  const { bytes } = armorer("compile", "--json", "--root", "nothing", "-b", join(repository, "policy"), "x");
  assert.equal(JSON.parse(bytes.toString()).target, "kernel-7.2");
  assert.match(compiled("--root", "nothing", "-v").err, /^compiled for kernel-7\.2$/m);
  assert.match(compiled("-M", "kernel-6.1", "-v").err, /^compiled for kernel-6\.1$/m);
  const checked = armorer("check", "--json", "-M", "abi-4.0", "-b", join(repository, "policy"), "x");
  assert.equal(JSON.parse(checked.bytes.toString()).target, "abi-4.0");
});

test("a file wins over a name, and a word that is neither is told what there is", () => {
  for (const [word, near] of [
    ["6.1", "kernel-6.1"],
    ["6.12", "kernel-6.12"],
  ] as const) {
    const { status, err } = compiled("-M", word);
    assert.equal(status, 2);
    assert.match(err, /needs a file or directory of features or one of abi-3\.0, .*, kernel-7\.2: /);
    assert.ok(err.includes(`Did you mean \`${near}\`?\n`), err);
  }
  const help = armorer("compile", "--help").bytes.toString().replaceAll(/\s+/g, " ");
  for (const name of Object.keys(featureSets)) assert.ok(help.includes(name), name);
  const shipped = compiled("-M", "kernel-6.1").bytes;
  copyFileSync(join(repository, "tests/corpus/features/debian-kernel-7.2"), join(home, "kernel-6.1"));
  assert.ok(compiled("-M", "kernel-6.1").bytes.equals(compiled("-M", "kernel-7.2").bytes));
  assert.ok(!compiled("-M", "kernel-6.1").bytes.equals(shipped));
  assert.equal(readFileSync(join(home, "kernel-6.1"), "utf8"), featureSets["kernel-7.2"]);
});
