import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { compile } from "armorer";
import { type GuestFile, KERNEL_NAMES, type KernelName } from "../../lab/index.ts";
import { dose } from "../support/dose.ts";
import { filesFrom, type Guest, labReady, withGuest } from "../support/lab.ts";
import { repository } from "../support/sources.ts";

/** What a profile and its hats need for all of this is the rule about their own attributes (docs/confinement.md). */
const ATTRIBUTES = "owner /proc/[0-9]*/{,task/[0-9]*/}attr/{,apparmor/}{current,exec,prev} rw,";

const POLICY = `abi <abi/4.0>,
profile web {
  file,
  capability,
  network,
  unix,
  signal,
  ptrace,
  change_profile,
  ^one {
    ${ATTRIBUTES}
    /srv/one r,
    audit /srv/audited r,
    link /srv/link -> /srv/one,
    /srv/link l,
    change_profile -> elsewhere,
  }
  ^two {
    ${ATTRIBUTES}
    /srv/two r,
    change_profile -> elsewhere,
  }
  ^three {
    ${ATTRIBUTES}
    change_profile -> elsewhere,
  }
  ^DEFAULT_URI {
    ${ATTRIBUTES}
    change_profile -> elsewhere,
  }
  profile kid { file, }
}
profile elsewhere {
  file,
  network,
  unix,
  deny /srv/** rw,
}
`;

/** The published library, and the probes as modules of its package. */
function guestFiles(): readonly GuestFile[] {
  const probes = ["confinement-jobs.mjs", "confinement-probe.mjs"];
  return [
    ...filesFrom(join(repository, "dist/library"), "/opt/armorer/dist/library"),
    { path: "/opt/armorer/package.json", data: readFileSync(join(repository, "package.json")) },
    ...probes.map((name) => ({
      path: `/opt/armorer/probe/${name}`,
      data: readFileSync(join(repository, "tests/kernel", name)),
    })),
    ...["one", "two", "audited"].map((name) => ({ path: `/srv/${name}`, data: `${name}\n` })),
  ];
}

async function prepare(guest: Guest, kernel: KernelName): Promise<void> {
  const { units, ok, diagnostics } = await compile(POLICY, { kernelFeatures: `kernel-${kernel}` });
  assert.ok(ok, JSON.stringify(diagnostics));
  const loads = units.map(({ bytes }, at) => ({ kind: "load", id: `load ${at}`, policy: bytes }) as const);
  for (const { id, errno } of await guest.run(...loads)) assert.equal(errno, undefined, id);
  await guest.run({ kind: "run", id: "loopback", argv: ["busybox", "ip", "link", "set", "lo", "up"] });
}

/** What the probe prints. */
async function probe(guest: Guest, ...argv: readonly string[]): Promise<unknown> {
  const [run] = await guest.run({
    kind: "run",
    id: "probe",
    argv: ["node", "/opt/armorer/probe/confinement-probe.mjs", ...argv],
    cwd: "/opt/armorer",
    profile: "web",
    timeoutMs: 3_600_000,
  });
  assert.ok(run);
  assert.deepEqual({ exitCode: run.exitCode, signal: run.signal }, { exitCode: 0, signal: undefined }, run.stderr);
  return JSON.parse(run.stdout);
}

const field = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce((at: unknown, name) => Reflect.get(Object(at), name), value);

/** All threads under one label. */
function only(threads: unknown, ...labels: readonly string[]): void {
  assert.deepEqual(Object.keys(Object(threads)).toSorted(), labels.toSorted());
}

/** Few, for everybody; 10,000 on each kernel: `npm run hats`. */
const JOBS = Number(process.env["ARMORER_HAT_JOBS"] ?? "24");
const isWhole = dose(false, true);

const EVERY = (value: string): object => ({ sync: value, promise: value, callback: value, stream: value });

before(labReady);

/** What calls give, by the errno table and the facts about threads: confinement-api 1.3, 1.4, 10.1. */
function showFacts(all: unknown): void {
  only(field(all, "threads"), "web");
  assert.deepEqual(field(all, "facts"), {
    available: true,
    own: "web",
    previous: "done",
    list: ["two", "web//two", "no-hats", "done", "web"],
    withHat: ["one\n", "EACCES"],
    after: "web",
    sibling: ["done", "done", "web//two", "done"],
    missing: "no-such-hat",
    child: "not-a-hat",
    tested: ["two", "not-a-hat", "web"],
    long: "too-long",
    profiles: ["done", "no-such-profile"],
    loaded: ["web", "web//DEFAULT_URI", "web//kid", "web//one", "web//three", "web//two"],
    onExec: ["done", "elsewhere", "elsewhere (enforce)\n", "elsewhere (enforce)\n", "done"],
    stacked: ["no-such-profile", "web"],
  });
  assert.deepEqual(field(all, "queries"), [
    [true, false],
    [false, true],
    [false, true],
    [false, true],
    [true, true],
    "no-such-profile",
    [true, false],
    [false, true],
  ]);
  assert.deepEqual(field(all, "peers"), [[[true, "web"]], "not-told"]);
  // One thread is confined; its asynchronous reading is done by others, and it cannot change them.
  assert.deepEqual(field(all, "workerFacts", "message"), ["elsewhere", "EACCES", "two\n", "EACCES"]);
  only(field(all, "workerFacts", "meanwhile"), "web", "elsewhere");
  assert.equal(field(all, "workerFacts", "main"), "web");
  const { workers, ...hats } = Object(field(all, "hats"));
  only(workers, "web", "web//one");
  assert.deepEqual(hats, {
    one: EVERY("one\n"),
    other: EVERY("EACCES"),
    others: { open: "ERR_OUTSIDE_HAT", lookup: "ERR_OUTSIDE_HAT", previous: "web" },
    failed: ["work-failed", "RangeError: on purpose"],
    missing: "no-such-hat",
    noFunction: "work-failed",
    main: "web",
  });
  assert.deepEqual(field(all, "served"), {
    bodies: [
      [200, "/app/x web//one"],
      [200, "/two web//DEFAULT_URI"],
      [200, "/elsewhere web//DEFAULT_URI"],
      [500, ""],
    ],
    refused: ["RangeError: on purpose"],
  });
}

/** Work for hats and with failures at random: none runs in another's hat, and no worker keeps a token. */
function showNoLeak(result: unknown, jobs: number): void {
  const outcomes: readonly unknown[] = Object.values(Object(field(result, "outcomes")));
  assert.equal(
    outcomes.reduce((sum: number, count) => sum + Number(count), 0),
    jobs,
  );
  assert.deepEqual(field(result, "wrong"), []);
  assert.equal(field(result, "tokens"), 0);
  assert.ok(Number(field(result, "most")) > 1, "no worker was seen in a hat");
  assert.equal(field(result, "memory", "found"), 0);
  assert.ok(Number(field(result, "memory", "bytes")) > 20_000_000, "memory was not looked at");
  assert.equal(field(result, "main"), "web");
  only(field(result, "after"), "web");
}

for (const kernel of dose<readonly KernelName[]>(["7.2"], KERNEL_NAMES)) {
  test(`on ${kernel} labels change as the library says, and no work runs in another's hat`, async (context) => {
    const request = { kernel, withNode: true, memoryMebibytes: 1536, files: guestFiles(), timeoutMs: 7_200_000 };
    await withGuest(request, async (guest) => {
      await prepare(guest, kernel);
      const all = await probe(
        guest,
        String(JOBS),
        process.env["ARMORER_HAT_SEED"] ?? "1",
        ...(isWhole ? ["whole"] : []),
      );
      context.diagnostic(JSON.stringify(field(all, "leaks", "outcomes")));
      showFacts(all);
      if (isWhole) assert.match(String(field(all, "notLoaded")), /^not-loaded,Cannot find module/);
      showNoLeak(field(all, "leaks"), JOBS);
    });
  });
}
