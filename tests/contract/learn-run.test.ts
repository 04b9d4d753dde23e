/** `armorer learn run` on a machine of files: what is made, loaded, run, read, written and taken away, however it ends. */
import assert from "node:assert/strict";
import { appendFileSync, existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { fail, ok } from "../../src/foundation/basics/index.ts";
import type { Ended } from "../../src/host/index.ts";
import { type Answer, machine, type Place } from "../support/machine.ts";

const AAFS = "sys/kernel/security/apparmor";

interface Terminal extends Pick<Place, "path" | "read"> {
  /** What the setting was written to, in order. */
  readonly rates: readonly string[];
  /** Runs `armorer learn`, where the program does this. */
  readonly run: (argv: readonly string[], program: () => Ended | string, input?: string) => Promise<Answer>;
}

function terminal(context: TestContext, more: Readonly<Record<string, string>> = {}): Terminal {
  const rates: string[] = [];
  let does: () => Ended | string = never;
  const contents = {
    [`${AAFS}/profiles`]: "other (complain)\n",
    "p/abstractions/base": "/usr/lib/** mr,\n",
    "bin/notes": "\u007fELF",
    log: "",
    ...more,
  };
  const { path, read, run } = machine(context, contents, {
    escapes: "on-terminals",
    options: (at) => ["--base", at("p"), "--log", at("log")],
    world: (io, at) => ({
      readSetting: () => ok("5\n"),
      kernelAt: () => io.kernelAt({ root: at("") }),
      openDirectory: (name) => ok(name),
      environment: { PATH: at("bin"), ARMORER_KEPT_NODE_OPTIONS: "--own" },
      writeSetting: (_, value) => ok(void rates.push(value)),
      writeAfterEnd: () => ok(() => undefined),
      takeBackAfterEnd: () => ok(() => undefined),
      pause: async () => undefined,
      runInForeground: async (_, __, { env }) => {
        assert.deepEqual(env, { PATH: at("bin"), NODE_OPTIONS: "--own" }, "the caller's own environment");
        const ended = does();
        return typeof ended === "string" ? fail(ended) : ok(ended);
      },
    }),
  });
  return {
    path,
    read,
    rates,
    run: async (argv, program, input) => {
      does = program;
      return await run(["learn", ...argv], input);
    },
  };
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
function fileOf({ path }: Terminal): string {
  return `p/${path("bin/notes").slice(1).replaceAll("/", ".")}`;
}

test("a first profile complains while the program runs, and is kept with what was learned where that is written", async (t) => {
  const place = terminal(t);
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

test("of a script what its interpreter reads is learned, and not taken with its whole library", async (t) => {
  const place = terminal(t, { "bin/notes": "#!/usr/bin/perl\n", "p/abstractions/perl": "/usr/share/perl/** r,\n" });
  const { path, read, run } = place;
  const { err, status } = await run(["--apply", "run", "--", "notes"], () => {
    const names = ["strict", "POSIX", "Carp", "vars"].map((name) => `/usr/share/perl/5.36/${name}.pm`);
    appendFileSync(path("log"), names.map((name) => noted(path("bin/notes"), name)).join(""));
    return FINE;
  });
  assert.equal(status, 0, err);
  assert.deepEqual(read(fileOf(place)).match(/^ {2}(?:include|\/usr\/share).*$/gm), [
    "  include <abstractions/base>",
    ...["Carp", "POSIX", "strict", "vars"].map((name) => `  /usr/share/perl/5.[0-9]*/${name}.pm r,`),
  ]);
});

test("without --apply, or where nothing was confirmed, what was made is gone again", async (t) => {
  for (const [argv, input, expected] of [
    [[], "", 0],
    [["--ask", "--apply"], "2\nn\n", 0],
    [["--ask", "--apply"], "", 1],
  ] as const) {
    const place = terminal(t);
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
  const place = terminal(t, { "p/mine": profile });
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
  const place = terminal(t);
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
