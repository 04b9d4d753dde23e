import type { FilesPort, KernelPort } from "../foundation/ports/index.ts";
import type { AutomatonCache } from "./caches/automaton-cache.ts";
import type { CompiledSource, PolicySettings, PolicySource } from "./engine.ts";
import { loadEngine } from "./loaders.ts";
import { type LoadedUnit, loadUnits } from "./load.ts";

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
    readonly how?: "add" | "replace";
    readonly automata?: AutomatonCache;
  },
): Promise<readonly CompiledAndLoaded[]> {
  const engine = await loadEngine(world.automata);
  return sources.map((source) => {
    const compiled = engine.compile(source, settings, world.files);
    return { source: compiled, loaded: loadUnits(compiled.units, world.kernel, world.how ?? "replace") };
  });
}
