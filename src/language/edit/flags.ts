/** Flags in a profile's header. */
import type { TextEdit } from "../../foundation/text/index.ts";
import type { ProfileNode } from "../syntax/index.ts";
import { modeFlags } from "../tables/index.ts";
import type { ModeFlag } from "./change.ts";

/** The flags a profile shall have: a step of a plan, applied to what the steps before it left. */
export type FlagStep = (flags: readonly string[]) => readonly string[];

/** Adds a flag unless it is there; a flag with a value replaces the one of the same name, for two values are an error (policy-language 3.6). */
export function addFlag(flag: string): FlagStep {
  const name = flag.split("=", 1)[0] ?? flag;
  return (flags) => {
    if (flags.includes(flag)) return flags;
    const same = flags.findIndex((other) => other.includes("=") && other.startsWith(`${name}=`));
    return same < 0 || !flag.includes("=") ? [...flags, flag] : flags.with(same, flag);
  };
}

/** Takes a flag away, with whatever value it has when only its name is given. */
export function dropFlag(flag: string): FlagStep {
  return (flags) => flags.filter((other) => other !== flag && !(other.startsWith(`${flag}=`) && !flag.includes("=")));
}

/** Makes one mode the only one, for two are an error. `enforce` is what a profile without any mode flag is in. */
export function setMode(mode: ModeFlag): FlagStep {
  return (flags) => {
    if (mode !== "enforce" && flags.includes(mode))
      return flags.filter((flag) => flag === mode || !modeFlags.includes(flag));
    const others = flags.filter((flag) => !modeFlags.includes(flag));
    return mode === "enforce" ? others : [...others, mode];
  };
}

/** The edit that gives a profile these flags; `undefined` when nothing changes. */
export function flagsEdit(text: string, profile: ProfileNode, steps: readonly FlagStep[]): TextEdit | undefined {
  const node = profile.flags;
  const before = (node?.values ?? []).map((word) => word.text);
  const after = steps.reduce<readonly string[]>((flags, step) => step(flags), before);
  if (after.length === before.length && after.every((flag, index) => flag === before[index])) return undefined;
  if (node === undefined)
    return { start: headerEnd(profile), end: headerEnd(profile), newText: ` flags=(${after.join(", ")})` };
  if (after.length === 0) return dropFlags(text, node.span.start, node.span.end);
  const first = node.values[0]?.span.start ?? node.span.end - 1;
  const last = node.values.at(-1)?.span.end ?? first;
  return { start: first, end: last, newText: after.join(separatorOf(text.slice(first, last), before.length)) };
}

/** Between flags, as the list has it already: blanks alone separate, too. */
function separatorOf(list: string, count: number): string {
  return count > 1 && !list.includes(",") ? " " : ", ";
}

function dropFlags(text: string, start: number, end: number): TextEdit {
  let from = start;
  while (/[ \t]/.test(text.charAt(from - 1))) from -= 1;
  return { start: from, end, newText: "" };
}

/** After the last part of the header that may come before flags. */
function headerEnd(profile: ProfileNode): number {
  const parts = [profile.name, profile.attachment, profile.xattrs, ...profile.identities];
  return Math.max(...parts.map((part) => part?.span.end ?? 0), profile.name.span.end);
}
