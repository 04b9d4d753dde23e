/** The file automaton as lines near its rules, for what `render-file.ts` cannot say: what each pattern grants beyond its surroundings. */
import {
  type CompiledAutomaton,
  type CompiledPermissionEntry,
  MAY_CHANGE_PROFILE,
  MAY_EXECUTE,
  MAY_LINK,
  MAY_LOCK,
  MAY_ONEXEC,
  meaningsOf,
  noPermissions,
  permissionsOf,
  type PermissionView,
  startState,
} from "../compiled/index.ts";
import { pathBesideTarget } from "./pattern-texts.ts";
import { execText, FILE_RULE_BITS, fileLetters, sameEntry } from "./render-permissions.ts";
import { statePatterns } from "./state-patterns.ts";
import type { Work } from "./work.ts";

/** Lines in byte order of their patterns. */
export function renderNearFileRules(automaton: CompiledAutomaton, work: Work): readonly string[] {
  const meanings = meaningsOf(automaton, "file", new Map());
  const patterns = statePatterns(automaton.dfa, startState(automaton, "file"), meanings, work);
  const lines = patterns.flatMap(({ state, background, pattern }) => {
    const entry = (view: PermissionView, of: number): CompiledPermissionEntry =>
      of === 0 && state !== 0 ? noPermissions : permissionsOf(automaton, of, view);
    const owner = entry("owner", state);
    const other = entry("other", state);
    const rule = (prefix: string, view: "owner" | "other"): readonly string[] =>
      ruleLines(automaton, prefix, pattern, { here: entry(view, state), around: entry(view, background) });
    return sameEntry(owner, other) && sameEntry(entry("owner", background), entry("other", background))
      ? rule("", "owner")
      : [...rule("owner ", "owner"), ...rule("other ", "other")];
  });
  return [...new Set(lines)].toSorted((a, b) => compareByPattern(a, b));
}

export function compareByPattern(a: string, b: string): number {
  const [left, right] = [a.slice(a.search(/[/]|->/)), b.slice(b.search(/[/]|->/))];
  if (left === right) return a < b ? -1 : 1;
  return left < right ? -1 : 1;
}

interface Entries {
  readonly here: CompiledPermissionEntry;
  readonly around: CompiledPermissionEntry;
}

function ruleLines(automaton: CompiledAutomaton, prefix: string, pattern: string, entries: Entries): readonly string[] {
  const { here, around } = entries;
  const lines: string[] = [];
  const [path = "", ...rest] = pattern.split("\\0");
  const pair = rest.join("\\0");
  if (rest.length > 0) return pairLines(prefix, { path, pair }, here);
  if ((here.allow & MAY_CHANGE_PROFILE) !== 0) lines.push(`change_profile -> ${pattern},`);
  const say = (mode: string, bits: number): void => {
    if ((bits & FILE_RULE_BITS) !== 0)
      lines.push(`${mode}${prefix}${path} ${fileLetters(bits)}${(bits & MAY_EXECUTE) === 0 ? "" : "x"},`);
  };
  const allow = here.allow & FILE_RULE_BITS;
  const exec = (allow & MAY_EXECUTE) === 0 ? "" : execText(here.xindex, automaton.transitions);
  const isAudited = allow !== 0 && (allow & ~here.audit) === 0;
  if (allow !== 0 && (isAudited || !grantsAsAround(entries))) {
    const text = pathBesideTarget(path, exec.split(" -> ")[1] ?? "");
    lines.push(`${isAudited ? "audit " : ""}${prefix}${text} ${fileLetters(allow)}${exec},`);
  }
  if (!isAudited) say("audit ", here.audit & allow);
  say("prompt ", here.prompt & ~here.allow);
  const quiet = here.quiet & ~here.allow & FILE_RULE_BITS;
  if (quiet !== (around.quiet & ~around.allow & FILE_RULE_BITS)) say("deny ", quiet);
  say("audit deny ", around.allow & ~here.allow & ~quiet);
  return lines;
}

function grantsAsAround({ here, around }: Entries): boolean {
  return (
    ((here.allow ^ around.allow) & FILE_RULE_BITS) === 0 && here.xindex === around.xindex && here.audit === around.audit
  );
}

/** Rules of two texts: a link and its target, a program and the profile to change to when it is executed. */
function pairLines(
  prefix: string,
  { path, pair }: { readonly path: string; readonly pair: string },
  { allow }: CompiledPermissionEntry,
): readonly string[] {
  const lines: string[] = [];
  const isLink = (allow & MAY_LINK) !== 0;
  if (isLink) lines.push(`${prefix}link ${(allow & MAY_LOCK) === 0 ? "" : "subset "}${path} -> ${pair},`);
  if ((allow & (MAY_ONEXEC | MAY_EXECUTE)) !== 0) lines.push(`change_profile ${path} -> ${pair},`);
  return lines;
}
