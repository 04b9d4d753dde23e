/**
 * Ports that callers made: what their functions give is looked at, because what goes wrong in them would look like a bug of ours, deep inside
 * of a job.
 */
import { PortMisuse } from "../app/index.ts";
import type { FilesPort, KernelPort } from "../foundation/ports/index.ts";

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
    if (result instanceof Promise) {
      // Nobody waits for it, and what it may be rejected with is not what went wrong.
      result.catch(() => undefined);
      throw new PortMisuse(`\`${name}\` gave a promise; ports are synchronous`);
    }
    const trouble = judge(result);
    if (trouble !== undefined) throw new PortMisuse(`\`${name}\` gave ${trouble}`);
    return result;
  };
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

const done = outcome("nothing", () => true, "kind");

/** The same of the functions of a kernel that loading asks. */
export function heldKernel(kernel: KernelPort): KernelPort {
  return {
    ...kernel,
    load: held("kernel.load", (bytes) => kernel.load(bytes), done),
    replace: held("kernel.replace", (bytes) => kernel.replace(bytes), done),
  };
}
