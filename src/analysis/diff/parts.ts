/** The parts of a profile that are no automata: what changed, and whether that is looser or stricter. */
import type { Bound } from "./bounds.ts";
import { familyName, rlimits as limitTable } from "../../language/tables/index.ts";
import {
  type CompiledProfile,
  DEFAULT_PATH_FLAGS,
  FORCE_COMPLAIN,
  PathFlag,
  ProfileFlag,
  profileModes,
} from "../../compiler/compiled/index.ts";

/** Whether a part permits more or less than before. */
export type Direction = "looser" | "stricter" | "both" | "neither";

/** A part that is not the same, by the name of what a profile's text says of it. */
export interface PartChange {
  readonly part: string;
  readonly direction: Direction;
  readonly before: string;
  readonly after: string;
}

/** A rule that has no automaton: of capabilities and limits. */
export interface PlainChange {
  readonly sign: "+" | "-";
  readonly kind: "capability" | "rlimit";
  readonly text: string;
  readonly direction: Direction;
  /** Without what these say; some of what the text says is not different. */
  readonly except: readonly Bound[];
  readonly inPart: boolean;
  readonly isExact: boolean;
}

const LIMITS = 16;
const INFINITY = 0xffff_ffff_ffff_ffffn;

/** Limits that are not the same. */
export function limitChanges(left: CompiledProfile, right: CompiledProfile): readonly PlainChange[] {
  return Array.from({ length: LIMITS }, (_, number) => number).flatMap((number): readonly PlainChange[] => {
    const before = limitOf(left, number);
    const now = limitOf(right, number);
    if (before === now) return [];
    const direction = (now ?? INFINITY + 1n) > (before ?? INFINITY + 1n) ? "looser" : "stricter";
    const line = (sign: PlainChange["sign"], value: bigint | undefined): readonly PlainChange[] =>
      value === undefined
        ? []
        : [
            {
              sign,
              kind: "rlimit",
              text: limitText(number, value),
              direction,
              except: [],
              inPart: false,
              isExact: true,
            },
          ];
    return [...line("-", before), ...line("+", now)];
  });
}

function limitOf({ rlimits }: CompiledProfile, number: number): bigint | undefined {
  return rlimits === undefined || ((rlimits.mask >>> number) & 1) === 0 ? undefined : rlimits.values[number];
}

function limitText(number: number, value: bigint): string {
  const name = limitTable.find((limit) => limit.number === number)?.name ?? String(number);
  return `set rlimit ${name} <= ${value === INFINITY ? "infinity" : value},`;
}

/** The modes from the strictest to what refuses nothing. */
const STRICTNESS = ["kill", "enforce", "prompt", "complain", "unconfined"];

function modeOf({ mode, version }: CompiledProfile): string {
  return (version & FORCE_COMPLAIN) === 0 ? (profileModes[mode] ?? String(mode)) : "complain";
}

/** Which mode permits more. */
function modeDirection(before: string, now: string): Direction {
  const order = STRICTNESS.indexOf(now) - STRICTNESS.indexOf(before);
  return order === 0 ? "neither" : order > 0 ? "looser" : "stricter";
}

/** Flags, path flags and what else the head of a profile says. */
export function partChanges(left: CompiledProfile, right: CompiledProfile): readonly PartChange[] {
  const found: PartChange[] = [];
  const compare = (
    part: string,
    read: (profile: CompiledProfile) => string,
    direction: Direction = "neither",
  ): void => {
    const [before, after] = [read(left), read(right)];
    if (before !== after) found.push({ part, direction, before, after });
  };
  compare("mode", modeOf, modeDirection(modeOf(left), modeOf(right)));
  compare("audit", ({ audit }) => yes(audit !== 0));
  compare("hat", ({ flags }) => yes((flags & ProfileFlag.hat) !== 0));
  compare("interruptible", ({ flags }) => yes((flags & ProfileFlag.interruptible) !== 0));
  for (const [part, bit] of Object.entries(PathFlag)) {
    compare(flagWord(part), ({ pathFlags = DEFAULT_PATH_FLAGS }) => yes((pathFlags & bit) !== 0), "both");
  }
  compare("attach_disconnected.path", ({ disconnected }) => disconnected ?? "", "both");
  compare("attach_disconnected.ipc.path", ({ disconnectedIpc }) => disconnectedIpc ?? "", "both");
  compare("kill.signal", ({ kill }) => String(kill ?? ""));
  compare("error", ({ error }) => String(error ?? ""));
  compare("xattrs", ({ xattrs }) => (xattrs ?? []).join(" "), "both");
  compare("identities", ({ identities }) => (identities ?? []).join(" "), "both");
  compare("secmark", ({ secmark }) => JSON.stringify(secmark ?? []), "both");
  compare("data", ({ data }) => (data ?? []).map(({ key, value }) => `${key}=${value.join(" ")}`).join(), "both");
  compare("extended capabilities", ({ capabilities }) => String(capabilities.extended ?? 0n), "both");
  return [...found, ...netChange(left, right), ...capabilityLogging(left, right)];
}

function flagWord(part: string): string {
  return part.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function yes(is: boolean): string {
  return is ? "yes" : "no";
}

function capabilityLogging(
  { capabilities: one }: CompiledProfile,
  { capabilities: other }: CompiledProfile,
): readonly PartChange[] {
  const allowed = one.allow & other.allow;
  const denied = ~one.allow & ~other.allow;
  const [before, after] = [one, other].map(({ audit, quiet }) => `audit ${audit & allowed} quiet ${quiet & denied}`);
  if (before === undefined || after === undefined || before === after) return [];
  return [{ part: "logging of capabilities", direction: "neither", before, after }];
}

/** The families and socket types of kernels before network v8. */
function netChange(left: CompiledProfile, right: CompiledProfile): readonly PartChange[] {
  const [before, after] = [netText(left), netText(right)];
  if (before === after) return [];
  const families = Array.from({ length: 64 }, (_, family) => family);
  const more = families.some((family) => (socketTypesOf(right, family) & ~socketTypesOf(left, family)) !== 0);
  const less = families.some((family) => (socketTypesOf(left, family) & ~socketTypesOf(right, family)) !== 0);
  const direction = more ? (less ? "both" : "looser") : less ? "stricter" : "neither";
  return [{ part: "network of old kernels", direction, before, after }];
}

function netText({ netAllowedAf }: CompiledProfile): string {
  const families = Array.from({ length: (netAllowedAf?.length ?? 0) / 3 }, (_, family) => family);
  return families
    .map((family) => ({ family, word: netAllowedAf?.[3 * family] ?? 0 }))
    .filter(({ word }) => word !== 0)
    .map(({ family, word }) => `${familyName(family) ?? family}:0x${word.toString(16)}`)
    .join(" ");
}

function socketTypesOf({ netAllowedAf }: CompiledProfile, family: number): number {
  return netAllowedAf?.[3 * family] ?? 0;
}
