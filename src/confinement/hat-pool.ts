/**
 * Work in hats. A worker belongs to one hat for as long as it lives: it enters it before it does anything else, with a token that is wiped out
 * at once, and is never taken out again. Where another hat's work needs its place, the worker is ended, and the label with its
 * thread. So there is no leaving that could fail, no token to be found, and what a job leaves behind (timers, promises, patched
 * functions) stays in that hat. Before each job this thread, which the worker's code cannot reach, reads the worker's label; where it is not
 * the hat's, the worker is ended, and another takes the job.
 */
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { Dispatcher, type PoolJob, type PoolWorker } from "./dispatcher.ts";
import type { JobMessage, WorkerMessage, WorkerOrder } from "./hat-messages.ts";
import { testHats } from "./hats.ts";
import { currentLabel, previousLabel } from "./labels.ts";
import { workerEntry } from "./locations.ts";
import type { ConfinementRefusal, HatRefusal } from "./refusals.ts";

/** A function of a module that does a piece of work. */
export interface HatWork {
  /** Its address; a path is absolute. */
  readonly module: URL | string;
  /** The name under which the module exports the function; default `default`. */
  readonly name?: string;
  /** What it is called with: copied, as for `postMessage`. */
  readonly arguments?: readonly unknown[];
  /** Gives it up: a worker that is at work on it is ended. */
  readonly signal?: AbortSignal;
}

/** Workers in hats. */
export interface HatPool {
  /** Runs a piece of work in the first of the hats that the profile has; work that finds no free worker waits. */
  readonly run: (hats: string | readonly string[], work: HatWork) => Promise<Outcome<unknown, HatRefusal>>;
  /** Ends all workers; what is not done is given up. */
  readonly close: () => Promise<void>;
}

/** How large a pool is. */
export interface HatPoolOptions {
  /** At most so many workers; default: as many as there are processors. */
  readonly workers?: number;
}

interface Job extends PoolJob {
  readonly order: WorkerOrder;
  readonly message: JobMessage;
  readonly settle: (result: Outcome<unknown, HatRefusal>) => void;
}

class HatWorker implements PoolWorker<Job> {
  readonly key: string;
  readonly #began = performance.now();
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #settled: (worker: HatWorker) => void;
  #ready: { readonly tid: number; readonly label: string } | undefined;
  /** What it is doing, or will when it is ready. */
  job: Job | undefined;
  isEnded = false;
  startMs: number | undefined;

  constructor(job: Job, settled: (worker: HatWorker) => void) {
    this.key = job.key;
    this.job = job;
    this.#settled = settled;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    // The thread takes over how this one is confined, at this moment.
    this.#worker = new Worker(workerEntry(), { execArgv: [] });
    this.#worker.on("error", (error) => this.#lose(error instanceof Error ? error.message : String(error)));
    this.#worker.on("exit", (status) => this.#lose(`it exited with status ${status}`));
    port1.on("message", (message: WorkerMessage) => this.#hear(message));
    port1.unref();
    this.#worker.postMessage({ ...job.order, port: port2 }, [port2]);
  }

  /** Whether the thread is in the hat still: what `/proc` says of it to us. */
  #isInHat(): boolean {
    if (this.#ready === undefined) return false;
    const label = currentLabel(this.#ready.tid);
    return label.ok && label.value.label === this.#ready.label;
  }

  /** Takes a job of its key, if it is in its hat still. */
  take(job: Job): boolean {
    if (this.isEnded || !this.#isInHat()) return false;
    this.job = job;
    this.#worker.ref();
    this.#send(job);
    return true;
  }

  #send(job: Job): void {
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port has none
      this.#port.postMessage(job.message);
    } catch (thrown) {
      // Its arguments cannot be copied.
      this.#finish(fail({ kind: "work-failed", error: thrown }));
    }
  }

  #finish(result: Outcome<unknown, HatRefusal>): void {
    const { job } = this;
    this.job = undefined;
    this.#worker.unref();
    job?.settle(result);
    this.#settled(this);
  }

  #hear(message: WorkerMessage): void {
    switch (message.kind) {
      case "ready":
        this.#ready = message;
        this.startMs = performance.now() - this.#began;
        return this.#begin();
      case "done":
        return this.#finish(ok(message.value));
      case "failed":
        return this.#finish(fail({ kind: "work-failed", error: message.error }));
      case "refused":
        return this.#stop(message.refusal);
      case "not-loaded":
        return this.#stop(message);
    }
  }

  #begin(): void {
    const { job } = this;
    if (job === undefined) return;
    if (this.#isInHat()) this.#send(job);
    else this.#stop({ kind: "worker-ended", reason: "its thread was not in the hat" });
  }

  #stop(refusal: HatRefusal): void {
    void this.end();
    this.#finish(fail(refusal));
  }

  #lose(reason: string): void {
    if (!this.isEnded) this.#stop({ kind: "worker-ended", reason });
  }

  /** Ends the thread, and with it its label. */
  async end(): Promise<void> {
    this.isEnded = true;
    this.#port.close();
    await this.#worker.terminate();
  }

  giveUp(): void {
    this.#stop({ kind: "given-up" });
  }
}

/** Which of the hats it will be, before anything is started. */
function chooseHat(hats: string | readonly string[]): Outcome<string, ConfinementRefusal> {
  const previous = previousLabel();
  if (!previous.ok) return previous;
  // A thread that is made in a hat has its way back with a token that it does not know, and the kernel kills who guesses.
  if (previous.value !== undefined) return fail({ kind: "in-a-hat", label: previous.value.label });
  return testHats(hats);
}

/**
 * Workers that do pieces of work in hats. Each of them is in one hat, with a token that is known to nobody, until it is ended.
 *
 * Errors: none here; those of `run` are values.
 *
 * @example
 * const pool = createHatPool({ workers: 4 });
 * const made = await pool.run("thumbnails", { module: new URL("./thumbnail.js", import.meta.url), arguments: [bytes] });
 * await pool.close();
 */
export function createHatPool(options: HatPoolOptions = {}): HatPool {
  const dispatcher = new Dispatcher<Job>({
    most: options.workers ?? availableParallelism(),
    start: (job, settled) => new HatWorker(job, settled),
  });
  const run = async (
    hats: string | readonly string[],
    { module, name = "default", arguments: given = [], signal }: HatWork,
  ): Promise<Outcome<unknown, HatRefusal>> => {
    if (dispatcher.isClosed || signal?.aborted === true) return fail({ kind: "given-up" });
    const hat = chooseHat(hats);
    if (!hat.ok) return hat;
    const address = typeof module === "string" && !/^[a-z][a-z+.-]*:/i.test(module) ? pathToFileURL(module) : module;
    const order = { hat: hat.value, module: String(address) };
    return await new Promise((resolve) => {
      const settle: Job["settle"] = (result) => {
        signal?.removeEventListener("abort", stop);
        resolve(result);
      };
      const job: Job = {
        key: `${order.hat}\0${order.module}`,
        order,
        message: { name, arguments: given },
        since: performance.now(),
        settle,
        giveUp: () => settle(fail({ kind: "given-up" })),
      };
      const stop = (): void => dispatcher.drop(job);
      signal?.addEventListener("abort", stop);
      dispatcher.add(job);
    });
  };
  return { run, close: async () => await dispatcher.close() };
}

let shared: HatPool | undefined;

/**
 * Runs a piece of work in a worker that is in the first of the hats that the profile has. This thread stays as it is. Hats are taken of a pool
 * that all calls share, and whose workers keep no program from ending.
 *
 * Errors: see `HatRefusal`; what the work throws is `work-failed`.
 *
 * @example
 * const made = await runInHat("thumbnails", { module: new URL("./thumbnail.js", import.meta.url), arguments: [bytes] });
 * const thumbnail = made.ok ? made.value : undefined;
 */
export async function runInHat(hats: string | readonly string[], work: HatWork): Promise<Outcome<unknown, HatRefusal>> {
  shared ??= createHatPool();
  return await shared.run(hats, work);
}
