/**
 * `npm run tools:kernel`: Debian's tools and ours, one after the other, in the same state of a running kernel: status, standard output byte for
 * byte where programs read it, and the profiles that are loaded afterwards. `-- --kernel 6.1` takes one kernel, words the tools whose name holds one.
 */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KERNEL_NAMES, type KernelName, type Step, type StepResult, type System, withCopy } from "../../lab/index.ts";
import { type Guest, labReady, must, withGuest } from "../support/lab.ts";
import { foundBy, scriptArguments } from "../support/script-options.ts";
import { mustRun, openServiceSystem, placePackage } from "../support/service-system.ts";
import { genprofCases } from "./genprof-cases.ts";
import { type KernelCase, kernelCases } from "./tool-cases.ts";

const POLICY: Readonly<Record<string, string>> = {
  sleeper:
    "profile sleeper flags=(attach_disconnected) {\n  file,\n  signal,\n  unix,\n  network,\n  profile child {\n    file,\n  }\n  ^HAT {\n    file,\n  }\n}\n",
  learner: "profile learner flags=(complain) {\n  file,\n  network,\n}\n",
  killer: "profile killer flags=(kill) {\n  file,\n  signal,\n}\n",
  lenient: "profile /usr/bin/lenient flags=(unconfined) {\n  file,\n}\n",
  named: "profile /usr/bin/tail {\n  file,\n  signal,\n}\n",
};

/** Makes the state that every case begins in: securityfs, the files, the loaded policy. */
const SCRIPT = `
A=/sys/kernel/security/apparmor
unload() { sort $A/profiles > /tmp/are; while read -r line; do name=\${line% (*}; case $name in *//*) ;; *) printf %s "$name" > $A/.remove ;; esac; done < /tmp/are; }
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
rm -rf /etc/apparmor.d/* && cp -a /root/policy/. /etc/apparmor.d/
for file in /root/policies/*; do cat "$file" > $A/.replace; done
sort $A/profiles > /tmp/is; diff /tmp/is /root/first > /tmp/diff || { cat /tmp/diff >&2; unload; for file in /root/policies/*; do cat "$file" > $A/.load; done; }
`;

/** Hundredths of seconds that the shell's children took. */
const TICKS = "children() { read -r -a parts < /proc/$$/stat; echo $((parts[15] + parts[16])); }";

const AFTERWARDS = `
took=$(($(children) - begun))
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
echo "=== $status $took"; sort $A/profiles`;

interface Answer {
  readonly out: string;
  readonly err: string;
  readonly status: string;
  readonly profiles: string;
  /** CPU, in seconds. */
  readonly took: number;
}

function answerOf({ stderr, stdout }: StepResult): Answer {
  const at = stdout.lastIndexOf("=== ");
  const [head = "", ...profiles] = stdout.slice(at + 4).split("\n");
  const [status = "", took = "0"] = head.split(" ");
  return { out: stdout.slice(0, at), err: stderr, status, profiles: profiles.join("\n"), took: Number(took) / 100 };
}

const OURS = "/opt/ours/usr/lib/armorer";

const SIDES = { debian: "PATH=/usr/sbin:/usr/bin", ours: `PATH=${OURS}/bin:/usr/sbin:/usr/bin` };

async function ask(guest: Guest, { before = "", line, ours }: KernelCase, side: keyof typeof SIDES): Promise<Answer> {
  const typed = side === "ours" ? (ours ?? line) : line;
  const script = `${SCRIPT}${before}\nexport ${SIDES[side]} LC_ALL=C.UTF-8\n${TICKS}\nbegun=$(children)\n${typed}\nstatus=$?${AFTERWARDS}`;
  const argv = ["bash", "-c", script];
  const [result] = await guest.run({ kind: "run", id: line, argv, timeoutMs: 300_000 });
  assert.ok(result !== undefined && !(result.timedOut ?? false), `${typed} did not end`);
  return answerOf(result);
}

/** Without what differs from run to run: numbers of the tools' own processes, and those processes. */
function steady(text: string): string {
  return text
    .split("\n")
    .filter((one) => !/aa-unconfined|\/lab\/agent|run\.cjs|bash -c|^\d+ \/usr\/bin\/(?:node|python\S*) /.test(one))
    .map((one) => one.replace(/^\[\d+\]/, "[PID]"))
    .join("\n");
}

function differences(one: KernelCase, theirs: Answer, ours: Answer): readonly string[] {
  const found: string[] = [];
  if (theirs.status !== ours.status) found.push(`status: Debian's ${theirs.status}, ours ${ours.status}`);
  if (theirs.profiles !== ours.profiles) found.push(`profiles: Debian's\n${theirs.profiles}\nours\n${ours.profiles}`);
  if (one.compare !== "nothing" && steady(theirs.out) !== steady(ours.out))
    found.push(`output: Debian's\n${theirs.out}\nours\n${ours.out}`);
  if (found.length > 0) found.push(`Debian's errors: ${theirs.err}`, `our errors: ${ours.err}`);
  return found;
}

/** A program that waits for others at a port of TCP. */
function listen(port: number): string {
  const address = `pack("S n a4 x8", 2, ${port}, "\\0\\0\\0\\0")`;
  return `socket(my $s, 2, 1, 6); bind($s, ${address}); listen($s, 5); $| = 1; print "ready"; sleep 9999`;
}

function start(id: string, argv: readonly string[], profile?: string, until?: string): Step {
  const settings = { ...(profile === undefined ? {} : { profile }), ...(until === undefined ? {} : { await: until }) };
  return { kind: "start", id, argv, ...settings };
}

/** Processes under each profile, and some that the network can reach; they stay from case to case. */
async function startProcesses(guest: Guest): Promise<void> {
  await guest.run(
    { kind: "run", id: "first", argv: ["bash", "-c", `${SCRIPT}\nsort $A/profiles > /root/first`] },
    start("in sleeper", ["/root/sleep-sleeper", "9999"], "sleeper"),
    start("in learner", ["/root/sleep-learner", "9999"], "learner"),
    start("in killer", ["/root/sleep-killer", "9999"], "killer"),
    start("in lenient", ["/root/sleep-lenient", "9999"], "/usr/bin/lenient"),
    start("in both", ["/root/sleep-both", "9999"], "sleeper//&learner"),
    start("by its path", ["tail", "-f", "/dev/null"]),
    start("listens", ["perl", "-e", listen(8001)], "sleeper", "ready"),
    start("listens free", ["perl", "-e", listen(8002)], undefined, "ready"),
  );
}

/** `armorer ps` beside what ps prints of labels; it leaves out threads of the kernel, and what has ended. */
async function comparePs(guest: Guest): Promise<readonly string[]> {
  const argv = ["ps", "-eo", "pid=,ppid=,stat=,comm=,label="];
  const [theirs] = await guest.run({ kind: "run", id: "ps", argv });
  const ours = [`${OURS}/bin/armorer`, "ps", "--all", "--json"];
  const [answer] = await guest.run({ kind: "run", id: "armorer ps", argv: ours, timeoutMs: 300_000 });
  const { processes }: { readonly processes: readonly Listed[] } = JSON.parse(answer?.stdout ?? "{}");
  const labels = new Map(processes.map(({ label, mode, pid }) => [pid, mode === null ? label : `${label} (${mode})`]));
  const shown = (theirs?.stdout ?? "").split("\n").flatMap((line) => {
    const [, pid, parent, state, command, label = ""] = /^\s*(\d+) +(\d+) +(\S+) +(\S+) +(.*?)\s*$/.exec(line) ?? [];
    const isLeftOut = pid === undefined || pid === "2" || parent === "2" || state?.startsWith("Z") || command === "ps";
    return isLeftOut ? [] : [{ pid: Number(pid), label }];
  });
  assert.ok(shown.length > 7, `saw ${shown.length} processes`);
  process.stdout.write(`armorer ps: ${shown.length} processes\n`);
  return shown
    .filter(({ label, pid }) => labels.get(pid) !== label)
    .map(({ label, pid }) => `${pid}: ps says ${label}, armorer ${labels.get(pid)}`);
}

interface Listed {
  readonly pid: number;
  readonly label: string;
  readonly mode: string | null;
}

async function prepare(system: System): Promise<void> {
  const policy = join(system.root, "etc/apparmor.d");
  for (const entry of readdirSync(policy, { withFileTypes: true })) {
    if (entry.isFile()) rmSync(join(policy, entry.name));
  }
  await mustRun(system, [
    "sh",
    "-c",
    "rm -rf /etc/apparmor.d/disable/* /etc/apparmor.d/force-complain/* /etc/apparmor.d/local/* && cp -a /etc/apparmor.d /root/policy",
  ]);
  mkdirSync(join(system.root, "root/policies"));
  const abi = "abi <abi/4.0>,\ninclude <tunables/global>\n";
  for (const [name, text] of Object.entries(POLICY)) writeFileSync(join(system.root, "root/policy", name), abi + text);
  await mustRun(system, ["sh", "-c", "cp -a /root/policy/. /etc/apparmor.d/"]);
  // A program for each profile: where one runs in two modes, Debian's document has its key twice (docs/tools.md).
  const copies = "for name in sleeper learner killer lenient both; do cp /usr/bin/sleep /root/sleep-$name; done";
  await mustRun(system, ["sh", "-c", copies]);
  // Not installed, only there: Debian's tools call each other.
  await mustRun(system, ["dpkg-deb", "--extract", placePackage(system), "/opt/ours"]);
  await mustRun(system, ["node", `${OURS}/dist/code-cache.cjs`]);
}

/** Compiled by Debian's parser for the kernel, so that neither side's own compiler made what both begin with. */
async function compilePolicy(system: System, kernel: KernelName): Promise<void> {
  const features = `${OURS}/dist/features/kernel-${kernel}`;
  for (const name of Object.keys(POLICY)) {
    const options = `-Q -K --kernel-features ${features} -o /root/policies/${name}`;
    await mustRun(system, ["sh", "-c", `/usr/sbin/apparmor_parser ${options} /etc/apparmor.d/${name}`]);
  }
  await mustRun(system, ["sh", "-c", "cat /root/policies/* > /root/policy.bin"]);
}

interface Count {
  cases: number;
  differ: number;
  /** Seconds of CPU under emulation: Debian's, ours. */
  theirs: number;
  ours: number;
}

const allCases = Object.entries({ ...kernelCases, "aa-genprof": genprofCases });

async function compareAll(guest: Guest, wanted: typeof allCases): Promise<ReadonlyMap<string, Count>> {
  const counts = new Map<string, Count>();
  for (const [tool, cases] of wanted) {
    const count = { cases: 0, differ: 0, theirs: 0, ours: 0 };
    counts.set(tool, count);
    for (const one of cases) {
      const [theirs, ours] = [await ask(guest, one, "debian"), await ask(guest, one, "ours")];
      const found = differences(one, theirs, ours);
      count.cases += 1;
      count.theirs += theirs.took;
      count.ours += ours.took;
      process.stderr.write(`${count.cases} of ${cases.length}\r`);
      if (found.length > 0) count.differ += 1;
      if (found.length > 0 === (one.differs !== undefined)) continue;
      process.exitCode = 1;
      process.stdout.write(
        `${one.line}${one.before === undefined ? "" : ` after ${one.before}`}: ${found.join("\n") || "differs no more"}\n\n`,
      );
    }
    const cpu = `CPU Debian's ${count.theirs.toFixed(1)} s, ours ${count.ours.toFixed(1)} s`;
    process.stdout.write(`${tool}: ${count.cases} cases, ${count.differ} differ; ${cpu}\n`);
  }
  return counts;
}

async function main(): Promise<void> {
  const { kernels, wanted } = scriptArguments(
    `usage: npm run tools:kernel -- [--kernel ${KERNEL_NAMES.join("|")}] [WORD]...

  --kernel K  one kernel (6.1 and 7.2)
  WORD        the tools whose name holds it
`,
    { kernel: { type: "string" } },
    ({ kernel }, words) => {
      const found = kernel === undefined ? (["6.1", "7.2"] as const) : KERNEL_NAMES.filter((name) => name === kernel);
      if (found.length === 0) throw new Error(`there is no kernel ${kernel}`);
      return { kernels: found, wanted: foundBy(words, allCases, ([tool]) => tool) };
    },
  );
  await labReady();
  must(
    await withCopy(await openServiceSystem(), async (system) => {
      await prepare(system);
      for (const kernel of kernels) {
        process.stdout.write(`kernel ${kernel}\n`);
        await compilePolicy(system, kernel);
        await withGuest({ kernel, system: system.root, memoryMebibytes: 3000, timeoutMs: 3_600_000 }, async (guest) => {
          await startProcesses(guest);
          for (const line of await comparePs(guest)) {
            process.exitCode = 1;
            process.stdout.write(`ps: ${line}\n`);
          }
          await compareAll(guest, wanted);
        });
      }
    }),
  );
}

await main();
