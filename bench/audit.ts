/**
 * Reading logs: lines a second of CPU, beside libapparmor's parser in C through Python (without what Python's loop takes) and beside Debian's
 * `aa-logprof` (without what it takes for a log with one line), of a log and of one four times as long: what a process takes to start and to print
 * 5,000 events is never taken off ours. And the memory of a long log; and proposals for a long log.
 * `node build/bench/audit.js [--lines N] [--long N] [--learn N]`; needs root and the network, for Debian's python3-libapparmor.
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { openLogReaders, openProfileTools, renderLabProblem } from "../lab/index.ts";
import { benchArguments } from "./arguments.ts";
import { measure } from "./measure.ts";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const USAGE = `usage: node build/bench/audit.js [--lines N] [--long N] [--learn N] [--runs N]

  --lines N   of the log that is read beside Debian's readers (500000)
  --long N    of the log whose reading is measured for its memory (10000000)
  --learn N   of the log that rules are proposed for (1000000)
  --runs N    runs of each (3)
`;
const { numbers: asked } = benchArguments(USAGE, {
  numbers: { lines: 500_000, long: 10_000_000, learn: 1_000_000, runs: 3 },
});

interface Log {
  readonly title: string;
  readonly line: (index: number) => string;
}

const ID_TIME = 1_795_338_034;

function id(index: number): string {
  return `audit(${ID_TIME + Math.floor(index / 50)}.${String(index % 1000).padStart(3, "0")}:${index + 1})`;
}

const denied = (index: number, name: string): string =>
  `apparmor="DENIED" operation="open" class="file" profile="/usr/sbin/prog${index % 7}" name="${name}" pid=${1000 + (index % 5000)} ` +
  `comm="prog${index % 7}" requested_mask="r" denied_mask="r" fsuid=1000 ouid=${index % 3 === 0 ? 0 : 1000}`;

/** Five thousand different events, in no order that could help. */
const repeated = (index: number): string => {
  const which = Math.imul(index, 2_654_435_761) >>> 0;
  return `type=AVC msg=${id(index)}: ${denied(which % 4999, `/srv/data/${which % 4999}/file.txt`)}\n`;
};

const SYSCALL =
  "arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7ffd0c0 a2=0 a3=0 items=1 ppid=1 pid=4711 auid=4294967295 uid=0 gid=0 " +
  'euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=4294967295 comm="prog" exe="/usr/sbin/prog" subj=prog key=(null)';

const LOGS: readonly Log[] = [
  { title: "audit.log, 5,000 different events", line: repeated },
  {
    title: "audit.log, all events different",
    line: (index) => `type=AVC msg=${id(index)}: ${denied(index, `/srv/data/${index}/file.txt`)}\n`,
  },
  {
    title: "syslog, 5,000 different events",
    line: (index) =>
      repeated(index).replace("type=AVC msg=", "Nov 22 08:52:44 host kernel: [ 1911.569682] audit: type=1400 "),
  },
  {
    title: "audit.log, each event with its SYSCALL and PROCTITLE",
    line: (index) => {
      if (index % 3 === 0) return repeated(index);
      const what =
        index % 3 === 1
          ? `type=SYSCALL msg=${id(index - 1)}: ${SYSCALL}`
          : `type=PROCTITLE msg=${id(index - 2)}: proctitle=2F7573722F7362696E2F70726F67`;
      return `${what}\n`;
    },
  },
  {
    title: "the journal as JSON, 5,000 different events",
    line: (index) =>
      `${JSON.stringify({ __REALTIME_TIMESTAMP: "1795338034254000", _TRANSPORT: "kernel", SYSLOG_IDENTIFIER: "kernel", PRIORITY: "5", SYSLOG_FACILITY: "0", _HOSTNAME: "host", MESSAGE: repeated(index).replace("type=AVC msg=", "audit: type=1400 ").trimEnd() })}\n`,
  },
];

function writeLog(path: string, { line }: Log, count: number): void {
  const file = openSync(path, "w");
  let text = "";
  for (let index = 0; index < count; index += 1) {
    text += line(index);
    if (text.length > 1 << 20 || index === count - 1) {
      writeSync(file, text);
      text = "";
    }
  }
  closeSync(file);
}

/** CPU seconds that the C parser takes for the lines of standard input: all of the loop, less a loop that parses nothing. */
const PYTHON = `
import sys, time
from LibAppArmor import parse_record, free_record
lines = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").splitlines()
def nothing(line): return line
def cost(read, free):
    start = time.process_time()
    for line in lines:
        free(read(line))
    return time.process_time() - start
base = min(cost(nothing, nothing) for _ in range(3))
print(len(lines), min(cost(parse_record, free_record) for _ in range(3)) - base)
`;

/**
 * CPU seconds that aa-logprof takes for the lines of standard input beyond what it takes for the first of them. Its profiles allow all that was
 * denied, so that it reads all fields of all events, and asks nothing.
 */
const LOGPROF = `
import os, resource, subprocess, sys, tempfile
def cost(lines):
    with tempfile.TemporaryDirectory() as policy:
        for number in range(7):
            with open(os.path.join(policy, "prog%d" % number), "w") as file:
                file.write("/usr/sbin/prog%d {\\n  /usr/sbin/prog%d mr,\\n  /srv/data/** r,\\n}\\n" % (number, number))
        log = os.path.join(policy, ".log")
        with open(log, "wb") as file: file.write(b"".join(lines))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(["aa-logprof", "--no-check-mountpoint", "-d", policy, "-f", log], input=b"", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0: sys.exit(done.stdout.decode("utf-8", "replace")[-500:])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
lines = sys.stdin.buffer.read().splitlines(keepends=True)
print(len(lines), min(cost(lines) for _ in range(3)) - min(cost(lines[:1]) for _ in range(3)))
`;

/** Of lines a millisecond. */
const perSecond = (rate: number): string => `${Math.round(rate)},000`;

type Tree = Extract<Awaited<ReturnType<typeof openLogReaders>>, { ok: true }>["value"];

/** Lines a millisecond of CPU that a script reads of a text. */
async function rateOf(tree: Tree, script: string, text: string): Promise<number> {
  const answer = await tree.run(["python3", "-c", script], { stdin: text, timeoutMs: 600_000 });
  const [lines = 0, seconds = 0] = answer.stdout.toString().trim().split(" ").map(Number);
  if (answer.status !== 0 || seconds === 0) throw new Error(`there is nothing to compare with: ${answer.stderr}`);
  return lines / (seconds * 1000);
}

const armorer = (log: string): readonly string[] => [join(repository, "bin/armorer"), "audit", "-f", log];

const readers = await openLogReaders();
if (!readers.ok) {
  console.error(renderLabProblem(readers.error));
  process.exit(1);
}
const tools = await openProfileTools();
if (!tools.ok) {
  console.error(renderLabProblem(tools.error));
  process.exit(1);
}
const scratch = mkdtempSync(join(tmpdir(), "armorer-bench-"));
try {
  const count = asked.lines;
  const empty = join(scratch, "empty");
  const small = { title: "", line: () => "" };
  writeLog(empty, small, 1);
  const [start] = measure([{ name: "start", argv: armorer(empty) }], asked.runs);
  console.log(`lines a second of CPU, ${count} lines; starting takes ${start?.cpuMs ?? 0} ms, which is not taken off`);
  for (const log of LOGS) {
    const path = join(scratch, "log");
    const sample = Array.from({ length: Math.min(count, 100_000) }, (_, index) => log.line(index)).join("");
    const libapparmor = await rateOf(readers.value, PYTHON, sample);
    const logprof = await rateOf(tools.value, LOGPROF, sample);
    console.log(`  ${log.title}: libapparmor ${perSecond(libapparmor)}, aa-logprof ${perSecond(logprof)}`);
    for (const lines of [count, 4 * count]) {
      writeLog(path, log, lines);
      const [ours] = measure([{ name: log.title, argv: armorer(path) }], asked.runs);
      const rate = ours === undefined ? 0 : lines / ours.cpuMs;
      const times = `× ${(rate / libapparmor).toFixed(2)} and ${(rate / logprof).toFixed(1)}`;
      console.log(`    ${lines} lines: armorer ${perSecond(rate)}, peak ${ours?.peakMib.toFixed(0)} MiB, ${times}`);
    }
  }
  const long = asked.long;
  for (const log of LOGS.slice(0, 2)) {
    const path = join(scratch, "long");
    writeLog(path, log, long);
    const [figures] = measure([{ name: log.title, argv: armorer(path) }], 1);
    console.log(
      `  ${long} lines, ${log.title}: ${figures?.cpuMs ?? 0} ms CPU, peak ${figures?.peakMib.toFixed(0)} MiB`,
    );
  }
  const path = join(scratch, "learn");
  const policy = join(scratch, "policy");
  mkdirSync(policy);
  for (let index = 0; index < 7; index += 1)
    writeFileSync(join(policy, `prog${index}`), `/usr/sbin/prog${index} {\n  /usr/sbin/prog${index} mr,\n}\n`);
  for (const log of LOGS.slice(0, 1)) {
    writeLog(path, log, asked.learn);
    const argv = [join(repository, "bin/armorer"), "learn", "--log", path, "--base", policy, "--diff"];
    const [figures] = measure([{ name: log.title, argv }], 1);
    console.log(
      `  ${asked.learn} lines, ${log.title}, learned: ${figures?.cpuMs ?? 0} ms CPU, peak ${figures?.peakMib.toFixed(0)} MiB`,
    );
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
