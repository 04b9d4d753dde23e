/** Every policy file Debian ships, bookworm's and sid's: printed back to the letter, and laid out the same the second time. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openOracle, renderLabProblem } from "../../lab/index.ts";
import { decodeBytes, encodeBytes, sourceFile } from "../../src/foundation/text/index.ts";
import { formatTree, parse, printTree } from "../../src/language/syntax/index.ts";

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
        const once = formatTree(tree);
        assert.equal(formatTree(parse(sourceFile(path, once))), once, path);
      }
    },
  );
}
