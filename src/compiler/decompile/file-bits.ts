/**
 * The permissions of the file automaton as bits for the search for rules, one bit for each thing a rule can say:
 *
 *     0..5 owner r w a l k m | 6..11 other r w a l k m | 12 change_profile | 13 onexec | 14.. exec, by half and transition
 */
import {
  type CompiledAutomaton,
  type CompiledPermissionEntry,
  MAY_APPEND,
  MAY_CHANGE_PROFILE,
  MAY_EXECUTE,
  MAY_LINK,
  MAY_LOCK,
  MAY_MAP,
  MAY_ONEXEC,
  MAY_READ,
  MAY_WRITE,
  permissionsOf,
} from "../compiled/index.ts";

/** Kernel bits in the order of the bits of a half. */
const letters = [MAY_READ, MAY_WRITE, MAY_APPEND, MAY_LINK, MAY_LOCK, MAY_MAP] as const;
const HALF = letters.length;
const FIRST_EXEC = 14;

export const READ = 0x41;
export const WRITE = 0x82;
export const APPEND = 0x104;
export const LINK = 0x208;
export const LOCK = 0x410;
export const MMAP = 0x820;
export const OWNER = 0x3f;
export const OTHER = 0xfc0;
export const CHANGE = 0x1000;
export const ONEXEC = 0x2000;

type View = "owner" | "other";

export interface FileBits {
  readonly allow: Uint32Array;
  readonly audit: Uint32Array;
  readonly quiet: Uint32Array;
  readonly prompt: Uint32Array;
  /** Bits of exec transitions, by half. */
  readonly exec: Readonly<Record<View, number>>;
  /** The transition of an exec bit. */
  readonly transitions: ReadonlyMap<number, number>;
}

/** The bits of every state; undefined: they say more than there are bits or rules for. */
export function fileBits(automaton: CompiledAutomaton): FileBits | undefined {
  const execBits = new ExecBits();
  const { stateCount, outputs } = automaton.dfa;
  const bits = {
    allow: new Uint32Array(stateCount),
    audit: new Uint32Array(stateCount),
    quiet: new Uint32Array(stateCount),
  };
  const all = { ...bits, prompt: new Uint32Array(stateCount) };
  const known = new Map<number, number>();
  for (let state = 2; state < stateCount; state += 1) {
    const like = known.get(outputs[state]!);
    if (like !== undefined) {
      for (const each of Object.values(all)) each[state] = each[like]!;
      continue;
    }
    known.set(outputs[state]!, state);
    for (const view of ["owner", "other"] as const) {
      const entry = permissionsOf(automaton, state, view);
      if (!isSayable(entry)) return undefined;
      const exec = entry.allow & MAY_EXECUTE || entry.prompt & MAY_EXECUTE ? execBits.of(view, entry.xindex) : 0;
      all.allow[state]! |= halfBits(view, entry.allow, exec);
      all.audit[state]! |= halfBits(view, entry.audit & (entry.allow | entry.prompt), exec);
      all.prompt[state]! |= halfBits(view, entry.prompt & ~entry.allow, exec);
      // a denied exec has no transition: any may be allowed there
      all.quiet[state]! |= halfBits(view, entry.quiet & ~entry.allow, EXEC_DENIED[view]);
    }
  }
  if (execBits.isFull) return undefined;
  const exec = { owner: execBits.mask("owner"), other: execBits.mask("other") };
  for (let state = 0; state < stateCount; state += 1) all.quiet[state] = spread(all.quiet[state]!, exec);
  return { ...all, exec, transitions: execBits.transitions };
}

const EXEC_DENIED = { owner: 0x4000_0000, other: 0x8000_0000 } as const;

function spread(bits: number, exec: Readonly<Record<View, number>>): number {
  const rest = bits & ~EXEC_DENIED.owner & ~EXEC_DENIED.other;
  return rest | execsOf(exec, bits & (EXEC_DENIED.owner | EXEC_DENIED.other));
}

/** All exec bits of the halves of which some is given. */
export function execsOf({ owner, other }: FileBits["exec"], given: number): number {
  return ((given & owner) === 0 ? 0 : owner) | ((given & other) === 0 ? 0 : other);
}

/** What is allowed around a state and not at the state: where a logged denial says it best. */
export function deniedBits({ allow, quiet, exec }: FileBits, allowedAround: (state: number) => number): Uint32Array {
  return allow.map((own, state) => {
    const around = allowedAround(state);
    const lost = around & ~own & (OWNER | OTHER);
    const execs = execsOf(exec, around) & ~execsOf(exec, own);
    return (lost | execs) & ~quiet[state]!;
  });
}

function isSayable({ deny, kill, complain, hide, cond, subtree, tag, label }: CompiledPermissionEntry): boolean {
  return [deny, kill, complain, hide, cond, subtree, tag, label].every((bits) => bits === 0);
}

function halfBits(view: View, kernel: number, exec: number): number {
  const half = letters.reduce((sum, bit, place) => ((kernel & bit) === 0 ? sum : sum | (1 << place)), 0);
  return (
    (view === "owner" ? half : half << HALF) |
    ((kernel & MAY_CHANGE_PROFILE) === 0 ? 0 : CHANGE) |
    ((kernel & MAY_ONEXEC) === 0 ? 0 : ONEXEC) |
    ((kernel & MAY_EXECUTE) === 0 ? 0 : exec)
  );
}

class ExecBits {
  readonly transitions = new Map<number, number>();
  private readonly numbers = new Map<string, number>();
  isFull = false;

  /** The two highest bits are for denied ones; without any transition these stand for a denied exec too. */
  of(view: View, xindex: number): number {
    const key = `${view} ${xindex}`;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    if (FIRST_EXEC + this.numbers.size >= 30) this.isFull = true;
    const bit = 1 << Math.min(29, FIRST_EXEC + this.numbers.size);
    this.numbers.set(key, bit);
    this.transitions.set(bit, xindex);
    return bit;
  }

  mask(view: View): number {
    const own = [...this.numbers].filter(([key]) => key.startsWith(`${view} `));
    return own.reduce<number>((sum, [, bit]) => sum | bit, EXEC_DENIED[view]);
  }
}
