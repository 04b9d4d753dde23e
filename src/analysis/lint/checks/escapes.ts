/** Ways out of a profile: programs that run unconfined, and files that others run, start or load. */
import { type Message, sentence } from "../../../foundation/diagnostics/index.ts";
import { decide } from "../../monitor/index.ts";
import type { Step } from "../../reach/index.ts";
import { samplePaths } from "../sample.ts";
import { type LintProfile, labelOf, ownRules } from "../subject.ts";
import type { Check, LintReport, LintWorld } from "../types.ts";

export const checkEscapes: Check = (subject, world, report) => {
  if (subject.profile.flags.mode === "unconfined") return new Set();
  execsUnconfined(subject, report);
  plants(subject, world, report);
  return new Set();
};

function execsUnconfined(subject: LintProfile, report: LintReport): void {
  for (const rule of ownRules(subject)) {
    if (rule.kind !== "file" || rule.exec === undefined || rule.mode === "deny") continue;
    const { transition, fallback, safe } = rule.exec;
    const isPlain = transition === "unconfined" && rule.execTarget === undefined;
    if (!isPlain && fallback !== "unconfined") continue;
    const path = samplePaths(rule).find((one) => {
      const question = { kind: "exec", path: one, owner: rule.owner !== "other" } as const;
      return decide(subject.profile, question).allowedBy.includes(rule);
    });
    if (path === undefined) continue;
    const when = isPlain ? "" : " if no profile is found for it";
    const environment = safe ? "" : ", with the caller's environment";
    const message = sentence`${{ path }} is started unconfined${when}${environment}`;
    report("lint/exec-unconfined", rule, message, {});
  }
}

const CODES = {
  policy: "lint/writes-policy",
  "start-up": "lint/writes-start-up",
  program: "lint/writes-program",
} as const;

/** One message for each rule of the file itself and kind of harm. */
function plants(subject: LintProfile, { graph }: LintWorld, report: LintReport): void {
  const label = labelOf(subject, graph);
  if (label === undefined) return;
  const groups = new Map<string, Step[]>();
  for (const step of graph.plants(label)) {
    const [own] = step.because;
    if (own === undefined || own.includes.length > 0) continue;
    const key = `${step.kind} ${own.span.start} ${step.kind === "program" ? "" : step.effect}`;
    groups.set(key, [...(groups.get(key) ?? []), step]);
  }
  for (const steps of groups.values()) {
    const [first] = steps;
    const origin = first?.because[0];
    if (first === undefined || origin === undefined) continue;
    if (first.kind !== "policy" && first.kind !== "start-up" && first.kind !== "program") continue;
    const also = first.because.slice(1).map((one) => ({ origin: one }));
    const label_ = first.kind === "program" ? `${first.effect}, as this says` : "";
    report(CODES[first.kind], { origin }, plantText(first, steps.length - 1), { also, label: label_ });
  }
}

function plantText({ effect = "", kind, path = "", to }: Step, more: number): Message {
  if (kind !== "program") return sentence`${{ path }} may be written (${effect})`;
  const others = more > 0 ? ` and ${more} more` : "";
  return sentence`${{ path }} may be written, and ${{ profile: to }}${others} ${effect}`;
}
