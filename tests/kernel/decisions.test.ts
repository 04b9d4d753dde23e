import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { decide } from "../../src/analysis/monitor/index.ts";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { resolvePolicy } from "../../src/language/resolve/index.ts";
import { type GuestFile, KERNEL_NAMES, openOracle, type Step } from "../../lab/index.ts";
import { armorer, POLICY_DIRECTORY } from "../../lab/tour/armorer.ts";
import { comparedWith } from "../../lab/tour/compared.ts";
import { dose } from "../support/dose.ts";
import { type Guest, labReady, must, withGuest } from "../support/lab.ts";
import { Random } from "../support/random.ts";
import { LASTING, type ProbeRequest, randomProfile, RequestMaker } from "../support/requests.ts";

const PROBE = join(dirname(fileURLToPath(import.meta.url)), "../../../tests/kernel/probe.pl");
const PROFILES = 20;
const REQUESTS_EACH = dose(15, 30);
/** EPERM and EACCES: refused. Anything else is the request's own trouble and says that it was not. */
const REFUSED = new Set(["1", "13"]);

const PEERS = `profile peer-a { signal, }
profile peer-b { signal, }
profile target-a { capability, }
profile target-b { capability, }
profile target/c { capability, }
`;

/** Steps into a profile and bears all signals. */
function peerScript(peer: string): string {
  return `$SIG{$_} = "IGNORE" for qw(HUP INT USR1 USR2 TERM CONT);
    open my $file, ">", "/proc/self/attr/current" or die; syswrite $file, "changeprofile ${peer}" or die;
    $| = 1; print "ready\\n"; sleep 3600`;
}

/** One probe: a profile, a user, and what is asked. */
interface Sitting {
  readonly profile: string;
  readonly uid: number;
  readonly requests: readonly ProbeRequest[];
}

interface Examination {
  readonly texts: readonly string[];
  readonly sittings: readonly Sitting[];
}

function examinationFor(seed: number): Examination {
  const random = new Random(seed);
  const texts = Array.from({ length: PROFILES }, (_, index) => randomProfile(random, `random-${index}`));
  return { texts, sittings: sittingsFor(random) };
}

function sittingsFor(random: Random): readonly Sitting[] {
  const makers = [0, 1000].map((uid) => ({ uid, maker: new RequestMaker(random, uid) }));
  return Array.from({ length: PROFILES }, (_, index) =>
    makers.map(({ uid, maker }) => ({
      profile: `random-${index}`,
      uid,
      requests: Array.from({ length: REQUESTS_EACH }, () => maker.next()),
    })),
  ).flat();
}

/** What the requests are about. Nothing but AppArmor stands in anybody's way. */
function filesFor(sittings: readonly Sitting[]): readonly GuestFile[] {
  const directories = ["", "/a", "/b", "/ab", "/c", "/m/a", "/m/b", "/m/cd"].map((name) => `/srv/k${name}`);
  const prepared = sittings.flatMap(({ requests }) => requests.flatMap(({ prepare }) => prepare ?? []));
  const isFile = (entry: (typeof prepared)[number]): boolean => entry.kind === "file";
  return [
    { path: "/srv/probe.pl", data: readFileSync(PROBE) },
    ...directories.map((path) => ({ path, directory: true as const, mode: 0o777 })),
    ...[...LASTING, ...prepared.filter(isFile)].map(({ path, uid }) => ({ path, uid, data: "x\n", mode: 0o777 })),
    ...prepared
      .filter((entry) => !isFile(entry))
      .map(({ path, uid }) => ({ path, uid, directory: true as const, mode: 0o777 })),
  ];
}

function probeStep(sitting: Sitting, pids: ReadonlyMap<string, number>): Step {
  const lines = sitting.requests.map(({ operation, args }, number) => {
    const filled = args.map((word) =>
      word.replace(/\{pid:(.*)\}/, (_, peer: string) => String(pids.get(`${peer} ${sitting.uid}`))),
    );
    return [number, operation, ...filled].join("\t");
  });
  const stdin = `${sitting.profile}\n${lines.join("\n")}\n`;
  const id = `${sitting.profile} ${sitting.uid}`;
  return { kind: "run", id, argv: ["/usr/bin/perl", "/srv/probe.pl"], stdin, uid: sitting.uid, timeoutMs: 60_000 };
}

/** Starts the processes that are signalled, of each profile one for each user; their numbers by profile and user. */
async function startPeers(guest: Guest): Promise<ReadonlyMap<string, number>> {
  const starts = ["peer-a", "peer-b"].flatMap((peer) => [0, 1000].map((uid) => ({ peer, uid })));
  const steps = starts.map(({ peer, uid }): Step => {
    const argv = ["/usr/bin/perl", "-e", peerScript(peer)];
    return { kind: "start", id: `${peer} ${uid}`, argv, uid, await: "ready" };
  });
  const results = await guest.run(...steps);
  for (const result of results) assert.match(result.stdout, /ready/, result.stderr);
  return new Map(results.map((result) => [result.id, result.pid ?? 0]));
}

interface Comparison {
  readonly asked: number;
  readonly refused: number;
  /** Permitted and refused requests by operation. */
  readonly tally: ReadonlyMap<string, readonly [permitted: number, refused: number]>;
  readonly differences: readonly string[];
}

/** Puts every request to the kernel, and its questions to our model of the same profile text. */
async function compare(guest: Guest, examination: Examination): Promise<Comparison> {
  const { texts, sittings } = examination;
  const text = `abi <abi/4.0>,\n${PEERS}${texts.join("")}`;
  // Compared with Debian's parser: what the kernel decides here, it decides under that parser's binary, too.
  const product = comparedWith(must(await openOracle()), armorer, POLICY_DIRECTORY);
  const compiled = await product.compile(text, guest.features);
  assert.ok(compiled.ok, compiled.ok ? "" : compiled.error);
  const options = { files: nodeFiles(), search: [POLICY_DIRECTORY] };
  const { profiles } = resolvePolicy({ source: sourceFile("random", text) }, options).value;
  const [unprotected, loaded] = await guest.run(
    { kind: "write", id: "links", path: "/proc/sys/fs/protected_hardlinks", data: "0" },
    { kind: "replace", id: "load", policy: compiled.value },
  );
  assert.equal(unprotected?.errno, undefined);
  assert.equal(loaded?.errno, undefined);
  const pids = await startPeers(guest);
  const results = await guest.run(...sittings.map((sitting) => probeStep(sitting, pids)));
  const differences: string[] = [];
  const tally = new Map<string, readonly [number, number]>();
  for (const [index, sitting] of sittings.entries()) {
    const model = profiles.find((profile) => profile.name === sitting.profile);
    assert.ok(model);
    const lines = results[index]?.stdout.trimEnd().split("\n") ?? [];
    assert.equal(lines.length, sitting.requests.length, `${sitting.profile}: ${results[index]?.stderr}`);
    for (const [number, request] of sitting.requests.entries()) {
      const answer = lines[number]?.split(" ")[1] ?? "";
      const isRefused = REFUSED.has(answer);
      const decisions = request.questions.map((question) => decide(model, question));
      const [permitted, refused] = tally.get(request.operation) ?? [0, 0];
      tally.set(request.operation, isRefused ? [permitted, refused + 1] : [permitted + 1, refused]);
      if (isRefused === decisions.some((decision) => !decision.allowed)) continue;
      const said = `${request.operation} ${request.args.join(" ")} as ${sitting.uid}: the kernel says ${answer}`;
      const ours = decisions
        .map(({ allowed, missing }) => (allowed ? "allowed" : `no ${missing.join(" ")}`))
        .join(", ");
      differences.push(`${said}, we say ${ours}\n${texts[Number(sitting.profile.split("-")[1])]}`);
    }
  }
  const refused = [...tally.values()].reduce((sum, [, count]) => sum + count, 0);
  return { asked: results.length * REQUESTS_EACH, refused, tally, differences };
}

before(labReady);

for (const [index, kernel] of KERNEL_NAMES.entries()) {
  test(`kernel ${kernel} decides requests of all kinds as our reading of the profiles says`, async (context) => {
    const examination = examinationFor(1000 + index);
    await withGuest({ kernel, files: filesFor(examination.sittings) }, async (guest) => {
      const { asked, refused, tally, differences } = await compare(guest, examination);
      context.diagnostic(`${asked} requests, ${refused} refused, ${differences.length} differences`);
      context.diagnostic([...tally].map(([name, [yes, no]]) => `${name} ${yes}+${no}`).join(", "));
      assert.ok(asked >= dose(500, 1000) && refused > asked / 10 && refused < asked, `${refused} of ${asked} refused`);
      for (const difference of differences) context.diagnostic(difference.split("\n", 1)[0] ?? "");
      assert.equal(differences.length, 0, differences.slice(0, 3).join("\n"));
    });
  });
}
