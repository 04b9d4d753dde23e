import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, ok, type Outcome } from "../src/foundation/basics/index.ts";
import { isAlive } from "./cache.ts";
import { encodeArchive } from "./cpio.ts";
import { baseArchive, nodeArchive, writeSystemArchive } from "./image.ts";
import { fetchKernel, type KernelName } from "./kernels.ts";
import { Machine } from "./machine.ts";
import { encodePlan, planEntries } from "./plan.ts";
import type { LabProblem } from "./problem.ts";
import { type LabReport, type Message, stepResultOf, type StepResult, textOf, textsOf } from "./report.ts";
import type { GuestFile, Step } from "./steps.ts";
import { requireTools } from "./tools.ts";

/** A guest: which kernel, and what lies ready in it. */
export interface GuestRequest {
  readonly kernel: KernelName;
  readonly files?: readonly GuestFile[];
  /** Debian 12 packages beyond the base system, with their dependencies. */
  readonly packages?: readonly string[];
  /** A directory of this machine that is the guest's file system, in place of Debian 12: a system of `openSystem`, or a copy of one. */
  readonly system?: string;
  /** Its own `/sbin/init` is process 1, and the steps are carried out beside it. */
  readonly withInit?: boolean;
  /** Also have `/usr/bin/node` in the guest (the Node that runs this). */
  readonly withNode?: boolean;
  /** For everything together, from boot to end; default 120 s, of a session 600 s. */
  readonly timeoutMs?: number;
  /** Default 1024. */
  readonly memoryMebibytes?: number;
  /** Appended to the kernel's command line, where the last word wins. */
  readonly kernelArguments?: readonly string[];
}

/** One boot: a guest and what to do in it. */
interface LabRequest extends GuestRequest {
  readonly steps: readonly Step[];
}

/** A guest that waits for steps. */
export interface LabSession {
  readonly kernel: KernelName;
  /** `uname -r`. */
  readonly release: string;
  /** Host time from the start of QEMU to the guest's first word. */
  readonly bootMs: number;
  /** Carries out steps; background processes and loaded policy stay from call to call. One call at a time. */
  readonly run: (steps: readonly Step[]) => Promise<Outcome<readonly StepResult[], LabProblem>>;
  readonly console: () => string;
  /** Ends the guest. Must be called. */
  readonly close: () => Promise<void>;
}

/** The guest's first file system: the base, Node if wanted, and this boot's own files, one archive after the other. */
async function buildInitrd(request: LabRequest, file: string): Promise<Outcome<void, LabProblem>> {
  if (request.system === undefined) {
    const base = await baseArchive(request.packages ?? []);
    if (!base.ok) return base;
    copyFileSync(base.value, file);
  } else writeSystemArchive(request.system, file);
  if (request.withNode === true) {
    const node = await nodeArchive();
    if (!node.ok) return node;
    appendFileSync(file, readFileSync(node.value));
  }
  appendFileSync(file, encodeArchive(planEntries(request.files ?? [], request.steps)));
  return ok(undefined);
}

/** The console is not the agent's port: an init asks its console for size and colours, and reads what comes there. */
const INIT_ARGUMENTS = [
  "lab.init=/sbin/init",
  "console=tty0",
  "systemd.mask=serial-getty@ttyS0.service",
  "systemd.mask=getty@tty1.service",
  "systemd.show_status=0",
];

interface Booted {
  readonly machine: Machine;
  readonly session: LabSession;
  readonly greeting: Message;
  readonly steps: readonly StepResult[];
}

function stepsOf(messages: readonly Message[]): readonly StepResult[] {
  return messages.filter((message) => "id" in message).map(stepResultOf);
}

function sessionOf(machine: Machine, request: GuestRequest, release: string, directory: string): LabSession {
  return {
    kernel: request.kernel,
    release,
    bootMs: machine.bootMs,
    console: () => machine.console(),
    run: async (steps) => {
      machine.send(encodePlan(steps));
      const round = await machine.round();
      return round.ok ? ok(stepsOf(round.value)) : round;
    },
    close: async () => {
      await machine.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Starts the machine and waits for the end of its first round, which is the plan in its first file system. */
async function bootIn(directory: string, request: LabRequest, timeoutMs: number): Promise<Outcome<Booted, LabProblem>> {
  const kernel = await fetchKernel(request.kernel);
  if (!kernel.ok) return kernel;
  const initrd = await buildInitrd(request, join(directory, "initrd"));
  if (!initrd.ok) return initrd;
  const { memoryMebibytes = 1024, kernelArguments: given = [] } = request;
  const kernelArguments = request.withInit === true ? [...INIT_ARGUMENTS, ...given] : given;
  const machine = new Machine({ kernel: kernel.value, directory, memoryMebibytes, kernelArguments, timeoutMs });
  const round = await machine.round();
  const [greeting = {}] = round.ok ? round.value : [];
  const steps = round.ok ? stepsOf(round.value) : [];
  const refused = steps.find((step) => step.id.startsWith("file "));
  if (round.ok && refused === undefined) {
    return ok({
      machine,
      greeting,
      steps,
      session: sessionOf(machine, request, textOf(greeting["release"]), directory),
    });
  }
  await machine.stop();
  if (!round.ok) return round;
  return fail({
    kind: "boot-failed",
    kernel: kernel.value.name,
    detail: `cannot make ${refused?.id}: ${refused?.errno}`,
  });
}

/** Directories of boots, named after the process that made them. */
const DIRECTORY_PREFIX = "armorer-lab-";

/** Removes directories of boots whose process was killed before it could. */
function sweepLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(DIRECTORY_PREFIX))) {
    const pid = Number(name.slice(DIRECTORY_PREFIX.length).split("-", 1)[0]);
    if (!isAlive(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

async function boot(request: LabRequest, timeoutMs: number): Promise<Outcome<Booted, LabProblem>> {
  const tools = requireTools("qemu-system-x86_64", "setpriv", "ldd");
  if (!tools.ok) return tools;
  mkdirSync(tmpdir(), { recursive: true });
  sweepLeftovers();
  const directory = mkdtempSync(join(tmpdir(), `${DIRECTORY_PREFIX}${process.pid}-`));
  const booted = await bootIn(directory, request, timeoutMs);
  if (!booted.ok) rmSync(directory, { recursive: true, force: true });
  return booted;
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
  const booted = await boot(request, request.timeoutMs ?? 120_000);
  if (!booted.ok) return booted;
  const { machine, session, greeting, steps } = booted.value;
  const totalMs = Math.round(performance.now() - machine.started);
  const console = machine.console();
  await session.close();
  const { kernel, release, bootMs } = session;
  return ok({ kernel, release, bootMs, totalMs, steps, bootLog: textsOf(greeting["kmsg"]), console });
}

/**
 * Boots a guest and keeps it, to carry out steps as they are thought of: what the kernel answered may decide what is done next.
 *
 * @example
 * const session = await openLab({ kernel: "7.2" });
 * if (session.ok) {
 *   await session.value.run([{ kind: "run", id: "who", argv: ["id", "-u"] }]);
 *   await session.value.close();
 * }
 */
export async function openLab(request: GuestRequest): Promise<Outcome<LabSession, LabProblem>> {
  const booted = await boot({ ...request, steps: [] }, request.timeoutMs ?? 600_000);
  return booted.ok ? ok(booted.value.session) : booted;
}
