import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import { defaultPolicySettings, resultCache } from "../../src/app/index.ts";
import { runCached } from "../../src/service/cached-pool.ts";
import {
  type CompilePool,
  type CompileRequest,
  type CompileResult,
  compilePool,
} from "../../src/service/compile-pool.ts";
import { workerEntry } from "../../src/service/locations.ts";
import { CELL, type ThreadTask, type WorkerAnswer } from "../../src/service/shared-work.ts";
import { processIo } from "../../src/cli/io.ts";
import { decodeBytes, encodeBytes } from "../../src/foundation/text/index.ts";
import { nodeDigest, nodeFiles } from "../../src/host/index.ts";
import { listedIn } from "../support/listed-packs.ts";

const featureFile = join(import.meta.dirname, "../../../policy/abi/4.0");
const features = readFileSync(featureFile, "utf8");
const main = join(import.meta.dirname, "../../src/cli/main.js");
const program = `import(${JSON.stringify(main)}).then(({ main }) => main("armorer", process.argv.slice(1)));`;

function workplace(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "armorer-threads-"));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Forty small policies, every seventh of them broken. */
function requests(directory: string): CompileRequest[] {
  return Array.from({ length: 40 }, (_, index) => {
    const path = join(directory, `p${index}`);
    const rule = index % 7 === 3 ? "bogus rule," : `/file/${index}/* rw,`;
    writeFileSync(path, `profile p${index} {\n  ${rule}\n  /etc/** r,\n}\n`);
    const policy = defaultPolicySettings({ workingDirectory: "/", base: directory, kernelFeatures: features });
    return { path, bytes: readFileSync(path), policy, goal: "compile", observe: true };
  });
}

interface Line {
  readonly path: string;
  readonly ok: boolean;
  readonly digest: string;
  readonly cached: boolean;
  readonly built: number;
}

async function compileAll(all: readonly CompileRequest[], threads: number, cacheDirectory?: string): Promise<Line[]> {
  const pool = compilePool(threads, cacheDirectory);
  const cache = cacheDirectory === undefined ? undefined : resultCache(cacheDirectory, nodeFiles(), nodeDigest);
  const lines: Line[] = [];
  try {
    for await (const { source, cached } of runCached(pool, all, cache, processIo())) {
      const digest = nodeDigest.sha256(...source.units.map((unit) => unit.bytes));
      lines.push({ path: source.path, ok: source.ok, digest, cached, built: source.work.built });
    }
  } finally {
    await pool.close();
  }
  return lines;
}

const bare = (lines: readonly Line[]): unknown => lines.map(({ path, ok, digest }) => [path, ok, digest]);

test("several threads give what one gives, in the same order, and a broken file stops no other", async (t) => {
  const all = requests(workplace(t));
  const alone = await compileAll(all, 1);
  const together = await compileAll(all, 3);
  assert.deepEqual(together, alone);
  assert.deepEqual(
    alone.map(({ path }) => path),
    all.map(({ path }) => path),
  );
  assert.equal(alone.filter(({ ok }) => !ok).length, 6);
});

test("a cache gives the same bytes, and only what compiled is in it", async (t) => {
  const directory = workplace(t);
  const all = requests(directory);
  const cache = workplace(t);
  const first = await compileAll(all, 1, cache);
  const second = await compileAll(all, 1, cache);
  assert.deepEqual(bare(second), bare(first));
  assert.deepEqual(
    second.map(({ cached }) => cached),
    first.map(({ ok }) => ok),
  );
});

test("files and rules that differ only in bytes that are no UTF-8 are not taken for each other", async (t) => {
  const directory = workplace(t);
  const cache = workplace(t);
  const [first] = requests(directory);
  assert.ok(first !== undefined);
  const compile = async (included: number): Promise<unknown> => {
    writeFileSync(
      join(directory, "included"),
      Buffer.from([...encodeBytes("/etc/"), included, ...encodeBytes(" r,\n")]),
    );
    const all = [0xfe, 0xff].map((byte) => {
      const path = decodeBytes(Buffer.from([...encodeBytes(`${directory}/p`), byte]));
      const bytes = encodeBytes(`profile p${byte} {\n  include <included>\n  /own/${byte} r,\n}\n`);
      nodeFiles().write(path, bytes);
      return { ...first, path, bytes };
    });
    const results = bare(await compileAll(all, 1, cache));
    assert.deepEqual(results, bare(await compileAll(all, 1)));
    return results;
  };
  const before = await compile(0xfe);
  assert.deepEqual(await compile(0xfe), before);
  assert.notDeepEqual(await compile(0xff), before);
});

test("of a large profile its automaton is in the cache once, and without it the profile is compiled anew", async (t) => {
  const directory = workplace(t);
  const cache = workplace(t);
  const [first] = requests(directory);
  assert.ok(first !== undefined);
  const rules = Array.from({ length: 400 }, (_, index) => `  /dir/${nodeDigest.sha256(`${index}`)}/* r,\n`);
  const all = ["one", "two"].map((name) => ({
    ...first,
    path: join(directory, name),
    bytes: encodeBytes(`profile ${name} {\n${rules.join("")}  /${name} r,\n}\n`),
  }));
  for (const { bytes, path } of all) writeFileSync(path, bytes);
  const alone = bare(await compileAll(all, 1));
  const sizeOf = (folder: string): number =>
    readdirSync(join(cache, folder)).reduce((sum, name) => sum + statSync(join(cache, folder, name)).size, 0);
  assert.deepEqual(bare(await compileAll(all, 1, cache)), alone);
  assert.ok(sizeOf("results") * 5 < sizeOf("automata"), `${sizeOf("results")} of ${sizeOf("automata")}`);
  const again = await compileAll(all, 1, cache);
  assert.deepEqual(bare(again), alone);
  assert.ok(again.every(({ built, cached }) => cached && built === 0));
  rmSync(join(cache, "automata"), { recursive: true });
  const anew = await compileAll(all, 1, cache);
  assert.deepEqual(bare(anew), alone);
  assert.ok(anew.every(({ built, cached }) => !cached && built > 0));
  assert.ok((await compileAll(all, 1, cache)).every(({ cached }) => cached));
});

test("a comment in an included file costs nothing, unless something is said of a place in it; all else is compiled anew", async (t) => {
  const directory = workplace(t);
  const cache = workplace(t);
  const texts = { plain: "/a r,\n/b w,\n", warned: "/x\\y r,\n", more: "/more r,\n" };
  const put = (name: keyof typeof texts, text: string): void => writeFileSync(join(directory, name), text);
  for (const name of ["plain", "warned", "more"] as const) put(name, texts[name]);
  const [first] = requests(directory);
  assert.ok(first !== undefined);
  const all = ["plain", "warned"].map((name) => {
    const path = join(directory, `of-${name}`);
    const text = `profile ${name} {\n  include <${name}>\n  /own r,\n}\n`;
    writeFileSync(path, text);
    return { ...first, path, bytes: encodeBytes(text) };
  });
  const before = await compileAll(all, 1, cache);
  const cached = async (): Promise<readonly boolean[]> => {
    const after = await compileAll(all, 1, cache);
    assert.deepEqual(bare(after), bare(await compileAll(all, 1)));
    return after.map((line) => line.cached);
  };
  put("plain", `# said\n\n  /a  r, # again\n/b w,\n# and again\n`);
  put("warned", `# said\n${texts.warned}`);
  assert.deepEqual(await cached(), [true, false]);
  put("warned", texts.warned);
  assert.deepEqual(bare(await compileAll(all, 1, cache)), bare(before));
  for (const text of ["# said\n/a r,\n/b rw,\n", `#include <more>\n${texts.plain}`, "/a r,\n# /b w,\n"]) {
    put("plain", text);
    assert.deepEqual(await cached(), [false, true], text);
  }
});

test("results and automata that were cut, emptied or filled with noise are compiled anew and mended", async (t) => {
  const all = requests(workplace(t));
  const plain = await compileAll(all, 1);
  const harm: Readonly<Record<string, (path: string, sizeBytes: number) => void>> = {
    cut: (path, sizeBytes) => truncateSync(path, sizeBytes >> 1),
    emptied: (path) => truncateSync(path, 0),
    noise: (path) => writeFileSync(path, "noise"),
    changed: (path, sizeBytes) => {
      const bytes = readFileSync(path);
      for (let at = 0; at < sizeBytes; at += 997) bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    },
  };
  for (const [how, damage] of Object.entries(harm)) {
    const cache = workplace(t);
    await compileAll(all, 1, cache);
    const entries = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.equal(entries.length, 2, "a pack of results, and one of automata");
    for (const { name, parentPath } of entries) {
      const path = join(parentPath, name);
      damage(path, readFileSync(path).length);
    }
    const second = await compileAll(all, 1, cache);
    assert.deepEqual(bare(second), bare(plain), how);
    assert.ok(second.filter(({ ok, cached }) => ok && !cached).length > 10, how);
    const third = await compileAll(all, 1, cache);
    assert.ok(
      third.every(({ ok, cached }) => ok === cached),
      how,
    );
  }
});

test("writers that meet in one cache leave it whole", async (t) => {
  const all = requests(workplace(t));
  const cache = workplace(t);
  const runs = await Promise.all([compileAll(all, 2, cache), compileAll(all, 2, cache), compileAll(all, 1, cache)]);
  for (const run of runs) assert.deepEqual(bare(run), bare(runs[0] ?? []));
  const after = await compileAll(all, 1, cache);
  assert.ok(after.every(({ ok, cached }) => ok === cached));
  assert.ok(readdirSync(cache, { recursive: true, encoding: "utf8" }).every((name) => !name.includes(".")));
});

test("threads and processes that fill one cache of automata at once all get what one gets alone", async (t) => {
  const directory = workplace(t);
  const cache = workplace(t);
  const sources = requests(directory).map(({ path }) => path);
  const run = (output: string, how: readonly string[]): Promise<number | null> => {
    const argv = ["compile", "-b", directory, "-M", featureFile, "-q", "-o", join(directory, output, "/"), ...how];
    const node = ["-e", program, "--", ...argv, ...sources];
    const child = spawn(process.execPath, node, { stdio: "ignore" });
    return new Promise((resolve) => child.on("exit", resolve));
  };
  await run("alone", ["--no-cache", "-j1"]);
  const outputs = ["a", "b", "c", "d"];
  // Files that do not compile are among them.
  const statuses = await Promise.all(
    outputs.map((name, index) => run(name, ["--cache", cache, `-j${1 + (index % 2)}`])),
  );
  assert.deepEqual(statuses, [1, 1, 1, 1]);
  const made = (output: string): unknown =>
    readdirSync(join(directory, output))
      .toSorted()
      .map((name) => [name, readFileSync(join(directory, output, name), "hex")]);
  assert.equal(readdirSync(join(directory, "alone")).length, 34);
  for (const output of outputs) assert.deepEqual(made(output), made("alone"));
  const automata = readdirSync(join(cache, "automata"));
  assert.ok(automata.every((name) => /^[0-9a-f]{64}-[0-9]+-[0-9]+$/.test(name)));
  const kept = automata.flatMap((name) => listedIn(name, readFileSync(join(cache, "automata", name))));
  assert.ok(new Set(kept.map(({ name }) => name)).size > 34, `${kept.length} automata are kept`);
  rmSync(join(cache, "results"), { recursive: true });
  // As the command reads its options.
  const policyFeatures = { kind: "text", text: features } as const;
  const same = requests(directory).map((one) => ({ ...one, policy: { ...one.policy, policyFeatures } }));
  const again = await compileAll(same, 2, cache);
  assert.deepEqual(
    again.filter(({ ok }) => ok).map(({ built }) => built),
    again.filter(({ ok }) => ok).map(() => 0),
  );
});

for (const threads of [1, 3]) {
  test(`a pool of ${threads} reads files again when it is told that they changed, and builds on what it knows`, async (t) => {
    const directory = workplace(t);
    const include = join(directory, "inc");
    const all = requests(directory).map((one, index) => {
      const bytes = encodeBytes(`profile p${index} {\n  include <inc>\n  /file/${index}/** rw,\n}\n`);
      return { ...one, bytes, path: "stdin", observe: false };
    });
    const compile = async (pool: CompilePool): Promise<{ digests: readonly string[]; states: number }> => {
      const digests: string[] = [];
      let states = 0;
      for await (const { source } of pool.run(all)) {
        assert.ok(source.ok);
        digests.push(nodeDigest.sha256(...source.units.map((unit) => unit.bytes)));
        states += source.work.states;
      }
      return { digests, states };
    };
    const rules = Array.from({ length: 300 }, (_, index) => `/etc/${index}/*/x${index}* r,\n`).join("");
    writeFileSync(include, rules);
    const [pool, fresh] = [compilePool(threads), compilePool(threads)];
    try {
      const first = await compile(pool);
      writeFileSync(include, `${rules}/opt/new r,\n`);
      // Each thread sees a file as it was when that thread first asked for it.
      if (threads === 1) assert.deepEqual((await compile(pool)).digests, first.digests);
      pool.forgetFiles();
      const second = await compile(pool);
      const expected = await compile(fresh);
      assert.deepEqual(second.digests, expected.digests);
      assert.notDeepEqual(second.digests, first.digests);
      // Which thread takes which file is chance.
      if (threads === 1) assert.ok(second.states < expected.states / 4, `${second.states} of ${expected.states}`);
    } finally {
      await Promise.all([pool.close(), fresh.close()]);
    }
  });
}

test("a thread that helps reads what is below a root as that system does", async (t) => {
  const directory = workplace(t);
  mkdirSync(join(directory, "srv"));
  symlinkSync("/srv/mine", join(directory, "tunables"));
  writeFileSync(join(directory, "srv/mine"), "@{MINE}=/image\n");
  const [request] = requests(directory);
  assert.ok(request !== undefined);
  const bytes = encodeBytes("include <tunables>\nprofile p { @{MINE} r, }\n");
  for (const [root, isThere] of [
    [directory, true],
    [undefined, false],
  ] as const) {
    const task: ThreadTask = { kind: "compile", cache: undefined, root };
    const worker = new Worker(workerEntry(), { workerData: task });
    const { port1, port2 } = new MessageChannel();
    const cells = new Int32Array(new SharedArrayBuffer(4 * (CELL.claims + 1)));
    const order = { requests: [{ ...request, bytes }], cells, claim: CELL.claims, port: port2, round: 0 };
    worker.postMessage(order, [port2]);
    const [answer]: unknown[] = await once(port1, "message");
    port1.close();
    await worker.terminate();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a thread sends
    const { result } = answer as WorkerAnswer<CompileResult>;
    assert.equal(result.source.ok, isThere);
  }
});
