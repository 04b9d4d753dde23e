/** Small edits that somebody could make by mistake, one rule at a time: dropped, a glob widened, a letter added. */
import { FilePermission, type Profile, type Rule } from "../../language/model/index.ts";

interface Mutant {
  readonly rule: Rule;
  /** What was done to it. */
  readonly change: "dropped" | "deny dropped" | "widened" | "letter added";
  readonly profile: Profile;
}

/**
 * All of a profile, in the order of its rules; `isWanted` says which rules are changed. Limits are left out: a rule speaks of all values up to
 * one, so that no question tells a limit from none.
 */
export function mutantsOf(profile: Profile, isWanted: (rule: Rule) => boolean): readonly Mutant[] {
  return profile.rules
    .filter((rule) => rule.kind !== "rlimit" && isWanted(rule))
    .flatMap((rule): readonly Mutant[] => {
      const change = (how: Mutant["change"], ...others: readonly Rule[]): Mutant => {
        const rules = profile.rules.flatMap((one) => (one === rule ? others : [one]));
        return { rule, change: how, profile: { ...profile, rules } };
      };
      const isDeny = rule.kind !== "rlimit" && rule.mode === "deny";
      const dropped = change(isDeny ? "deny dropped" : "dropped");
      if (rule.kind !== "file") return [dropped];
      const wider = widened(rule.path.text);
      const letter = [FilePermission.w, FilePermission.r].find((one) => (rule.permissions & one) === 0);
      return [
        dropped,
        ...(wider === rule.path.text ? [] : [change("widened", { ...rule, path: { ...rule.path, text: wider } })]),
        ...(letter === undefined
          ? []
          : [change("letter added", { ...rule, permissions: withLetter(rule.permissions, letter) })]),
      ];
    });
}

/** `w` and `a` exclude each other. */
function withLetter(permissions: number, letter: number): number {
  return letter === FilePermission.w ? (permissions & ~FilePermission.a) | letter : permissions | letter;
}

/** The last `*` becomes `**`; a path without one also matches what begins with it: behind a slash `*` alone would not match the directory. */
function widened(path: string): string {
  if (path.includes("**") || path === "") return path;
  const star = path.lastIndexOf("*");
  if (star < 0) return path.endsWith("/") ? `${path}{,*}` : `${path}*`;
  return path.startsWith("\\", star - 1) ? path : `${path.slice(0, star)}**${path.slice(star + 1)}`;
}
