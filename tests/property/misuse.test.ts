import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { goodCalls, goodMethods, innerObjects, made } from "../support/good-calls.ts";
import { repository } from "../support/sources.ts";

type Action = (...given: readonly unknown[]) => unknown;
type Door = Readonly<Record<string, unknown>>;

const exported: Readonly<Record<string, { readonly types?: string }>> = JSON.parse(
  readFileSync(join(repository, "package.json"), "utf8"),
).exports;
const doors = Object.keys(exported).filter((door) => exported[door]?.types !== undefined);

function isAction(value: unknown): value is Action {
  return typeof value === "function";
}

async function openDoor(door: string): Promise<Door> {
  return import(door.replace(/^\./, "armorer"));
}

/** What people give by mistake. */
const wrongs: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  Number.NaN,
  10n,
  "",
  "text",
  Symbol("wrong"),
  [],
  [undefined],
  {},
  { path: "demo" },
  () => undefined,
  new Date(0),
  Uint8Array.of(1, 2, 3),
  new Map(),
  Promise.resolve("text"),
];

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** A value with a wrong one in its place, or in the place of one of its fields or items. */
function* spoiled(value: unknown, depth: number): Generator {
  // A function that gives the wrong thing breaks its own promise, which nobody can see before it is called.
  const isFunction = typeof value === "function";
  for (const wrong of wrongs) if (wrong !== value && !(isFunction && typeof wrong === "function")) yield wrong;
  if (depth === 0 || made.has(value)) return;
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) for (const wrong of spoiled(item, depth - 1)) yield value.with(at, wrong);
  } else if (isPlain(value)) {
    for (const [name, item] of Object.entries(value)) {
      for (const wrong of spoiled(item, depth - 1)) yield { ...value, [name]: wrong };
    }
    yield { ...value, surplus: 1 };
  }
}

/** What a call ends in: nothing to say, or what was thrown. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    const value = call();
    // An asynchronous function rejects, and never throws.
    await value;
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

function isHelpful(thrown: unknown, name: string): boolean {
  return (
    thrown instanceof TypeError &&
    thrown.message.startsWith(`${name}: \``) &&
    /should (?:be|have) |has no option `/.test(thrown.message)
  );
}

function errorText(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : inspect(thrown);
}

/** How deep arguments are spoiled: as deep as people write them. */
const DEPTH = 1;

async function abuse(
  name: string,
  action: Action,
  good: readonly unknown[],
): Promise<{ calls: number; bad: string[] }> {
  const bad: string[] = [];
  let calls = 0;
  const fine = await outcome(() => action(...good));
  if (fine !== undefined) bad.push(`${name}: a good call ended in ${errorText(fine)}`);
  for (const [at, value] of good.entries()) {
    for (const wrong of spoiled(value, DEPTH)) {
      calls += 1;
      const thrown = await outcome(() => action(...good.with(at, wrong)));
      if (thrown === undefined || isHelpful(thrown, name)) continue;
      bad.push(`${name}, argument ${at} as ${describe(wrong)}: ${errorText(thrown)}`);
    }
  }
  // None at all.
  const empty = await outcome(() => action());
  if (good.length > 0 && empty !== undefined && !isHelpful(empty, name))
    bad.push(`${name} without arguments: ${errorText(empty)}`);
  return { calls, bad };
}

function describe(value: unknown): string {
  if (isPlain(value)) {
    return `{ ${Object.entries(value)
      .map(([name, item]) => `${name}: ${isPlain(item) ? "{…}" : String(item).slice(0, 20)}`)
      .join(", ")} }`;
  }
  return Array.isArray(value) ? `[${value.length}]` : String(value).slice(0, 40);
}

test("every public function has a good call here", async () => {
  const missing: string[] = [];
  for (const door of doors) {
    const functions = Object.entries(await openDoor(door)).filter(([, value]) => typeof value === "function");
    for (const [name] of functions) if (goodCalls[door]?.[name] === undefined) missing.push(`${door} ${name}`);
  }
  assert.deepEqual(missing, []);
});

/** Every function of every door, with a good call of it. */
async function* publicFunctions(): AsyncGenerator<{
  readonly door: string;
  readonly name: string;
  readonly action: Action;
  readonly good: readonly unknown[];
}> {
  for (const [door, functions] of Object.entries(goodCalls)) {
    const module = await openDoor(door);
    for (const [name, good] of Object.entries(functions)) {
      const action = module[name];
      assert.ok(isAction(action), `${door} has no ${name}`);
      yield { door, name, action, good };
    }
  }
}

test("a function of an object that a public function gives looks at what it is given as well", async () => {
  const bad: string[] = [];
  let calls = 0;
  for await (const { action, door, good, name } of publicFunctions()) {
    const given: unknown = await action(...good);
    if (!isPlain(given) || innerObjects.has(`${door} ${name}`)) continue;
    for (const [method, inner] of Object.entries(given)) {
      if (!isAction(inner) || inner.length === 0) continue;
      calls += 1;
      const thrown = await outcome(() => inner(Symbol("wrong")));
      const isFine = thrown instanceof TypeError && new RegExp(`^\\w+\\.${method}: \``).test(thrown.message);
      if (!isFine) bad.push(`${door} ${name}: ${method}: ${errorText(thrown)}`);
    }
  }
  assert.ok(calls > 60, `only ${calls} calls`);
  assert.deepEqual(bad, []);
});

test("a call with wrong arguments says what was expected, and never ends in an internal error", async () => {
  const bad: string[] = [];
  let calls = 0;
  for await (const { action, door, good, name } of publicFunctions()) {
    const found = await abuse(name, action, good);
    calls += found.calls;
    bad.push(...found.bad.map((line) => `${door} ${line}`));
  }
  for (const [what, [object, functions]] of Object.entries(await goodMethods())) {
    for (const [name, good] of Object.entries(functions)) {
      const action: unknown = Reflect.get(object, name);
      assert.ok(isAction(action));
      const found = await abuse(`${what}.${name}`, action, good);
      calls += found.calls;
      bad.push(...found.bad);
    }
  }
  assert.ok(calls > 5000, `only ${calls} calls`);
  assert.deepEqual(bad, []);
});

test("what is said names the place, what belongs there and what is there", async () => {
  const library = await openDoor(".");
  const call = (name: string, ...given: readonly unknown[]): Promise<unknown> =>
    outcome(() => {
      const action = library[name];
      assert.ok(isAction(action));
      return action(...given);
    }).then((thrown) => (thrown instanceof Error ? thrown.message : ""));
  assert.equal(
    await call("compile", "profile a { }", { file: {} }),
    "compile: `options` has no option `file`; did you mean `files`?",
  );
  assert.equal(
    await call("memoryFiles", { "tunables/global": "" }),
    "memoryFiles: `files` should have absolute paths, and `tunables/global` is none",
  );
  assert.equal(await call("decode", "profile"), "decode: `bytes` should be a Uint8Array, but is a string");
  assert.equal(
    await call("renderDiagnostics", Promise.resolve()),
    "renderDiagnostics: `checked` should be what `check` or `compile` gives, or an array of it, but is a promise (an `await` may be missing)",
  );
});
