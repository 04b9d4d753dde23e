/**
 * What a public function takes, as values that can be looked at while running: TypeScript's types are gone by then, and many callers have
 * none. A shape says in a phrase what it expects and finds the first place where a value is something else. It looks as deep as a caller
 * writes by hand (options, lists, plain data); what another function of ours made is known by its outermost fields.
 */
import { nearestWord } from "../../foundation/basics/index.ts";

export interface Shape {
  /** What is expected, to stand after "should be". */
  readonly expected: string;
  /** What is wrong with the value, which is called `path`: a sentence; `undefined`: nothing. `given` are all arguments of the call. */
  readonly trouble: (value: unknown, path: string, given?: readonly unknown[]) => string | undefined;
  /** Nothing at all may be given, too. */
  readonly isOptional?: true;
  /** The value as the function gets it: of what can be walked through once only, each item is looked at as it comes. */
  readonly taken?: (value: unknown, path: string, call: string) => unknown;
}

/** One parameter of a function, in the order of its parameters. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
}

/** A call whose arguments are not what the function takes. The message is for whoever wrote the call. */
export function misuse(message: string): TypeError {
  return new TypeError(message);
}

/** By how it is spoken: a Uint8Array and a URL begin like "you". */
function article(noun: string): string {
  return `${/^(?!U(?:int|RL))[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** What a value is, in a few words. */
function whatItIs(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Number.isNaN(value)) return "NaN";
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "string") return value === "" ? "an empty string" : "a string";
  if (typeof value !== "object") return article(typeof value);
  if (Array.isArray(value)) return "an array";
  if (value instanceof Promise) return "a promise (an `await` may be missing)";
  if (Symbol.asyncIterator in value) return "a stream (it has to be read first: `for await`)";
  const name = tagOf(value);
  return name === "Object" ? "an object" : article(name);
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

function expecting(expected: string, isFine: (value: unknown) => boolean): Shape {
  return {
    expected,
    trouble: (value, path) =>
      isFine(value) ? undefined : `\`${path}\` should be ${expected}, but is ${whatItIs(value)}`,
  };
}

export const text = expecting("a string", (value) => typeof value === "string");
export const flag = expecting("true or false", (value) => typeof value === "boolean");
export const bytes = expecting(
  "a Uint8Array",
  (value) => typeof value === "object" && value !== null && tagOf(value) === "Uint8Array",
);
export const count = expecting(
  "a whole number that is not negative",
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);
export const notNegative = expecting(
  "a number that is not negative",
  (value) => typeof value === "number" && value >= 0,
);
export const bigint = expecting("a bigint", (value) => typeof value === "bigint");
/** A whole number between two others, both included. */
export function number(least: number, most: number): Shape {
  return expecting(
    `a whole number from ${least} to ${most}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
  );
}
export const anything: Shape = { expected: "anything", trouble: () => undefined };
export const map = expecting("a Map", (value) => typeof value === "object" && value !== null && tagOf(value) === "Map");

/** A function; `does` says what for. */
export function callback(does: string): Shape {
  return expecting(`a function that ${does}`, (value) => typeof value === "function");
}

/** A typed array of one kind. */
export function numbers(kind: "Uint32Array" | "Uint16Array"): Shape {
  return expecting(`a ${kind}`, (value) => typeof value === "object" && value !== null && tagOf(value) === kind);
}

/** One of a few words. */
export function word(...words: readonly string[]): Shape {
  const expected = words.map((one) => JSON.stringify(one)).join(" or ");
  return wordOf(expected, words);
}

/** One of the words of a table, which are too many to be listed. */
export function wordOf(expected: string, words: readonly string[]): Shape {
  return {
    expected,
    trouble: (value, path) => {
      if (typeof value === "string" && words.includes(value)) return undefined;
      const given = typeof value === "string" ? JSON.stringify(value) : whatItIs(value);
      const near = typeof value === "string" ? nearestWord(value, words) : undefined;
      const hint = near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`;
      return `\`${path}\` should be ${expected}, but is ${given}${hint}`;
    },
  };
}

/** A string of which more can be said than that it is one. */
export function textThat(expected: string, problemOf: (value: string) => string | undefined): Shape {
  return {
    expected,
    trouble: (value, path) => {
      const problem = typeof value === "string" ? problemOf(value) : whatItIs(value);
      return problem === undefined ? undefined : `\`${path}\` should be ${expected}, but is ${problem}`;
    },
  };
}

/** It may be left out. */
export function optional(shape: Shape): Shape {
  return {
    expected: shape.expected,
    isOptional: true,
    trouble: (value, path) => (value === undefined ? undefined : shape.trouble(value, path)),
  };
}

/** An array, each item of which is looked at. */
export function list(item: Shape, expected = `an array, each item of it ${item.expected}`): Shape {
  return {
    expected,
    trouble: (value, path) => {
      if (!Array.isArray(value)) return `\`${path}\` should be ${expected}, but is ${whatItIs(value)}`;
      for (const [at, one] of value.entries()) {
        const trouble = item.trouble(one, `${path}[${at}]`);
        if (trouble !== undefined) return trouble;
      }
      return undefined;
    },
  };
}

/**
 * Lines of a text, as an array or as anything else that gives them. Only what can be walked through more than once is looked into.
 */
export const lines: Shape = {
  expected: "an array of lines, or anything that gives lines",
  trouble: (value, path) => {
    if (Array.isArray(value) || value instanceof Set) return list(text).trouble([...value], path);
    const givesLines = typeof value === "object" && value !== null && Symbol.iterator in value;
    return givesLines && !(value instanceof Map) && !ArrayBuffer.isView(value)
      ? undefined
      : `\`${path}\` should be ${lines.expected}, but is ${whatItIs(value)}`;
  },
  taken: (value, path, call) => (isWalkedOnce(value) ? lookedAt(value, path, call) : value),
};

function isWalkedOnce(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Symbol.iterator in value;
}

function* lookedAt(given: Iterable<unknown>, path: string, call: string): Generator {
  let at = 0;
  for (const one of given) {
    const trouble = text.trouble(one, `${path}[${at}]`);
    if (trouble !== undefined) throw misuse(`${call}: ${trouble}`);
    yield one;
    at += 1;
  }
}

/** The first of these that fits. What is wrong is said of the last one that knows more than that it is something else. */
export function either(expected: string, ...shapes: readonly Shape[]): Shape {
  return {
    expected,
    trouble: (value, path) => {
      const troubles = shapes.map((shape) => shape.trouble(value, path));
      if (troubles.includes(undefined)) return undefined;
      const inside = troubles.findLast((one) => one !== undefined && !one.startsWith(`\`${path}\` should be`));
      return inside ?? `\`${path}\` should be ${expected}, but is ${whatItIs(value)}`;
    },
    taken: (value, path, call) =>
      shapes.find((shape) => shape.trouble(value, path) === undefined)?.taken?.(value, path, call) ?? value,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** An object that is nothing but its fields: a Map or a Date has none, and would pass for an empty one. */
function isPlainRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && ["Object", "Module"].includes(tagOf(value));
}

/** What has contents, and no fields that somebody gave it. */
function isCollection(value: object): boolean {
  return ["Map", "Set", "Date", "URL"].includes(tagOf(value));
}

function fieldTrouble(value: Readonly<Record<string, unknown>>, wanted: Fields, path: string): string | undefined {
  for (const [name, shape] of Object.entries(wanted)) {
    const trouble = shape.trouble(value[name], `${path}.${name}`);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

type Fields = Readonly<Record<string, Shape>>;

/** An object with these fields, whatever else it has. */
export function fields(expected: string, wanted: Fields): Shape {
  return {
    expected,
    trouble: (value, path) =>
      isRecord(value) && !isCollection(value)
        ? fieldTrouble(value, wanted, path)
        : `\`${path}\` should be ${expected}, but is ${whatItIs(value)}`,
  };
}

/** Options: an object with no fields but these, since what is mistyped would be ignored. */
export function options(known: Fields, expected = "an object of options"): Shape {
  const plain = fields(expected, known);
  return {
    expected,
    trouble: (value, path) => {
      if (isPlainRecord(value)) {
        const stranger = Object.keys(value).find((name) => !Object.hasOwn(known, name));
        if (stranger !== undefined) return `\`${path}\` has no option \`${stranger}\`${suggestion(stranger, known)}`;
        return plain.trouble(value, path);
      }
      return `\`${path}\` should be ${expected}, but is ${whatItIs(value)}`;
    },
  };
}

function suggestion(stranger: string, known: Fields): string {
  const near = nearestWord(stranger, Object.keys(known));
  return near === undefined
    ? `; there are ${Object.keys(known)
        .map((name) => `\`${name}\``)
        .join(", ")}`
    : `; did you mean \`${near}\`?`;
}

/** An object used as a table: every field has this shape. */
export function table(
  item: Shape,
  expected: string,
  nameTrouble?: (name: string, path: string) => string | undefined,
): Shape {
  return {
    expected,
    trouble: (value, path) => {
      if (!isPlainRecord(value)) return `\`${path}\` should be ${expected}, but is ${whatItIs(value)}`;
      for (const [name, one] of Object.entries(value)) {
        const trouble = nameTrouble?.(name, path) ?? item.trouble(one, `${path}[${JSON.stringify(name)}]`);
        if (trouble !== undefined) return trouble;
      }
      return undefined;
    },
  };
}

/** What another function of ours gives, known by its fields; `maker` says which. */
export function made(what: string, maker: string, wanted: Fields): Shape {
  return madeWhole(`${what}, as ${maker} gives it`, wanted);
}

/** The same where what is expected says so by itself. */
export function madeWhole(expected: string, wanted: Fields): Shape {
  return {
    expected,
    trouble: (value, path) =>
      isRecord(value) && fieldTrouble(value, wanted, path) === undefined
        ? undefined
        : `\`${path}\` should be ${expected}, but is ${whatItIs(value)}`,
  };
}

export function parameter(name: string, shape: Shape): Parameter {
  return { name, shape };
}

/** One of several kinds of objects, told apart by their `kind`, whatever else they have. */
export function kinds(what: string, known: Readonly<Record<string, Fields>>): Shape {
  return kindsWith(what, known, () => undefined);
}

/** The same with no fields but these: what is mistyped would be ignored, and what is written would say less, or more, than was meant. */
export function kindsOnly(what: string, known: Readonly<Record<string, Fields>>): Shape {
  return kindsWith(what, known, (value, own, path) => {
    const stranger = Object.keys(value).find((name) => name !== "kind" && !Object.hasOwn(own, name));
    return stranger === undefined ? undefined : `\`${path}\` has no option \`${stranger}\`${suggestion(stranger, own)}`;
  });
}

function kindsWith(
  what: string,
  known: Readonly<Record<string, Fields>>,
  strangerTrouble: (value: Readonly<Record<string, unknown>>, own: Fields, path: string) => string | undefined,
): Shape {
  const kind = word(...Object.keys(known));
  return {
    expected: what,
    trouble: (value, path) => {
      if (!isRecord(value)) return `\`${path}\` should be ${what}, but is ${whatItIs(value)}`;
      const trouble = kind.trouble(value["kind"], `${path}.kind`);
      if (trouble !== undefined) return trouble;
      const own = known[String(value["kind"])] ?? {};
      return strangerTrouble(value, own, path) ?? fieldTrouble(value, own, path);
    },
  };
}
