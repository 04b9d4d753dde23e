/** Builds and commands at the same time: whoever has found dist/ finds every part of it, whoever builds meanwhile. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

const repository = join(import.meta.dirname, "../../..");

test("two builds at once leave no moment in which a running command lacks a part", async (t) => {
  const place = mkdtempSync(join(tmpdir(), "armorer-builds-"));
  t.after(() => rmSync(place, { recursive: true }));
  for (const name of ["build", "scripts", "policy", "package.json", "tests"])
    symlinkSync(join(repository, name), join(place, name));
  cpSync(join(repository, "dist"), join(place, "dist"), { recursive: true });
  // Parts of an older version, one of which there is no more.
  for (const name of ["main.cjs", "pipeline.cjs"]) appendFileSync(join(place, "dist", name), "\n// older");
  cpSync(join(place, "dist/main.cjs"), join(place, "dist/gone.cjs"));
  // The older main.cjs led to faces of its own; one is of a version before that.
  const faces = ["check-OLDER123.cjs", "chunk-OLDER123.cjs", "chunk-GONE1234.cjs"].map((name) =>
    join(place, "dist/faces", name),
  );
  appendFileSync(join(place, "dist/main.cjs"), '\n// require("./faces/check-OLDER123.cjs")');
  const [face = "", needed = "", left = ""] = faces;
  writeFileSync(face, 'require("./faces/chunk-OLDER123.cjs");');
  for (const path of [needed, left]) writeFileSync(path, "");
  const parts = readdirSync(join(repository, "dist")).filter((name) => !name.startsWith("caches-"));
  const kept = statSync(join(place, "dist/start.cjs")).ino;
  const held = openSync(join(place, "dist"), "r");
  const builds = [1, 2].map(() => spawn(process.execPath, ["scripts/bundle.mjs"], { cwd: place, stdio: "inherit" }));
  const ended = builds.map(async (build) => assert.equal((await once(build, "exit"))[0], 0));
  while (builds.some(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    for (const name of parts) assert.ok(existsSync(join(place, "dist", name)), name);
    await pause(1);
  }
  await Promise.all(ended);
  // A command that has the folder open, however long ago, has the parts, too.
  for (const name of parts) assert.ok(existsSync(`/proc/self/fd/${held}/${name}`), name);
  closeSync(held);
  assert.deepEqual(readdirSync(join(place, "dist")).toSorted(), readdirSync(join(repository, "dist")).toSorted());
  assert.equal(statSync(join(place, "dist/start.cjs")).ino, kept, "what is the same stays");
  assert.deepEqual(faces.map(existsSync), [true, true, false], "whoever has read the older main.cjs finds its faces");
  assert.deepEqual(
    readdirSync(place).filter((name) => name.startsWith("dist.")),
    [],
  );
  const call = `require(${JSON.stringify(join(place, "dist/start.cjs"))}).start("armorer", ["--version"])`;
  assert.match(spawnSync(process.execPath, ["-e", call], { encoding: "utf8" }).stdout, /^armorer /);
});
