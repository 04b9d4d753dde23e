/**
 * Runs a target. An input depends on the target, the seed and its number alone, so that any of them can be made again without
 * those before it.
 */
import { cpuUsage } from "node:process";
import { canonicalText } from "../../../src/foundation/text/index.ts";
import { Random } from "../../support/random.ts";
import { mutatorsOf } from "./mutators.ts";
import type { Target } from "./target.ts";

interface RunOptions {
  readonly seed: number;
  /** The number of the first input; default 0. */
  readonly start?: number;
  readonly inputs: number;
  /** An input that takes more CPU time than this is a failure; default: time is not looked at. */
  readonly slowMs?: number;
  /** Stop after that many failures that differ; default 20. */
  readonly failures?: number;
  /** Hears the number of each input before it is tried. */
  readonly onInput?: (index: number) => void;
}

export interface Failure {
  readonly index: number;
  readonly message: string;
  readonly input: string;
  /** As short as it could be made. */
  readonly smallest: string;
}

export interface RunReport {
  readonly target: string;
  readonly seed: number;
  readonly inputs: number;
  /** How many got far. */
  readonly deep: number;
  readonly failures: readonly Failure[];
  /** 0 when time was not looked at. */
  readonly slowestMs: number;
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** What two failures of one cause have in common: the first line, without what differs from input to input. */
function causeOf(error: unknown): string {
  const place = error instanceof Error ? (/\n\s+at ([^\n]*)/.exec(error.stack ?? "")?.[1] ?? "") : "";
  const first = describe(error).split("\n", 1)[0] ?? "";
  return `${first.replaceAll(/\d+|`[^`]*`|"[^"]*"/g, "…").slice(0, 120)} ${place}`;
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

function failureOf(target: Target, input: string, whenDeep?: () => void): unknown {
  try {
    if (target.law(input)) whenDeep?.();
    return undefined;
  } catch (error) {
    return error ?? new Error("thrown without a reason");
  }
}

/** Takes out halves, quarters, … for as long as the law is broken in the same way. */
function minimise(target: Target, input: string): string {
  const cause = causeOf(failureOf(target, input));
  let smallest = input;
  let tries = 2000;
  for (let size = Math.ceil(input.length / 2); size >= 1 && tries > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length && tries > 0; tries -= 1) {
      const shorter = canonicalText(smallest.slice(0, at) + smallest.slice(at + size));
      const error = failureOf(target, shorter);
      if (error !== undefined && causeOf(error) === cause) smallest = shorter;
      else at += size;
    }
  }
  return smallest;
}

/** The inputs of a target: those it begins with, then what becomes of them. */
export function inputsOf(target: Target, seed: number): (index: number) => string {
  const seeds = target.seeds();
  const mutate = mutatorsOf(seeds, target.words, target.mutators ?? []);
  return (index) => {
    const first = seeds[index];
    if (first !== undefined) return first;
    const random = new Random(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
    // What no bytes give is no input.
    return canonicalText(mutate(random.pick(seeds), random));
  };
}

export function runTarget(target: Target, options: RunOptions): RunReport {
  const { seed, inputs, start = 0, slowMs } = options;
  const inputAt = inputsOf(target, seed);
  const failures = new Map<string, Failure>();
  let [deep, slowestMs] = [0, 0];
  const fail = (cause: string, index: number, message: string, shorten: boolean): void => {
    if (failures.has(cause)) return;
    const input = inputAt(index);
    failures.set(cause, { index, message, input, smallest: shorten ? minimise(target, input) : input });
  };
  let index = start;
  for (; index < start + inputs && failures.size < (options.failures ?? 20); index += 1) {
    options.onInput?.(index);
    const input = inputAt(index);
    const before = slowMs === undefined ? undefined : cpuUsage();
    const error = failureOf(target, input, () => (deep += 1));
    const took = before === undefined ? 0 : milliseconds(cpuUsage(before));
    slowestMs = Math.max(slowestMs, took);
    if (error !== undefined) fail(causeOf(error), index, describe(error), true);
    if (took > (slowMs ?? Infinity)) fail("slow", index, `took ${Math.round(took)} ms of CPU time`, false);
  }
  return { target: target.name, seed, inputs: index - start, deep, failures: [...failures.values()], slowestMs };
}

/** A failure as it is printed: what, and how to have it again. */
export function renderFailure(report: Pick<RunReport, "target" | "seed">, failure: Failure): string {
  const again = `npm run fuzz:campaign -- --target ${report.target} --seed ${report.seed} --start ${failure.index} --inputs 1`;
  return `${report.target}: ${failure.message}\n  input: ${JSON.stringify(failure.smallest)}\n  again: ${again}`;
}
