/** A file that is changed while it is compiled never leaves its old policy behind as current, in any cache. */
import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createTracer, replayer } from "../../src/app/index.ts";
import { runArmorer } from "../../src/cli/armorer/index.ts";
import { runParser } from "../../src/cli/drop-in/apparmor-parser/index.ts";
import { compilePool } from "../../src/service/index.ts";
import { type CliIo, processIo } from "../../src/cli/io.ts";
import type { FileStorePort } from "../../src/foundation/ports/index.ts";
import { nodeDigest, nodeFiles } from "../../src/host/index.ts";
import { plainText } from "../support/captured-io.ts";

const features = join(import.meta.dirname, "../../../policy/abi/5.0");
const OLD = "profile demo { /old r, }\n";
const NEW = "profile demo { /new r, }\n";

interface Scene {
  readonly directory: string;
  readonly file: string;
  readonly cache: string;
  /** One run in which the file is read, and then changed before anything else happens. */
  readonly io: (after?: () => void) => CliIo;
  readonly err: () => string;
}

function scene(context: TestContext): Scene {
  const directory = mkdtempSync(join(tmpdir(), "armorer-changing-"));
  context.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "demo");
  writeFileSync(file, OLD);
  mkdirSync(join(directory, "cache"), { mode: 0o700 });
  let err = "";
  return {
    directory,
    file,
    cache: join(directory, "cache"),
    err: () => err,
    io: (after) => {
      err = "";
      const files = nodeFiles();
      const watched: FileStorePort = {
        ...files,
        read: (path) => {
          const bytes = files.read(path);
          if (path === file) after?.();
          return bytes;
        },
      };
      return {
        ...processIo(),
        files: watched,
        environment: {},
        out: () => undefined,
        err: (text) => void (err += plainText(text)),
      };
    },
  };
}

const parse = (stage: Scene, io: CliIo, ...more: readonly string[]): Promise<number> =>
  runParser(["--config-file=/dev/null", "-QkW", "-M", features, "-L", stage.cache, ...more, stage.file], {
    io,
    openPool: compilePool,
  });

function blobOf({ cache }: Scene): string | undefined {
  const [inner = ""] = readdirSync(cache);
  return readdirSync(join(cache, inner)).includes("demo") ? join(cache, inner, "demo") : undefined;
}

test("apparmor_parser compiles again what was changed while it was compiled, and leaves nothing that others take for current", async (t) => {
  const stage = scene(t);
  const changed = stage.io(() => writeFileSync(stage.file, NEW));
  assert.equal(await parse(stage, changed), 0);
  const blob = blobOf(stage);
  // Other tools go by time: what is in the cache must be older than the file is now.
  if (blob !== undefined)
    assert.ok(statSync(blob, { bigint: true }).mtimeNs < statSync(stage.file, { bigint: true }).mtimeNs);
  assert.equal(await parse(stage, stage.io()), 0);
  assert.match(stage.err(), /Cache miss: /);
  assert.equal(await parse(stage, stage.io()), 0);
  assert.match(stage.err(), /Cache hit: /);
});

test("armorer compile compiles again what was changed while it was compiled", async (t) => {
  const stage = scene(t);
  const compile = async (io: CliIo): Promise<string> => {
    const out = join(stage.directory, "out");
    const argv = ["compile", "-q", "-M", features, "--cache", stage.cache, "-o", out, stage.file];
    assert.equal(await runArmorer(argv, io), 0, stage.err());
    return readFileSync(out, "latin1");
  };
  const old = await compile(stage.io(() => writeFileSync(stage.file, NEW)));
  const current = await compile(stage.io());
  assert.notEqual(current, old);
  assert.equal(await compile(stage.io()), current);
});

test("what a computation was given counts as the answer of reading it, and age is asked for before the bytes", () => {
  let text = "one";
  let time = 1n;
  const below = {
    read: (path: string) => {
      // Changed between the look at the age and the reading.
      if (path === "/late") time = 9n;
      return { ok: true, value: Buffer.from(text) } as const;
    },
    list: () => ({ ok: true, value: [] }) as const,
    kind: () => "file" as const,
    status: () => ({ ok: true, value: { kind: "file", sizeBytes: 3, mode: 0o644, modifiedNs: time } }) as const,
  };
  const tracer = createTracer(below, nodeDigest);
  const traced = tracer.trace();
  traced.given("/main", Buffer.from("zero"));
  assert.ok(!replayer(below, nodeDigest).isCurrent(traced.observations()));
  text = "zero";
  assert.ok(replayer(below, nodeDigest).isCurrent(traced.observations()));
  // The same file, included by itself, with other bytes: no state of the disk gives both.
  text = "other";
  traced.read("/main");
  for (const now of ["zero", "other"]) {
    text = now;
    assert.ok(!replayer(below, nodeDigest).isCurrent(traced.observations()));
  }
  traced.read("/late");
  assert.equal(tracer.modifiedNs("/late"), 1n);
  assert.equal(tracer.modifiedNs("/never"), undefined);
});

/** A run whose features are those of the configuration, so that it asks for nothing special. */
function configured(stage: Scene, io: CliIo, options: readonly string[]): Promise<number> {
  const config = join(stage.directory, "parser.conf");
  writeFileSync(config, `features-file=${features}\n`);
  const argv = ["--config-file", config, "-QkW", "-L", stage.cache, ...options, stage.file];
  return runParser(argv, { io, openPool: compilePool });
}

/** Takes the record away, as a copy with `cp cache/*` does. */
function loseRecord(stage: Scene): string {
  const [inner = ""] = readdirSync(stage.cache);
  rmSync(join(stage.cache, inner, ".demo.armorer"));
  return join(stage.cache, inner, "demo");
}

test("a blob of ours without its record is never used, whichever options it was made with", async (t) => {
  for (const [first, second] of [
    [["-X"], []],
    [[], ["-X"]],
    [[], []],
  ] as const) {
    const stage = scene(t);
    // A whole second, which most files of packages have.
    utimesSync(stage.file, 1_700_000_000, 1_700_000_000);
    assert.equal(await configured(stage, stage.io(), first), 0);
    loseRecord(stage);
    assert.equal(await configured(stage, stage.io(), second), 0);
    assert.match(stage.err(), /Cache miss: /);
  }
});

test("a blob that another tool wrote is used with its exact time, a true time and the configured options only", async (t) => {
  const at = 1_700_000_000;
  for (const [what, fileTime, blobTime, hit, options] of [
    ["exact", at, at, true, []],
    ["older", at, at - 1, false, []],
    ["younger, as a copy is", at, at + 1, false, []],
    ["no time", 1, 1, false, []],
    ["other options", at, at, false, ["-X"]],
  ] as const) {
    const stage = scene(t);
    utimesSync(stage.file, fileTime, fileTime);
    assert.equal(await configured(stage, stage.io(), options), 0, stage.err());
    utimesSync(loseRecord(stage), blobTime, blobTime);
    assert.equal(await configured(stage, stage.io(), options), 0);
    assert.match(stage.err(), hit ? /Cache hit: / : /Cache miss: /, what);
  }
});
