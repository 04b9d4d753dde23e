/**
 * Node does asynchronous work on files in threads that all its threads share, and which have labels of their own: what a hat forbids would be
 * done for whoever asks asynchronously (confinement-api 10.1). In a worker that is to be in a hat, these functions are replaced by the
 * synchronous ones, which run in the worker's own thread, and where there is none, by a refusal. It keeps honest code in its hat; code that is out to get
 * around it finds other ways to the same threads, which is why they must not be less confined than the profile that the hats are of.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";
import { promisify } from "node:util";

// oxlint-disable-next-line typescript/no-explicit-any -- any function of Node's
type AnyFunction = (...given: any[]) => unknown;

type Functions = Record<string, unknown>;

/** A module of Node's as whoever requires it sees it: what is changed there is changed for all. */
function builtin(name: string): Functions {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the modules are tables of functions, among others
  return createRequire("/")(name) as Functions;
}

/** Refused, since it would be done by another thread. */
class OutsideHat extends Error {
  override readonly name = "OutsideHat";
  readonly code = "ERR_OUTSIDE_HAT";
  constructor(what: string, instead: string) {
    super(`${what} runs in a thread that is not in the hat; ${instead}`);
  }
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === "function";
}

/** With a callback that is called later, as callbacks are. */
function called(
  work: AnyFunction,
  answer: (value: unknown, given: readonly unknown[]) => readonly unknown[],
): AnyFunction {
  return (...given) => {
    const callback: unknown = given.pop();
    if (!isFunction(callback)) throw new TypeError("the last argument should be a function");
    let results: readonly unknown[];
    try {
      results = answer(work(...given), given);
    } catch (thrown) {
      process.nextTick(callback, thrown);
      return;
    }
    process.nextTick(callback, ...results);
  };
}

/** Of these, callbacks get what was read into or written as well, and promises an object of both. */
const BUFFERED: Readonly<Record<string, readonly [count: string, what: string]>> = {
  read: ["bytesRead", "buffer"],
  readv: ["bytesRead", "buffers"],
  write: ["bytesWritten", "buffer"],
  writev: ["bytesWritten", "buffers"],
};

function withCallback(name: string, work: AnyFunction): AnyFunction {
  if (name === "exists") return called(work, (value) => [value]);
  const names = BUFFERED[name];
  if (names === undefined) return called(work, (value) => [null, value]);
  const [count, what] = names;
  const withPromise = async (...given: readonly unknown[]): Promise<unknown> => ({
    [count]: work(...given),
    [what]: given[1],
  });
  return Object.assign(
    called(work, (value, given) => [null, value, given[1]]),
    { [promisify.custom]: withPromise },
  );
}

/** By module, what has nothing synchronous in its place, and how to do without. */
const REFUSED: readonly (readonly [module: string, names: readonly string[], instead: string])[] = [
  ["node:fs", ["openAsBlob"], "read files with `fs.readFileSync`"],
  ["node:fs/promises", ["open"], "open files with `fs.openSync`"],
  ["node:dns", ["lookup", "lookupService"], "resolve names with `dns.resolve4`"],
  ["node:dns/promises", ["lookup", "lookupService"], "resolve names with `dns.resolve4`"],
];

/** Replaces them, in this thread, for all modules that are loaded from now on. */
export function keepOffPoolThreads(): void {
  const table = builtin("node:fs");
  const promises = builtin("node:fs/promises");
  for (const [name, plain] of Object.entries(table)) {
    const work = table[`${name}Sync`];
    if (!isFunction(plain) || !isFunction(work)) continue;
    const native: unknown = Reflect.get(work, "native");
    table[name] = Object.assign(
      withCallback(name, work),
      isFunction(native) && { native: called(native, (value) => [null, value]) },
    );
    if (isFunction(promises[name])) promises[name] = async (...given: readonly unknown[]) => work(...given);
  }
  refuseOthers();
  syncBuiltinESMExports();
}

function refuseOthers(): void {
  for (const [module, names, instead] of REFUSED) {
    const from = builtin(module);
    for (const name of names) {
      if (isFunction(from[name])) from[name] = refusing(name, instead);
    }
  }
}

/** As the callback's error where there is a callback, else as a rejected promise. */
function refusing(name: string, instead: string): AnyFunction {
  return (...given) => {
    const refusal = new OutsideHat(name, instead);
    const callback: unknown = given.at(-1);
    if (!isFunction(callback)) return Promise.reject(refusal);
    process.nextTick(callback, refusal);
    return undefined;
  };
}
