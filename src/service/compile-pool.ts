/** Compiling many sources, in this thread alone or with the help of others, who share them out as `shared-work.ts` says. */
import type { Worker } from "node:worker_threads";
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
import { answerHere, answerTogether, type ThreadServer } from "./shared-work.ts";

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

/** One thread's compiler and what it has read. */
interface Server extends ThreadServer<CompileRequest, CompileResult> {
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
 * This thread reads through `files`, the others through their own, which see what is below `root` as `files` do.
 */
export function compilePool(threads: number, cache?: string, files?: FileStorePort, root?: string): CompilePool {
  let started: Promise<Server> | undefined;
  let round = 0;
  const own = async (): Promise<Server> => {
    const server = await (started ??= startServer(cache, files));
    server.beginRound(round);
    return server;
  };
  const workers: Worker[] = [];
  return {
    run: (requests) => {
      const fitting = threads < 2 || requests.length < WORTH_THREADS ? 1 : threadsThatFit(threads);
      if (fitting < 2) return answerHere(requests, own);
      return answerTogether(requests, {
        workers,
        helpers: fitting - 1,
        task: { kind: "compile", cache, root },
        round,
        own,
        lost,
      });
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

function lost({ path }: CompileRequest): CompileResult {
  return { ...nothing, source: bugReport(path, new Error("the thread that compiled it died")) };
}

const nothing: Omit<CompileResult, "source"> = {
  observations: [],
  modifiedNs: undefined,
  printed: undefined,
  dumped: "",
  milliseconds: 0,
};
