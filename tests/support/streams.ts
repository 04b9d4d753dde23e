/** The policy streams of tests/corpus/streams: written by apparmor_parser 5.0.2 from the sources in SOURCES.md there. */
import { readdirSync, readFileSync } from "node:fs";
import type { CompiledAutomaton, CompiledPolicy, CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";

const folder = new URL("../../../tests/corpus/streams/", import.meta.url);

/** Names without the ending. */
export const streamNames: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith(".bin"))
  .map((file) => file.slice(0, -".bin".length))
  .toSorted();

export function readStream(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(new URL(`${name}.bin`, folder)));
}

/** Decodes or throws: for streams that must decode. */
export function decoded(bytes: Uint8Array): CompiledPolicy {
  const result = decodePolicy(bytes);
  if (!result.ok) throw new Error(`${result.error.refusal.message} at byte ${result.error.refusal.offset}`);
  return result.value;
}

/** The profile of that name in a stream that must have it. */
export function profileOf(bytes: Uint8Array, name: string): CompiledProfile {
  const profile = decoded(bytes).profiles.find((each) => each.name === name);
  if (profile === undefined) throw new Error(`no profile ${name}`);
  return profile;
}

/** The automaton as a compiler would hand it over: what it says, not how it was stored. */
export function withoutLayout<T extends CompiledAutomaton>(automaton: T): Omit<T, "layout"> {
  const { layout: _, ...rest } = automaton;
  return rest;
}

/** A profile whose automata the encoder must lay out itself. */
export function withoutLayouts(profile: CompiledProfile): CompiledProfile {
  const { xmatch, policydb, file } = profile;
  return {
    ...profile,
    xmatch: xmatch && withoutLayout(xmatch),
    policydb: policydb && withoutLayout(policydb),
    file: file && withoutLayout(file),
  };
}
