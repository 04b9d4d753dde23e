import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { before, test } from "node:test";
import type { Outcome } from "../src/foundation/basics/index.ts";
import {
  APPARMOR_DIRECTORY,
  bootLab,
  KERNEL_NAMES,
  type KernelName,
  type LabProblem,
  type LabReport,
  openLab,
  openOracle,
  prepareLab,
  renderFeatureTree,
  renderLabProblem,
  resultOf,
  type Step,
} from "./index.ts";

/** Of the feature trees as libapparmor 5.0.2 reads them on these kernels (`aa-features-abi -x`). */
const FEATURE_DIGESTS: { readonly [K in KernelName]: string } = {
  "6.1": "3ff8e062caa04dab2ed3b40c346f76d4cef8a31cc009e156ef4126321021aed9",
  "6.12": "fef819e0946efdb07d32ec6d669422bfe685f13569b7583af4a5f7e090a92764",
  "7.2": "29655cf2e08b6f7524b52ba4b22de8c3d327aa75634530ff35b1e6cff3cb1400",
};

const RELEASES: { readonly [K in KernelName]: RegExp } = { "6.1": /^6\.1\./, "6.12": /^6\.12\./, "7.2": /^7\.2\./ };

function must<T>(outcome: Outcome<T, LabProblem>): T {
  if (!outcome.ok) assert.fail(renderLabProblem(outcome.error));
  return outcome.value;
}

before(async () => {
  must(await prepareLab(() => undefined));
});

async function featuresOf(kernel: KernelName): Promise<LabReport> {
  const path = `${APPARMOR_DIRECTORY}/features`;
  return must(await bootLab({ kernel, steps: [{ kind: "tree", id: "features", path }] }));
}

/** A profile that lets `cat` run and read one file, as Debian's own parser compiles it for the kernel. */
async function smallPolicy(features: string): Promise<Uint8Array> {
  const oracle = must(await openOracle());
  const profile = `profile lab-small /usr/bin/cat {
    /usr/bin/cat mr, /etc/ld.so.cache r, /usr/lib/** mr, /usr/share/** r, /srv/allowed r, }`;
  const argv = ["-M", "{dir}/features", "-QKS", "{dir}/profile"];
  const answer = await oracle.parse(argv, { files: { features, profile } });
  assert.equal(answer.status, 0, answer.stderr);
  return answer.stdout;
}

for (const kernel of KERNEL_NAMES) {
  test(`kernel ${kernel} boots, has the feature tree we know, enforces a profile and refuses a truncated one`, async () => {
    const first = await featuresOf(kernel);
    assert.match(first.release, RELEASES[kernel]);
    const features = renderFeatureTree(resultOf(first, "features").names);
    assert.equal(createHash("sha256").update(features).digest("hex"), FEATURE_DIGESTS[kernel]);

    const policy = await smallPolicy(features);
    const files = ["/srv/allowed", "/srv/secret"].map((path) => ({ path, data: `${path}\n` }));
    const report = must(
      await bootLab({
        kernel,
        files,
        steps: [
          { kind: "run", id: "free", argv: ["cat", "/srv/secret"] },
          { kind: "load", id: "load", policy },
          { kind: "run", id: "allowed", argv: ["cat", "/srv/allowed"] },
          { kind: "run", id: "denied", argv: ["cat", "/srv/secret"] },
          { kind: "replace", id: "truncated", policy: policy.subarray(0, policy.length - 40) },
          { kind: "read", id: "profiles", path: `${APPARMOR_DIRECTORY}/profiles` },
          { kind: "run", id: "still-denied", argv: ["cat", "/srv/secret"] },
          { kind: "remove", id: "remove", profile: "lab-small" },
          { kind: "run", id: "free-again", argv: ["cat", "/srv/secret"] },
        ],
      }),
    );
    const of = (id: string): ReturnType<typeof resultOf> => resultOf(report, id);
    assert.equal(of("free").stdout, "/srv/secret\n");
    assert.equal(of("load").errno, undefined);
    assert.match(of("load").events.join("\n"), /apparmor="STATUS" operation="profile_load".* name="lab-small"/);
    assert.deepEqual(
      [of("allowed").exitCode, of("allowed").stdout, of("allowed").events.length],
      [0, "/srv/allowed\n", 0],
    );
    assert.equal(of("denied").exitCode, 1);
    assert.match(
      of("denied").events.join("\n"),
      /apparmor="DENIED" operation="open".*profile="lab-small" name="\/srv\/secret"/,
    );
    assert.equal(of("denied").events.length, 1);
    assert.equal(of("truncated").errno, "EPROTO");
    assert.equal(Buffer.from(of("profiles").data ?? []).toString(), "lab-small (enforce)\n");
    assert.equal(of("still-denied").exitCode, 1);
    assert.equal(of("remove").errno, undefined);
    assert.equal(of("free-again").exitCode, 0);
  });
}

test("a step tells how a command ended, who it ran as, and what it wrote", async () => {
  const report = must(
    await bootLab({
      kernel: "6.1",
      files: [{ path: "/srv/data", data: Uint8Array.of(0, 255, 10), uid: 1000, mode: 0o600 }],
      steps: [
        {
          kind: "run",
          id: "user",
          argv: ["sh", "-c", "id -u; id -g; pwd; echo $X"],
          uid: 1000,
          cwd: "/srv",
          env: { X: "y" },
        },
        { kind: "run", id: "stdin", argv: ["cat"], stdin: "a".repeat(200_000) },
        { kind: "run", id: "signal", argv: ["sh", "-c", "kill -9 $$"] },
        { kind: "run", id: "missing", argv: ["/nothing/here"] },
        { kind: "run", id: "slow", argv: ["sleep", "60"], timeoutMs: 300 },
        { kind: "read", id: "bytes", path: "/srv/data" },
        { kind: "start", id: "server", argv: ["sh", "-c", "echo ready; exec sleep 60"], await: "ready" },
        { kind: "run", id: "look", argv: ["cat", "/proc/{pid:server}/comm"] },
        { kind: "signal", id: "stop", process: "server", signal: 15 },
        { kind: "wait", id: "ended", process: "server" },
        { kind: "read", id: "nothing", path: "/nothing/here" },
      ],
    }),
  );
  const of = (id: string): ReturnType<typeof resultOf> => resultOf(report, id);
  assert.equal(of("user").stdout, "1000\n1000\n/srv\ny\n");
  assert.equal(of("stdin").stdout.length, 200_000);
  assert.equal(of("signal").signal, 9);
  assert.equal(of("missing").execErrno, "ENOENT");
  assert.equal(of("slow").timedOut, true);
  assert.deepEqual([...(of("bytes").data ?? [])], [0, 255, 10]);
  assert.equal(of("look").stdout, "sleep\n");
  assert.deepEqual([of("ended").signal, of("ended").stdout], [15, "ready\n"]);
  assert.equal(of("nothing").errno, "ENOENT");
});

test("a session carries out steps as they come, and keeps processes and policy between them", async () => {
  const session = must(await openLab({ kernel: "6.12" }));
  try {
    const first = must(await session.run([{ kind: "start", id: "server", argv: ["sleep", "60"] }]));
    assert.equal(first.length, 1);
    const steps: readonly Step[] = [
      { kind: "run", id: "look", argv: ["cat", "/proc/{pid:server}/comm"] },
      { kind: "run", id: "large", argv: ["wc", "-c"], stdin: "x".repeat(300_000) },
    ];
    const second = must(await session.run(steps));
    assert.deepEqual(
      second.map((result) => result.stdout),
      ["sleep\n", "300000\n"],
    );
  } finally {
    await session.close();
  }
});

/** The processes that this one has started and that are still there. */
function children(): readonly string[] {
  const { stdout } = spawnSync("ps", ["--ppid", String(process.pid), "-o", "comm="], { encoding: "utf8" });
  return stdout.split("\n").filter((name) => name !== "" && name !== "ps");
}

test("the guest that never answers is stopped at the time limit with a problem that says so", async () => {
  const outcome = await bootLab({ kernel: "6.1", timeoutMs: 1000, steps: [] });
  assert.ok(!outcome.ok && outcome.error.kind === "timed-out", JSON.stringify(outcome));
  assert.deepEqual(children(), []);
});
