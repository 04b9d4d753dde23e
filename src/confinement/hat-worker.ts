/**
 * What runs in a worker (hat-pool.ts): it loads one module, enters one hat, wipes out the token, and does jobs until it is ended. INVARIANT: nothing
 * that a job could call leads out of the hat, since nobody has the token any more.
 */
import { type MessagePort, parentPort } from "node:worker_threads";
import { currentThread } from "./labels.ts";
import { enterHat } from "./hats.ts";
import type { JobMessage, WorkerMessage, WorkerOrder } from "./hat-messages.ts";
import { keepOffPoolThreads } from "./pool-threads.ts";

type Module = Readonly<Record<string, unknown>>;
type Start = WorkerOrder & { readonly port: MessagePort };
type Say = (message: WorkerMessage) => void;

/** Hands over what was thrown, or its words where it cannot be copied. */
function sayFailure(say: Say, thrown: unknown): void {
  try {
    say({ kind: "failed", error: thrown });
  } catch {
    say({ kind: "failed", error: new Error(String(thrown)) });
  }
}

async function doJob(module: Module, job: JobMessage, say: Say): Promise<void> {
  try {
    const work = module[job.name];
    if (typeof work !== "function") throw new TypeError(`the module has no function \`${job.name}\``);
    const value: unknown = await Reflect.apply(work, undefined, job.arguments);
    say({ kind: "done", value });
  } catch (thrown) {
    // What cannot be copied ends here, too: the job has failed, for nobody gets what it made.
    sayFailure(say, thrown);
  }
}

async function begin({ hat, module: address, port }: Start): Promise<void> {
  const say: Say = (message) => port.postMessage(message);
  const thread = currentThread();
  if (!thread.ok) return say({ kind: "refused", refusal: thread.error });
  keepOffPoolThreads();
  let module: Module;
  try {
    module = await import(address);
  } catch (thrown) {
    return say({ kind: "not-loaded", reason: thrown instanceof Error ? thrown.message : String(thrown) });
  }
  const entered = enterHat(hat);
  if (!entered.ok) return say({ kind: "refused", refusal: entered.error });
  entered.value.stay();
  port.on("message", (job: JobMessage) => void doJob(module, job, say));
  say({ kind: "ready", tid: thread.value.tid, label: entered.value.label.label });
}

// The port is in no variable that a job could import.
parentPort?.once("message", (order: Start) => void begin(order));
