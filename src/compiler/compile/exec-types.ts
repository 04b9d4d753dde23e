/**
 * Exec types: what the x bit of a half means. They stay symbolic (targets by name) until a profile's tables are made, because the index of a
 * target is that of one profile's table, and labels are shared by all profiles. They are interned for a session, so that equal types are
 * equal numbers. Number 0 is the bare x.
 */
import { invariant } from "../../foundation/basics/index.ts";
import type { ExecType } from "../compiled/index.ts";

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
