import assert from "node:assert/strict";
import { test } from "node:test";
import { Dispatcher, type PoolClock, type PoolJob, type PoolWorker } from "./dispatcher.ts";

interface Work extends PoolJob {
  readonly name: string;
  readonly takesMs: number;
  /** The worker does not survive it. */
  readonly isDeadly: boolean;
}

/** What happens in time that does not pass by itself. */
class Time implements PoolClock {
  #now = 0;
  readonly #events: { readonly at: number; readonly run: () => void }[] = [];
  now(): number {
    return this.#now;
  }
  after(ms: number, run: () => void): void {
    this.#events.push({ at: this.#now + ms, run });
  }
  /** Until nothing is left to happen; how often something did. */
  pass(): number {
    let count = 0;
    for (; this.#events.length > 0; count += 1) {
      assert.ok(count < 1_000_000, "it goes on for ever");
      const first = this.#events.reduce((one, other) => (other.at < one.at ? other : one));
      this.#events.splice(this.#events.indexOf(first), 1);
      this.#now = first.at;
      first.run();
    }
    return count;
  }
}

interface Scene {
  readonly time: Time;
  readonly dispatcher: Dispatcher<Work>;
  /** The kinds of the workers that were started, in order. */
  readonly started: string[];
  /** The names of the jobs that were done, in order. */
  readonly done: string[];
  readonly add: (name: string, key: string, takesMs: number, isDeadly?: boolean) => void;
}

function giveUp(): void {
  assert.fail("nothing was to be given up");
}

/** Workers that take long to start, each of which does its jobs in the time that they take. */
function scene(most: number, startTakesMs: number, onDone: (scene: Scene) => void = () => undefined): Scene {
  const time = new Time();
  const [started, done]: [string[], string[]] = [[], []];
  const start = (first: Work, settled: (worker: PoolWorker<Work>) => void): PoolWorker<Work> => {
    started.push(first.key);
    const worker = {
      key: first.key,
      job: first as Work | undefined,
      isEnded: false,
      startMs: undefined as number | undefined,
      take: (job: Work): boolean => {
        if (worker.isEnded) return false;
        worker.job = job;
        time.after(job.takesMs, () => finish(job));
        return true;
      },
      end: async (): Promise<void> => {
        worker.isEnded = true;
      },
      giveUp,
    };
    const finish = (job: Work): void => {
      assert.ok(!worker.isEnded, "a worker was ended that was at work");
      worker.job = undefined;
      worker.isEnded = job.isDeadly;
      done.push(job.name);
      onDone(made);
      settled(worker);
    };
    time.after(startTakesMs, () => {
      worker.startMs = startTakesMs;
      worker.take(first);
    });
    return worker;
  };
  const dispatcher = new Dispatcher<Work>({ most, start, clock: time });
  const add: Scene["add"] = (name, key, takesMs, isDeadly = false) =>
    dispatcher.add({ name, key, takesMs, isDeadly, since: time.now(), giveUp });
  const made: Scene = { time, dispatcher, started, done, add };
  return made;
}

const KINDS = ["one", "two", "three"] as const;

/** How many workers are started for 2,000 jobs of three kinds, twelve of which wait at a time, where starting one takes long. */
function startsFor(deadlyEvery: number): number {
  let state = 7;
  let count = 0;
  const next = ({ add }: Scene): void => {
    if (count >= 2000) return;
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    count += 1;
    add(String(count), KINDS[(state >> 8) % KINDS.length] ?? "", 20, count % deadlyEvery === 0);
  };
  const made = scene(4, 3000, next);
  for (let at = 0; at < 12; at += 1) next(made);
  made.time.pass();
  assert.equal(made.done.length, 2000);
  return made.started.length;
}

test("where starting a worker takes long, none is ended for a job that will have its turn sooner", () => {
  const count = startsFor(Infinity);
  assert.ok(count <= 6, `${count} workers were started`);
});

test("a worker that ends costs hardly more than another one's start", () => {
  const count = startsFor(50);
  assert.ok(count <= 80, `${count} workers were started for 4 places and 40 that ended`);
});

test("a kind whose turn is over goes on as long as nobody else can have its place", () => {
  const made = scene(2, 1000);
  made.add("slow", "a", 500);
  for (let at = 0; at < 70; at += 1) made.add(`b ${at}`, "b", 5);
  made.time.pass();
  // Now it is known how long a worker of each kind takes to start.
  made.done.length = 0;
  made.add("slow", "a", 900);
  made.add("slow, too", "a", 900);
  for (let at = 0; at < 150; at += 1) made.add(`b ${at}`, "b", 5);
  made.time.pass();
  assert.equal(made.done.indexOf("slow"), 150);
  assert.deepEqual(made.started, ["a", "b"]);
});

test("a job that waited for a worker to start does not wait for the long work that this one has to do", () => {
  const made = scene(2, 1000);
  made.add("b", "b", 5);
  made.time.pass();
  made.add("long", "a", 1_000_000);
  made.add("short", "a", 5);
  made.time.pass();
  assert.deepEqual(made.done, ["b", "short", "long"]);
  assert.deepEqual(made.started, ["b", "a", "a"]);
});

test("jobs of one kind without end do not keep another from its turn", () => {
  let count = 0;
  const made = scene(1, 100, ({ add, done }) => {
    count += 1;
    if (count < 1000 && !done.includes("other")) add(String(count), "b", 5);
  });
  made.add("0", "b", 5);
  made.add("00", "b", 5);
  made.add("other", "a", 5);
  made.time.pass();
  assert.ok(made.done.indexOf("other") <= 64, `it was the ${made.done.indexOf("other")}th`);
});

test("a worker that cannot do its kind's work any more is ended, and another does the job", () => {
  const made = scene(1, 10);
  let refusals = 0;
  const start = (job: Work): PoolWorker<Work> => {
    made.started.push(job.name);
    return {
      key: job.key,
      job: undefined,
      isEnded: false,
      startMs: 10,
      take: () => {
        refusals += 1;
        return false;
      },
      end: async () => undefined,
      giveUp: () => undefined,
    };
  };
  const dispatcher = new Dispatcher<Work>({ most: 1, start, clock: made.time });
  for (const name of ["first", "second"]) {
    dispatcher.add({ name, key: "a", takesMs: 1, isDeadly: false, since: 0, giveUp });
  }
  assert.deepEqual(made.started, ["first", "second"]);
  assert.equal(refusals, 1);
});
