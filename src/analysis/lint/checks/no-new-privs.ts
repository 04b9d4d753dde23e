/**
 * Services that are started with no_new_privs: whoever runs there keeps the profile, and may only stack others on it. What a rule
 * says beyond that is refused, in complain mode, too (kernel-abi 7.6, 9.7).
 */
import { isUnconfinedMode } from "../../../language/model/index.ts";
import { type Message, sentence } from "../../../foundation/diagnostics/index.ts";
import { labelComponents } from "../../monitor/index.ts";
import { type Step, labelFor } from "../../reach/index.ts";
import { labelOf } from "../subject.ts";
import type { Check, Unit } from "../types.ts";

export const checkNoNewPrivileges: Check = (subject, { graph, units }, report) => {
  const label = units.length === 0 ? undefined : labelOf(subject, graph);
  if (label === undefined || isUnconfinedMode(subject.profile.flags.mode)) return new Set();
  const refused = graph.transitions(label).filter((step) => isRefused(step, label));
  for (const unit of units) {
    const isIts =
      unit.profile === undefined
        ? unit.programs.some((program) => labelFor(graph.world, program) === label)
        : unit.profile === label;
    if (!isIts) continue;
    const said = new Set<string>();
    for (const step of refused) {
      const origin = step.because[0] ?? subject.profile.origin;
      const isSame = (one: Step): boolean => JSON.stringify(one.because[0]) === JSON.stringify(step.because[0]);
      const key = JSON.stringify(origin);
      if (said.has(key)) continue;
      said.add(key);
      report("lint/no-new-privs", { origin }, refusal(unit, step, refused.filter(isSame).length - 1), {});
    }
  }
  return new Set();
};

/** The kernel lets a task add to what confines it, and nothing else. */
function isRefused({ kind, to }: Step, label: string): boolean {
  if (kind !== "exec" && kind !== "change_profile" && kind !== "hat") return false;
  return !labelComponents(to).includes(label);
}

function refusal({ because, path }: Unit, step: Step, more: number): Message {
  const others = more > 0 ? ` (and ${more} more like it)` : "";
  const start = sentence`${{ unit: path }} has ${{ setting: because }}, so `;
  const end =
    step.kind === "exec"
      ? sentence`${{ path: step.path ?? "" }} is not started in ${{ target: step.to }}${others}`
      : sentence`the change to ${{ target: step.to }} is refused${others}`;
  return { text: `${start.text}${end.text}`, facts: { ...start.facts, ...end.facts } };
}
