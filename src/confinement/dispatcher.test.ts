import assert from "node:assert/strict";
import { test } from "node:test";
import { Dispatcher, type PoolClock, type PoolJob, type PoolWorker } from "./dispatcher.ts";

interface Work extends PoolJob {
  readonly name: string;
  readonly takesMs: number;
}

/** What happens in time that does not pass by itself. */
class Time implements PoolClock {
  #now = 0;
  readonly #events: { readonly at: number; readonly then: () => void }[] = [];
  now(): number {
    return this.#now;
  }
  after(ms: number, then: () => void): void {
    this.#events.push({ at: this.#now + ms, then });
  }
  /** Until nothing is left to happen; how often something did. */
  pass(): number {
    let count = 0;
    for (; this.#events.length > 0; count += 1) {
      assert.ok(count < 1_000_000, "it goes on for ever");
      const first = this.#events.reduce((one, other) => (other.at < one.at ? other : one));
      this.#events.splice(this.#events.indexOf(first), 1);
      this.#now = first.at;
      first.then();
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
  readonly add: (name: string, key: string, takesMs: number) => void;
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
        worker.job = job;
        time.after(job.takesMs, () => finish(job));
        return true;
      },
      end: async (): Promise<void> => {
        worker.isEnded = true;
      },
      giveUp: (): void => assert.fail("nothing was to be given up"),
    };
    const finish = (job: Work): void => {
      assert.ok(!worker.isEnded, "a worker was ended that was at work");
      worker.job = undefined;
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
  const giveUp = (): void => assert.fail("nothing was to be given up");
  const add = (name: string, key: string, takesMs: number): void =>
    dispatcher.add({ name, key, takesMs, since: time.now(), giveUp });
  const made: Scene = { time, dispatcher, started, done, add };
  return made;
}

const KINDS = ["one", "two", "three"] as const;

test("where starting a worker takes long, none is ended for a job that will have its turn sooner", () => {
  let state = 7;
  let count = 0;
  const next = ({ add }: Scene): void => {
    if (count >= 2000) return;
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    count += 1;
    add(String(count), KINDS[(state >> 8) % KINDS.length] ?? "", 20);
  };
  const made = scene(4, 3000, next);
  for (let at = 0; at < 24; at += 1) next(made);
  made.time.pass();
  assert.equal(made.done.length, 2000);
  assert.ok(made.started.length <= 6, `${made.started.length} workers were started`);
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
  const giveUp = (): void => undefined;
  for (const name of ["first", "second"]) dispatcher.add({ name, key: "a", takesMs: 1, since: 0, giveUp });
  assert.deepEqual(made.started, ["first", "second"]);
  assert.equal(refusals, 1);
});
