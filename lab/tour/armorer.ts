/** The product behind the tour's interface: compile through the app's engine, learn through `learning` and `language/edit`. */
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadEngine, type PolicyEngine, type PolicySettings } from "../../src/app/index.ts";
import { fail, ok } from "../../src/foundation/basics/index.ts";
import { applyEdits, encodeBytes, type SourceFile, sourceFile } from "../../src/foundation/text/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { plan, printInclude, printProfile, printRule } from "../../src/language/edit/index.ts";
import type { Profile } from "../../src/language/model/index.ts";
import { loadPolicy } from "../../src/language/resolve/index.ts";
import { parse } from "../../src/language/syntax/index.ts";
import { readLog } from "../../src/learning/audit/index.ts";
import {
  type Abstraction,
  type Action,
  type Candidate,
  type ExecDecision,
  execKey,
  type LearnOptions,
  type Proposal,
  propose,
  selectedChanges,
  type Selection,
} from "../../src/learning/learn/index.ts";
import type { Choose, Lesson, Product, Suggestion } from "./product.ts";

/** The starter policy, which the tour compiles against. */
export const POLICY_DIRECTORY = join(dirname(fileURLToPath(import.meta.url)), "../../../policy");
const NAME = join(POLICY_DIRECTORY, "tour");

function settingsFor(kernelFeatures: string): PolicySettings {
  return {
    base: POLICY_DIRECTORY,
    includePath: [],
    kernelFeatures,
    policyFeatures: { kind: "kernel" },
    overrideAbi: false,
    namespace: undefined,
    forceComplain: false,
    readImpliesExec: false,
    workingDirectory: "/",
    encoding: {},
  };
}

let engine: Promise<PolicyEngine> | undefined;

const compile: Product["compile"] = async (text, features) => {
  const running = await (engine ??= loadEngine());
  const source = { path: NAME, bytes: encodeBytes(text) };
  const compiled = running.compile(source, settingsFor(features), nodeFiles());
  const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
  if (!compiled.ok) return fail(errors.map(({ message }) => message).join("; "));
  return ok(Buffer.concat(compiled.units.map(({ bytes }) => bytes)));
};

function profilesOf(source: SourceFile): readonly Profile[] {
  return loadPolicy({ source }, { files: nodeFiles(), search: [POLICY_DIRECTORY] }).value.profiles;
}

let abstractions: readonly Abstraction[] | undefined;

/** The rules that each abstraction of ours stands for. */
function knownAbstractions(): readonly Abstraction[] {
  abstractions ??= readdirSync(join(POLICY_DIRECTORY, "abstractions"))
    .toSorted()
    .map((name) => {
      const path = `abstractions/${name}`;
      const text = `include <tunables/global>\nprofile x {\n  include <${path}>\n}\n`;
      return { path, rules: profilesOf(sourceFile(NAME, text))[0]?.rules ?? [] };
    });
  return abstractions;
}

function actionText(action: Action): string {
  switch (action.kind) {
    case "add-rule":
    case "replace-rule":
      return printRule(action.rule);
    case "add-include":
      return printInclude(action.include);
    case "set-flag":
      return `flags=(${action.flag})`;
    case "add-child":
      return printProfile(action.child);
    case "add-profile":
      return printProfile(action.profile);
  }
}

function suggestionOf(proposal: Proposal, candidates: readonly Candidate[]): Suggestion {
  return {
    profile: proposal.profile,
    subject: proposal.subject,
    count: proposal.evidence.count,
    choices: candidates.map(({ kind, actions, reason }) => ({ kind, reason, rules: actions.map(actionText) })),
  };
}

function reach({ candidates }: Proposal): number {
  return candidates[0]?.alsoAnswers.length ?? 0;
}

/** Asks about the proposals that are open, the ones whose first answer reaches furthest first; what one answer settles is not asked. */
function ask(proposals: readonly Proposal[], choose: Choose): { suggestions: Suggestion[]; selections: Selection[] } {
  const settled = new Set<string>();
  const [suggestions, selections]: [Suggestion[], Selection[]] = [[], []];
  const open = proposals.filter(({ status }) => status === "needed" || status === "companion");
  for (const proposal of open.toSorted((a, b) => reach(b) - reach(a))) {
    if (settled.has(proposal.id)) continue;
    const suggestion = suggestionOf(proposal, proposal.candidates);
    suggestions.push(suggestion);
    const candidate = proposal.candidates[choose(suggestion) ?? -1];
    if (candidate === undefined) continue;
    selections.push({ proposal, candidate });
    for (const id of [proposal.id, ...candidate.alsoAnswers]) settled.add(id);
  }
  return { suggestions, selections };
}

/** Answers to questions about programs that are started, until there are no more. */
function answerExecs(events: Parameters<typeof propose>[0], options: LearnOptions, choose: Choose): LearnOptions {
  const execChoices = new Map<string, ExecDecision>();
  for (let before = -1; before < execChoices.size;) {
    before = execChoices.size;
    for (const proposal of propose(events, { ...options, execChoices }).proposals) {
      if (proposal.kind !== "exec" || proposal.status !== "needed") continue;
      const key = execKey(proposal.profile, proposal.id.slice(`${proposal.profile} exec `.length));
      const decision = proposal.candidates[choose(suggestionOf(proposal, proposal.candidates)) ?? -1]?.exec;
      if (decision !== undefined && !execChoices.has(key)) execChoices.set(key, decision);
    }
  }
  return { ...options, execChoices };
}

const learn: Product["learn"] = async (text, log, choose): Promise<Lesson> => {
  const source = sourceFile(NAME, text);
  const profiles = profilesOf(source);
  const events = readLog(log).events.map(({ event }) => event);
  const variables = new Set(["HOME", "PROC", "multiarch", "pid", "run", "sys"]);
  const options = answerExecs(events, { profiles, abstractions: knownAbstractions(), variables }, choose);
  const { suggestions, selections } = ask(propose(events, options).proposals, choose);
  const { files, profiles: fresh } = selectedChanges(selections, profiles);
  const changes = files.flatMap((file) => file.changes);
  const { edits } = plan(parse(source), changes);
  const added = fresh.map((profile) => `\n${printProfile(profile)}`).join("");
  return { suggestions, text: applyEdits(text, edits) + added };
};

/** armorer itself. */
export const armorer: Product = { note: "not compared", compile, learn };
