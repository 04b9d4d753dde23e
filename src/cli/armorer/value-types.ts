/** What values of options may be. Every option has one of these, and a value that is none is refused before the verb begins. */
import { nearestWord } from "../../foundation/basics/index.ts";
import { loadCodes, loadLinter } from "../../app/index.ts";
import { errnoText } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import { parseMoment } from "./moments.ts";

/** What is wrong with a value: why, where there is more to say than that it is none, and the word that was meant. */
interface ValueProblem {
  readonly why?: string;
  readonly near?: string | undefined;
}

export interface ValueType {
  /** What the help text calls the value. */
  readonly name: string;
  /** What is expected, as a phrase. */
  readonly expected: string;
  /** Where it is one of a few, which they are. */
  readonly words?: readonly string[];
  /** Is not asked about an empty value, which is none of any type. */
  readonly problemOf: (value: string, io: CliIo) => ValueProblem | undefined | Promise<ValueProblem | undefined>;
}

/** Any text; what it means is for the verb to say. */
export function anyText(name: string, expected: string): ValueType {
  return { name, expected, problemOf: () => undefined };
}

/** A file that the verb opens, and says why when it cannot. */
export const FILE = anyText("FILE", "the name of a file");

/** One of these words. */
export function oneOf(name: string, words: readonly string[]): ValueType {
  const last = words.at(-1) ?? "";
  return {
    name,
    expected: `${words.slice(0, -1).join(", ")} or ${last}`,
    words,
    problemOf: (value) => (words.includes(value) ? undefined : { near: nearestWord(value, words) }),
  };
}

/** A whole number. */
export function wholeNumber(name: string, least: number, most: number): ValueType {
  return {
    name,
    expected: `a number from ${least} to ${most}`,
    problemOf: (value) => {
      const isNumber = /^[0-9]{1,9}$/.test(value);
      return isNumber && Number(value) >= least && Number(value) <= most ? undefined : {};
    },
  };
}

/** A directory that is there. */
export const DIRECTORY: ValueType = {
  name: "DIR",
  expected: "a directory",
  problemOf: (value, { files }) => {
    const status = files.status(value);
    if (!status.ok) return { why: errnoText(status.error.errno) };
    return status.value.kind === "directory" ? undefined : { why: errnoText("ENOTDIR") };
  },
};

/** A directory that is there or can be made. */
export const NEW_DIRECTORY: ValueType = {
  ...DIRECTORY,
  problemOf: (value, { files }) => {
    const status = files.status(value);
    if (!status.ok) return status.error.errno === "ENOENT" ? undefined : { why: errnoText(status.error.errno) };
    return status.value.kind === "directory" ? undefined : { why: errnoText("ENOTDIR") };
  },
};

/** Namespaces below each other are joined by two slashes. */
export const NAMESPACE: ValueType = {
  name: "NAME",
  expected: "the name of a namespace, without blanks and colons",
  problemOf: (value) => (/^[^\s:/]+(?:\/\/[^\s:/]+)*$/.test(value) ? undefined : {}),
};

/** A moment in the past. */
export const MOMENT: ValueType = {
  name: "TIME",
  expected: "a time such as `2026-01-31 12:00`, `12:00`, `yesterday`, `-2h` or `@1767225600`",
  problemOf: (value) => (parseMoment(value, new Date()) === undefined ? {} : undefined),
};

/** Whether a code is meant, whole or by what is behind its slash. */
export function isMeantCode(word: string, code: string): boolean {
  return code === word || code.endsWith(`/${word}`);
}

/** The code of a warning that `check` reports, with or without the part before the slash. */
export const CODE: ValueType = {
  name: "CODE",
  expected: "the code of a warning",
  problemOf: async (value) => {
    const known = Object.entries(await loadCodes());
    const codes = known.flatMap(([code, { severity }]) => (severity === "error" ? [] : [code]));
    if (codes.some((code) => isMeantCode(value, code))) return undefined;
    if (known.some(([code]) => isMeantCode(value, code))) return { why: "is an error, which cannot be switched off" };
    const words = known.map(([code]) => code);
    const tails = codes.map((code) => code.slice(code.lastIndexOf("/") + 1));
    return { near: nearestWord(value, words) ?? nearestWord(value, tails) };
  },
};

/** A code of lint, with or without `lint/`. */
export const LINT_CODE: ValueType = {
  name: "CODE",
  expected: "a code of lint",
  problemOf: async (value) => {
    const { lintCodeOf, lintCodes } = await loadLinter();
    if (lintCodeOf(value) !== undefined) return undefined;
    const words = Object.keys(lintCodes).map((code) => code.replace("lint/", ""));
    return { near: nearestWord(value.replace("lint/", ""), words) };
  },
};
