/**
 * Exec types: what the x bit of a half means. They stay symbolic (targets by name) until a profile's tables are made, and are
 * interned for a session, so that equal types are equal numbers. Number 0 is the bare x.
 */
import { invariant } from "../../foundation/basics/index.ts";

export interface ExecType {
  readonly unsafe: boolean;
  /** `ix`, or falls back to it. */
  readonly inherit: boolean;
  /** Falls back to unconfined. */
  readonly unconfined: boolean;
  readonly target: "none" | "unconfined" | "profile" | "child" | "named";
  /** What the kernel's table holds, only with `named`. */
  readonly name: string;
}

export const BARE_EXEC = 0;

const bare: ExecType = { unsafe: false, inherit: false, unconfined: false, target: "none", name: "" };

export interface ExecTypes {
  readonly intern: (type: ExecType) => number;
  readonly get: (number: number) => ExecType;
}

/** An interning table. */
export function createExecTypes(): ExecTypes {
  const types: ExecType[] = [];
  const numbers = new Map<string, number>();
  const intern = (type: ExecType): number => {
    const key = `${type.unsafe ? "u" : ""}${type.inherit ? "i" : ""}${type.unconfined ? "f" : ""} ${type.target} ${type.name}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, types.length);
    types.push(type);
    return types.length - 1;
  };
  intern(bare);
  return {
    intern,
    get: (number) => {
      const type = types[number];
      invariant(type !== undefined, "an exec type that was never interned");
      return type;
    },
  };
}

const TABLE_BASE = 4;

/** Bits 7 to 13 of a half of the old encoding (kernel-abi 7.2). `index`: of the name in the profile's table. */
export function packExec(type: ExecType, index: number): number {
  const flags = (type.unconfined ? 0x80 : 0) | (type.unsafe ? 0x100 : 0) | (type.inherit ? 0x200 : 0);
  const selector = { none: 0, unconfined: 1, profile: 2, child: 3, named: TABLE_BASE + index }[type.target];
  return flags | (selector << 10);
}

/** The xindex word (kernel-abi 7.5). */
export function execIndex(type: ExecType, index: number): number {
  const flags = (type.unsafe ? 0x10000000 : 0) | (type.inherit ? 0x40000000 : 0) | (type.unconfined ? 0x80000000 : 0);
  const target = { none: 0, unconfined: 0x80000000, profile: 0x04000000, child: 0x24000000, named: 0x08000000 | index };
  return (flags | target[type.target]) >>> 0;
}
