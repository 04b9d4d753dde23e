/**
 * Compiling many sources, in this thread or in several. Results come in the order of the requests, whatever is ready first; no
 * more than a few results wait for their turn, so memory does not grow with the number of sources.
 */
import type { Worker } from "node:worker_threads";
import {
  type CheckedSource,
  type CompiledSource,
  type Observation,
  type PolicyEngine,
  type PolicySettings,
  loadEngine,
  traceFiles,
} from "../app/index.ts";
import { invariant } from "../foundation/basics/index.ts";
import { nodeClock, nodeDigest, nodeFiles } from "../host/index.ts";
import { workerEntry } from "./locations.ts";

export interface CompileRequest {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly policy: PolicySettings;
  readonly goal: "check" | "compile" | "preprocess";
}

/** Plain data: it crosses threads. */
export interface CompileResult {
  readonly source: CompiledSource;
  readonly observations: readonly Observation[];
  /** The text with its includes, where that was the goal. */
  readonly preprocessed: string | undefined;
  readonly milliseconds: number;
}

export interface CompilePool {
  readonly run: (requests: readonly CompileRequest[]) => AsyncIterable<CompileResult>;
  readonly check: (request: CompileRequest) => Promise<CheckedSource>;
  /** Ends the threads. */
  readonly close: () => Promise<void>;
}

/** Below this many sources, starting a thread costs more than it brings. */
const WORTH_THREADS = 12;

/** Results one thread may be ahead of the one whose turn it is. */
const AHEAD = 8;

/** Does what a request asks, with an engine that may know some of it already. */
export function serve(engine: PolicyEngine, request: CompileRequest): CompileResult {
  const files = traceFiles(nodeFiles(), nodeDigest);
  const start = nodeClock.monotonicMs();
  const { goal, policy } = request;
  if (request.path !== "stdin") files.read(request.path);
  const preprocessed = goal === "preprocess" ? engine.preprocess(request, policy, files) : undefined;
  const source =
    preprocessed?.source ??
    (goal === "compile"
      ? engine.compile(request, policy, files)
      : { ...engine.check(request, policy, files), units: [] });
  return {
    source: { units: [], ...source },
    observations: files.observations(),
    preprocessed: preprocessed?.text,
    milliseconds: nodeClock.monotonicMs() - start,
  };
}

/** A pool with up to so many threads beside this one; none are started before they are worth it. */
export function compilePool(threads: number): CompilePool {
  let engine: Promise<PolicyEngine> | undefined;
  const own = (): Promise<PolicyEngine> => (engine ??= loadEngine());
  const workers: Worker[] = [];
  async function* here(requests: readonly CompileRequest[]): AsyncGenerator<CompileResult> {
    const loaded = requests.length === 0 ? undefined : await own();
    for (const request of requests) if (loaded !== undefined) yield serve(loaded, request);
  }
  return {
    run: (requests) =>
      threads < 2 || requests.length < WORTH_THREADS ? here(requests) : inThreads(workers, threads, requests),
    check: async (request) => serve(await own(), { ...request, goal: "check" }).source,
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

async function* inThreads(
  workers: Worker[],
  threads: number,
  requests: readonly CompileRequest[],
): AsyncGenerator<CompileResult> {
  const node = await import("node:worker_threads");
  while (workers.length < threads) workers.push(new node.Worker(workerEntry()));
  yield* runInThreads(workers, requests);
}

/** What goes to a thread and what comes back. */
export interface WorkerTask {
  readonly index: number;
  readonly request: CompileRequest;
}
export interface WorkerAnswer {
  readonly index: number;
  readonly result: CompileResult;
}

function isAnswer(value: unknown): value is WorkerAnswer {
  return typeof value === "object" && value !== null && "index" in value && "result" in value;
}

async function* runInThreads(
  workers: readonly Worker[],
  requests: readonly CompileRequest[],
): AsyncGenerator<CompileResult> {
  const ready = new Map<number, CompileResult>();
  let sent = 0;
  let turn = 0;
  let wake: (() => void) | undefined;
  let broken: unknown;
  const idle = new Set(workers);
  const feed = (): void => {
    for (const worker of idle) {
      const request = requests[sent];
      if (request === undefined || sent > turn + AHEAD * workers.length) return;
      idle.delete(worker);
      const task: WorkerTask = { index: sent, request };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage(task);
      sent += 1;
    }
  };
  for (const worker of workers) {
    worker.on("message", (message: unknown) => {
      invariant(isAnswer(message), "a compile thread answers with a result");
      ready.set(message.index, message.result);
      idle.add(worker);
      feed();
      wake?.();
    });
    worker.on("error", (error) => {
      broken = error;
      wake?.();
    });
  }
  feed();
  while (turn < requests.length) {
    const result = ready.get(turn);
    if (result === undefined) {
      if (broken !== undefined) throw broken;
      // oxlint-disable-next-line no-loop-func -- the next message wakes whoever waits now
      await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    ready.delete(turn);
    turn += 1;
    feed();
    yield result;
  }
}
