import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../../tests/support/sources.ts";
import { decodePolicy } from "../compiler/policydb/index.ts";
import { fail, invariant, ok } from "../foundation/basics/index.ts";
import {
  type KernelPort,
  type KernelRefusal,
  type MemoryFiles,
  type ProcessConfinement,
  memoryFiles,
} from "../foundation/ports/index.ts";
import { type AppWorld, installApp, planApp, removeApp, verifyApp } from "./apps.ts";
import { loadUnits } from "./load.ts";
import { loadEngine } from "./loaders.ts";

const BASE = "/etc/apparmor.d";
const PATH = "/opt/My App/app";
const feature = (name: string): string => readFileSync(join(repository, "tests/corpus/features", name), "utf8");
const NEWEST = feature("debian-kernel-7.2");
const ABI = readFileSync(join(repository, "policy/abi/4.0"), "utf8");

/** A kernel that keeps the names of what it is given, and refuses what it is told to. */
function kernelOf(
  refuses: "nothing" | "replace" | "remove",
  features = NEWEST,
): KernelPort & { readonly loaded: Map<string, string> } {
  const loaded = new Map<string, string>();
  const refusal = fail<KernelRefusal>({ kind: "not-permitted", path: "/kernel" });
  const replace: KernelPort["replace"] = (bytes) => {
    if (refuses === "replace") return refusal;
    const decoded = decodePolicy(bytes);
    invariant(decoded.ok, "it is a stream");
    for (const { mode, name } of decoded.value.profiles) loaded.set(name, mode === 3 ? "unconfined" : String(mode));
    return ok(undefined);
  };
  return {
    loaded,
    directory: () => "/kernel",
    enabled: () => true,
    load: replace,
    replace,
    remove: (name) => {
      if (refuses === "remove") return refusal;
      return loaded.delete(name) ? ok(undefined) : fail({ kind: "policy-rejected", errno: "ENOENT", info: undefined });
    },
    profiles: () => ok([...loaded].map(([name, mode]) => ({ name, mode }))),
    features: () => ok(features),
    streams: () => ok([]),
  };
}

interface Machine extends AppWorld {
  readonly files: MemoryFiles;
}

async function worldOf(kernel: KernelPort): Promise<Machine> {
  const files = memoryFiles({ [`${BASE}/abi/4.0`]: ABI, [PATH]: "" });
  return {
    engine: await loadEngine(),
    files,
    kernel,
    load: (units) => loadUnits(units, { kernel, how: "replace" }).flatMap(({ refusal }) => refusal ?? []),
    base: BASE,
    workingDirectory: "/",
    isImage: false,
    realPath: (path) => (files.kind(path) === undefined ? undefined : path),
    newestFeatures: NEWEST,
  };
}

function processes(...all: readonly Partial<ProcessConfinement>[]): {
  readonly processes: { confinement: () => { processes: readonly ProcessConfinement[]; hidden: number } };
} {
  const shown = all.map((one, at) => ({
    pid: at + 1,
    label: "unconfined",
    mode: undefined,
    executable: PATH,
    command: "app",
    ...one,
  }));
  return { processes: { confinement: () => ({ processes: shown, hidden: 0 }) } };
}

test("installed once and once more, the profile is there once; removed, everything is as it was", async () => {
  const kernel = kernelOf("nothing");
  kernel.loaded.set("other", "enforce");
  const world = await worldOf(kernel);
  const before = world.files.texts();
  assert.equal(planApp({ path: PATH }, world).decision, "install");
  assert.deepEqual(world.files.texts(), before);
  const installed = installApp({ path: PATH }, world);
  assert.deepEqual([installed.decision, installed.changed, installed.loaded], ["install", true, true]);
  assert.deepEqual(
    [...kernel.loaded],
    [
      ["other", "enforce"],
      ["opt.My_App.app", "unconfined"],
    ],
  );
  const again = installApp({ path: PATH }, world);
  assert.deepEqual([again.decision, again.changed, again.loaded], ["as-before", false, true]);
  kernel.loaded.delete("opt.My_App.app");
  const reloaded = installApp({ path: PATH }, world);
  assert.deepEqual(
    [reloaded.decision, reloaded.changed, kernel.loaded.has("opt.My_App.app")],
    ["as-before", true, true],
  );
  assert.deepEqual(removeApp(PATH, world, true).changed, false);
  assert.deepEqual(removeApp(PATH, world).decision, "remove");
  assert.deepEqual([world.files.texts(), [...kernel.loaded]], [before, [["other", "enforce"]]]);
  assert.equal(removeApp(PATH, world).decision, "nothing-there");
});

test("what the kernel refuses leaves no file behind, and takes none away", async () => {
  const world = await worldOf(kernelOf("replace"));
  const before = world.files.texts();
  assert.equal(installApp({ path: PATH }, world).decision, "refused");
  assert.deepEqual(world.files.texts(), before);
  const kept = { ...(await worldOf(kernelOf("remove"))), files: world.files };
  assert.equal(installApp({ path: PATH }, kept).decision, "install");
  const there = world.files.texts();
  assert.equal(removeApp(PATH, kept).decision, "refused");
  assert.deepEqual(world.files.texts(), there);
});

test("a kernel that asks no profile about user namespaces needs none", async () => {
  const world = await worldOf(kernelOf("nothing", feature("debian-kernel-6.1")));
  const before = world.files.texts();
  assert.equal(installApp({ path: PATH }, world).decision, "not-needed");
  assert.deepEqual(world.files.texts(), before);
  const asked = installApp({ path: PATH, abi: "4.0" }, world);
  assert.deepEqual([asked.decision, asked.notes.length], ["install", 1]);
  // What is there is not called needless, for it may be removed.
  assert.equal(installApp({ path: PATH }, world).decision, "as-before");
});

test("a profile that is loaded from elsewhere is not replaced", async () => {
  const kernel = kernelOf("nothing");
  kernel.loaded.set("opt.My_App.app", "enforce");
  const world = await worldOf(kernel);
  assert.equal(installApp({ path: PATH }, world).decision, "refused");
  assert.equal(kernel.loaded.get("opt.My_App.app"), "enforce");
  assert.equal(installApp({ path: PATH, name: "app" }, world).decision, "install");
});

test("verifying believes processes alone, and says what is wrong with each", async () => {
  const kernel = kernelOf("nothing");
  const world = await worldOf(kernel);
  const ours = { label: "opt.My_App.app", mode: "unconfined" };
  assert.equal((await verifyApp(PATH, { ...world, ...processes(ours) })).verdict, "wrong");
  installApp({ path: PATH }, world);
  assert.equal((await verifyApp(PATH, { ...world, ...processes() })).verdict, "unseen");
  assert.equal(
    (await verifyApp(PATH, { ...world, ...processes(ours, { executable: "/bin/other" }) })).verdict,
    "confirmed",
  );
  const stale = await verifyApp(PATH, { ...world, ...processes(ours, {}) });
  assert.deepEqual(
    stale.checks.filter((check) => check.ok === false).map(({ what }) => what),
    ["process"],
  );
  assert.equal(stale.verdict, "wrong");
  world.files.write(`${BASE}/better`, new TextEncoder().encode(`profile better "${PATH}" { }\n`));
  const beaten = await verifyApp(PATH, { ...world, ...processes(ours) });
  assert.deepEqual(
    beaten.checks.filter((check) => check.ok === false).map(({ what }) => what),
    ["attachment"],
  );
  world.files.remove(`${BASE}/better`);
  kernel.loaded.clear();
  assert.equal((await verifyApp(PATH, { ...world, ...processes(ours) })).verdict, "wrong");
});
