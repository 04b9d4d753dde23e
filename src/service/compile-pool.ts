/**
 * Compiling many sources, in this thread alone or with the help of others: all take the next source from one counter, so none is
 * idle while there is work. Results come in the order of the requests. Nobody runs far ahead of the one whose turn it is, so
 * memory does not grow with the number of sources.
 */
import type { MessagePort, Worker } from "node:worker_threads";
import {
  type CheckedSource,
  type CompiledSource,
  type FileTracer,
  type Observation,
  type PolicyEngine,
  type PolicySettings,
  automatonCache,
  bugReport,
  createTracer,
  loadEngine,
  noWork,
} from "../app/index.ts";
import type { FileStorePort, FilesPort } from "../foundation/ports/index.ts";
import { invariant } from "../foundation/basics/index.ts";
import { isHandedOver, nodeClock, nodeDigest, nodeFiles } from "../host/index.ts";
import type { AutomatonDumps, PrintedSource, Printout } from "../printouts/index.ts";
import { threadsThatFit } from "./addresses.ts";
import { workerEntry } from "./locations.ts";

export interface CompileRequest {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly policy: PolicySettings;
  readonly goal: (typeof ENGINE_GOALS)[number] | Printout;
  /** What it asks of the files is to be written down, for a cache. */
  readonly observe: boolean;
  /** What of automata is to be printed. */
  readonly dumps?: AutomatonDumps | undefined;
}

/** Plain data: it crosses threads. */
export interface CompileResult {
  readonly source: CompiledSource;
  /** Empty unless they were wanted. */
  readonly observations: readonly Observation[];
  /** When the youngest of the files beside the source itself had been changed before they were read; `undefined`: not known of all. */
  readonly modifiedNs: bigint | undefined;
  /** Where that was the goal. */
  readonly printed: Pick<PrintedSource<CheckedSource>, "text" | "notes"> | undefined;
  /** What was made on the way, as text. */
  readonly dumped: string;
  readonly milliseconds: number;
}

export interface CompilePool {
  readonly run: (requests: readonly CompileRequest[]) => AsyncIterable<CompileResult>;
  readonly check: (request: CompileRequest) => Promise<CheckedSource>;
  /** From now on files are read again: they may have changed. */
  readonly forgetFiles: () => void;
  /** Ends the threads and bounds the cache. */
  readonly close: () => Promise<void>;
}

/** Below this many sources, starting a thread costs more than it brings. */
const WORTH_THREADS = 12;

/** How far a thread may be ahead of the source whose turn it is: that many results may wait, and no more are held in memory. */
const AHEAD = 64;

/** One thread's compiler and what it has read. */
export interface Server {
  /** Files are as they were when first read in a round. */
  readonly beginRound: (round: number) => void;
  readonly serve: (request: CompileRequest) => CompileResult;
  /** Loads what is needed beside the compiler to serve these; comes before the first of them. */
  readonly prepare: (requests: readonly CompileRequest[]) => Promise<void>;
  /** What was made for the cache is written: nothing more is asked for now. */
  readonly settle: () => void;
  /** Nothing more will be asked of it. */
  readonly close: () => void;
}

/** A compiler that reads every file once in a round; `cache` is a directory to keep automata in. */
export async function startServer(cache: string | undefined, files: FileStorePort = nodeFiles()): Promise<Server> {
  const automata = cache === undefined ? undefined : automatonCache(cache, files, nodeDigest);
  const engine = await loadEngine(automata);
  let current = 0;
  let tracer = createTracer(files, nodeDigest);
  let printouts: Printouts | undefined;
  return {
    serve: (request) => {
      try {
        return serve({ engine, printouts, tracer }, request);
      } catch (thrown) {
        return { ...nothing, source: bugReport(request.path, thrown) };
      }
    },
    prepare: async (requests) => {
      if (printouts === undefined && requests.some(isPrinted)) printouts = await import("../printouts/index.ts");
    },
    beginRound: (round) => {
      if (round === current) return;
      current = round;
      tracer = createTracer(files, nodeDigest);
      engine.forgetFiles();
    },
    settle: () => automata?.flush(),
    close: () => automata?.trim(),
  };
}

/** Texts as 5.0.2 prints them; few runs want any, so the code is loaded for those alone. */
type Printouts = typeof import("../printouts/index.ts");

function isPrinted({ dumps, goal }: CompileRequest): boolean {
  return dumps !== undefined || !isEngineGoal(goal);
}

const ENGINE_GOALS = ["check", "compile", "outline", "verify"] as const;

function isEngineGoal(goal: CompileRequest["goal"]): goal is (typeof ENGINE_GOALS)[number] {
  return ENGINE_GOALS.some((one) => one === goal);
}

interface Workshop {
  readonly engine: PolicyEngine;
  readonly printouts: Printouts | undefined;
  readonly tracer: FileTracer;
}

function serve({ engine, printouts, tracer }: Workshop, request: CompileRequest): CompileResult {
  const start = nodeClock.monotonicMs();
  const traced = request.observe ? tracer.trace() : undefined;
  const files = traced ?? tracer.plain;
  // What is compiled, not what is in the file by now.
  if (!isHandedOver(request.path)) traced?.given(request.path, request.bytes);
  const { printed, source } = answer({ engine, printouts }, request, files);
  const ages = source.files.filter((path) => path !== request.path).map((path) => tracer.modifiedNs(path));
  return {
    source: { units: [], work: noWork, ...source },
    observations: traced?.observations(engine.gists()) ?? [],
    modifiedNs: ages.reduce((a, b) => (a === undefined || b === undefined ? undefined : a > b ? a : b), 0n),
    printed,
    dumped:
      request.dumps === undefined || printouts === undefined
        ? ""
        : printouts.dumpAutomata(request.dumps, engine.stages(request, request.policy, files)),
    milliseconds: nodeClock.monotonicMs() - start,
  };
}

function answer(
  { engine, printouts }: Omit<Workshop, "tracer">,
  request: CompileRequest,
  files: FilesPort,
): Pick<CompileResult, "printed"> & { readonly source: CheckedSource } {
  const { goal, policy } = request;
  if (isEngineGoal(goal)) {
    return { printed: undefined, source: engine[goal](request, policy, files) };
  }
  invariant(printouts !== undefined, "a server is prepared for what it prints");
  const { notes, source, text } = printouts.printSource(goal, engine.stages(request, policy, files));
  return { printed: { notes, text }, source };
}

/**
 * A pool with up to so many threads, this one among them; none are started before they are worth it. `cache`: as for a server.
 * This thread reads through `files`, the others through their own.
 */
export function compilePool(threads: number, cache?: string, files?: FileStorePort): CompilePool {
  let started: Promise<Server> | undefined;
  let round = 0;
  const own = async (): Promise<Server> => {
    const server = await (started ??= startServer(cache, files));
    server.beginRound(round);
    return server;
  };
  const workers: Worker[] = [];
  async function* here(requests: readonly CompileRequest[]): AsyncGenerator<CompileResult> {
    if (requests.length === 0) return;
    const { prepare, serve: compile, settle } = await own();
    await prepare(requests);
    for (const request of requests) yield compile(request);
    settle();
  }
  return {
    run: (requests) => {
      const fitting = threads < 2 || requests.length < WORTH_THREADS ? 1 : threadsThatFit(threads);
      return fitting < 2 ? here(requests) : runTogether({ workers, helpers: fitting - 1, cache, round }, requests, own);
    },
    check: async (request) => (await own()).serve({ ...request, goal: "check" }).source,
    forgetFiles: () => {
      round += 1;
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
      (await started)?.close();
    },
  };
}

/**
 * The cells all threads share: the next source to take, the source whose turn it is, the number of results that were sent; then a cell
 * for each thread with 1 + the source it works on, so that the source that killed a thread is known; 0 before it takes one, and when
 * it has written what it made for the cache.
 */
export const CELL = { next: 0, turn: 1, sent: 2, claims: 3 } as const;

/** What a thread is given to work on. */
export interface WorkerOrder {
  readonly requests: readonly CompileRequest[];
  readonly cells: Int32Array;
  /** Which of the claims is this thread's. */
  readonly claim: number;
  readonly port: MessagePort;
  readonly round: number;
}

/** What it sends back. */
export interface WorkerAnswer {
  readonly index: number;
  readonly result: CompileResult;
}

function isAnswer(value: unknown): value is WorkerAnswer {
  return typeof value === "object" && value !== null && "index" in value && "result" in value;
}

/** The next source to work on, or `undefined` when there is none or, for now, none that is near enough. */
export function takeNext(cells: Int32Array, count: number): number | undefined {
  for (;;) {
    const next = Atomics.load(cells, CELL.next);
    if (next >= count || next > Atomics.load(cells, CELL.turn) + AHEAD) return undefined;
    if (Atomics.compareExchange(cells, CELL.next, next, next + 1) === next) return next;
  }
}

/** A thread that died wakes nobody up, so nobody waits for longer than this without looking. */
const WAIT_MS = 200;

interface Crew {
  /** Those that were started; more are added as they are needed. */
  readonly workers: Worker[];
  readonly helpers: number;
  readonly cache: string | undefined;
  readonly round: number;
}

async function* runTogether(
  crew: Crew,
  requests: readonly CompileRequest[],
  own: () => Promise<Server>,
): AsyncGenerator<CompileResult> {
  const node = await import("node:worker_threads");
  const cells = new Int32Array(new SharedArrayBuffer(4 * (CELL.claims + crew.helpers)));
  const helpers = startHelpers(node, crew, { requests, cells, round: crew.round });
  const { prepare, serve: compile, settle } = await own();
  await prepare(requests);
  const ready = new Map<number, CompileResult>();
  for (let turn = 0; turn < requests.length;) {
    const sent = Atomics.load(cells, CELL.sent);
    for (const { port } of helpers) collect(node, port, ready);
    for (const lost of lostSources(node, helpers, { cells, ready })) {
      const path = requests[lost]?.path ?? "";
      ready.set(lost, { ...nothing, source: bugReport(path, new Error("the thread that compiled it died")) });
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
    if (mine !== undefined && request !== undefined) ready.set(mine, compile(request));
    else {
      Atomics.wait(cells, CELL.sent, sent, WAIT_MS);
      // A thread that died says so through the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  settle();
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

const nothing: Omit<CompileResult, "source"> = {
  observations: [],
  modifiedNs: undefined,
  printed: undefined,
  dumped: "",
  milliseconds: 0,
};

/** Sources whose thread died while it compiled them. */
function lostSources(
  node: Threads,
  helpers: Helper[],
  { cells, ready }: { readonly cells: Int32Array; readonly ready: Map<number, CompileResult> },
): readonly number[] {
  const lost: number[] = [];
  for (const helper of helpers.filter(({ isDead }) => isDead())) {
    // What it sent before it died is there.
    collect(node, helper.port, ready);
    helpers.splice(helpers.indexOf(helper), 1);
    helper.port.close();
    const source = Atomics.load(cells, helper.claim) - 1;
    const isAnswered = ready.has(source) || source < Atomics.load(cells, CELL.turn);
    if (source >= 0 && !isAnswered) lost.push(source);
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

function startHelpers(
  node: Threads,
  { workers, helpers, cache }: Crew,
  order: Omit<WorkerOrder, "port" | "claim">,
): Helper[] {
  while (workers.length < helpers) {
    const worker = new node.Worker(workerEntry(), { workerData: cache });
    // A thread that dies (of a lack of memory, say) takes one source with it; the others do the rest.
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
    const message: WorkerOrder = { ...order, claim, port: port2 };
    worker.postMessage(message, [port2]);
    return { port: port1, claim, isDead: () => !workers.includes(worker) };
  });
}

function collect(node: Threads, port: MessagePort, ready: Map<number, CompileResult>): void {
  for (
    let received = node.receiveMessageOnPort(port);
    received !== undefined;
    received = node.receiveMessageOnPort(port)
  ) {
    const message: unknown = received.message;
    invariant(isAnswer(message), "a compile thread answers with a result");
    ready.set(message.index, message.result);
  }
}
