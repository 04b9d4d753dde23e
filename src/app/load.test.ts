import assert from "node:assert/strict";
import { test } from "node:test";
import { fail, invariant, ok } from "../foundation/basics/index.ts";
import type { KernelPort } from "../foundation/ports/index.ts";
import { encodeBytes } from "../foundation/text/index.ts";
import { type LoadedUnit, compileAndLoad, defaultPolicySettings, fullNames, loadUnits } from "./index.ts";

const TEXT = "profile a { capability, profile child { } }\nprofile b { /b r, }\nprofile c { /c r, }\n";

/** A kernel that takes what `accepts` takes, and keeps the streams. */
function kernelOf(accepts: (submission: number) => boolean): KernelPort & { readonly log: string[] } {
  const log: string[] = [];
  const take = (how: string) => (): ReturnType<KernelPort["load"]> => {
    log.push(how);
    return accepts(log.length) ? ok(undefined) : fail({ kind: "policy-rejected", errno: "EEXIST", info: undefined });
  };
  return {
    log,
    directory: () => "/kernel",
    enabled: () => true,
    load: take("load"),
    replace: take("replace"),
    remove: () => ok(undefined),
    profiles: () => ok([]),
    features: () => ok(""),
    streams: () => ok([]),
  };
}

const files = {
  read: (path: string) => fail({ path, errno: "ENOENT" }),
  list: (path: string) => fail({ path, errno: "ENOENT" }),
  kind: () => undefined,
};

const settings = defaultPolicySettings({
  workingDirectory: "/",
  base: "/p",
  kernelFeatures: "capability {0xffffff\n}\n",
});

function outcomes(loaded: readonly LoadedUnit[]): readonly string[] {
  return loaded.map(({ outline, refusal }) => `${fullNames(outline).join("+")} ${refusal?.kind ?? "loaded"}`);
}

test("a source that is bad, and a unit that is refused, stop no other", async () => {
  const kernel = kernelOf((submission) => submission !== 2);
  const sources = ["profile x {", TEXT].map((text, index) => ({ path: `p${index}`, bytes: encodeBytes(text) }));
  const results = await compileAndLoad(sources, settings, { files, kernel, how: "add" });
  assert.deepEqual(
    results.map(({ source, loaded }) => [source.ok, outcomes(loaded)]),
    [
      [false, []],
      [true, ["a+a//child loaded", "b policy-rejected", "c loaded"]],
    ],
  );
  assert.deepEqual(kernel.log, ["load", "load", "load"]);
});

test("who stops at the first refusal submits nothing behind it, and who has no kernel submits nothing", async () => {
  const kernel = kernelOf((submission) => submission === 1 || submission > 3);
  const source = { path: "p", bytes: encodeBytes(TEXT) };
  const [result] = await compileAndLoad([source], settings, { files, kernel: kernelOf(() => true) });
  invariant(result !== undefined, "one source gives one result");
  const { units } = result.source;
  const target = { kernel, how: "replace" } as const;
  assert.deepEqual(outcomes(loadUnits(units, target, "stop")), ["a+a//child loaded", "b policy-rejected"]);
  assert.deepEqual(kernel.log, ["replace", "replace"]);
  const nowhere = { kernel: undefined, how: "replace" } as const;
  assert.deepEqual(outcomes(loadUnits(units, nowhere, "stop")), ["a+a//child loaded", "b loaded", "c loaded"]);
});
