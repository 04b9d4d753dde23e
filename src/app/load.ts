/** Compiled policy to the kernel: whoever loads policy, from a text, a cache or a file of streams, comes through here. */
import { type Outcome, ok } from "../foundation/basics/index.ts";
import type { FilesPort, KernelPort, KernelRefusal } from "../foundation/ports/index.ts";
import type { AutomatonCache } from "./caches/automaton-cache.ts";
import type { CompiledSource, CompiledUnit, PolicySettings, PolicySource, ProfileOutline } from "./engine.ts";
import { loadEngine } from "./loaders.ts";

/** Where policy goes. */
export interface LoadTarget {
  /** `undefined`: nothing is loaded, and nothing refused. */
  readonly kernel: KernelPort | undefined;
  /** `add` refuses what is loaded already. */
  readonly how: "add" | "replace";
}

/** One stream to the kernel, which takes all of it or nothing. */
export function submit(stream: Uint8Array, { kernel, how }: LoadTarget): Outcome<void, KernelRefusal> {
  if (kernel === undefined) return ok(undefined);
  return how === "add" ? kernel.load(stream) : kernel.replace(stream);
}

/** What became of one top-level profile and its children, which go together or not at all. */
export interface LoadedUnit {
  readonly outline: ProfileOutline;
  /** Why the kernel would not; `undefined`: it is in force. What was in force before a refusal still is. */
  readonly refusal: KernelRefusal | undefined;
}

/**
 * Loads the units of a source in order. After a refusal it goes on with the others, unless `stop` is given: then
 * the refused one is the last of the answer.
 */
export function loadUnits(
  units: readonly CompiledUnit[],
  target: LoadTarget,
  afterRefusal: "go-on" | "stop" = "go-on",
): readonly LoadedUnit[] {
  const loaded: LoadedUnit[] = [];
  for (const { outline, bytes } of units) {
    const done = submit(bytes, target);
    loaded.push({ outline, refusal: done.ok ? undefined : done.error });
    if (!done.ok && afterRefusal === "stop") break;
  }
  return loaded;
}

/** One source: what was said of it, and what the kernel made of it. */
export interface CompiledAndLoaded {
  readonly source: CompiledSource;
  /** Empty when it could not be compiled. */
  readonly loaded: readonly LoadedUnit[];
}

/**
 * Compiles sources and loads them, one after the other; one that is bad stops no other. `automata` are
 * used where they fit, and added to.
 *
 * Errors: diagnostics in `source`, refusals of the kernel in `loaded`.
 *
 * @example
 * await compileAndLoad([{ path: "p", bytes }], settings, { files: nodeFiles(), kernel: nodeKernel() });
 */
export async function compileAndLoad(
  sources: readonly PolicySource[],
  settings: PolicySettings,
  world: {
    readonly files: FilesPort;
    readonly kernel: KernelPort;
    readonly how?: LoadTarget["how"];
    readonly automata?: AutomatonCache;
  },
): Promise<readonly CompiledAndLoaded[]> {
  const engine = await loadEngine(world.automata);
  const target: LoadTarget = { kernel: world.kernel, how: world.how ?? "replace" };
  return sources.map((source) => {
    const compiled = engine.compile(source, settings, world.files);
    return { source: compiled, loaded: loadUnits(compiled.units, target) };
  });
}
