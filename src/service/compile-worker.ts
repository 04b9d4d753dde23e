/** A thread that helps: takes request after request from the counter all threads share, until there are none. */
import { parentPort, workerData } from "node:worker_threads";
import { nodeFiles, nodeSystem, rootedSystem } from "../host/index.ts";
import { startServer } from "./compile-pool.ts";
import {
  CELL,
  type ThreadServer,
  type ThreadTask,
  type WorkerAnswer,
  type WorkerOrder,
  takeNext,
} from "./shared-work.ts";
import { startTester } from "./test-pool.ts";

/** An upper bound: a changed turn wakes the thread, the end of the work does not. */
const WAIT_MS = 50;

async function fulfil<Request, Result>(
  server: ThreadServer<Request, Result>,
  { requests, cells, claim, port }: WorkerOrder<Request>,
): Promise<void> {
  await server.prepare(requests);
  while (Atomics.load(cells, CELL.next) < requests.length) {
    const turn = Atomics.load(cells, CELL.turn);
    const index = takeNext(cells, requests.length);
    const request = index === undefined ? undefined : requests[index];
    if (index === undefined || request === undefined) {
      Atomics.wait(cells, CELL.turn, turn, WAIT_MS);
      continue;
    }
    Atomics.store(cells, claim, index + 1);
    const answer: WorkerAnswer<Result> = { index, result: server.serve(request) };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    port.postMessage(answer);
    Atomics.add(cells, CELL.sent, 1);
    Atomics.notify(cells, CELL.sent);
  }
  server.settle();
  Atomics.store(cells, claim, 0);
  Atomics.notify(cells, claim);
}

function listen<Request, Result>(server: ThreadServer<Request, Result>): void {
  parentPort?.on("message", (order: WorkerOrder<Request>) => {
    server.beginRound(order.round);
    void fulfil(server, order);
  });
}

/** Where V8's caches are made the main thread reads this, and nobody says what for. */
async function work(task: ThreadTask | null): Promise<void> {
  const root = task?.root;
  const files = nodeFiles(root === undefined ? nodeSystem : rootedSystem(nodeSystem, root));
  if (task?.kind === "test") listen(await startTester(files));
  else listen(await startServer(task?.cache, files));
}

// Orders that come before the server is there wait in the port.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `shared-work.ts` gives a thread
void work(workerData as ThreadTask | null);
