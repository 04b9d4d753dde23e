// Checks again whatever changes. An engine keeps what it has read; `forgetFiles` says that files may be others now.
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, defaultPolicySettings, memoryFiles } from "armorer";

const directory = mkdtempSync(join(tmpdir(), "armorer-example-"));
const path = join(directory, "demo");
const engine = await createEngine();

function checkAgain() {
  engine.forgetFiles();
  const { ok } = engine.check({ path, bytes: readFileSync(path) }, defaultPolicySettings(), memoryFiles());
  console.log(ok ? "fine" : "something is wrong");
  return ok;
}

writeFileSync(path, "profile demo { /etc/hosts r }\n");
checkAgain();

await new Promise((settle) => {
  const watcher = watch(directory, () => {
    if (!readFileSync(path, "utf8").includes("r,") || !checkAgain()) return;
    watcher.close();
    settle();
  });
  writeFileSync(path, "profile demo { /etc/hosts r, }\n");
});
rmSync(directory, { recursive: true });

/* Prints:
something is wrong
fine
*/
