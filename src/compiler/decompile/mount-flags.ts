/**
 * Sets of mount flags as *cubes*: flags that must be set and flags that may be. In the automaton flag bit i is the byte i + 1, ascending.
 *
 * A cube is grown from a set of flags that no cube has yet: a flag that may be there or not, as far as the automaton agrees, is optional.
 */
import { kernelMountFlags, MountFlag, MountKind, mountKindWith } from "../../language/tables/index.ts";
import { type Dfa, step } from "../automata/index.ts";
import type { Work } from "./work.ts";

export interface Cube {
  readonly required: number;
  readonly optional: number;
}

const { REMOUNT, BIND, MOVE, REC, SILENT, UNBINDABLE, PRIVATE, SLAVE, SHARED } = MountFlag;
export const PROPAGATION: number = UNBINDABLE | PRIVATE | SLAVE | SHARED;
export const COMMANDS: number = REMOUNT | BIND | MOVE | REC | PROPAGATION;
const { NOSUID, NODEV, NOEXEC, NOATIME, NODIRATIME, RELATIME, STRICTATIME } = MountFlag;
const OF_MOUNTS = NOSUID | NODEV | NOEXEC | NOATIME | NODIRATIME | RELATIME | STRICTATIME;

/** What a rule without options says of each kind of mount (compile-semantics 3.9). */
export const anyCubes = {
  new: { required: 0, optional: kernelMountFlags & ~COMMANDS },
  bind: { required: 0, optional: BIND | REC },
  move: { required: 0, optional: MOVE },
  remount: { required: 0, optional: kernelMountFlags & ~MOVE },
  make: { required: 0, optional: kernelMountFlags & ~OF_MOUNTS },
} as const satisfies Readonly<Record<string, Cube>>;

/** The flags that rules have words for beside flags, by the kind of mount that these name (compile-semantics 3.9). */
function wordsOf(flags: number): number {
  if ((flags & REMOUNT) !== 0) return kernelMountFlags & ~MOVE;
  if ((flags & BIND) !== 0) return BIND | REC;
  if ((flags & PROPAGATION) !== 0) return REC | SILENT | PROPAGATION;
  return (flags & MOVE) === 0 ? kernelMountFlags & ~COMMANDS : MOVE;
}

/** Those of the flags that say which kind of mount it is. */
function commandsOf(flags: number): number {
  if ((flags & REMOUNT) !== 0) return REMOUNT;
  if ((flags & BIND) !== 0) return BIND;
  return (flags & PROPAGATION) === 0 ? MOVE : PROPAGATION;
}

/** Cubes that one word of bits has room for. */
const MOST_CUBES = 31;
const FLAGS = 31;

/** Cubes that say together where `isWanted` holds behind the state; undefined: too many. */
export class CubeTable {
  readonly cubes: Cube[] = Object.values(anyCubes);
  isFull = false;
  private readonly dfa: Dfa;
  private readonly work: Work;

  constructor(dfa: Dfa, work: Work) {
    this.dfa = dfa;
    this.work = work;
  }

  /** Looks for cubes until they have all flags that are wanted behind the state. */
  collect(state: number, isWanted: (state: number) => boolean): void {
    let held = this.cubes.filter((cube) => this.holds(cube, state, isWanted));
    while (!this.isFull) {
      const flags = this.uncovered(state, isWanted, held);
      if (flags === undefined) return;
      const cube = this.grown(flags, state, isWanted);
      held = [...held, cube];
      this.cubes.push(cube);
      if (this.cubes.length > MOST_CUBES || this.work.isSpent) this.isFull = true;
    }
  }

  /** The cubes that hold behind a state, by number as bits. */
  bitsAt(state: number, isWanted: (state: number) => boolean): number {
    return this.cubes.reduce((bits, cube, at) => (this.holds(cube, state, isWanted) ? bits | (1 << at) : bits), 0);
  }

  /** The cubes of which some flags hold behind the state, by number as bits. */
  touchedAt(state: number, isWanted: (state: number) => boolean): number {
    return this.cubes.reduce(
      (bits, cube, at) => (this.statesBehind(cube, state).some(isWanted) ? bits | (1 << at) : bits),
      0,
    );
  }

  private holds(cube: Cube, start: number, isWanted: (state: number) => boolean): boolean {
    return this.statesBehind(cube, start).every(isWanted);
  }

  private statesBehind({ required, optional }: Cube, start: number): readonly number[] {
    let states = [start];
    for (let flag = 0; flag < FLAGS; flag += 1) {
      const bit = 1 << flag;
      if (((required | optional) & bit) === 0) continue;
      const set = states.map((state) => step(this.dfa, state, flag + 1));
      states = [...new Set((required & bit) === 0 ? [...states, ...set] : set)];
      this.work.spend(states.length);
    }
    return states;
  }

  private grown(flags: number, state: number, isWanted: (state: number) => boolean): Cube {
    let cube: Cube = { required: flags, optional: 0 };
    // the flags that are not set first: `mount options=(ro)` is easier to read with `options in` behind it
    const order = Array.from({ length: FLAGS }, (_, flag) => 1 << flag).toSorted(
      (a, b) => Number((flags & a) !== 0) - Number((flags & b) !== 0),
    );
    const may = wordsOf(flags);
    for (const bit of order) {
      if ((bit & may) === 0) continue;
      const wider = { required: cube.required & ~bit, optional: cube.optional | bit };
      // the word that says which kind of mount it is stays
      const isOfKind = (flags & COMMANDS) === 0 || (wider.required & commandsOf(flags)) !== 0;
      if (isOfKind && this.holds(wider, state, isWanted)) cube = wider;
    }
    return cube;
  }

  /** Flags that are asked about, wanted and in no cube; undefined: there are none. */
  private uncovered(start: number, isWanted: (state: number) => boolean, cubes: readonly Cube[]): number | undefined {
    const seen = new Set<string>();
    const search = (state: number, flag: number, flags: number, kind: number): number | undefined => {
      const alive = cubes.filter(({ required, optional }) => {
        const before = (1 << flag) - 1;
        return (required & before & ~flags) === 0 && (flags & ~(required | optional)) === 0;
      });
      if (state === 0 || kind < 0) return undefined;
      const key = `${state} ${flag} ${kind} ${flags === 0 ? "none" : ""} ${alive.map((cube) => cubes.indexOf(cube)).join(" ")}`;
      if (seen.has(key) || !this.work.spend(1 + cubes.length)) return undefined;
      seen.add(key);
      const isAsked = kind !== MountKind.recursive;
      if (flag === FLAGS) return isAsked && isWanted(state) && alive.length === 0 ? flags : undefined;
      const next = mountKindWith(flag + 1, kind, flags === 0);
      return (
        search(state, flag + 1, flags, kind) ??
        search(step(this.dfa, state, flag + 1), flag + 1, flags | (1 << flag), next)
      );
    };
    return search(start, 0, 0, MountKind.new);
  }
}
