/**
 * Automata on disk, encoded, named by their build keys: what a profile shares with yesterday's, with another profile or with one on another
 * machine is built once. Paths, time and the order of rules are in no build key, so a cache may be copied anywhere.
 *
 * Those of a run are written together (`packs.ts`). An entry's JSON is `{"fields": number of bytes, "transitions": [exec target]}`, its bytes are the fields, then the tables.
 */
import type { EncodedAutomaton } from "../../compiler/policydb/index.ts";
import type { DigestPort, FileStorePort } from "../../foundation/ports/index.ts";
import type { Entry } from "./entries.ts";
import { packStore } from "./packs.ts";
import { asRecord } from "./trace.ts";
import { COMPILER_VERSION } from "../version.ts";

/** All of Debian's policy for one kernel takes 4 MB, 1,500 large profiles take 123 MB. */
const MOST_BYTES = 448 * 2 ** 20;

export interface AutomatonCache {
  /** The automaton of a build key, made when it is not there; what cannot be made is not remembered. */
  readonly recall: (buildKey: string, make: () => EncodedAutomaton | undefined) => EncodedAutomaton | undefined;
  /** The name of the entry that has the tables of an automaton that was recalled. */
  readonly nameOf: (tables: Uint8Array) => string | undefined;
  /** Writes what was added: until then only this cache knows it. For the end of a run. */
  readonly flush: () => void;
  /** The same, and bounds what is on disk, if anything was added. Costs a look at every file. */
  readonly trim: () => void;
}

function entryOf({ fields, tables, transitions }: EncodedAutomaton): Entry {
  const bytes = new Uint8Array(fields.length + tables.length);
  bytes.set(fields);
  bytes.set(tables, fields.length);
  return { about: { fields: fields.length, transitions }, texts: [], bytes };
}

function automatonOf({ about, bytes }: Entry): EncodedAutomaton | undefined {
  const { fields, transitions } = asRecord(about);
  if (typeof fields !== "number" || !Number.isInteger(fields) || fields < 0 || fields > bytes.length) return undefined;
  if (!Array.isArray(transitions)) return undefined;
  const names = transitions.filter((name) => typeof name === "string");
  if (names.length !== transitions.length) return undefined;
  return { fields: bytes.subarray(0, fields), tables: bytes.subarray(fields), transitions: names };
}

function folderOf(directory: string): string {
  return `${directory}/automata`;
}

/** Tables of automata by the names of their entries, for results that are made of them. */
export function storedTables(
  directory: string,
  files: FileStorePort,
  digest: DigestPort,
): (name: string) => Uint8Array | undefined {
  const entries = packStore(folderOf(directory), files, digest);
  return (name) => {
    const entry = entries.find(name);
    return entry && automatonOf(entry)?.tables;
  };
}

/** The automata in the folder `automata` of a cache directory. What cannot be read or written is not an error. */
export function automatonCache(directory: string, files: FileStorePort, digest: DigestPort): AutomatonCache {
  const folder = folderOf(directory);
  if (files.kind(folder) === undefined) files.makeDirectory(folder, 0o700);
  const entries = packStore(folder, files, digest);
  const names = new WeakMap<Uint8Array, string>();
  let hasGrown = false;
  return {
    recall: (buildKey, make) => {
      const name = digest.sha256(`${COMPILER_VERSION}\n`, buildKey);
      const entry = entries.find(name);
      const known = entry && automatonOf(entry);
      const automaton = known ?? make();
      if (automaton === undefined) return undefined;
      names.set(automaton.tables, name);
      if (known !== undefined) return known;
      entries.keep(name, entryOf(automaton));
      hasGrown = true;
      return automaton;
    },
    nameOf: (tables) => names.get(tables),
    flush: () => entries.flush(),
    trim: () => {
      if (hasGrown) entries.trim(MOST_BYTES);
      hasGrown = false;
    },
  };
}
