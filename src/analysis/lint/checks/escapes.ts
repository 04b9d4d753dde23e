/** Ways out of a profile: programs that run unconfined, and files that others run, start or load. */
import { isUnconfinedMode } from "../../../language/model/index.ts";
import { type Message, sentence } from "../../../foundation/diagnostics/index.ts";
import { decide } from "../../monitor/index.ts";
import type { LabelGraph, Step } from "../../reach/index.ts";
import { samplePaths } from "../sample.ts";
import { type LintProfile, labelOf, ownRules } from "../subject.ts";
import type { Check, LintReport, LintWorld } from "../types.ts";

export const checkEscapes: Check = (subject, world, report) => {
  if (isUnconfinedMode(subject.profile.flags.mode)) return new Set();
  execsUnconfined(subject, report);
  // `all` restricts nothing, and whoever wrote it knows.
  const allowsAll = subject.profile.rules.some((rule) => rule.kind === "all" && rule.mode !== "deny");
  if (!allowsAll) plants(subject, world, report);
  return new Set();
};

function execsUnconfined(subject: LintProfile, report: LintReport): void {
  for (const rule of ownRules(subject)) {
    if (rule.kind !== "file" || rule.exec === undefined || rule.mode === "deny") continue;
    const { transition, fallback, safe } = rule.exec;
    const isPlain = transition === "unconfined" && rule.execTarget === undefined;
    if (!isPlain && fallback !== "unconfined") continue;
    const counts = samplePaths(rule).some((path) => {
      const question = { kind: "exec", path, owner: rule.owner !== "other" } as const;
      return decide(subject.profile, question).allowedBy.includes(rule);
    });
    if (!counts) continue;
    const when = isPlain ? "" : " if no profile is found for it";
    const environment = safe ? "" : ", with the caller's environment";
    const message = sentence`${{ pattern: rule.path.written }} is started unconfined${when}${environment}`;
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
  for (const found of graph.plantsByRule(label)) {
    const step = asFile(found, subject, graph);
    const [own] = found.because;
    if (step === undefined || own === undefined || own.includes.length > 0) continue;
    const key = `${step.kind} ${own.span.start}`;
    groups.set(key, [...(groups.get(key) ?? []), step]);
  }
  for (const steps of groups.values()) {
    const [first] = steps;
    const origin = first?.because[0];
    if (first === undefined || origin === undefined) continue;
    if (first.kind !== "policy" && first.kind !== "start-up" && first.kind !== "program") continue;
    const also = first.because.slice(1).map((one) => ({ origin: one }));
    const text = first.kind === "program" ? programText(first, steps.length - 1) : seatText(steps);
    report(CODES[first.kind], { origin }, text, { also, label: `${first.effect ?? ""}, as this says` });
  }
}

/** A path that no rule names by chance. */
const ANY = "/q7z/q7z";
const open = new WeakMap<LintProfile["profile"], boolean>();

function runsAnything(profile: LintProfile["profile"]): boolean {
  const known = open.get(profile) ?? runs(profile, ANY);
  open.set(profile, known);
  return known;
}

/**
 * The step for a file: what is written at a directory is no program. Who runs whatever there is says nothing of a file.
 * `undefined`: nothing of it is left.
 */
function asFile(step: Step, { profile }: LintProfile, { world }: LabelGraph): Step | undefined {
  const { kind, path, to } = step;
  if (path === undefined) return undefined;
  const user = kind === "program" ? world.labels.get(to)?.profile : undefined;
  if (user !== undefined && runsAnything(user)) return undefined;
  if (!path.endsWith("/")) return step;
  const inside = `${path}a`;
  const isWritten = [false, true].some(
    (owner) => decide(profile, { kind: "file", path: inside, letters: ["w"], owner }).allowed,
  );
  return isWritten && (user === undefined || runs(user, inside)) ? { ...step, path: inside } : undefined;
}

function runs(profile: LintProfile["profile"], path: string): boolean {
  return [false, true].some(
    (owner) =>
      decide(profile, { kind: "exec", path, owner }).allowed ||
      decide(profile, { kind: "file", path, letters: ["m"], owner }).allowed,
  );
}

function programText({ effect = "", path = "", to }: Step, more: number): Message {
  const others = more > 0 ? `, as do ${more} more` : "";
  return sentence`${{ path }} may be written, and ${{ profile: to }} ${effect}${others}`;
}

/** The file of the first, and what others of the kind there are. */
function seatText([first, ...rest]: readonly Step[]): Message {
  const { effect = "", path = "" } = first ?? {};
  const [name = "", what = ""] = effect.split(": ");
  const others = [...new Set(rest.map((step) => (step.effect ?? "").split(": ")[0] ?? ""))].filter(
    (one) => one !== name,
  );
  const also = others.length > 0 ? `; the same rule opens files of ${others.join(", ")}` : "";
  return sentence`${{ path }} may be written, and ${what}${also}`;
}
