/** Verbs that may be at work for seconds before their first word say on a terminal that they are. */
import assert from "node:assert/strict";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { loadVerb, runArmorer, verbNames } from "./index.ts";

/** They compile, decode, or read logs of any length. */
const SLOW = [
  "check",
  "compile",
  "decode",
  "diff",
  "test",
  "load",
  "audit",
  "learn",
  "query",
  "explain",
  "lint",
  "port",
  "reach",
  "package",
];

test("every verb that reads policy to compile it, or a log, is one of them", async () => {
  const reading: string[] = [];
  for (const name of verbNames) {
    const { isSlow, options = [] } = (await loadVerb(name)) ?? {};
    if (isSlow === true || options.some(({ key }) => key === "features" || key === "log")) reading.push(name);
    if (SLOW.includes(name)) assert.equal(isSlow, true, name);
  }
  assert.deepEqual(reading.toSorted(), SLOW.toSorted());
});

test("each of them has another thread that says so, where standard error is a terminal, and no other verb has", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "armorer-slow-"));
  const descriptor = openSync(join(directory, "terminal"), "w");
  t.after(() => {
    closeSync(descriptor);
    rmSync(directory, { recursive: true });
  });
  const policy = join(directory, "p");
  mkdirSync(join(directory, "etc/apparmor.d"), { recursive: true });
  writeFileSync(policy, "abi <kernel>,\nprofile p { }\n");
  let started = 0;
  const count = (): void => void (started += 1);
  process.on("worker", count);
  t.after(() => void process.off("worker", count));
  const operands: Readonly<Record<string, readonly string[]>> = {
    audit: ["--log", "/dev/null"],
    learn: ["--log", "/dev/null"],
    diff: [policy, policy],
    query: [policy, "/x r"],
    explain: [policy, "p", "/x r"],
    reach: [policy, "p"],
    port: ["--to", "4.0", policy],
    package: ["docker", policy],
    fmt: ["--check", policy],
    status: [],
    ps: [],
    undo: [],
    app: ["plan", "/opt/x"],
    tools: ["link", "--dry-run", "/p"],
    completion: ["bash"],
    lab: [],
  };
  for (const name of verbNames) {
    started = 0;
    const { io } = capturedIo({ isTerminal: true });
    const argv = [name, "--root", directory, ...(operands[name] ?? [policy])];
    await runArmorer(argv, { ...io, terminalDescriptor: descriptor, environment: { HOME: directory } });
    await turn();
    assert.equal(started > 0, SLOW.includes(name), `${name}: ${started} threads`);
  }
});
