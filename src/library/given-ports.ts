/**
 * Ports that callers made: what their functions give is looked at, because what goes wrong in them would look like a bug of ours, deep inside
 * of a job.
 */
import { PortMisuse } from "../app/index.ts";
import type { FileStorePort, FilesPort, KernelPort, ProcessesPort } from "../foundation/ports/index.ts";

/** What is wrong with a value that a port gave; `undefined`: nothing. */
type Judge = (value: unknown) => string | undefined;

const field = (value: unknown, name: string): unknown => Reflect.get(Object(value), name);

/** A value in few words. */
function named(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? "a string" : `a ${typeof value}`;
}

/** `{ ok: true, value }` or `{ ok: false, error }`, where the error says which by this field. */
function outcome(expected: string, isValue: (value: unknown) => boolean, errorField: "errno" | "kind"): Judge {
  return (given) => {
    const isOk = field(given, "ok");
    if (isOk === false) {
      const isError = typeof field(field(given, "error"), errorField) === "string";
      return isError ? undefined : `a refusal whose \`error\` has no \`${errorField}\``;
    }
    if (isOk !== true) return `${named(given)}; it should give \`{ ok: true, value }\` or \`{ ok: false, error }\``;
    const value = field(given, "value");
    return isValue(value) ? undefined : `${named(value)} as \`value\`; it should be ${expected}`;
  };
}

const isBytes = (value: unknown): boolean => Object.prototype.toString.call(value) === "[object Uint8Array]";
const isEntries = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every((entry) => typeof field(entry, "name") === "string" && isKind(field(entry, "kind")));

function isKind(value: unknown): boolean {
  return typeof value === "string" && ["file", "directory", "other", "dangling"].includes(value);
}

/** The function, which throws where the one that was given throws or gives something else than its type says. */
function held<Given extends readonly unknown[], Result>(
  name: string,
  action: (...given: Given) => Result,
  judge: Judge,
): (...given: Given) => Result {
  return (...given) => {
    const result = attempt(name, () => action(...given));
    judgeNow(name, result, judge);
    return result;
  };
}

function judgeNow(name: string, result: unknown, judge: Judge): void {
  if (result instanceof Promise) {
    // Nobody waits for it, and what it may be rejected with is not what went wrong.
    result.catch(() => undefined);
    throw new PortMisuse(`\`${name}\` gave a promise; ports are synchronous`);
  }
  const trouble = judge(result);
  if (trouble !== undefined) throw new PortMisuse(`\`${name}\` gave ${trouble}`);
}

function attempt<Result>(name: string, action: () => Result): Result {
  try {
    return action();
  } catch (thrown) {
    const what = thrown instanceof Error ? thrown.message : String(thrown);
    const advice = "a port gives `{ ok: false, error }` for what the world refuses";
    throw new PortMisuse(`\`${name}\` threw "${what}"; ${advice}`, { cause: thrown });
  }
}

const read = outcome("a Uint8Array (`encodeBytes` makes one of a string)", isBytes, "errno");
const list = outcome("an array of `{ name, kind }`", isEntries, "errno");
const kind: Judge = (value) =>
  value === undefined || isKind(value)
    ? undefined
    : `${typeof value === "string" ? JSON.stringify(value) : named(value)}; it should give "file", "directory", "other", "dangling" or undefined`;

/** Files that hold what their type promises, or say at once that they do not. */
export function heldFiles(files: FilesPort): FilesPort {
  return {
    read: held("files.read", (path, options) => files.read(path, options), read),
    list: held("files.list", (path) => files.list(path), list),
    kind: held("files.kind", (path) => files.kind(path), kind),
  };
}

const done = outcome("nothing", () => true, "errno");
const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;
const status = outcome("`{ kind, sizeBytes, mode, modifiedNs }`", (value) => isKind(field(value, "kind")), "errno");
const ownFile = outcome("`{ bytes, modifiedNs }`", (value) => isBytes(field(value, "bytes")), "errno");
const output = outcome("`{ write, commit, discard }`", isObject, "errno");
const anything = outcome("what its action gives", () => true, "errno");

/** The same of files that are written. Each is named, since what somebody made may have its functions from a class. */
export function heldStore(files: FileStorePort): FileStorePort {
  return {
    ...heldFiles(files),
    status: held("files.status", (path) => files.status(path), status),
    readOwn: held("files.readOwn", (path, range) => files.readOwn(path, range), ownFile),
    write: held("files.write", (path, bytes, options) => files.write(path, bytes, options), done),
    output: held("files.output", (path, options) => files.output(path, options), output),
    // What the action throws is not the port's doing.
    within: (path, action) => {
      const given = files.within(path, action);
      judgeNow("files.within", given, anything);
      return given;
    },
    remove: held("files.remove", (path, options) => files.remove(path, options), done),
    makeDirectory: held("files.makeDirectory", (path, mode) => files.makeDirectory(path, mode), done),
  };
}

const loaded = outcome("nothing", () => true, "kind");
const isProfile = (value: unknown): boolean =>
  typeof field(value, "name") === "string" && typeof field(value, "mode") === "string";
const isStream = (value: unknown): boolean => isBytes(field(value, "bytes"));
const profiles = outcome(
  "an array of `{ name, mode }`",
  (value) => Array.isArray(value) && value.every(isProfile),
  "kind",
);
const features = outcome("a string", (value) => typeof value === "string", "kind");
const streams = outcome(
  "an array of `{ id, abi, bytes }`",
  (value) => Array.isArray(value) && value.every(isStream),
  "kind",
);
const isOr =
  (expected: string, isFine: (value: unknown) => boolean): Judge =>
  (value) =>
    value === undefined || isFine(value) ? undefined : `${named(value)}; it should give ${expected} or undefined`;

/** The same of a kernel. */
export function heldKernel(kernel: KernelPort): KernelPort {
  return {
    directory: held(
      "kernel.directory",
      () => kernel.directory(),
      isOr("a string", (value) => typeof value === "string"),
    ),
    enabled: held(
      "kernel.enabled",
      () => kernel.enabled(),
      isOr("true, false", (value) => typeof value === "boolean"),
    ),
    load: held("kernel.load", (bytes) => kernel.load(bytes), loaded),
    replace: held("kernel.replace", (bytes) => kernel.replace(bytes), loaded),
    remove: held("kernel.remove", (profile) => kernel.remove(profile), loaded),
    profiles: held("kernel.profiles", () => kernel.profiles(), profiles),
    features: held("kernel.features", () => kernel.features(), features),
    streams: held("kernel.streams", () => kernel.streams(), streams),
  };
}

const confinement: Judge = (value) =>
  Array.isArray(field(value, "processes")) && typeof field(value, "hidden") === "number"
    ? undefined
    : `${named(value)}; it should give \`{ processes, hidden }\``;

/** The same of processes. */
export function heldProcesses(processes: ProcessesPort): ProcessesPort {
  return { confinement: held("processes.confinement", () => processes.confinement(), confinement) };
}
