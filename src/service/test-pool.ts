/** Testing policy, in this thread alone or with the help of others, who share files and mutants out as `shared-work.ts` says. */
import type { Worker } from "node:worker_threads";
import {
  loadMeaning,
  type OpenPolicy,
  type PolicyTested,
  type PolicyTests,
  type TestAnswer,
  type TestCrew,
  type Tester,
  type TestRequest,
} from "../app/index.ts";
import type { Outcome } from "../foundation/basics/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { nodeFiles } from "../host/index.ts";
import { threadsThatFit } from "./addresses.ts";
import { answerHere, answerTogether, type ThreadServer } from "./shared-work.ts";

export interface TestPool {
  readonly run: (tests: PolicyTests) => Promise<PolicyTested>;
  /** A first suite for the profile of that name. Errors: a sentence: there is none. */
  readonly starter: (policy: OpenPolicy, name: string) => Promise<Outcome<string, string>>;
  /** From now on files are read again: they may have changed. */
  readonly forgetFiles: () => void;
  /** Ends the threads. */
  readonly close: () => Promise<void>;
}

/** Of so many expectations' worth of work a thread brings more than it costs to start it and to make its code warm. */
const WORTH_THREADS = 400;

/** Files that a thread that helps keeps open: what it has to open again costs time, all of a distribution's would cost memory once more. */
const KEPT_OPEN = 64;

/** Who decides in one thread. */
export async function startTester(
  files: FilesPort = nodeFiles(),
  kept = KEPT_OPEN,
): Promise<ThreadServer<TestRequest, TestAnswer> & Pick<Tester, "open" | "resolve">> {
  const { createTester } = await loadMeaning();
  const { answer, forget, open, resolve } = createTester(files, kept);
  let current = 0;
  return {
    beginRound: (round) => {
      if (round === current) return;
      current = round;
      forget();
    },
    prepare: () => Promise.resolve(),
    serve: answer,
    settle: () => undefined,
    open,
    resolve,
  };
}

/**
 * A pool with up to so many threads, this one among them; none are started before they are worth it. This thread reads through `files`, the
 * others through their own, which see what is below `root` as `files` do. What a thread would have decided that died is decided here.
 */
export function testPool(threads: number, files?: FilesPort, root?: string): TestPool {
  let started: ReturnType<typeof startTester> | undefined;
  let round = 0;
  const own = async (): ReturnType<typeof startTester> => {
    const server = await (started ??= startTester(files, Infinity));
    server.beginRound(round);
    return server;
  };
  const workers: Worker[] = [];
  const fittingFor = (requests: readonly TestRequest[], work: number): number => {
    const isWorth = threads > 1 && requests.length > 1 && work >= WORTH_THREADS;
    return isWorth ? threadsThatFit(Math.min(threads, requests.length)) : 1;
  };
  const answer = (requests: readonly TestRequest[], work: number): AsyncIterable<TestAnswer> => {
    const fitting = fittingFor(requests, work);
    if (fitting < 2) return answerHere(requests, own);
    return answerTogether(requests, { workers, helpers: fitting - 1, task: { kind: "test", root }, round, own, lost });
  };
  const crew = async (): Promise<TestCrew> => {
    const { open, resolve } = await own();
    return { threads, isShared: (requests, work) => fittingFor(requests, work) > 1, answer, open, resolve };
  };
  return {
    run: async (tests) => (await loadMeaning()).testPolicy(await crew(), tests),
    starter: async (policy, name) => (await loadMeaning()).starterSuite(await crew(), policy, name),
    forgetFiles: () => {
      round += 1;
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function lost(request: TestRequest, server: ThreadServer<TestRequest, TestAnswer>): TestAnswer {
  return server.serve(request);
}
