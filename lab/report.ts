import { constants } from "node:os";
import { compareText } from "../src/foundation/basics/index.ts";
import { decodeBytes } from "../src/foundation/text/index.ts";
import type { KernelName } from "./kernels.ts";

/** What the guest says about one step. Texts are bytes held as strings (`decodeBytes`). */
export interface StepResult {
  readonly id: string;
  /** When it began and how long it took, by the guest's clock. */
  readonly startedMs: number;
  readonly durationMs: number;
  /** Of a command that ran: its exit status … */
  readonly exitCode: number | undefined;
  /** … or the number of the signal that ended it. */
  readonly signal: number | undefined;
  /** The errno name when `exec` itself was refused. */
  readonly execErrno: string | undefined;
  /** The errno name when what had to happen before `exec` (identity, attributes, directory) was refused. */
  readonly setupErrno: string | undefined;
  readonly timedOut: boolean;
  readonly pid: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Of a step that is one file operation: the errno name when it was refused. */
  readonly errno: string | undefined;
  /** What was read. */
  readonly data: Uint8Array | undefined;
  /** Directory entries, or the files of a tree as `path NUL content`. */
  readonly names: readonly string[];
  /** The AppArmor audit records the step caused, as raw lines of `/dev/kmsg`. */
  readonly events: readonly string[];
  /** Every line of the kernel log during the step. */
  readonly kernelLog: readonly string[];
}

/** What became of one boot. */
export interface LabReport {
  readonly kernel: KernelName;
  /** `uname -r`. */
  readonly release: string;
  /** Host time from the start of QEMU to the guest's first word, and to its last. */
  readonly bootMs: number;
  readonly totalMs: number;
  readonly steps: readonly StepResult[];
  /** The kernel log before the first step. */
  readonly bootLog: readonly string[];
  readonly console: string;
}

const ERRNO_NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** One line of the result port: an object of byte strings (one unit per byte), lists of them, and numbers. */
export type Message = Readonly<Record<string, unknown>>;

/** Reads a line of the result port; `undefined` for one that is damaged. */
export function parseMessage(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return typeof value === "string" ? Buffer.from(value, "latin1") : undefined;
}

export function textOf(value: unknown): string {
  const bytes = bytesOf(value);
  return bytes === undefined ? "" : decodeBytes(bytes);
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function errnoOf(value: unknown): string | undefined {
  const number = numberOf(value);
  return number === undefined ? undefined : (ERRNO_NAMES.get(number) ?? `errno ${number}`);
}

/** The guest's word about a step, in our terms. */
export function stepResultOf(message: Message): StepResult {
  const kernelLog = textsOf(message["kmsg"]);
  return {
    id: textOf(message["id"]),
    startedMs: numberOf(message["startedMs"]) ?? 0,
    durationMs: numberOf(message["durationMs"]) ?? 0,
    exitCode: numberOf(message["exitCode"]),
    signal: numberOf(message["signal"]),
    execErrno: errnoOf(message["execErrno"]),
    setupErrno: errnoOf(message["setupErrno"]),
    timedOut: message["timedOut"] === 1,
    pid: numberOf(message["pid"]),
    stdout: textOf(message["stdout"]),
    stderr: textOf(message["stderr"]),
    errno: errnoOf(message["errno"]),
    data: bytesOf(message["data"]),
    names: textsOf(message["names"]),
    events: kernelLog.filter((line) => line.includes(" apparmor=")),
    kernelLog,
  };
}

/** The result of the step `id`; a report without it is an error of the test that asks. */
export function resultOf(report: LabReport, id: string): StepResult {
  const found = report.steps.find((step) => step.id === id);
  if (found === undefined) throw new Error(`no step ${id} in the report of kernel ${report.kernel}`);
  return found;
}

interface TreeNode {
  readonly children: Map<string, TreeNode>;
  content: string;
}

/** A feature tree as the text of a feature file: `name {children or content}`, names in byte order. */
export function renderFeatureTree(names: readonly string[]): string {
  const root: TreeNode = { children: new Map(), content: "" };
  for (const entry of names) {
    const [path = "", content = ""] = entry.split("\0");
    let node = root;
    for (const part of path.split("/")) {
      const child = node.children.get(part) ?? { children: new Map(), content: "" };
      node.children.set(part, child);
      node = child;
    }
    node.content = content;
  }
  const render = (node: TreeNode): string =>
    [...node.children]
      .toSorted(([a], [b]) => compareText(a, b))
      .map(([name, child]) => `${name} {${child.content}${render(child)}}\n`)
      .join("");
  return render(root);
}
