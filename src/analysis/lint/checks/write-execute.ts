/** Files that a profile may both write and execute in itself, or map as code. */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import { FilePermission, type FileRule, type Profile, type Rule } from "../../../language/model/index.ts";
import { type Decision, decide, fit, subject } from "../../monitor/index.ts";
import { ownRules } from "../subject.ts";
import type { Check } from "../types.ts";

const { w: W, a: A, x: X, m: M } = FilePermission;

export const checkWriteExecute: Check = (linted, { cells, gap }, report) => {
  const { profile } = linted;
  if (profile.rules.some(({ kind }) => kind === "all")) return new Set();
  const rules = profile.rules.filter(isWanted);
  const own = ownRules(linted).filter(isWanted);
  if (own.length === 0) return new Set();
  const set = cells.build(rules.map(({ path }) => path.text));
  const found = set.ok ? cells.meetings(set.value, set.value, "both") : set;
  if (!found.ok) {
    gap(`what ${profile.name} writes and runs: its rules need more than ${found.error.limit} states`);
    return new Set();
  }
  const said = new Set<Rule>();
  for (const { left, path: shortest } of found.value) {
    const { texts } = left;
    const path = fileOf(shortest(), texts, rules);
    if (path === undefined) continue;
    const narrowed = { ...profile, rules: rules.filter((rule) => texts.includes(rule.path.text)) };
    const both = bothOf(narrowed, path)?.rules;
    const included = narrowed.rules.filter(({ origin }) => origin.includes.length > 0);
    // What abstractions open by themselves is not the doing of this file.
    if (both !== undefined && bothOf({ ...profile, rules: included }, path) !== undefined) continue;
    const about = both?.find((rule) => own.some((one) => one === rule) && !said.has(rule));
    if (both === undefined || about === undefined) continue;
    for (const rule of both) said.add(rule);
    const also = both.filter((rule) => rule !== about);
    const how = bothOf(narrowed, path)?.isRun === true ? "run" : "mapped as code";
    report("lint/write-execute", about, sentence`${{ path }} may be written and ${how}`, {
      also,
      label: "with this rule",
    });
  }
  return new Set();
};

function isWanted(rule: Rule): rule is FileRule {
  return rule.kind === "file" && (rule.permissions & (W | A | X | M)) !== 0;
}

/** A path of the cell that is no directory: those are neither run nor mapped. */
function fileOf(path: string, texts: readonly string[], rules: readonly FileRule[]): string | undefined {
  if (!path.endsWith("/")) return path;
  return ["a", "q", "0", ".a"]
    .map((name) => `${path}${name}`)
    .find((one) => {
      const input = subject(one);
      return rules.every(({ path: { text } }) => (fit(text, "path", input) !== "no") === texts.includes(text));
    });
}

interface Both {
  readonly rules: readonly Rule[];
  /** Else it is mapped. */
  readonly isRun: boolean;
}

/** The rules that allow both for one path; `undefined`: not both are. */
function bothOf(profile: Profile, path: string): Both | undefined {
  for (const owner of [false, true]) {
    const write = decide(profile, { kind: "file", path, letters: ["w"], owner });
    if (!write.allowed) continue;
    const exec = decide(profile, { kind: "exec", path, owner });
    const map = decide(profile, { kind: "file", path, letters: ["m"], owner });
    const runs = inherits(exec) ? exec : map.allowed ? map : undefined;
    if (runs === undefined) continue;
    return { rules: [...new Set([...write.allowedBy, ...runs.allowedBy])], isRun: runs === exec };
  }
  return undefined;
}

/** In the profile itself: what runs elsewhere is what the graph of labels is about. */
function inherits({ allowed, exec }: Decision): boolean {
  const mode = exec?.choice.mode;
  return allowed && mode !== undefined && (mode.transition === "inherit" || mode.fallback === "inherit");
}
