import { closeSync, ftruncateSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { fail, invariant, ok, type Outcome } from "../src/foundation/basics/index.ts";
import { type CommandResult, lastLines, runCommand } from "./command.ts";
import type { Kernel } from "./kernels.ts";
import type { LabProblem } from "./problem.ts";
import { type Message, parseMessage, textOf } from "./report.ts";

/**
 * Without `audit=1`, as Debian boots without an audit daemon: AppArmor's records come alone, with no system call record beside each.
 * The processor has `rdrand`, or the first program that wants random bytes waits a second.
 */
const KERNEL_ARGUMENTS =
  "console=ttyS0 quiet panic=-1 rdinit=/lab/agent.pl lsm=landlock,lockdown,yama,apparmor,bpf apparmor=1 " +
  "audit_backlog_limit=65536 printk.devkmsg=on log_buf_len=8M random.trust_cpu=on mitigations=off tsc=unstable";

/** With its parent's death, however sudden, the machine dies, too. */
const MACHINE =
  "setpriv --pdeathsig KILL qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -monitor none -accel tcg -cpu qemu64,cx16=off,rdrand=on";

/** The disk through which plans reach the guest. A sparse file: what is not written takes no room. */
const DISK_BYTES = 64 << 20;

interface MachineSettings {
  readonly kernel: Kernel;
  /** Holds `initrd`; gets `results` and `disk`. */
  readonly directory: string;
  readonly memoryMebibytes: number;
  readonly kernelArguments: readonly string[];
  /** For the machine's whole life. */
  readonly timeoutMs: number;
}

/**
 * The first serial port is the kernel's console, and our commands go in there; what belongs to a command goes through a disk (NVMe, whose
 * driver is built in), for the port is slow. The second carries results into a file: through a pipe QEMU drops bytes when the reader is slow.
 */
function qemuCommand(settings: MachineSettings): readonly string[] {
  const { directory, kernel } = settings;
  const command = MACHINE.split(" ");
  command.push("-m", String(settings.memoryMebibytes), "-serial", "stdio", "-serial", `file:${directory}/results`);
  command.push(
    "-drive",
    `if=none,id=plans,format=raw,file=${directory}/disk`,
    "-device",
    "nvme,drive=plans,serial=plans",
  );
  command.push("-kernel", kernel.image, "-initrd", join(directory, "initrd"));
  command.push("-append", [KERNEL_ARGUMENTS, ...settings.kernelArguments].join(" "));
  return command;
}

function isDone(message: Message): boolean {
  return message["kind"] === "done";
}

/** A running guest and the conversation with its agent. */
export class Machine {
  readonly started = performance.now();
  /** From the start to the guest's first word. */
  bootMs = 0;
  readonly #settings: MachineSettings;
  readonly #results: number;
  readonly #disk: number;
  readonly #ended: Promise<void>;
  #commands: Writable | undefined;
  #console = "";
  readonly #buffer = Buffer.alloc(1 << 16);
  #rest = "";
  #messages: Message[] = [];
  #lastStep = "before the first step";
  #damaged: string | undefined;
  #outcome: CommandResult | undefined;
  #stopping = false;
  #wake: (() => void) | undefined;

  /** Starts the guest; its first round is the plan in its first file system. */
  constructor(settings: MachineSettings) {
    const { directory, timeoutMs } = settings;
    this.#settings = settings;
    writeFileSync(join(directory, "results"), "");
    writeFileSync(join(directory, "disk"), "");
    this.#results = openSync(join(directory, "results"), "r");
    this.#disk = openSync(join(directory, "disk"), "r+");
    ftruncateSync(this.#disk, DISK_BYTES);
    this.#ended = this.#live(timeoutMs);
  }

  async #live(timeoutMs: number): Promise<void> {
    this.#outcome = await runCommand(qemuCommand(this.#settings), {
      timeoutMs,
      onStart: (stdin) => {
        this.#commands = stdin;
      },
      onOutput: (chunk) => {
        this.#console += chunk.toString("latin1");
      },
      enough: () => this.#listen(),
    });
    this.#wake?.();
  }

  #hear(line: string): void {
    const message = parseMessage(line);
    if (message === undefined) this.#damaged ??= line;
    else {
      this.#messages.push(message);
      if (message["kind"] === "hello") this.bootMs = Math.round(performance.now() - this.started);
      if ("id" in message) this.#lastStep = `after the step ${textOf(message["id"])}`;
    }
  }

  /** Reads what is new in the result port's file; says whether the machine shall end. */
  #listen(): boolean {
    for (;;) {
      const length = readSync(this.#results, this.#buffer);
      if (length === 0) break;
      const lines = (this.#rest + this.#buffer.toString("latin1", 0, length)).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#hear(line);
    }
    this.#wake?.();
    return this.#stopping;
  }

  #problem(): LabProblem {
    const { kernel, timeoutMs } = this.#settings;
    const tail = this.console().trimEnd().split("\n").slice(-6).join(" | ");
    const damage = this.#damaged === undefined ? "" : `damaged answer ${this.#damaged.slice(0, 200)}; `;
    const detail = `${damage}${this.#lastStep}; console: ${tail}`;
    if (this.#outcome?.timedOut === true) return { kind: "timed-out", kernel: kernel.name, afterMs: timeoutMs, detail };
    const last = this.#outcome === undefined ? "" : `${lastLines(this.#outcome)}; `;
    return { kind: "boot-failed", kernel: kernel.name, detail: `${last}${detail}` };
  }

  async #until(reached: () => boolean): Promise<boolean> {
    while (!reached()) {
      if (this.#outcome !== undefined || this.#damaged !== undefined) return false;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    return true;
  }

  /** What the guest says up to the end of the round it is in. */
  async round(): Promise<Outcome<readonly Message[], LabProblem>> {
    if (!(await this.#until(() => this.#messages.some(isDone)))) return fail(this.#problem());
    const end = this.#messages.findIndex(isDone) + 1;
    const messages = this.#messages.slice(0, end);
    this.#messages = this.#messages.slice(end);
    return ok(messages);
  }

  /** Hands the guest a plan; its next round carries it out. */
  send(plan: Uint8Array): void {
    invariant(plan.length <= DISK_BYTES, `a plan of ${plan.length} bytes does not fit the lab's disk`);
    writeSync(this.#disk, plan, 0, plan.length, 0);
    this.#commands?.write(plan.length.toString(16).padStart(8, "0"));
  }

  /** The kernel's own console, for the curious and for messages. */
  console(): string {
    return this.#console;
  }

  /** Ends the guest at once. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#ended;
    closeSync(this.#results);
    closeSync(this.#disk);
  }
}
