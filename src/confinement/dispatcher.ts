/**
 * Who of a pool does what next: jobs of many kinds, and workers each of which can do jobs of one kind alone and is ended where another kind needs
 * its place. Knows neither hats nor threads, and no time but that of its clock.
 */

/** A piece of work that waits, or is being done. */
export interface PoolJob {
  /** Its kind: whose worker can do it. */
  readonly key: string;
  /** Since when it waits, in milliseconds of the clock. */
  readonly since: number;
  /** Says to whoever waits for it that it will not be done. */
  readonly giveUp: () => void;
}

export interface PoolWorker<Job extends PoolJob> {
  readonly key: string;
  /** What it is doing, or will when it is ready. */
  readonly job: Job | undefined;
  readonly isEnded: boolean;
  /** How long it took until it was ready; `undefined`: it is not. */
  readonly startMs: number | undefined;
  /** Begins with a job of its kind, if it still can. */
  readonly take: (job: Job) => boolean;
  readonly end: () => Promise<void>;
  /** Ends it, and gives up its job. */
  readonly giveUp: () => void;
}

export interface PoolClock {
  readonly now: () => number;
  readonly after: (ms: number, run: () => void) => void;
}

interface Pool<Job extends PoolJob> {
  /** At most so many workers. */
  readonly most: number;
  /** A new worker, for a first job; it says whenever it is done with one, or ends. */
  readonly start: (job: Job, settled: (worker: PoolWorker<Job>) => void) => PoolWorker<Job>;
  readonly clock?: PoolClock;
}

/** So long a job waits at least for a busy worker of its own kind, while one of another kind is idle. */
const LEAST_PATIENCE_MS = 50;
/** So many jobs of a kind in a row, while others wait. */
const MOST_IN_A_ROW = 64;

const systemClock: PoolClock = {
  now: () => performance.now(),
  after: (ms, run) => void setTimeout(run, Math.ceil(ms)),
};

/** The pool's side of all workers. */
export class Dispatcher<Job extends PoolJob> {
  readonly #pool: Pool<Job>;
  readonly #clock: PoolClock;
  /** Each with how many jobs it has begun in a row. */
  readonly #workers = new Map<PoolWorker<Job>, number>();
  /** Of the worker of each kind that was ready last: how long it took, and when that was. */
  readonly #started = new Map<string, { readonly tookMs: number; readonly at: number }>();
  /** Those that have been seen to be ready. */
  readonly #known = new WeakSet<PoolWorker<Job>>();
  #waiting: Job[] = [];
  #isTimed = false;
  isClosed = false;

  constructor(pool: Pool<Job>) {
    this.#pool = pool;
    this.#clock = pool.clock ?? systemClock;
  }

  add(job: Job): void {
    this.#waiting.push(job);
    this.#assign();
  }

  /** Gives up a job, wherever it is. */
  drop(job: Job): void {
    const at = this.#waiting.indexOf(job);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      job.giveUp();
    } else for (const worker of this.#workers.keys()) if (worker.job === job) worker.giveUp();
  }

  /** Hands out what waits, oldest first, as long as there is somebody to do it. */
  #assign(): void {
    while (this.#waiting.length > 0 && this.#assignOne()) continue;
  }

  #assignOne(): boolean {
    const idle = [...this.#workers.keys()].filter(({ job }) => job === undefined);
    if (idle.some((worker) => (this.#workers.get(worker) ?? 0) < MOST_IN_A_ROW && this.#giveOwn(worker))) return true;
    // Whose kind has no worker can wait for none.
    const [oldest] = this.#waiting;
    const next = this.#waiting.find(({ key }) => this.#count(key) === 0) ?? oldest;
    if (next === undefined) return false;
    // Their turns are over, but nobody else waits for this place.
    const own = idle.find(({ key }) => key === next.key);
    if (own !== undefined) return this.#giveOwn(own);
    if (this.#workers.size >= this.#pool.most) {
      const [first] = idle;
      if (first === undefined) return false;
      if (this.#isPatient(next)) return idle.some((worker) => this.#giveOwn(worker));
      // Rather one of several of a kind than the only one.
      this.#discard(idle.find(({ key }) => this.#count(key) > 1) ?? first);
    }
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    const worker = this.#pool.start(next, (one) => this.#settled(one));
    this.#workers.set(worker, 1);
    return true;
  }

  /** The oldest job of the worker's kind, unless there is none; a worker that cannot do it is ended. */
  #giveOwn(worker: PoolWorker<Job>): boolean {
    const at = this.#waiting.findIndex(({ key }) => key === worker.key);
    const [job] = at < 0 ? [] : this.#waiting.slice(at, at + 1);
    if (job === undefined) return false;
    if (worker.take(job)) {
      this.#waiting.splice(at, 1);
      const count = this.#workers.get(worker) ?? 0;
      this.#workers.set(worker, count < MOST_IN_A_ROW ? count + 1 : 1);
    } else this.#discard(worker);
    return true;
  }

  #count(key: string): number {
    return [...this.#workers.keys()].filter((worker) => worker.key === key).length;
  }

  /**
   * Whether a job waits on for a worker of its kind, while another place is free. One that starts will be ready before another that is started now;
   * one that is busy has as long as starting another takes, which is measured. Otherwise workers would be ended and started all the time where
   * there are more kinds than workers, or where starting is slow.
   */
  #isPatient({ key, since }: Job): boolean {
    const own = [...this.#workers.keys()].filter((worker) => worker.key === key);
    if (own.length === 0) return false;
    const { at = since, tookMs = 0 } = this.#started.get(key) ?? {};
    const isStarting = own.some(({ startMs }) => startMs === undefined);
    // What is ready in the meantime may have long work to do.
    const leftMs = isStarting
      ? LEAST_PATIENCE_MS
      : Math.max(since, at) + Math.max(LEAST_PATIENCE_MS, tookMs) - this.#clock.now();
    if (leftMs <= 0) return false;
    if (!this.#isTimed) {
      this.#isTimed = true;
      this.#clock.after(leftMs, () => {
        this.#isTimed = false;
        this.#assign();
      });
    }
    return true;
  }

  #settled(worker: PoolWorker<Job>): void {
    const { key, startMs: tookMs } = worker;
    // With its first job it is ready, and has done it.
    if (tookMs !== undefined && !this.#known.has(worker)) {
      this.#known.add(worker);
      this.#started.set(key, { tookMs, at: this.#clock.now() });
    }
    if (worker.isEnded) this.#workers.delete(worker);
    this.#assign();
  }

  #discard(worker: PoolWorker<Job>): void {
    this.#workers.delete(worker);
    void worker.end();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const job of waiting) job.giveUp();
    const workers = [...this.#workers.keys()];
    this.#workers.clear();
    for (const worker of workers) if (worker.job !== undefined) worker.giveUp();
    await Promise.all(workers.map(async (worker) => await worker.end()));
  }
}
