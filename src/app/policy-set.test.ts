import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../foundation/basics/index.ts";
import { type LinksPort, type MemoryFiles, memoryFiles } from "../foundation/ports/index.ts";
import { cleanFiles } from "./cleaning.ts";
import { defaultPolicySettings } from "./default-settings.ts";
import { createEngine } from "./pipeline.ts";
import { type SetWorld, planSetChange, readPolicySet, ruleFlaw } from "./policy-set.ts";

function refuse(): never {
  throw new Error("nothing is to be done with links");
}

const noLinks: LinksPort = { target: () => ok(undefined), make: refuse, remove: refuse };

/** A directory of two files that include a third, and what is read of it. */
function directory(): { readonly files: MemoryFiles; readonly read: readonly string[] } {
  const store = memoryFiles({
    "/p/abi/4.0": "x {y\n}\n",
    "/p/abstractions/a": "abi <abi/4.0>,\n/a r,\n",
    "/p/one": "abi <abi/4.0>,\nprofile one /usr/bin/one flags=(complain) {\n  include <abstractions/a>\n  /a r,\n}\n",
    "/p/two": "abi <abi/4.0>,\nprofile two /usr/bin/two {\n  include <abstractions/a>\n}\n",
  });
  const read: string[] = [];
  const files: MemoryFiles = {
    ...store,
    read: (path) => {
      read.push(path);
      return store.read(path);
    },
  };
  return { files, read };
}

const ALL = ["/p/abi/4.0", "/p/abstractions/a", "/p/one", "/p/two"];

test("whoever changes a file resolves it once, and asks no file of the directory twice", () => {
  const { files, read } = directory();
  const engine = createEngine();
  const resolved: string[] = [];
  const counting: SetWorld["engine"] = {
    ...engine,
    stages: (source, ...rest) => {
      const stages = engine.stages(source, ...rest);
      return {
        ...stages,
        resolve: () => {
          resolved.push(source.path);
          return stages.resolve();
        },
      };
    },
  };
  const settings = defaultPolicySettings({ workingDirectory: "/", base: "/p", kernelFeatures: "" });
  const set = readPolicySet({ engine: counting, files, settings }, "headers");
  assert.ok(set.ok);
  const { world } = set.value;
  const file = set.value.files.find(({ path }) => path === "/p/one");
  assert.ok(file);
  assert.equal(ruleFlaw(file, world), undefined);
  const wish = { kind: "mode", mode: "enforce", isForced: false } as const;
  const planned = planSetChange({ file, profiles: undefined, wish, linkTarget: file.path }, world, noLinks);
  assert.ok(planned.ok);
  assert.deepEqual(planned.value.changed, ["one"]);
  assert.deepEqual(resolved, ["/p/one"]);
  assert.deepEqual(read.toSorted(), ALL);
});

test("whoever cleans a file reads and parses nothing again that was read of the directory", () => {
  const { files, read } = directory();
  const settings = defaultPolicySettings({ workingDirectory: "/", base: "/p", kernelFeatures: "" });
  const engine = createEngine();
  const asked: string[] = [];
  const session: SetWorld["engine"]["session"] = (heard) => {
    const known = engine.session(heard);
    return {
      ...known,
      tree: (source) => {
        asked.push(source.path);
        return known.tree(source);
      },
    };
  };
  const set = readPolicySet({ engine: { ...engine, session }, files, settings }, "headers");
  assert.ok(set.ok);
  const file = set.value.files.find(({ path }) => path === "/p/one");
  assert.ok(file);
  const [cleaned] = cleanFiles([{ ...file, profiles: undefined }], set.value.world);
  assert.deepEqual(cleaned?.removed, new Map([["one", 1]]));
  assert.deepEqual(read.toSorted(), ALL);
  // Parsed by the engine before, and not once more.
  assert.ok(asked.includes("/p/abstractions/a"));
});
