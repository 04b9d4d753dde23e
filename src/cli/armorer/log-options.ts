/** Which log, and which of its events: options that every verb has that reads logs. */
import type { EventFilter } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { FileRefusal, LogOptions, LogSource } from "../../foundation/ports/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { type CommandOption, type Invocation, didYouMean } from "./command.ts";
import { TIME_FORMS, parseTime } from "./times.ts";

/** What is wrong with an option, and what may have been meant. */
export interface OptionFault {
  readonly text: string;
  readonly hint: string;
}

const SOURCES = ["audit-log", "journal", "syslog", "kmsg"] as const;

export const logOptions: readonly CommandOption[] = [
  {
    key: "log",
    long: "log",
    short: "f",
    value: "required",
    valueName: "FILE",
    about: "read this file, packed or not; `-` is standard input; may be repeated",
  },
  {
    key: "source",
    long: "source",
    value: "required",
    valueName: "NAME",
    about: "audit-log, journal, syslog or kmsg (the first that can be read)",
  },
  {
    key: "since",
    long: "since",
    value: "required",
    valueName: "TIME",
    about: "only events since then: 2026-11-22, `2026-11-22 08:30`, today, -2h, …",
  },
];

function fault(
  what: string,
  value: string,
  known: readonly string[],
): { readonly ok: false; readonly error: OptionFault } {
  return fail({ text: `there is no ${what} \`${displayText(value)}\``, hint: didYouMean(value, known) });
}

/** One of the words, in any case; `undefined` when nothing is said. */
export function wordOf<T extends string>(
  call: Invocation,
  key: string,
  what: string,
  known: readonly T[],
): Outcome<T | undefined, OptionFault> {
  const value = call.value(key);
  if (value === undefined) return ok(undefined);
  const word = known.find((one) => one.toLowerCase() === value.toLowerCase());
  return word === undefined ? fault(what, value, known) : ok(word);
}

/** All values of a repeated option, each one of the words. */
export function wordsOf<T extends string>(
  call: Invocation,
  key: string,
  what: string,
  known: readonly T[],
): Outcome<readonly T[], OptionFault> {
  const words: T[] = [];
  for (const value of call.values(key).flatMap((list) => list.split(","))) {
    const word = known.find((one) => one.toLowerCase() === value.toLowerCase());
    if (word === undefined) return fault(what, value, known);
    words.push(word);
  }
  return ok(words);
}

/** A time; `undefined` when nothing is said. */
export function timeOf(call: Invocation, key: string): Outcome<number | undefined, OptionFault> {
  const value = call.value(key);
  if (value === undefined) return ok(undefined);
  const time = parseTime(value, new Date());
  return time === undefined
    ? fail({ text: `\`${displayText(value)}\` is no time`, hint: `Times are written like this: ${TIME_FORMS}.\n` })
    : ok(time);
}

export interface WantedLog {
  /** None: the first source that can be read. */
  readonly sources: readonly LogSource[];
  readonly options: LogOptions;
  readonly filter: Pick<EventFilter, "from">;
}

/** Where to read, and from when on. */
export function wantedLog(call: Invocation, { follow }: Pick<LogOptions, "follow">): Outcome<WantedLog, OptionFault> {
  const kind = wordOf(call, "source", "source", SOURCES);
  if (!kind.ok) return kind;
  const from = timeOf(call, "since");
  if (!from.ok) return from;
  const files = call.values("log").map((path): LogSource => ({ kind: "file", path }));
  if (files.length > 0 && kind.value !== undefined) {
    return fail({ text: "a file and a source exclude each other", hint: "" });
  }
  if (follow && files.length > 1) return fail({ text: "only one file can be followed", hint: "" });
  const since = from.value === undefined ? {} : { since: `@${Math.floor(from.value)}` };
  return ok({
    sources: kind.value === undefined ? files : [{ kind: kind.value }],
    options: { follow, onlyNew: follow && from.value === undefined, ...since },
    filter: from.value === undefined ? {} : { from: from.value },
  });
}

export function refusalTexts(refusals: readonly FileRefusal[]): readonly string[] {
  return refusals.map((refusal) => `${refusal.path}: ${fileRefusalText(refusal)}`);
}
