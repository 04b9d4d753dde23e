import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { loadEngine, type PolicyEngine } from "../../src/app/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { APPARMOR_DIRECTORY, KERNEL_NAMES, openOracle, type Step } from "../../lab/index.ts";
import { labReady, must, recordText, withGuest } from "../support/lab.ts";

/** Profile files of a directory of Debian's policy. */
function profileFiles(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => !name.startsWith(".") && !name.startsWith("README"))
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}

function compileFor(engine: PolicyEngine, features: string, base: string) {
  const settings = {
    base,
    includePath: [],
    kernelFeatures: features,
    policyFeatures: { kind: "kernel" },
    overrideAbi: false,
    namespace: undefined,
    forceComplain: false,
    readImpliesExec: false,
    workingDirectory: "/",
    encoding: {},
  } as const;
  const files = nodeFiles();
  return (path: string) => engine.compile({ path, bytes: readFileSync(path) }, settings, files);
}

before(labReady);

for (const kernel of KERNEL_NAMES) {
  test(`kernel ${kernel} takes everything Debian ships as we compile it`, async () => {
    const { profiles, extraProfiles } = must(await openOracle("sid"));
    const engine = await loadEngine();
    await withGuest({ kernel }, async (guest) => {
      const compile = compileFor(engine, guest.features, profiles);
      const names = new Set<string>();
      const steps: Step[] = [];
      for (const path of [...profileFiles(profiles), ...profileFiles(extraProfiles)]) {
        const compiled = compile(path);
        const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
        assert.deepEqual(
          errors.map(({ message }) => message),
          [],
          path,
        );
        for (const { name, namespace } of compiled.profiles) if (namespace === undefined) names.add(name);
        const policy = Buffer.concat(compiled.units.map(({ bytes }) => bytes));
        if (policy.length > 0) steps.push({ kind: "replace", id: path, policy });
      }
      assert.ok(steps.length > 250, `only ${steps.length} files`);
      for (const result of await guest.run(...steps)) {
        assert.equal(result.errno, undefined, `${result.id}: ${result.events.map(recordText).join("\n")}`);
      }
      const [list] = await guest.run({ kind: "read", id: "list", path: `${APPARMOR_DIRECTORY}/profiles` });
      const loaded = new Set(
        Buffer.from(list?.data ?? [])
          .toString()
          .split("\n")
          .map((line) => line.replace(/ \([a-z]+\)$/, "")),
      );
      const missing = [...names].filter((name) => !loaded.has(name));
      assert.deepEqual(missing, []);
    });
  });
}
