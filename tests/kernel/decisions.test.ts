import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { decide, joinLabel, labelComponents } from "../../src/analysis/monitor/index.ts";
import { decideCompiled } from "../../src/analysis/tables/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { resolvePolicy } from "../../src/language/resolve/index.ts";
import { type GuestFile, KERNEL_NAMES, type KernelName, openOracle, type Step } from "../../lab/index.ts";
import { armorer, POLICY_DIRECTORY } from "../../lab/tour/armorer.ts";
import { comparedWith } from "../../lab/tour/compared.ts";
import { dose } from "../support/dose.ts";
import { foresee, type ForeseenWorld, recordDifference, recordsByRequest } from "../support/foreseen.ts";
import { type Guest, labReady, must, withGuest } from "../support/lab.ts";
import { Random } from "../support/random.ts";
import type { ProbeRequest } from "../support/probe-requests.ts";
import { LASTING, type RandomProfile, randomProfile, RequestMaker } from "../support/requests.ts";
import { PEERS, peerProfiles } from "../support/requests-tasks.ts";

const PROBE = join(dirname(fileURLToPath(import.meta.url)), "../../../tests/kernel/probe.pl");
const NAMES = join(dirname(PROBE), "names.pl");
const PROFILES = 20;
const REQUESTS_EACH = Number(process.env["ARMORER_REQUESTS_EACH"] ?? dose(15, 30));
/** EPERM and EACCES: refused; no such hat. Anything else is the request's own trouble and says that it was not. */
const REFUSED = new Set(["1", "13"]);
const NO_HAT = new Set(["1", "2", "10", "13"]);

const TARGETS = `profile target-a { capability, }
profile target-b { capability, }
profile target/c { capability, }
profile names { capability, }
profile names-attached flags=(attach_disconnected.path=/dis) { capability, }
profile names-linking { capability, /** rl, }
profile onexec-one { capability, /** rwix, change_profile /usr/bin/none -> onexec-to, }
profile onexec-all { capability, /** rwix, change_profile /usr/bin/none -> onexec-to, change_profile -> target-a, }
profile onexec-freed { capability, /** rwix, change_profile /usr/bin/none -> onexec-to, change_profile -> target-a, deny change_profile -> none, }
profile onexec-denied { capability, /** rwix, change_profile /usr/bin/perl -> onexec-to, deny change_profile /usr/bin/none -> onexec-to, }
profile onexec-to { capability, /** rm, }
profile onexec-too { capability, /** rm, }
profile /usr/bin/tac { capability, /** rm, }
profile links-across { capability, link /srv/n/a -> /srv/none, /srv/n/a[^x]/srv/n/b l, }
profile links-nameless { capability, /srv/n/a[^x]/srv/n/b l, }
profile links-tested { capability, /srv/n/a rl, /srv/n/a[^x]/srv/n/b l, }
profile links-tested-across { capability, /srv/n/a r, link /srv/n/a -> /srv/none, /srv/n/a[^x]/srv/n/b lk, }
profile links-denied { capability, link /srv/n/a -> /srv/n/b, deny /srv/n/a[^x]/srv/n/b l, }
profile links-prompted { capability, priority=1 prompt link /srv/n/a -> /srv/none, link /srv/n/a -> /srv/n/b, }
`;

/** Steps into a profile, bears all signals, and listens on sockets. */
function peerScript(peer: string, uid: number): string {
  return `use Socket; $SIG{$_} = "IGNORE" for qw(HUP INT USR1 USR2 TERM CONT);
    open my $file, ">", "/proc/self/attr/current" or die; syswrite $file, "changeprofile ${peer}" or die; close $file;
    socket my $stream, 1, 1, 0 or die "stream: $!"; bind $stream, pack("S", 1) . "\\0${peer}-stream-${uid}" or die "bind: $!"; listen $stream, 4096 or die "listen: $!";
    socket my $dgram, 1, 2, 0 or die "dgram: $!"; bind $dgram, pack("S", 1) . "\\0${peer}-dgram-${uid}" or die "bind: $!";
    $| = 1; print "ready\\n"; sleep 3600`;
}

/** One probe: a profile, a user, and what is asked. */
interface Sitting {
  readonly profile: string;
  readonly uid: number;
  readonly requests: readonly ProbeRequest[];
}

interface Examination {
  readonly kernel: KernelName;
  readonly peers: string;
  readonly changers: string;
  readonly profiles: readonly RandomProfile[];
  readonly sittings: readonly Sitting[];
}

function examinationFor(seed: number, kernel: KernelName): Examination {
  const random = new Random(seed);
  const profiles = Array.from({ length: PROFILES }, (_, index) => randomProfile(random, `random-${index}`));
  const root = new RequestMaker(random, 0);
  const makers = [
    { uid: 0, maker: root },
    { uid: 1000, maker: new RequestMaker(random, 1000) },
  ];
  const sittings: Sitting[] = profiles.flatMap(({ name, isComplain }) =>
    makers.map(({ uid, maker }) => {
      const subject = { profile: name, isComplain, kernel };
      return { profile: name, uid, requests: Array.from({ length: REQUESTS_EACH }, () => maker.next(subject)) };
    }),
  );
  sittings.push(...stackSittings(root, profiles, kernel));
  const peers = peerProfiles(random);
  const changers = CHANGERS.map((name) => changerText(random, name)).join("");
  return { kernel, peers, changers, profiles, sittings };
}

const STACKS = dose(2, 6);
/** What leads to another label is asked of stacks in `labels.test.ts`. */
const LEADING: ReadonlySet<string> = new Set(["exec", "change", "hat", "pivot"]);

/** Two profiles at once, each of which is asked. */
function stackSittings(
  maker: RequestMaker,
  profiles: readonly RandomProfile[],
  kernel: KernelName,
): readonly Sitting[] {
  return Array.from({ length: STACKS }, (_, at) => {
    const pair = [profiles[at], profiles[profiles.length - 1 - at]].filter((one) => one !== undefined);
    const profile = joinLabel(pair.map(({ name }) => name));
    const subject = { profile, isComplain: pair.some(({ isComplain }) => isComplain), kernel };
    const drawn = Array.from({ length: REQUESTS_EACH }, () => maker.next(subject));
    return { profile, uid: 0, requests: drawn.filter(({ operation }) => !LEADING.has(operation)) };
  });
}

/** What the requests are about. Nothing but AppArmor stands in anybody's way. */
function filesFor(sittings: readonly Sitting[]): readonly GuestFile[] {
  const names = [
    "/srv/mark",
    "/srv/names",
    "/srv/n",
    ...["", "/a", "/b", "/ab", "/c", "/m/a", "/m/b", "/m/cd", "/u", "/p", "/q"].map((name) => `/srv/k${name}`),
  ];
  const prepared = sittings.flatMap(({ requests }) => requests.flatMap(({ prepare }) => prepare ?? []));
  const isFile = (entry: (typeof prepared)[number]): boolean => entry.kind === "file";
  return [
    { path: "/srv/probe.pl", data: readFileSync(PROBE) },
    { path: "/srv/names.pl", data: readFileSync(NAMES) },
    { path: "/srv/n/b", data: "x\n" },
    ...names.map((path) => ({ path, directory: true as const, mode: 0o777 })),
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
  return { kind: "run", id, argv: ["/usr/bin/perl", "/srv/probe.pl"], stdin, uid: sitting.uid, timeoutMs: 300_000 };
}

/** Starts the processes that are signalled, of each profile one for each user; their numbers by profile and user. */
async function startPeers(guest: Guest): Promise<ReadonlyMap<string, number>> {
  const starts = PEERS.flatMap((peer) => [0, 1000].map((uid) => ({ peer, uid })));
  const steps = starts.map(({ peer, uid }): Step => {
    const argv = ["/usr/bin/perl", "-e", peerScript(peer, uid)];
    return { kind: "start", id: `${peer} ${uid}`, argv, uid, await: "ready" };
  });
  const results = await guest.run(...steps);
  for (const result of results) assert.match(result.stdout, /ready/, result.stderr);
  return new Map(results.map((result) => [result.id, result.pid ?? 0]));
}

interface Comparison {
  readonly asked: number;
  readonly refused: number;
  readonly records: number;
  /** Permitted and refused requests by operation. */
  readonly tally: ReadonlyMap<string, readonly [permitted: number, refused: number]>;
  readonly differences: readonly string[];
}

/** Loads the profiles; the model and what was compiled of it. */
async function loadProfiles(guest: Guest, { kernel, peers, changers, profiles }: Examination): Promise<ForeseenWorld> {
  const text = `abi <kernel>,\n${peers}${changers}${TARGETS}${profiles.map((profile) => profile.text).join("")}`;
  // Compared with Debian's parser: what the kernel decides here, it decides under that parser's binary, too.
  const product = comparedWith(must(await openOracle()), armorer, POLICY_DIRECTORY);
  const compiled = await product.compile(text, guest.features);
  assert.ok(compiled.ok, compiled.ok ? "" : compiled.error);
  const kernelFeatures = parseFeatures(guest.features).tree;
  const options = { files: nodeFiles(), search: [POLICY_DIRECTORY], kernelFeatures };
  const model = resolvePolicy({ source: sourceFile("random", text) }, options).value;
  const decoded = decodePolicy(compiled.value);
  assert.ok(decoded.ok);
  const results = await guest.run(
    { kind: "write", id: "links", path: "/proc/sys/fs/protected_hardlinks", data: "0" },
    { kind: "write", id: "tracers", path: "/proc/sys/kernel/yama/ptrace_scope", data: "0" },
    { kind: "replace", id: "load", policy: compiled.value },
  );
  for (const { id, errno } of results) assert.equal(errno, undefined, id);
  return { kernel, profiles: model.profiles, compiled: decoded.value.profiles };
}

/** Puts every request to the kernel, and its checks to both monitors of the same profile text. */
async function compare(guest: Guest, world: ForeseenWorld, examination: Examination): Promise<Comparison> {
  const { profiles, sittings } = examination;
  const pids = await startPeers(guest);
  const results = await guest.run(...sittings.map((sitting) => probeStep(sitting, pids)));
  const differences: string[] = [];
  const tally = new Map<string, readonly [number, number]>();
  let records = 0;
  for (const [index, sitting] of sittings.entries()) {
    const lines = results[index]?.stdout.trimEnd().split("\n") ?? [];
    assert.equal(lines.length, sitting.requests.length, `${sitting.profile}: ${results[index]?.stderr}`);
    const recorded = recordsByRequest(results[index]?.events ?? []);
    for (const [number, request] of sitting.requests.entries()) {
      const answer = lines[number]?.split(" ")[1] ?? "";
      const isRefused = (request.operation === "hat" ? NO_HAT : REFUSED).has(answer);
      const [permitted, refused] = tally.get(request.operation) ?? [0, 0];
      tally.set(request.operation, isRefused ? [permitted, refused + 1] : [permitted + 1, refused]);
      const foreseen = foresee(request.checks, sitting.profile, world);
      const found = recorded.get(String(number));
      assert.ok(found !== undefined, `${sitting.profile}: nothing marks the request ${number}`);
      records += foreseen.records.length;
      const wrong = recordDifference(foreseen.records, found);
      if (isRefused === foreseen.isRefused && wrong === undefined) continue;
      const said = `${request.operation} ${request.args.join(" ")} as ${sitting.uid}: the kernel says ${answer}`;
      const ours = foreseen.isRefused ? "refused" : "permitted";
      const parts = labelComponents(sitting.profile);
      const text = profiles.flatMap((one) => (parts.includes(one.name) ? [one.text] : [])).join("");
      differences.push(`${said}, we say ${ours}\n${wrong ?? ""}\n${text}`);
    }
  }
  const refused = [...tally.values()].reduce((sum, [, count]) => sum + count, 0);
  const asked = sittings.reduce((sum, { requests }) => sum + requests.length, 0);
  return { asked, refused, records, tally, differences };
}

/** What is recorded of each attempt of `names.pl` (kernel-abi 8.3). A link to a directory is asked for like any other: by names that end in no slash. */
const NAMED = [
  "link /srv/names/l -> /srv/names/dir",
  "link /srv/names/l2 -> /srv/names/dir",
  "link /srv/names/l -> /srv/names/f",
  "open /srv/names/f",
  "open /srv/names/dir/",
  "mkdir /srv/names/new/",
  "mount /srv/names/dir/",
  "mount /srv/names/g",
];
/** Behind the place of a tree that is detached; nothing is looked up without such a place. */
const DETACHED = ["open sub/f", "open sub", "open ", "mount sub/deep"].map((what) => `${what}: disconnected`);
const ATTACHED = ["open /dis/sub/f", "open /dis/sub/", "open /dis//", "mount /dis/sub/deep/"];

function nameIn(record: string): string {
  const field = (name: string): string | undefined => new RegExp(` ${name}="([^"]*)"`).exec(record)?.[1];
  const target = field("target");
  const isDisconnected = field("info")?.endsWith("disconnected path") === true;
  return `${field("operation")} ${field("name")}${target === undefined ? "" : ` -> ${target}`}${isDisconnected ? ": disconnected" : ""}`;
}

function namesStep(profile: string): Step {
  return { kind: "run", id: profile, argv: ["/usr/bin/perl", "/srv/names.pl", profile], timeoutMs: 300_000 };
}

/** Which names are looked up; a link to a directory that a profile permits is refused by the kernel itself. */
async function checkNames(guest: Guest): Promise<void> {
  const [plain, attached, linking] = await guest.run(...["names", "names-attached", "names-linking"].map(namesStep));
  const recorded = (result: typeof plain): readonly string[] => (result?.events ?? []).map(nameIn);
  assert.deepEqual(recorded(plain), [...NAMED, ...DETACHED], plain?.stderr);
  assert.deepEqual(recorded(attached), [...NAMED, ...ATTACHED], attached?.stderr);
  assert.deepEqual(linking?.stdout.split("\n").slice(0, 3), ["1", "1", "ok"], linking?.stderr);
}

/**
 * Whether perl changes to a profile at exec: the program counts only where rules name it, so rules that name more programs may take away what
 * others permit, and deny rules may give (kernel-abi 7.8).
 */
const AT_EXEC = [
  ["onexec-one", "onexec-to"],
  ["onexec-all", "not executed"],
  ["onexec-freed", "onexec-to"],
  ["onexec-denied", "not written"],
] as const;

function onExecStep(profile: string): Step {
  const script = `sub put { open my $file, ">", "/proc/self/attr/$_[0]" or die; return defined syswrite $file, $_[1] }
    put("current", "changeprofile ${profile}") or die "change: $!";
    put("exec", "exec onexec-to") or (print("not written"), exit);
    exec("/usr/bin/perl", "-e", 'open my $file, "<", "/proc/self/attr/current"; print <$file> =~ s/ .*//sr') or print "not executed"`;
  return { kind: "run", id: profile, argv: ["/usr/bin/perl", "-e", script], timeoutMs: 300_000 };
}

async function checkOnExec(guest: Guest): Promise<void> {
  const results = await guest.run(...AT_EXEC.map(([profile]) => onExecStep(profile)));
  for (const [at, [profile, expected]] of AT_EXEC.entries()) {
    assert.equal(results[at]?.stdout, expected, `${profile}: ${results[at]?.stderr}`);
  }
}

/** A negated class matches the NUL between the names of a link, and the name must carry `l` by itself (kernel-abi 7.7). */
const LINKERS = [
  ["links-across", "ok"],
  ["links-nameless", "13"],
  ["links-tested", "13"],
  ["links-tested-across", "13"],
  ["links-denied", "ok"],
  ["links-prompted", undefined],
] as const;

function linkStep(profile: string): Step {
  const script = `unlink "/srv/n/a"; open my $file, ">", "/proc/self/attr/current" or die;
    syswrite $file, "changeprofile ${profile}" or die "change: $!"; close $file;
    print link("/srv/n/b", "/srv/n/a") ? "ok" : $! + 0`;
  return { kind: "run", id: profile, argv: ["/usr/bin/perl", "-e", script], timeoutMs: 300_000 };
}

async function checkLinks(guest: Guest, { profiles, compiled, kernel }: ForeseenWorld): Promise<void> {
  const results = await guest.run(...LINKERS.map(([profile]) => linkStep(profile)));
  for (const [at, [name, expected]] of LINKERS.entries()) {
    const { stdout, stderr = "" } = results[at] ?? {};
    const model = profiles.find((profile) => profile.name === name);
    const table = compiled.find((profile) => profile.name === name);
    assert.ok(model !== undefined && table !== undefined);
    const question = { kind: "link", path: "/srv/n/a", target: "/srv/n/b", owner: true } as const;
    const isAllowed = decide(model, question).allowed;
    assert.equal(decideCompiled(table, question, { kernel }).allowed, isAllowed, name);
    assert.equal(stdout, isAllowed ? "ok" : "13", `${name}: ${stderr}`);
    if (expected !== undefined) assert.equal(stdout, expected, name);
  }
}

const CHANGERS = Array.from({ length: dose(4, 16) }, (_, at) => `changer-${at}`);
/** The last one looks like a program. */
const CHANGED = ["onexec-to", "onexec-too", "/usr/bin/tac"] as const;
const PROGRAMS = ["/usr/bin/cat", "/usr/bin/tac"] as const;

function changerText(random: Random, name: string): string {
  const rules = Array.from({ length: 1 + random.below(3) }, () => {
    const program = random.pick(["", "", "/usr/bin/cat ", "/usr/bin/tac ", "/usr/bin/[ct]* ", "/usr/bin/none "]);
    const target = random.pick([...CHANGED, "onexec-*", "none", "/usr/bin/cat"]);
    return `${random.chance(0.2) ? "deny " : ""}change_profile ${program}-> ${target},`;
  });
  return `profile ${name} { capability, /** rwmix, ${rules.join(" ")} }\n`;
}

/** What becomes of every change to each label with each program. */
function changerStep(profile: string): Step {
  const script = `sub put { open my $file, ">", "/proc/self/attr/$_[0]" or die; return defined syswrite $file, $_[1] }
    $| = 1; put("current", "changeprofile ${profile}") or die "change: $!";
    for my $target (qw(${CHANGED.join(" ")})) { for my $program (qw(${PROGRAMS.join(" ")})) {
      my $pid = fork;
      if (!$pid) { put("exec", "exec $target") or (print("not written\n"), exit);
        { no warnings; exec { $program } $program, "/proc/self/attr/current" } print "not executed\n"; exit }
      waitpid $pid, 0 } }`;
  return { kind: "run", id: profile, argv: ["/usr/bin/perl", "-e", script], timeoutMs: 300_000 };
}

/** What both monitors foresee, where they agree. */
function foreseenChanges(name: string, { profiles, compiled, kernel }: ForeseenWorld): readonly string[] {
  const model = profiles.find((profile) => profile.name === name);
  const table = compiled.find((profile) => profile.name === name);
  assert.ok(model !== undefined && table !== undefined);
  const isAllowed = (target: string, program?: string): boolean => {
    const question = { kind: "change_profile", target, onExec: true, program } as const;
    const decision = decide(model, question);
    assert.deepEqual(decideCompiled(table, question, { kernel }).verdicts, decision.verdicts);
    return decision.allowed;
  };
  return CHANGED.flatMap((target) =>
    PROGRAMS.map((program) =>
      isAllowed(target) ? (isAllowed(target, program) ? `${target} (enforce)` : "not executed") : "not written",
    ),
  );
}

async function checkChangers(guest: Guest, world: ForeseenWorld): Promise<void> {
  const results = await guest.run(...CHANGERS.map(changerStep));
  for (const [at, name] of CHANGERS.entries()) {
    const { stdout = "", stderr = "" } = results[at] ?? {};
    assert.deepEqual(stdout.trimEnd().split("\n"), foreseenChanges(name, world), `${name}: ${stderr}`);
  }
}

before(labReady);

for (const [index, kernel] of KERNEL_NAMES.entries()) {
  test(`kernel ${kernel} decides and records requests of all kinds as both monitors foresee`, async (context) => {
    const seed = 1000 * Number(process.env["ARMORER_REQUEST_SEED"] ?? "1") + index;
    const examination = examinationFor(seed, kernel);
    await withGuest({ kernel, files: filesFor(examination.sittings) }, async (guest) => {
      const world = await loadProfiles(guest, examination);
      const { asked, refused, records, tally, differences } = await compare(guest, world, examination);
      context.diagnostic(
        `${asked} requests, ${refused} refused, ${records} records, ${differences.length} differences`,
      );
      context.diagnostic([...tally].map(([name, [yes, no]]) => `${name} ${yes}+${no}`).join(", "));
      assert.ok(asked >= dose(500, 1000) && refused > asked / 10 && refused < asked, `${refused} of ${asked} refused`);
      for (const difference of differences) context.diagnostic(difference.split("\nprofile", 1)[0] ?? "");
      assert.equal(differences.length, 0, differences.slice(0, 3).join("\n"));
      await context.test("names have no two slashes in a row but for the root of a detached tree", () =>
        checkNames(guest),
      );
      await context.test("a link needs its name and its pair, which may be a name of a rule", () =>
        checkLinks(guest, world),
      );
      await context.test("a program counts for change_profile at exec where rules name it", () => checkOnExec(guest));
      await context.test("changes at exec are those that both monitors foresee", () => checkChangers(guest, world));
    });
  });
}
