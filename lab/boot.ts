import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, ok, type Outcome } from "../src/foundation/basics/index.ts";
import { type CommandResult, lastWords, runCommand } from "./command.ts";
import { encodeArchive } from "./cpio.ts";
import { baseArchive, nodeArchive } from "./image.ts";
import { fetchKernel, type Kernel, type KernelName } from "./kernels.ts";
import { encodePlan } from "./plan.ts";
import type { LabProblem } from "./problem.ts";
import { type LabReport, type Message, parseMessage, stepResultOf, textOf, textsOf } from "./report.ts";
import type { GuestFile, Step } from "./steps.ts";
import { requireTools } from "./tools.ts";

/** One boot: which kernel, what lies ready, what to do. */
export interface LabRequest {
  readonly kernel: KernelName;
  readonly files?: readonly GuestFile[];
  readonly steps: readonly Step[];
  /** Debian 12 packages beyond the base system, with their dependencies. */
  readonly packages?: readonly string[];
  /** Also have `/usr/bin/node` in the guest (the Node that runs this); costs a second. */
  readonly withNode?: boolean;
  /** For everything together; default 120 s. */
  readonly timeoutMs?: number;
  readonly memoryMebibytes?: number;
  /** Appended to the kernel's command line, where the last word wins. */
  readonly kernelArguments?: readonly string[];
}

/**
 * Without `audit=1`, as Debian boots without an audit daemon: AppArmor's records come alone, with no system call record beside each.
 * The processor has `rdrand`, or the first program that wants random bytes waits a second.
 */
const KERNEL_ARGUMENTS =
  "console=ttyS0 quiet panic=-1 rdinit=/lab/agent.pl lsm=landlock,lockdown,yama,apparmor,bpf apparmor=1 " +
  "audit_backlog_limit=65536 printk.devkmsg=on log_buf_len=8M random.trust_cpu=on mitigations=off tsc=unstable";

const MACHINE =
  "qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -monitor none -accel tcg -cpu qemu64,cx16=off,rdrand=on";

/** The second serial port carries the results into a file: through a pipe QEMU drops bytes when the reader is slow. */
function qemuCommand(kernel: Kernel, request: LabRequest, directory: string): readonly string[] {
  const command = MACHINE.split(" ");
  command.push("-m", String(request.memoryMebibytes ?? 1024));
  command.push("-serial", `file:${directory}/console`, "-serial", `file:${directory}/results`);
  command.push("-kernel", kernel.image, "-initrd", join(directory, "initrd"));
  command.push("-append", [KERNEL_ARGUMENTS, ...(request.kernelArguments ?? [])].join(" "));
  return command;
}

/** What the guest has said so far, and when. */
interface Conversation {
  readonly messages: Message[];
  /** A line that is no message: the port lost something. */
  damaged: string | undefined;
  hello: number | undefined;
  done: number | undefined;
}

function hear(conversation: Conversation, line: string): void {
  const message = parseMessage(line);
  if (message === undefined) conversation.damaged ??= line;
  else conversation.messages.push(message);
  if (message?.["kind"] === "hello") conversation.hello = performance.now();
  if (message?.["kind"] === "done") conversation.done = performance.now();
}

/** Reads what is new in the result port's file, cuts it into messages; says `true` (stop) when the guest is done. */
function listener(conversation: Conversation, descriptor: number): () => boolean {
  const buffer = Buffer.alloc(1 << 16);
  let rest = "";
  return () => {
    for (;;) {
      const length = readSync(descriptor, buffer);
      if (length === 0) return conversation.done !== undefined || conversation.damaged !== undefined;
      const lines = (rest + buffer.toString("latin1", 0, length)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) hear(conversation, line);
    }
  };
}

/** The guest's first file system: the base, Node if wanted, and this boot's own files, one archive after the other. */
async function buildInitrd(request: LabRequest, file: string): Promise<Outcome<void, LabProblem>> {
  const base = await baseArchive(request.packages ?? []);
  if (!base.ok) return base;
  copyFileSync(base.value, file);
  if (request.withNode === true) {
    const node = await nodeArchive();
    if (!node.ok) return node;
    appendFileSync(file, readFileSync(node.value));
  }
  appendFileSync(file, encodeArchive(encodePlan(request.files ?? [], request.steps).entries));
  return ok(undefined);
}

function problemOf(
  request: LabRequest,
  result: CommandResult,
  console: string,
  conversation: Conversation,
): LabProblem {
  const at = conversation.messages.filter((message) => "id" in message).map((message) => textOf(message["id"]));
  const reached = at.length === 0 ? "before the first step" : `after the step ${at.at(-1)}`;
  const tail = console.trimEnd().split("\n").slice(-6).join(" | ");
  const damage = conversation.damaged === undefined ? "" : `damaged answer ${conversation.damaged.slice(0, 200)}; `;
  const detail = `${damage}${reached}; console: ${tail}`;
  if (result.timedOut) {
    return { kind: "timed-out", kernel: request.kernel, afterMs: request.timeoutMs ?? DEFAULT_TIMEOUT_MS, detail };
  }
  return { kind: "boot-failed", kernel: request.kernel, detail: `${lastWords(result)}; ${detail}` };
}

const DEFAULT_TIMEOUT_MS = 120_000;

async function bootIn(directory: string, kernel: Kernel, request: LabRequest): Promise<Outcome<LabReport, LabProblem>> {
  const initrd = await buildInitrd(request, join(directory, "initrd"));
  if (!initrd.ok) return initrd;
  const conversation: Conversation = { messages: [], damaged: undefined, hello: undefined, done: undefined };
  const results = join(directory, "results");
  writeFileSync(results, "");
  writeFileSync(join(directory, "console"), "");
  const descriptor = openSync(results, "r");
  const started = performance.now();
  const result = await runCommand(qemuCommand(kernel, request, directory), {
    timeoutMs: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    enough: listener(conversation, descriptor),
  });
  closeSync(descriptor);
  const console = readFileSync(join(directory, "console"), "latin1");
  const { messages, hello, done } = conversation;
  if (hello === undefined || done === undefined || conversation.damaged !== undefined) {
    return fail(problemOf(request, result, console, conversation));
  }
  const greeting = messages.find((message) => message["kind"] === "hello") ?? {};
  const steps = messages.filter((message) => "id" in message).map(stepResultOf);
  const refused = steps.find((step) => step.id.startsWith("file "));
  if (refused !== undefined) {
    return fail({ kind: "boot-failed", kernel: kernel.name, detail: `cannot make ${refused.id}: ${refused.errno}` });
  }
  return ok({
    kernel: kernel.name,
    release: textOf(greeting["release"]),
    bootMs: Math.round(hello - started),
    totalMs: Math.round(done - started),
    steps,
    bootLog: textsOf(greeting["kmsg"]),
    console,
  });
}

/**
 * Boots a Debian kernel under software emulation, carries out the steps in the guest, and tells what became of each.
 *
 * Errors: a missing tool, network or right, a kernel that does not come up, and the time limit are `LabProblem`s. A step that fails
 * is not an error: its result says so, and the next step runs.
 * Cost: 3 to 5 s and 1 GiB of memory a boot; the first ever downloads about 120 MB.
 *
 * @example
 * await bootLab({ kernel: "6.1", steps: [{ kind: "run", id: "who", argv: ["id", "-u"] }] });
 */
export async function bootLab(request: LabRequest): Promise<Outcome<LabReport, LabProblem>> {
  const tools = requireTools("qemu-system-x86_64", "ldd");
  if (!tools.ok) return tools;
  const kernel = await fetchKernel(request.kernel);
  if (!kernel.ok) return kernel;
  mkdirSync(tmpdir(), { recursive: true });
  const directory = mkdtempSync(join(tmpdir(), "armorer-lab-"));
  try {
    return await bootIn(directory, kernel.value, request);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
