/** Every policy file Debian ships, bookworm's and sid's: printed back to the letter, and laid out the same the second time. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openOracle, renderLabProblem } from "../../lab/index.ts";
import { decodeBytes, encodeBytes, sourceFile } from "../../src/foundation/text/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { createResolveSession } from "../../src/language/resolve/index.ts";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import { checkFormat, mustFormat } from "../support/format-law.ts";
import { compileText, filesBelow } from "../support/pipeline.ts";
import { parse, printTree } from "../../src/language/syntax/index.ts";

const FOLDERS = ["etc/apparmor.d", "usr/share/apparmor/extra-profiles"];

for (const suite of ["sid", "bookworm"] as const) {
  const found = await openOracle(suite);
  test(
    `what ${suite} ships is printed back and formatted stably`,
    { skip: found.ok ? false : renderLabProblem(found.error) },
    () => {
      if (!found.ok) return;
      const { root } = found.value;
      const paths = FOLDERS.map((folder) => join(root, folder))
        .filter((folder) => existsSync(folder))
        .flatMap((folder) =>
          readdirSync(folder, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile() && entry.name !== "README" && !entry.parentPath.endsWith("/abi"))
            .map((entry) => join(entry.parentPath, entry.name)),
        );
      assert.ok(paths.length > 150, `only ${paths.length} files`);
      for (const path of paths) {
        const bytes = readFileSync(path);
        const tree = parse(sourceFile(path, decodeBytes(bytes)));
        assert.deepEqual(Buffer.from(encodeBytes(printTree(tree))), bytes, path);
        assert.ok(checkFormat(tree.source.text), path);
      }
    },
  );
}

const sid = await openOracle("sid");

test(
  "what sid ships means the same when it is formatted: the compiled bytes are equal",
  { skip: sid.ok ? false : renderLabProblem(sid.error) },
  () => {
    if (!sid.ok) return;
    const files = filesBelow(sid.value.root);
    const kernelFeatures = parseFeatures(readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8")).tree;
    const shared = { session: createCompileSession(), resolveSession: createResolveSession(files) };
    const options = { kernelFeatures, files, search: ["/etc/apparmor.d"], ...shared };
    let compared = 0;
    for (const entry of readdirSync(sid.value.profiles, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const text = decodeBytes(readFileSync(join(sid.value.profiles, entry.name)));
      const before = compileText(text, options);
      const after = compileText(mustFormat(text), options);
      assert.deepEqual([before.errors, after.errors], [[], []], entry.name);
      assert.deepEqual(after.stream(), before.stream(), entry.name);
      compared += 1;
    }
    assert.ok(compared > 150, `only ${compared} files`);
  },
);
