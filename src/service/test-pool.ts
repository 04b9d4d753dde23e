/** Testing policy, in this thread alone or with the help of others, who share files and mutants out as `shared-work.ts` says. */
import type { Worker } from "node:worker_threads";
import {
  loadMeaning,
  type PolicyTested,
  type PolicyTests,
  type TestAnswer,
  type Tester,
  type TestRequest,
} from "../app/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { nodeFiles } from "../host/index.ts";
import { threadsThatFit } from "./addresses.ts";
import { answerHere, answerTogether, type ThreadServer } from "./shared-work.ts";

export interface TestPool {
  readonly run: (tests: PolicyTests) => Promise<PolicyTested>;
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
 * others through their own. What a thread would have decided that died is decided here.
 */
export function testPool(threads: number, files?: FilesPort): TestPool {
  let started: ReturnType<typeof startTester> | undefined;
  let round = 0;
  const own = async (): ReturnType<typeof startTester> => {
    const server = await (started ??= startTester(files, Infinity));
    server.beginRound(round);
    return server;
  };
  const workers: Worker[] = [];
  const answer = (requests: readonly TestRequest[], work: number): AsyncIterable<TestAnswer> => {
    const isWorth = threads > 1 && requests.length > 1 && work >= WORTH_THREADS;
    const fitting = isWorth ? threadsThatFit(Math.min(threads, requests.length)) : 1;
    if (fitting < 2) return answerHere(requests, own);
    return answerTogether(requests, { workers, helpers: fitting - 1, task: { kind: "test" }, round, own, lost });
  };
  return {
    run: async (tests) => {
      const { testPolicy } = await loadMeaning();
      const { open, resolve } = await own();
      return testPolicy({ threads, answer, open, resolve }, tests);
    },
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
