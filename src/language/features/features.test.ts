import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { assert as check, constantFrom, property, string } from "fast-check";
import {
  builtInFeatures,
  compileTarget,
  featureId,
  featureWords,
  type FeatureTree,
  hasFeature,
  intersectFeatures,
  isFeatureText,
  parseFeatures,
  printFeatures,
} from "./index.ts";

function kernel(name: string): string {
  return readFileSync(`tests/corpus/features/debian-kernel-${name}`, "utf8");
}

function tree(name: string): FeatureTree {
  return parseFeatures(kernel(name)).tree;
}

describe("feature text", () => {
  it("is told from other texts", () => {
    const texts = ["6.1", "6.12", "7.2"].map(kernel);
    for (const name of ["3.0", "4.0", "5.0"]) texts.push(readFileSync(`policy/abi/${name}`, "utf8"));
    for (const text of [...texts, "file {mask {read\n}\n}\n", printFeatures(builtInFeatures)])
      assert.ok(isFeatureText(text));
    for (const text of [
      "",
      "\n",
      "profile x {\n  /a r,\n}\n",
      "profile file {\n  /a r,\n}\n",
      "file,\n",
      "/usr/bin/file {\n}\n",
      "{ file }",
      '{"file": {}}',
      "network inet,\n",
      "abi <abi/4.0>,\ninclude <tunables/global>\nprofile file /x {\n}\n",
      "\u0004\b\0version\0",
    ])
      assert.ok(!isFeatureText(text), text);
  });

  it("prints what it read, for the features of real kernels", () => {
    for (const name of ["6.1", "6.12", "7.2"]) {
      const parsed = parseFeatures(kernel(name));
      assert.equal(parsed.problem, undefined);
      assert.equal(printFeatures(parsed.tree), kernel(name));
    }
  });

  it("has the ids libapparmor gives", () => {
    const known = { "": "c56c89ee", a: "13e286eb", abc: "e392f6df", abcd: "b20d1fb7" };
    for (const [text, id] of Object.entries(known)) assert.equal(featureId(text), id);
    assert.equal(featureId("file {mask {create read\n}\n}\n"), "7bab4f0d");
    assert.deepEqual(
      ["6.1", "6.12", "7.2"].map((name) => featureId(kernel(name))),
      ["6b0d76a2", "979b3ac6", "cb1455dc"],
    );
  });

  it("reads any text without failing and bounds the depth", () => {
    check(
      property(string({ unit: constantFrom("{", "}", "a", "b", " ", "\n") }), (text) => {
        const parsed = parseFeatures(text);
        assert.deepEqual(parseFeatures(printFeatures(parsed.tree)).problem, undefined);
      }),
      { seed: 7, numRuns: 300 },
    );
    assert.notEqual(parseFeatures("a {".repeat(5000)).problem, undefined);
  });

  it("says where a text is broken", () => {
    assert.deepEqual(parseFeatures("a {b").problem, { offset: 4, message: "a brace is not closed" });
    const broken = parseFeatures("a {yes\n}\n}\nb {yes\n}\n");
    assert.equal(broken.problem?.offset, 9);
    assert.deepEqual([hasFeature(broken.tree, "a"), hasFeature(broken.tree, "b")], [true, false]);
    assert.equal(parseFeatures("{yes}").problem?.offset, 0);
  });
});

describe("feature look-up", () => {
  const { tree: example } = parseFeatures(
    "policy {notify_versions {v5 {yes\n}\n}\nversions {v7 {yes\n}\n}\n}\nfile {mask {read write\n}\n}\n",
  );

  it("compares whole names, so a name that ends alike hides nothing", () => {
    assert.ok(hasFeature(example, "policy/versions/v7"));
    assert.ok(!hasFeature(example, "policy/versions/v5"));
    assert.ok(!hasFeature(example, "policy/sions/v7"));
  });

  it("finds words of a leaf, and only whole ones", () => {
    assert.ok(hasFeature(example, "file/mask/read"));
    assert.ok(!hasFeature(example, "file/mask/rea"));
    assert.ok(!hasFeature(example, "file/mask/read/x"));
    assert.ok(!hasFeature(example, ""));
    assert.ok(!hasFeature(example, "/file"));
    assert.deepEqual(featureWords(example, "file/mask"), ["read", "write"]);
    assert.equal(featureWords(example, "file"), undefined);
  });

  it("intersects entries and words", () => {
    const other = parseFeatures("file {mask {write exec\n}\n}\nmount {mask {umount\n}\n}\n").tree;
    assert.equal(printFeatures(intersectFeatures(example, other)), "file {mask {write\n}\n}\n");
  });
});

describe("compile target", () => {
  it("chooses the encodings the three Debian kernels understand", () => {
    const old = compileTarget(tree("6.1"), tree("6.1"));
    assert.deepEqual([old.abi, old.permissionTable, old.diffEncode, old.network], [7, undefined, false, "v8"]);
    const middle = compileTarget(tree("6.12"), tree("6.12"));
    assert.deepEqual(
      [middle.permissionTable, middle.userns, middle.ioUring, middle.dbus],
      [undefined, true, true, false],
    );
    const latest = compileTarget(tree("7.2"), tree("7.2"));
    assert.deepEqual([latest.permissionTable, latest.diffEncode, latest.network, latest.unix], [3, true, "v9", "v9"]);
  });

  it("gives a profile without abi no network, userns, io_uring, stacking and xattrs", () => {
    const target = compileTarget(tree("7.2"), builtInFeatures);
    const { network, unix, userns, ioUring, stack, xattr } = target;
    assert.deepEqual(
      { network, unix, userns, ioUring, stack, xattr },
      { network: "none", unix: "none", userns: false, ioUring: false, stack: false, xattr: false },
    );
    assert.deepEqual([target.mount, target.dbus, target.signal, target.ptrace], [true, true, true, true]);
  });
});
