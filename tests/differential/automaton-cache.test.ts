/** All policy Debian ships, through a cache of automata: the same bytes, and on a second machine nothing is built. */
import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
  type CompileWork,
  type PolicySettings,
  automatonCache,
  defaultPolicySettings,
  loadEngine,
} from "../../src/app/index.ts";
import { nodeDigest, nodeFiles } from "../../src/host/index.ts";
import { findOracle } from "../support/oracle.ts";

const found = await findOracle();
const kernels = ["6.1", "6.12", "7.2"];

function settings(base: string, kernel: string): PolicySettings {
  return defaultPolicySettings({
    workingDirectory: "/",
    base,
    kernelFeatures: readFileSync(`tests/corpus/features/debian-kernel-${kernel}`, "utf8"),
  });
}

interface Outcome {
  /** A digest of the stream of each file that compiles, by name. */
  readonly streams: ReadonlyMap<string, string>;
  readonly work: CompileWork;
}

/** Compiles every file of a directory with an engine that knows nothing but the cache. */
async function compileDirectory(base: string, kernel: string, cache: string | undefined): Promise<Outcome> {
  const files = nodeFiles();
  const automata = cache === undefined ? undefined : automatonCache(cache, files, nodeDigest);
  const engine = await loadEngine(automata);
  const streams = new Map<string, string>();
  const total = { wanted: 0, built: 0, states: 0 };
  for (const name of readdirSync(base)) {
    const path = join(base, name);
    if (!statSync(path).isFile()) continue;
    const source = engine.compile({ path, bytes: readFileSync(path) }, settings(base, kernel), files);
    if (source.ok) streams.set(name, nodeDigest.sha256(...source.units.map(({ bytes }) => bytes)));
    total.wanted += source.work.wanted;
    total.built += source.work.built;
    total.states += source.work.states;
  }
  automata?.flush();
  return { streams, work: total };
}

function workplace(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "armorer-automata-"));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

describe("a cache of automata", { skip: found.ok ? false : found.error }, () => {
  if (!found.ok) return;
  const shipped = join(found.value.root, "etc/apparmor.d");

  for (const kernel of kernels) {
    it(`gives the same bytes for ${kernel}, here, copied, and for policy in another place, and nothing is built`, async (t) => {
      const directory = workplace(t);
      const [cache, copy, elsewhere] = ["cache", "copy", "policy"].map((name) => join(directory, name));
      assert.ok(cache !== undefined && copy !== undefined && elsewhere !== undefined);
      assert.ok(nodeFiles().makeDirectory(cache, 0o700).ok);
      const plain = await compileDirectory(shipped, kernel, undefined);
      const first = await compileDirectory(shipped, kernel, cache);
      assert.ok(plain.streams.size > 100 && plain.work.built === plain.work.wanted && plain.work.wanted > 400);
      assert.deepEqual(first.streams, plain.streams);
      cpSync(cache, copy, { recursive: true });
      rmSync(cache, { recursive: true });
      cpSync(shipped, elsewhere, { recursive: true });
      for (const base of [shipped, elsewhere]) {
        const { streams, work } = await compileDirectory(base, kernel, copy);
        assert.deepEqual(streams, plain.streams);
        assert.deepEqual(work, { wanted: plain.work.wanted, built: 0, states: 0 });
      }
    });
  }

  it("serves everything after a comment in the base abstraction, and all but its file automata after a rule", async (t) => {
    const directory = workplace(t);
    const [cache, base] = [join(directory, "cache"), join(directory, "policy")];
    assert.ok(nodeFiles().makeDirectory(cache, 0o700).ok);
    cpSync(shipped, base, { recursive: true });
    const before = await compileDirectory(base, "7.2", cache);
    appendFileSync(join(base, "abstractions/base"), "\n# said in passing\n");
    const commented = await compileDirectory(base, "7.2", cache);
    assert.deepEqual(commented.streams, before.streams);
    assert.equal(commented.work.built, 0);
    appendFileSync(join(base, "abstractions/base"), "\n/etc/armorer-new-rule r,\n");
    const ruled = await compileDirectory(base, "7.2", cache);
    assert.ok(ruled.work.built > 50 && ruled.work.built < before.work.wanted / 4);
    assert.deepEqual(ruled.streams, (await compileDirectory(base, "7.2", undefined)).streams);
    assert.notDeepEqual(ruled.streams, before.streams);
  });
});
