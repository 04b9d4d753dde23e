/**
 * A line on the terminal that says that a verb is still at work, and for how long. One that compiles a single large profile has no
 * step to report and no moment to look at a timer: the line is another thread's, which ends when the verb says its first word.
 */
import type { CliIo } from "../io.ts";

/** Cells that both threads share. INVARIANT: whoever writes to the terminal holds the lock. */
const CELL = { isDone: 0, isShown: 1, lock: 2 } as const;

const TICK_MS = 1000;

/** The whole of the other thread. A word of the command line would have to be escaped: the verb is one of ours. */
const THREAD = `
const { workerData: { cells, descriptor, tickMs, verb } } = require("node:worker_threads");
const { writeSync } = require("node:fs");
for (let ticks = 1; Atomics.wait(cells, ${CELL.isDone}, 0, tickMs) === "timed-out"; ticks += 1) {
  while (Atomics.compareExchange(cells, ${CELL.lock}, 0, 1) !== 0) Atomics.wait(cells, ${CELL.lock}, 1);
  if (Atomics.load(cells, ${CELL.isDone}) === 0) {
    try {
      writeSync(descriptor, "\\r\\x1b[Karmorer " + verb + ": still at work, " + (ticks * tickMs) / 1000 + " s");
      Atomics.store(cells, ${CELL.isShown}, 1);
    } catch {
      Atomics.store(cells, ${CELL.isDone}, 1);
    }
  }
  Atomics.store(cells, ${CELL.lock}, 0);
  Atomics.notify(cells, ${CELL.lock});
}`;

/** From now on nothing is written; whether something was. */
function finish(cells: Int32Array): boolean {
  while (Atomics.compareExchange(cells, CELL.lock, 0, 1) !== 0) Atomics.wait(cells, CELL.lock, 1);
  const wasShown = Atomics.exchange(cells, CELL.isShown, 0) === 1;
  Atomics.store(cells, CELL.isDone, 1);
  Atomics.store(cells, CELL.lock, 0);
  Atomics.notify(cells, CELL.lock);
  Atomics.notify(cells, CELL.isDone);
  return wasShown;
}

/** Runs a verb that may take long; the line is there until it prints something, asks something or ends. */
export async function stillAtWork(
  verb: string,
  io: CliIo,
  run: (io: CliIo) => Promise<number>,
  tickMs = TICK_MS,
): Promise<number> {
  const descriptor = io.terminalDescriptor;
  if (descriptor === undefined) return run(io);
  const { Worker } = await import("node:worker_threads");
  const cells = new Int32Array(new SharedArrayBuffer(4 * 3));
  const worker = new Worker(THREAD, { eval: true, workerData: { cells, descriptor, tickMs, verb } });
  // Nothing depends on it.
  worker.on("error", () => undefined);
  worker.unref();
  const stop = (): void => {
    if (finish(cells)) io.err([{ control: "clear-line" }]);
  };
  const first =
    <A extends readonly unknown[], T>(action: (...values: A) => T) =>
    (...values: A): T => {
      stop();
      return action(...values);
    };
  try {
    return await run({
      ...io,
      out: first(io.out),
      err: first(io.err),
      verbatim: first(io.verbatim),
      json: first(io.json),
      binary: first(io.binary),
      input: first(io.input),
      inputLine: first(io.inputLine),
      inputKey: first(io.inputKey),
    });
  } finally {
    stop();
  }
}
