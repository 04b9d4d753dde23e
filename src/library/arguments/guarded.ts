/** Public functions look at what they are given before they do anything. */
import { invariant } from "../../foundation/basics/index.ts";
import { misuse, type Parameter } from "./shape.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- any function at all; its own types are kept
type AnyFunction = (...given: any[]) => unknown;

/** The functions of a module, each with one parameter for each of its own. */
export type ParametersOf<Module> = {
  readonly [Name in keyof Module as Module[Name] extends AnyFunction ? Name : never]: Module[Name] extends (
    ...given: infer Given
  ) => unknown
    ? { readonly [At in keyof Given]-?: Parameter }
    : never;
};

/** The first thing that is wrong with the arguments of a call. */
function firstTrouble(parameters: readonly Parameter[], given: readonly unknown[]): string | undefined {
  for (const [at, { name, shape }] of parameters.entries()) {
    const trouble = shape.trouble(given[at], name, given);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

/** The arguments as the function gets them. */
function takenBy(name: string, parameters: readonly Parameter[], given: readonly unknown[]): readonly unknown[] {
  if (parameters.every(({ shape }) => shape.taken === undefined)) return given;
  return given.map((value, at) => {
    const parameter = parameters[at];
    return parameter?.shape.taken?.(value, parameter.name, name) ?? value;
  });
}

/** The same function, which throws a `TypeError` that says what it expected where a call gives it something else. */
export function guarded<Action extends AnyFunction>(
  name: string,
  action: Action,
  parameters: readonly Parameter[],
  finish: (value: never) => unknown = unchanged,
): Action {
  return named(name, action, (...given) => {
    const trouble = firstTrouble(parameters, given);
    if (trouble !== undefined) throw misuse(`${name}: ${trouble}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whoever gives `finish` gives the function whose value it takes
    return finish(action(...takenBy(name, parameters, given)) as never);
  });
}

/** The same of a function that gives a promise, which such a call rejects. */
export function guardedPromise<Action extends AnyFunction>(
  name: string,
  action: Action,
  parameters: readonly Parameter[],
  finish: (value: never) => unknown = unchanged,
): Action {
  return named(name, action, async (...given) => {
    const trouble = firstTrouble(parameters, given);
    if (trouble !== undefined) throw misuse(`${name}: ${trouble}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    return finish((await action(...takenBy(name, parameters, given))) as never);
  });
}

function unchanged(value: unknown): unknown {
  return value;
}

/** People look at a function's name and length. */
function named<Action extends AnyFunction>(name: string, action: Action, checked: AnyFunction): Action {
  Object.defineProperty(checked, "name", { value: name });
  Object.defineProperty(checked, "length", { value: action.length });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it takes and gives the same
  return checked as Action;
}

/** The same object, with those of its functions guarded that parameters are given for. */
export function guardedMethods<Value extends object>(
  name: string,
  value: Value,
  parameters: Partial<ParametersOf<Value>>,
): Value {
  const methods = Object.entries<unknown>(parameters).map(([method, list]) => {
    const action: unknown = Reflect.get(value, method);
    invariant(typeof action === "function" && Array.isArray(list), `\`${method}\` is a function with parameters`);
    const guard = action.constructor.name === "AsyncFunction" ? guardedPromise : guarded;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ParametersOf has functions with their parameters only
    return [method, guard(`${name}.${method}`, action as AnyFunction, list as readonly Parameter[])] as const;
  });
  return { ...value, ...Object.fromEntries(methods) };
}
