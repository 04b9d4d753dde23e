import { refusalText } from "../../app/index.ts";
import { type Outcome, ok } from "../../foundation/basics/index.ts";
import type { KernelPort } from "../../foundation/ports/index.ts";

/**
 * Which of these are loaded; a text says why that cannot be known. After "no such profile" it is unknown whether one went with its
 * parent, or whether the kernel was given only a part of the name.
 */
export function stillLoaded(names: readonly string[], kernel: KernelPort): Outcome<readonly string[], string> {
  if (names.length === 0) return ok([]);
  const loaded = kernel.profiles();
  if (!loaded.ok) return { ok: false, error: refusalText(loaded.error) };
  const there = new Set(loaded.value.map(({ name }) => name));
  return ok(names.filter((name) => there.has(name)));
}
