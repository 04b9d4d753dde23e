/** Whether two policies say the same, wherever they say it. */
import type { Policy } from "../language/model/index.ts";

/** Where a policy says something, which is no part of what it says. */
const PLACES: ReadonlySet<string> = new Set(["origin", "span", "at"]);

/** All that counts is compared: the name of the ABI, aliases, and profiles with their rules and children in order. */
export function saysTheSame(one: Policy, other: Policy): boolean {
  return isSame(said(one), said(other));
}

function said({ abi, aliases, profiles }: Policy): readonly unknown[] {
  return [abi?.name, aliases, profiles];
}

/** COST: as two texts in JSON that were compared it was a fifth of what changing one profile takes. */
function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [mine, theirs] = [partsOf(one), partsOf(other)];
  if (mine.size !== theirs.size) return false;
  for (const [key, part] of mine) if (!theirs.has(key) || !isSame(part, theirs.get(key))) return false;
  return true;
}

function partsOf(value: object): ReadonlyMap<string, unknown> {
  const parts = Object.entries(value).filter(([key, part]) => part !== undefined && !PLACES.has(key));
  return new Map<string, unknown>(parts);
}
