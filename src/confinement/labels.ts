/** How tasks are confined: the attributes of this thread, of other tasks, and of whoever is at the other end of a connection. */
import type { Socket } from "node:net";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import {
  type Attribute,
  type TaskId,
  availability,
  currentTask,
  holdersOfPeer,
  listTasks,
  nodeSystem,
  readAttribute,
  splitLabel,
} from "../host/index.ts";
import type { ConfinementRefusal, ConfinementWorld, PeerRefusal } from "./refusals.ts";

/** One profile of a label. */
export interface LabelPart {
  /** Below the namespace of whoever asks; left out in that namespace itself. */
  readonly namespace?: string;
  readonly name: string;
}

/** How a task is confined. */
export interface TaskLabel {
  /** As the kernel writes it, all parts of a stack. */
  readonly label: string;
  /** `enforce`, `complain`, `kill`, `unconfined`, `user` (prompt), `mixed`; `undefined` of an unconfined task. */
  readonly mode: string | undefined;
  /** The parts of a stack; of most labels one. */
  readonly parts: readonly LabelPart[];
}

/** A thread and how it is confined; where that cannot be read, why. */
export interface ThreadLabel {
  readonly tid: number;
  /** The name that the thread gave itself. */
  readonly name: string | undefined;
  readonly label: Outcome<TaskLabel, ConfinementRefusal>;
}

/** A process that holds the other end of a connection. */
export interface PeerProcess {
  readonly pid: number;
  readonly label: Outcome<TaskLabel, ConfinementRefusal>;
}

/** Parts of a label as the kernel writes them. */
function partsOf(label: string): readonly LabelPart[] {
  return label.split("//&").map((part) => {
    const [, namespace, name] = /^:(.*?):(?:\/\/)?(.*)$/s.exec(part) ?? [];
    return namespace === undefined || name === undefined ? { name: part } : { namespace, name };
  });
}

/** What the text of an attribute says; nothing where it is none (confinement-api 3). */
export function parseLabel(text: string): TaskLabel | undefined {
  const { label, mode } = splitLabel(text);
  if (label === "" || (mode === undefined && label !== "unconfined")) return undefined;
  return { label, mode, parts: partsOf(label) };
}

/** A refusal of the files of tasks, for a person. */
export function refusedAttribute({ path, errno }: FileRefusal, world: ConfinementWorld): ConfinementRefusal {
  if (errno === "EACCES" || errno === "EPERM") return { kind: "denied", path };
  if (errno === "EINVAL" || errno === "ENOENT") {
    const there = availability(world, world.system);
    if (!there.enabled && there.reason !== "not-permitted") return { kind: "no-apparmor", reason: there.reason };
  }
  return { kind: "io", path, errno };
}

/** What is said of a task that has ended. */
const GONE: ReadonlySet<string> = new Set(["ENOENT", "ESRCH"]);

function readTask(
  task: string,
  attribute: Attribute,
  world: ConfinementWorld,
): Outcome<TaskLabel | undefined, ConfinementRefusal> {
  const text = readAttribute(task, attribute, world, world.system ?? nodeSystem);
  if (!text.ok) return fail(refusedAttribute(text.error, world));
  if (text.value === undefined) {
    // Nothing is set, or nobody is there who could set it: other modules answer the same in the directory that they share.
    const current = attribute === "current" ? undefined : readTask(task, "current", world);
    return current?.ok === false && current.error.kind === "no-apparmor" ? current : ok(undefined);
  }
  const label = parseLabel(text.value);
  const path = `/proc/${task}/attr/${attribute}`;
  // Another security module's word, in the directory that they share.
  return label === undefined ? fail(refusedAttribute({ path, errno: "EINVAL" }, world)) : ok(label);
}

/** The label of a task, which always has one. */
function currentOf(task: string, world: ConfinementWorld): Outcome<TaskLabel, ConfinementRefusal> {
  const label = readTask(task, "current", world);
  if (!label.ok) return label;
  return label.value === undefined
    ? fail({ kind: "io", path: `/proc/${task}/attr/current`, errno: "EINVAL" })
    : ok(label.value);
}

/**
 * How a task is confined: this thread, or the thread or process of that number.
 *
 * Errors: `denied` where policy hides it, `io` with `ENOENT` where there is no such task, `no-apparmor`.
 *
 * @example
 * const own = currentLabel();
 * const isConfined = own.ok && own.value.label !== "unconfined";
 */
export function currentLabel(task?: number, world: ConfinementWorld = {}): Outcome<TaskLabel, ConfinementRefusal> {
  return currentOf(task === undefined ? "thread-self" : String(task), world);
}

/**
 * What a thread that is in a hat returns to; nothing where it is in none.
 *
 * Errors: as `currentLabel`.
 */
export function previousLabel(
  task?: number,
  world: ConfinementWorld = {},
): Outcome<TaskLabel | undefined, ConfinementRefusal> {
  return readTask(task === undefined ? "thread-self" : String(task), "prev", world);
}

/**
 * What the next program that the thread, or a child of it, executes is to run under; nothing where nothing is set.
 *
 * Errors: as `currentLabel`.
 */
export function onExecLabel(
  task?: number,
  world: ConfinementWorld = {},
): Outcome<TaskLabel | undefined, ConfinementRefusal> {
  return readTask(task === undefined ? "thread-self" : String(task), "exec", world);
}

/**
 * The thread that asks, by its numbers: labels belong to threads, and `process.pid` is the number of the first one alone.
 *
 * Errors: `io` where there is no `/proc`.
 */
export function currentThread(world: ConfinementWorld = {}): Outcome<TaskId, ConfinementRefusal> {
  const task = currentTask(world, world.system);
  return task.ok ? task : fail(refusedAttribute(task.error, world));
}

/**
 * Every thread of this process, or of another, with its label: they differ as soon as one of them has changed its own. Those that Node made for
 * itself, and those that do its asynchronous work on files, are among them.
 *
 * Errors: `io` with `ENOENT` where there is no such process; what cannot be read of one thread is said there.
 *
 * @example
 * const threads = threadLabels();
 * const labels = threads.ok ? new Set(threads.value.map(({ label }) => (label.ok ? label.value.label : "?"))) : undefined;
 */
export function threadLabels(
  pid?: number,
  world: ConfinementWorld = {},
): Outcome<readonly ThreadLabel[], ConfinementRefusal> {
  const process = pid ?? "self";
  const tasks = listTasks(process, world, world.system);
  if (!tasks.ok) return fail(refusedAttribute(tasks.error, world));
  const threads = tasks.value.map(({ tid, name }) => ({
    tid,
    name,
    label: currentOf(`${process}/task/${tid}`, world),
  }));
  // Threads that have ended meanwhile are none of the process any more.
  return ok(threads.filter(({ label }) => label.ok || label.error.kind !== "io" || !GONE.has(label.error.errno)));
}

/**
 * The processes that hold the other end of a TCP connection on this machine, with the labels that they have now: `/proc` says no more. An end
 * may be held by several, since children inherit it. Of unix sockets `/proc` does not say who the other one is.
 *
 * Errors: see `PeerRefusal`.
 */
export function peerLabels(socket: Socket, world: ConfinementWorld = {}): Outcome<readonly PeerProcess[], PeerRefusal> {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (
    localAddress === undefined ||
    localPort === undefined ||
    remoteAddress === undefined ||
    remotePort === undefined
  ) {
    // A connected unix socket has no addresses, and can be read or written.
    const isOpen = !socket.destroyed && !socket.pending && socket.readyState !== "closed";
    return fail(isOpen ? { kind: "not-told", family: "unix" } : { kind: "not-connected" });
  }
  const own = { address: localAddress, port: localPort };
  const holders = holdersOfPeer(own, { address: remoteAddress, port: remotePort }, world, world.system);
  if (!holders.ok) {
    const { path, errno } = holders.error;
    return fail(errno === "EADDRNOTAVAIL" ? { kind: "elsewhere" } : { kind: "io", path, errno });
  }
  const { pids, hidden } = holders.value;
  if (pids.size === 0) return fail(hidden > 0 ? { kind: "hidden", processes: hidden } : { kind: "elsewhere" });
  return ok([...pids].map((pid) => ({ pid, label: currentOf(String(pid), world) })));
}
