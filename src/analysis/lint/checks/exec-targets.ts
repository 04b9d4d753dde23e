/** Programs that are to run in a profile that is not there, and changes to one. */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import type { ChangeProfileRule, FileRule, Rule } from "../../../language/model/index.ts";
import { isBelow } from "../../../language/tables/index.ts";
import { labelComponents } from "../../monitor/index.ts";
import { type LintProfile, ownRules } from "../subject.ts";
import type { Check, LintReport, LintWorld } from "../types.ts";

export const checkExecTargets: Check = (subject, world, report) => {
  for (const rule of ownRules(subject)) {
    if (rule.kind === "change_profile" && rule.mode !== "deny") changeTarget(rule, world, report);
    if (rule.kind !== "file" || rule.exec === undefined || rule.mode === "deny") continue;
    const target = rule.execTarget?.text;
    const missing = target === undefined ? undefined : missingPart(subject, rule, { target, world });
    if (missing !== undefined) {
      const then = afterwards(rule);
      report("lint/exec-target-missing", rule, sentence`there is no profile ${{ target: missing }}${then}`, {});
    } else if (target === undefined && isLost(subject, rule, world)) {
      const message = sentence`no profile attaches to what ${{ pattern: rule.path.written }} matches`;
      report("lint/exec-attaches-nowhere", rule, message, {});
    }
  }
  return new Set<Rule>();
};

/** A target without wildcards that no profile has. */
function changeTarget(rule: ChangeProfileRule, world: LintWorld, report: LintReport): void {
  const target = rule.target?.text;
  if (target === undefined || !world.isWhole || /[*?[{^\\@:]/.test(target)) return;
  const names = new Set([...world.graph.world.labels.values()].map((facts) => facts.profile.name));
  const missing = labelComponents(target).find((part) => part !== "unconfined" && !names.has(part));
  if (missing === undefined) return;
  report("lint/change-target-missing", rule, sentence`there is no profile ${{ target: missing }} to change to`, {});
}

function afterwards({ exec }: FileRule): string {
  if (exec?.fallback === "inherit") return ", so the program stays in this one";
  return exec?.fallback === "unconfined" ? ", so the program runs unconfined" : ", so the program cannot be started";
}

/** The part of a target that no profile has; children are in the same file, others may be in files that were not given. */
function missingPart(
  { profile }: LintProfile,
  { exec }: FileRule,
  { target, world }: { readonly target: string; readonly world: LintWorld },
): string | undefined {
  const isChild = exec?.transition === "child";
  // The compiler puts the profile's name before a child's.
  const name = isChild ? `${profile.name}//${target}` : target;
  const { labels } = world.graph.world;
  const names = new Set([...labels.values()].map((facts) => facts.profile.name));
  const isKnowable = (part: string): boolean => world.isWhole || isBelow(part, profile.name);
  return labelComponents(name).find(
    (part) => part !== "unconfined" && !part.startsWith(":") && isKnowable(part) && !names.has(part),
  );
}

/** Without a name and without a fallback, and nothing attaches to any path of the pattern. */
function isLost(subject: LintProfile, rule: FileRule, { cells, graph, isWhole }: LintWorld): boolean {
  const { exec, path } = rule;
  if (exec === undefined || exec.fallback !== "none") return false;
  const isChild = exec.transition === "child";
  if (!isChild && (exec.transition !== "profile" || !isWhole)) return false;
  const around = isChild ? subject.profile.children : graph.world.profiles;
  const texts = around.flatMap(({ attachment }) => (attachment === undefined ? [] : [attachment.text]));
  const own = cells.build([path.text]);
  const others = cells.build(texts);
  if (!own.ok || !others.ok) return false;
  const met = cells.meetings(own.value, others.value, "both");
  return met.ok && met.value.length === 0;
}
