/**
 * Requests shared out over threads: all take the next one from one counter, so none is idle while there is work. Results come in the
 * order of the requests. Nobody runs far ahead of the one whose turn it is, so memory does not grow with the number of requests.
 */
import type { MessagePort, Worker } from "node:worker_threads";
import { invariant } from "../foundation/basics/index.ts";
import { workerEntry } from "./locations.ts";

/** How far a thread may be ahead of the request whose turn it is: that many results may wait, and no more are held in memory. */
const AHEAD = 64;

/** What answers requests in one thread. */
export interface ThreadServer<Request, Result> {
  /** Files are as they were when first read in a round. */
  readonly beginRound: (round: number) => void;
  /** Loads what is needed to serve these; comes before the first of them. */
  readonly prepare: (requests: readonly Request[]) => Promise<void>;
  readonly serve: (request: Request) => Result;
  /** What was made for a cache is written: nothing more is asked for now. */
  readonly settle: () => void;
}

/**
 * The cells all threads share: the next request to take, the request whose turn it is, the number of results that were sent; then a cell
 * for each thread with 1 + the request it works on, so that the request that killed a thread is known; 0 before it takes one, and when
 * it has written what it made for the cache.
 */
export const CELL = { next: 0, turn: 1, sent: 2, claims: 3 } as const;

/** What a thread is given to work on. */
export interface WorkerOrder<Request> {
  readonly requests: readonly Request[];
  readonly cells: Int32Array;
  /** Which of the claims is this thread's. */
  readonly claim: number;
  readonly port: MessagePort;
  readonly round: number;
}

/** What it sends back. */
export interface WorkerAnswer<Result> {
  readonly index: number;
  readonly result: Result;
}

function isAnswer<Result>(value: unknown): value is WorkerAnswer<Result> {
  return typeof value === "object" && value !== null && "index" in value && "result" in value;
}

/** The next request to work on, or `undefined` when there is none or, for now, none that is near enough. */
export function takeNext(cells: Int32Array, count: number): number | undefined {
  for (;;) {
    const next = Atomics.load(cells, CELL.next);
    if (next >= count || next > Atomics.load(cells, CELL.turn) + AHEAD) return undefined;
    if (Atomics.compareExchange(cells, CELL.next, next, next + 1) === next) return next;
  }
}

/** A thread that died wakes nobody up, so nobody waits for longer than this without looking. */
const WAIT_MS = 200;

/** Threads, and what they are to do. */
interface Crew<Request, Result> {
  /** Those that were started; more are added as they are needed. */
  readonly workers: Worker[];
  readonly helpers: number;
  readonly task: ThreadTask;
  readonly round: number;
  /** This thread's own server. */
  readonly own: () => Promise<ThreadServer<Request, Result>>;
  /** In place of what a thread would have answered that died over a request. */
  readonly lost: (request: Request, server: ThreadServer<Request, Result>) => Result;
}

/** What a thread is started for. */
export type ThreadTask = {
  /** What is below it is another system's. */
  readonly root: string | undefined;
} & (
  | { readonly kind: "compile"; /** A directory to keep automata in. */ readonly cache: string | undefined }
  | { readonly kind: "test" }
);

/** Answers all requests in this thread. */
export async function* answerHere<Request, Result>(
  requests: readonly Request[],
  own: () => Promise<ThreadServer<Request, Result>>,
): AsyncGenerator<Result> {
  if (requests.length === 0) return;
  const { prepare, serve, settle } = await own();
  await prepare(requests);
  for (const request of requests) yield serve(request);
  settle();
}

/** Answers them in this thread and `helpers` others. */
export async function* answerTogether<Request, Result>(
  requests: readonly Request[],
  crew: Crew<Request, Result>,
): AsyncGenerator<Result> {
  const node = await import("node:worker_threads");
  const cells = new Int32Array(new SharedArrayBuffer(4 * (CELL.claims + crew.helpers)));
  const helpers = startHelpers(node, crew, { requests, cells, round: crew.round });
  const server = await crew.own();
  await server.prepare(requests);
  const ready = new Map<number, Result>();
  for (let turn = 0; turn < requests.length;) {
    const sent = Atomics.load(cells, CELL.sent);
    for (const { port } of helpers) collect(node, port, ready);
    for (const lost of lostRequests(node, helpers, { cells, ready })) {
      const request = requests[lost];
      if (request !== undefined) ready.set(lost, crew.lost(request, server));
    }
    const result = ready.get(turn);
    if (result !== undefined) {
      ready.delete(turn);
      turn += 1;
      Atomics.store(cells, CELL.turn, turn);
      Atomics.notify(cells, CELL.turn);
      yield result;
      continue;
    }
    const mine = takeNext(cells, requests.length);
    const request = mine === undefined ? undefined : requests[mine];
    if (mine !== undefined && request !== undefined) ready.set(mine, server.serve(request));
    else {
      Atomics.wait(cells, CELL.sent, sent, WAIT_MS);
      // A thread that died says so through the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  server.settle();
  await settled(helpers, cells);
  for (const { port } of helpers) port.close();
}

/** Waits for the threads to write what they have for the cache: whoever closes the pool ends them. */
async function settled(helpers: readonly Helper[], cells: Int32Array): Promise<void> {
  for (const { claim, isDead } of helpers) {
    for (let cell = Atomics.load(cells, claim); cell > 0 && !isDead(); cell = Atomics.load(cells, claim)) {
      Atomics.wait(cells, claim, cell, WAIT_MS);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Requests whose thread died while it worked on them. */
function lostRequests<Result>(
  node: Threads,
  helpers: Helper[],
  { cells, ready }: { readonly cells: Int32Array; readonly ready: Map<number, Result> },
): readonly number[] {
  const lost: number[] = [];
  for (const helper of helpers.filter(({ isDead }) => isDead())) {
    // What it sent before it died is there.
    collect(node, helper.port, ready);
    helpers.splice(helpers.indexOf(helper), 1);
    helper.port.close();
    const request = Atomics.load(cells, helper.claim) - 1;
    const isAnswered = ready.has(request) || request < Atomics.load(cells, CELL.turn);
    if (request >= 0 && !isAnswered) lost.push(request);
  }
  return lost;
}

type Threads = typeof import("node:worker_threads");

/** A thread at work on an order. */
interface Helper {
  readonly port: MessagePort;
  /** The cell of its claim. */
  readonly claim: number;
  readonly isDead: () => boolean;
}

function startHelpers<Request, Result>(
  node: Threads,
  { workers, helpers, task }: Crew<Request, Result>,
  order: Omit<WorkerOrder<Request>, "port" | "claim">,
): Helper[] {
  while (workers.length < helpers) {
    const worker = new node.Worker(workerEntry(), { workerData: task });
    // A thread that dies (of a lack of memory, say) takes one request with it; the others do the rest.
    const leave = (): void => {
      if (workers.includes(worker)) workers.splice(workers.indexOf(worker), 1);
    };
    worker.on("error", leave);
    worker.on("exit", leave);
    workers.push(worker);
  }
  return workers.map((worker, index) => {
    const { port1, port2 } = new node.MessageChannel();
    const claim = CELL.claims + index;
    const message: WorkerOrder<Request> = { ...order, claim, port: port2 };
    worker.postMessage(message, [port2]);
    return { port: port1, claim, isDead: () => !workers.includes(worker) };
  });
}

function collect<Result>(node: Threads, port: MessagePort, ready: Map<number, Result>): void {
  for (
    let received = node.receiveMessageOnPort(port);
    received !== undefined;
    received = node.receiveMessageOnPort(port)
  ) {
    const message: unknown = received.message;
    invariant(isAnswer<Result>(message), "a thread answers with a result");
    ready.set(message.index, message.result);
  }
}
