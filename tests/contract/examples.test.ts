import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createContext, Script } from "node:vm";
import { build } from "esbuild";
import { repository } from "../support/sources.ts";

const folder = join(repository, "examples");
const names = readdirSync(folder).filter((name) => name.endsWith(".mjs"));
assert.ok(names.length > 10);

/** What an example says that it prints: the comment at its end. Without one, what is printed hangs on the machine. */
function promised(name: string): string | undefined {
  const found = /\n\/\* Prints:\n([\s\S]*)\*\/\n$/.exec(readFileSync(join(folder, name), "utf8"))?.[1];
  return found?.trimEnd();
}

for (const name of names) {
  test(`examples/${name} prints what it promises`, () => {
    const run = spawnSync(process.execPath, [join(folder, name)], { encoding: "utf8", timeout: 300_000 });
    assert.deepEqual({ status: run.status, stderr: run.stderr }, { status: 0, stderr: "" });
    const wanted = promised(name);
    if (wanted === undefined) assert.equal(name, "status.mjs");
    else assert.equal(run.stdout.replaceAll(/[ \t]+$/gm, "").trimEnd(), wanted);
  });
}

test("the list of examples names every one of them, and no other", () => {
  const listed = [...readFileSync(join(folder, "README.md"), "utf8").matchAll(/\]\(([\w/]+\.mjs)\)/g)].map(
    ([, path]) => path ?? "",
  );
  assert.deepEqual(listed.toSorted(), [...names, "browser/page.mjs"].toSorted());
  assert.deepEqual(
    listed.filter((path) => !existsSync(join(folder, path))),
    [],
  );
});

test("the script of the browser's page needs nothing but what every browser has", async () => {
  const { outputFiles } = await build({
    entryPoints: [join(folder, "browser/page.mjs")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  });
  const [file] = outputFiles;
  assert.ok(file !== undefined);
  const code = file.text;
  assert.doesNotMatch(code, /\bfrom\s*"node:|require\("node:/);
  const input = { value: "profile demo { capability sys_admn, }\n", listeners: [] as (() => void)[] };
  const output = { textContent: "" };
  const page = {
    document: {
      querySelector: (selector: string) =>
        selector === "#policy"
          ? {
              get value() {
                return input.value;
              },
              addEventListener: (_: string, listener: () => void) => void input.listeners.push(listener),
            }
          : output,
    },
    TextEncoder,
    TextDecoder,
    WebAssembly: Reflect.get(globalThis, "WebAssembly"),
    atob,
    URL,
  };
  const context = createContext(page);
  // A script, for a module would need more of the page; its own `await` at the end becomes one of a function.
  await new Script(`(async () => {${code}\n})()`).runInContext(context);
  assert.match(output.textContent, /unknown capability `sys_admn`/);
  input.value =
    "include <tunables/global>\nprofile demo /usr/bin/demo {\n  include <abstractions/base>\n  owner @{HOME}/.demo/** rw,\n}\n";
  for (const listener of input.listeners) listener();
  while (output.textContent.includes("sys_admn")) await setImmediate();
  assert.match(output.textContent, /^1 profile, \d{4,} bytes$/);
});

test("the command beside the page puts its script where the page looks for it", () => {
  const command = /^\/\/ npx (esbuild .*)$/m.exec(readFileSync(join(folder, "browser/page.mjs"), "utf8"))?.[1] ?? "";
  const [, entry, made] = /^esbuild (\S+) .*--outdir=(\S+)/.exec(command) ?? [];
  const script = /<script type="module" src="([^"]+)"/.exec(
    readFileSync(join(folder, "browser/index.html"), "utf8"),
  )?.[1];
  assert.equal(entry, "examples/browser/page.mjs");
  assert.equal(`${made}/page.js`, `examples/browser/${script}`);
});
