/** A compile thread: one engine, one request at a time. */
import { parentPort } from "node:worker_threads";
import { loadEngine } from "../app/index.ts";
import { type WorkerAnswer, type WorkerTask, serve } from "./compile-pool.ts";

/** Answers requests until the thread is ended. */
async function work(): Promise<void> {
  const engine = await loadEngine();
  parentPort?.on("message", ({ index, request }: WorkerTask) => {
    const answer: WorkerAnswer = { index, result: serve(engine, request) };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    parentPort?.postMessage(answer);
  });
}

// Messages that come before the engine is there wait in the port.
void work();
