/** A compile thread: takes source after source from the counter all threads share, until there are none. */
import { parentPort, workerData } from "node:worker_threads";
import { CELL, type Server, type WorkerAnswer, type WorkerOrder, startServer, takeNext } from "./compile-pool.ts";

/** An upper bound: a changed turn wakes the thread, the end of the work does not. */
const WAIT_MS = 50;

async function fulfil(server: Server, { requests, cells, claim, port }: WorkerOrder): Promise<void> {
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
    const answer: WorkerAnswer = { index, result: server.serve(request) };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    port.postMessage(answer);
    Atomics.add(cells, CELL.sent, 1);
    Atomics.notify(cells, CELL.sent);
  }
  server.settle();
  Atomics.store(cells, claim, 0);
  Atomics.notify(cells, claim);
}

async function work(): Promise<void> {
  const cache: unknown = workerData;
  const server = await startServer(typeof cache === "string" ? cache : undefined);
  parentPort?.on("message", (order: WorkerOrder) => {
    server.beginRound(order.round);
    void fulfil(server, order);
  });
}

// Orders that come before the compiler is there wait in the port.
void work();
