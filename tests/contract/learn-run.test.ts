/** `armorer learn run` on a machine of files: what is made, loaded, run, read, written and taken away, however it ends. */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { runArmorer } from "../../src/cli/armorer/index.ts";
import { fail, ok } from "../../src/foundation/basics/index.ts";
import type { Ended } from "../../src/host/index.ts";
import { capturedIo } from "../support/captured-io.ts";

const AAFS = "sys/kernel/security/apparmor";

interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

interface Place {
  readonly path: (name: string) => string;
  readonly read: (name: string) => string;
  /** What the setting was written to, in order. */
  readonly rates: string[];
  readonly run: (argv: readonly string[], program: () => Ended | string, input?: string) => Promise<Run>;
}

function machine(context: TestContext, more: Readonly<Record<string, string>> = {}): Place {
  const root = mkdtempSync(join(tmpdir(), "armorer-learn-run-"));
  context.after(() => rmSync(root, { recursive: true }));
  const contents = {
    "proc/mounts": "securityfs /sys/kernel/security securityfs rw 0 0\n",
    "sys/module/apparmor/parameters/enabled": "Y\n",
    [`${AAFS}/profiles`]: "other (complain)\n",
    [`${AAFS}/.load`]: "",
    [`${AAFS}/.replace`]: "",
    [`${AAFS}/.remove`]: "",
    [`${AAFS}/features/file/mask`]: "create read write exec append mmap_exec link lock\n",
    [`${AAFS}/features/policy/versions/v7`]: "yes\n",
    "p/abstractions/base": "/usr/lib/** mr,\n",
    "bin/notes": "\u007fELF",
    log: "",
    ...more,
  };
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const path = (name: string): string => join(root, name);
  const rates: string[] = [];
  const run: Place["run"] = async (argv, program, input = "") => {
    const { io: captured, text } = capturedIo();
    const lines = input.split("\n").slice(0, -1);
    const status = await runArmorer(["learn", "--base", path("p"), "--log", path("log"), ...argv], {
      ...captured,
      readSetting: () => ok("5\n"),
      kernelAt: () => captured.kernelAt({ root }),
      openDirectory: (name) => ok(name),
      environment: { PATH: path("bin"), ARMORER_KEPT_NODE_OPTIONS: "--own" },
      inputLine: () => lines.shift(),
      writeSetting: (_, value) => ok(void rates.push(value)),
      writeAfterEnd: () => ok(() => undefined),
      runInForeground: async (_, __, { env }) => {
        assert.deepEqual(env, { PATH: path("bin"), NODE_OPTIONS: "--own" }, "the caller's own environment");
        const ended = program();
        return typeof ended === "string" ? fail(ended) : ok(ended);
      },
    });
    return { status, out: text("out"), err: text("err") };
  };
  return { path, read: (name) => readFileSync(join(root, name), "latin1"), rates, run };
}

const FINE: Ended = { status: 0, signal: undefined };

let serial = 0;
/** Whenever this runs, it is before, or behind: no clock is asked. */
const [BEFORE, BEHIND] = [1_000_000_000, 4_000_000_000];

function noted(profile: string, name: string, sec = BEHIND): string {
  serial += 1;
  return `type=AVC msg=audit(${sec}.123:${serial}): apparmor="ALLOWED" operation="open" class="file" profile="${profile}" name="${name}" pid=9 comm="notes" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n`;
}

/** The file that the first profile of the program is in. */
function fileOf({ path }: Place): string {
  return `p/${path("bin/notes").slice(1).replaceAll("/", ".")}`;
}

test("a first profile complains while the program runs, and is kept with what was learned where that is written", async (t) => {
  const place = machine(t);
  const { path, rates, read, run } = place;
  const own = fileOf(place);
  let loaded = "";
  appendFileSync(path("log"), noted(path("bin/notes"), "/srv/before", BEFORE));
  const { err, out, status } = await run(["--apply", "run", "--", "notes", "-x"], () => {
    assert.match(read(own), /notes flags=\(complain\) \{\n {2}include <abstractions\/base>/);
    assert.deepEqual(rates, ["0\n"]);
    loaded = read(`${AAFS}/.replace`) + read(`${AAFS}/.load`);
    appendFileSync(path("log"), noted(path("bin/notes"), "/srv/a") + noted("other", "/srv/other"));
    return FINE;
  });
  assert.equal(status, 0, err);
  assert.ok(loaded.includes("version"), "the first profile was loaded before the program ran");
  assert.match(read(own), /flags=\(complain\) \{[^}]*\n {2}\/srv\/a r,\n\}/);
  assert.doesNotMatch(out, /before|other/);
  assert.match(err, /still complains: run it again, or enforce it with `aa-enforce /);
  assert.deepEqual(rates, ["0\n", "5\n"]);
});

test("without --apply, or where nothing was confirmed, what was made is gone again", async (t) => {
  for (const [argv, input, expected] of [
    [[], "", 0],
    [["--ask", "--apply"], "2\nn\n", 0],
    [["--ask", "--apply"], "", 1],
  ] as const) {
    const place = machine(t);
    const { err, status } = await place.run(
      [...argv, "run", place.path("bin/notes")],
      () => {
        appendFileSync(place.path("log"), noted(place.path("bin/notes"), "/srv/a"));
        return { status: undefined, signal: "SIGINT" };
      },
      input,
    );
    assert.equal(status, expected, err);
    assert.match(err, /ended by SIGINT/);
    assert.match(err, /that was made for this is gone again/);
    assert.equal(existsSync(place.path(fileOf(place))), false);
    assert.match(place.read(`${AAFS}/.remove`), /notes/);
    assert.deepEqual(place.rates, ["0\n", "5\n"]);
  }
});

test("a program that has a profile keeps it, in its mode; what the run refused is learned for it", async (t) => {
  const profile = "profile mine /**/bin/notes {\n}\n";
  const place = machine(t, { "p/mine": profile });
  const { err, status } = await place.run(["--apply", "run", "notes"], () => {
    assert.equal(place.read("p/mine"), profile);
    appendFileSync(place.path("log"), noted("mine", "/srv/a"));
    return { status: 3, signal: undefined };
  });
  assert.equal(status, 0, err);
  assert.match(err, /the profile mine of .* attaches to .*, and stays in its mode/);
  assert.match(err, /ended with status 3/);
  assert.equal(place.read("p/mine"), "profile mine /**/bin/notes {\n  /srv/a r,\n}\n");
  assert.ok(place.read(`${AAFS}/.replace`).includes("mine"));
});

function never(): never {
  assert.fail("it must not run");
}

test("what cannot be run is said in a sentence, and leaves nothing", async (t) => {
  const place = machine(t);
  for (const [argv, status, said] of [
    [["run"], 2, /run needs a program/],
    [["run", "--since", "today", "x"], 2, /--since says nothing beside run/],
    [["walk", "x"], 2, /takes no operands but run/],
    [["run", "absent"], 1, /there is no program absent/],
  ] as const) {
    const { err, status: ended } = await place.run(argv, never);
    assert.deepEqual([ended, said.test(err)], [status, true], err);
  }
  const unstarted = await place.run(["run", "notes"], () => "EACCES");
  assert.deepEqual([unstarted.status, /does not start \(EACCES\)/.test(unstarted.err)], [1, true], unstarted.err);
  assert.equal(existsSync(place.path(fileOf(place))), false);
  assert.deepEqual(place.rates, ["0\n", "5\n"]);
});
