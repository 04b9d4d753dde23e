import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { nodeFiles } from "./files.ts";
import { rootedSystem } from "./rooted.ts";
import { nodeSystem } from "./system.ts";

const NAMES = ["a", "b", "c"] as const;
const part = fc.constantFrom(...NAMES, "..", ".");
const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
const entry = fc.record({
  at: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
  target: fc.option(
    fc.tuple(fc.boolean(), path).map(([isAbsolute, to]) => (isAbsolute ? `/${to}` : to)),
    { nil: undefined },
  ),
});

/** What each path reads as after chroot(2), by a shell there: its text, or nothing. */
function readInChroot(root: string, paths: readonly string[]): readonly string[] {
  const script =
    'import os, sys\nos.chroot(sys.argv[1])\nos.chdir("/")\nfor path in sys.argv[2:]:\n  try: print(open("/" + path).read())\n  except OSError: print("")';
  return execFileSync("python3", ["-c", script, root, ...paths])
    .toString()
    .split("\n")
    .slice(0, -1);
}

test("below a root every path leads where chroot(2) leads it", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), fc.array(path, { minLength: 4, maxLength: 8 }), (entries, paths) => {
      const root = mkdtempSync(join(tmpdir(), "armorer-rooted-"));
      try {
        for (const { at, target } of entries) {
          try {
            mkdirSync(join(root, at, ".."), { recursive: true });
            if (target === undefined) writeFileSync(join(root, at), `text of ${at}`, { flag: "wx" });
            else symlinkSync(target, join(root, at));
          } catch {
            // Something else is there, or a link that leads nowhere.
          }
        }
        const files = nodeFiles(rootedSystem(nodeSystem, root));
        const ours = paths.map((one) => {
          const read = files.read(`${root}/${one}`);
          return read.ok ? Buffer.from(read.value).toString() : "";
        });
        assert.deepEqual(ours, readInChroot(root, paths));
      } finally {
        rmSync(root, { recursive: true });
      }
    }),
    { seed: 20261130, numRuns: 60 },
  );
});

test("what is not below the root is as it was", (t) => {
  const place = mkdtempSync(join(tmpdir(), "armorer-rooted-"));
  t.after(() => rmSync(place, { recursive: true }));
  mkdirSync(join(place, "root"));
  writeFileSync(join(place, "root-other"), "other");
  symlinkSync(join(place, "root-other"), join(place, "link"));
  symlinkSync(join(place, "root-other"), join(place, "root/link"));
  const files = nodeFiles(rootedSystem(nodeSystem, join(place, "root")));
  for (const [name, text] of [
    ["link", "other"],
    ["root-other", "other"],
    ["root/link", undefined],
    ["root/../root-other", undefined],
  ] as const) {
    const read = files.read(`${place}/${name}`);
    assert.equal(read.ok ? Buffer.from(read.value).toString() : undefined, text, name);
  }
});

test("where the root itself is, is asked once, and again only while it is not there", () => {
  const above = mkdtempSync(join(tmpdir(), "armorer-rooted-"));
  try {
    const [root, link] = [join(above, "real"), join(above, "link")];
    let asked = 0;
    const realpath = (of: string): string => {
      asked += of === link ? 1 : 0;
      return nodeSystem.realpath(of);
    };
    const files = nodeFiles(rootedSystem({ ...nodeSystem, realpath }, link));
    assert.equal(files.read(`${link}/file`).ok, false);
    const missed = asked;
    assert.ok(missed > 0);
    mkdirSync(root);
    symlinkSync("real", link);
    writeFileSync(join(root, "file"), "text");
    for (const file of [`${link}/file`, `${root}/file`, `${link}/file`]) assert.ok(files.read(file).ok, file);
    assert.equal(asked, missed + 1);
  } finally {
    rmSync(above, { recursive: true });
  }
});
