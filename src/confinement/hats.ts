/**
 * Hats of this thread (confinement-api 1.2-1.4, 4). The token is all that keeps code in a hat from leaving it, so it is in as few places as can
 * be: bytes that are wiped out, never a string or a number, which JavaScript would keep for as long as it likes.
 */
import { randomFillSync } from "node:crypto";
import { release } from "node:os";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { encodeBytes } from "../foundation/text/index.ts";
import { nodeKernel } from "../host/index.ts";
import { carryOut } from "./changing.ts";
import { currentLabel, type TaskLabel } from "./labels.ts";
import type { ConfinementRefusal, ConfinementWorld } from "./refusals.ts";

/** The bytes of a token. */
export const TOKEN_BYTES = 8;
/** The kernel looks at no more names than these. */
export const MOST_HATS = 16;

/** A hat that this thread is in. */
export interface EnteredHat {
  /** Which of the hats it is. */
  readonly hat: string;
  readonly label: TaskLabel;
  /** Returns to the profile, and wipes out the token. A second call is refused: what was left cannot be left again. */
  readonly leave: () => Outcome<void, ConfinementRefusal>;
  /** Wipes out the token: from now on nothing in this thread can leave the hat. */
  readonly stay: () => void;
}

/**
 * Bytes that can be wiped out. V8 has small typed arrays among its own objects, which it copies as it likes when it collects garbage, and once more
 * when Node is given them; those with a buffer of their own stay where they are.
 */
function secretBytes(length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(length));
}

/**
 * A new token: random, and never zero, which the kernel takes for none.
 *
 * Errors: none.
 */
export function newToken(): Uint8Array {
  const token = secretBytes(TOKEN_BYTES);
  while (token.every((byte) => byte === 0)) randomFillSync(token);
  return token;
}

const DIGITS = encodeBytes("0123456789abcdef");

function listOf(hats: string | readonly string[]): readonly string[] {
  return typeof hats === "string" ? [hats] : hats;
}

/** `WORD TOKEN^HAT NUL HAT …`; whoever calls wipes it out. */
function hatCommand(word: "changehat" | "permhat", token: Uint8Array, hats: readonly string[]): Uint8Array {
  const start = encodeBytes(`${word} `);
  const names = encodeBytes(`^${hats.join("\0")}`);
  const command = secretBytes(start.length + 2 * TOKEN_BYTES + names.length);
  command.set(start);
  for (let at = 0; at < TOKEN_BYTES; at += 1) {
    const byte = token[at] ?? 0;
    command[start.length + 2 * at] = DIGITS[byte >> 4] ?? 0;
    command[start.length + 2 * at + 1] = DIGITS[byte & 15] ?? 0;
  }
  command.set(names, start.length + 2 * TOKEN_BYTES);
  return command;
}

/**
 * KERNEL 6.12: a profile in complain mode that has no such hat hangs the thread for ever, and all loading of policy with it (confinement-api 1.4).
 * Of the kernels between 6.1 and 7.2 nothing else is known; these two make a hat to learn with.
 */
function isKnownToReturn(kernelRelease: string): boolean {
  const [major = 0, minor = 0] = kernelRelease.split(".").map((part) => Number.parseInt(part, 10));
  return major < 6 || (major === 6 && minor <= 1) || major > 7 || (major === 7 && minor >= 2);
}

function hangOf(hats: readonly string[], world: ConfinementWorld): ConfinementRefusal | undefined {
  const kernelRelease = world.release ?? release();
  const [hat] = hats;
  if (hat === undefined || isKnownToReturn(kernelRelease)) return undefined;
  const refusal = { kind: "would-hang", release: kernelRelease, hat } as const;
  const current = currentLabel(undefined, world);
  if (current.ok && !["complain", "mixed"].includes(current.value.mode ?? "")) return undefined;
  if (!current.ok && current.error.kind === "no-apparmor") return current.error;
  const loaded = nodeKernel(world, world.system).profiles();
  if (!current.ok || !loaded.ok) return refusal;
  const names = new Set(loaded.value.map(({ name }) => name));
  return current.value.parts.every(({ name }) => names.has(`${name}//${hat}`)) ? undefined : refusal;
}

/**
 * Enters the first of the hats that the profile has, or with none leaves the hat that was entered with this token (`aa_change_hatv`). The
 * caller keeps the token, and wipes it out (`token.fill(0)`) where no way back is wanted. `enterHat` does all of that.
 *
 * Errors: `no-such-hat`, `no-hats`, `not-confined`, `not-a-hat`, `denied`, `too-long`, `would-hang`, `no-apparmor`. With a wrong token the
 * kernel kills the process.
 */
export function changeHat(
  hats: string | readonly string[],
  token: Uint8Array,
  world: ConfinementWorld = {},
): Outcome<void, ConfinementRefusal> {
  const wanted = listOf(hats);
  const hang = hangOf(wanted, world);
  if (hang !== undefined) return fail(hang);
  return hatChange("changehat", wanted, token, world);
}

function hatChange(
  word: "changehat" | "permhat",
  hats: readonly string[],
  token: Uint8Array,
  world: ConfinementWorld,
): Outcome<void, ConfinementRefusal> {
  const command = hatCommand(word, token, hats);
  try {
    return carryOut("current", command, hats.length === 0 ? { kind: "leave" } : { kind: "hats", hats }, world);
  } finally {
    command.fill(0);
  }
}

/**
 * Which of the hats this thread would enter: the first that its profile has. Nothing changes.
 *
 * Errors: as `changeHat`.
 */
export function testHats(
  hats: string | readonly string[],
  world: ConfinementWorld = {},
): Outcome<string, ConfinementRefusal> {
  const wanted = listOf(hats);
  let refusal: ConfinementRefusal = { kind: "no-such-hat", hats: wanted };
  for (const hat of wanted) {
    const hang = hangOf([hat], world);
    if (hang !== undefined) return fail(hang);
    const token = newToken();
    const tested = hatChange("permhat", [hat], token, world);
    token.fill(0);
    if (tested.ok) return ok(hat);
    if (tested.error.kind === "no-such-hat") continue;
    refusal = tested.error;
    if (refusal.kind !== "too-long") break;
  }
  return fail(refusal);
}

/** The hat that a label is of: each of its parts is a hat of that name. */
function hatOf({ parts }: TaskLabel, hats: readonly string[]): string | undefined {
  return hats.find((hat) => parts.some(({ name }) => name.endsWith(`//${hat}`)));
}

/**
 * Enters the first of the hats that the profile has, with a token of its own that nobody sees. What is started meanwhile and goes on later
 * (promises, timers) runs in the hat, or outside, as it happens to come; asynchronous work on files is done by other threads, outside.
 * `withHat` and `runInHat` keep that in order.
 *
 * Errors: as `changeHat`.
 *
 * @example
 * const entered = enterHat(["upload", "DEFAULT"]);
 * if (entered.ok) entered.value.leave();
 */
export function enterHat(
  hats: string | readonly string[],
  world: ConfinementWorld = {},
): Outcome<EnteredHat, ConfinementRefusal> {
  const wanted = listOf(hats);
  const token = newToken();
  const entered = changeHat(wanted, token, world);
  if (!entered.ok) {
    token.fill(0);
    return entered;
  }
  let isDone = false;
  const leave = (): Outcome<void, ConfinementRefusal> => {
    if (isDone) return fail(notLeft(world, undefined));
    isDone = true;
    const left = hatChange("changehat", [], token, world);
    token.fill(0);
    return left.ok ? left : fail(notLeft(world, left.error.kind === "io" ? left.error.errno : undefined));
  };
  const stay = (): void => {
    isDone = true;
    token.fill(0);
  };
  const label = currentLabel(undefined, world);
  const hat = label.ok ? hatOf(label.value, wanted) : undefined;
  if (label.ok && hat !== undefined) return ok({ hat, label: label.value, leave, stay });
  // Which hat it is cannot be said.
  const left = leave();
  if (!left.ok) return left;
  return fail(label.ok ? { kind: "no-such-hat", hats: wanted } : label.error);
}

function notLeft(world: ConfinementWorld, errno: string | undefined): ConfinementRefusal {
  const current = currentLabel(undefined, world);
  return { kind: "not-left", label: current.ok ? current.value.label : "", errno };
}

/**
 * Runs a function in the first of the hats that the profile has, and leaves it. The function is synchronous from its first step to its last:
 * `await` would let everything else that this thread has to do run in the hat. Work that is not goes to `runInHat`.
 *
 * Errors: as `changeHat`; `not-left` when the thread is in the hat still. What the function throws is thrown; a promise that it gives is a `TypeError`.
 *
 * @example
 * const read = withHat("reader", () => readFileSync("/srv/private", "utf8"));
 */
export function withHat<T>(
  hats: string | readonly string[],
  work: () => T,
  world: ConfinementWorld = {},
): Outcome<T, ConfinementRefusal> {
  const entered = enterHat(hats, world);
  if (!entered.ok) return entered;
  let done: { readonly value: T } | { readonly thrown: unknown };
  try {
    done = { value: work() };
  } catch (thrown) {
    done = { thrown };
  }
  const left = entered.value.leave();
  if (!left.ok) return left;
  if ("thrown" in done) throw done.thrown;
  const { value } = done;
  if (value instanceof Promise) {
    // Nobody waits for it.
    value.catch(() => undefined);
    throw new TypeError("withHat: the function gave a promise, which goes on outside of the hat; use `runInHat`");
  }
  return ok(value);
}
