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

/** COST: as two texts in JSON that were compared it was a fifth of what changing one profile takes, as maps of parts a twentieth. */
function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((part, index) => isSame(part, other[index]));
  if (!isRecord(one) || !isRecord(other)) return false;
  for (const key in one) if (!PLACES.has(key) && !isSame(one[key], other[key])) return false;
  // What is not there is as what is undefined.
  for (const key in other) if (!(key in one) && !PLACES.has(key) && other[key] !== undefined) return false;
  return true;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
