/** The product behind the tour's interface: what `armorer compile` and `armorer learn` call, on a text in memory. */
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type LearnedProposal,
  type PolicyEngine,
  type PolicySettings,
  defaultPolicySettings,
  loadEngine,
  loadLearner,
} from "../../src/app/index.ts";
import { fail, invariant, ok } from "../../src/foundation/basics/index.ts";
import type { FilesPort } from "../../src/foundation/ports/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { groupEvents, readLog } from "../../src/learning/audit/index.ts";
import type { Lesson, Product, Suggestion } from "./product.ts";

/** The starter policy, which the tour compiles against. */
export const POLICY_DIRECTORY = join(dirname(fileURLToPath(import.meta.url)), "../../../policy");
const NAME = join(POLICY_DIRECTORY, "tour");

function settingsFor(kernelFeatures: string): PolicySettings {
  return defaultPolicySettings({
    workingDirectory: "/",
    base: POLICY_DIRECTORY,
    kernelFeatures,
    policyFeatures: { kind: "kernel" },
  });
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

/** The starter policy with one more file in it, the text that is worked on. */
function withText(text: string): FilesPort {
  const files = nodeFiles();
  return {
    ...files,
    read: (path) => (path === NAME ? ok(encodeBytes(text)) : files.read(path)),
    kind: (path) => (path === NAME ? "file" : files.kind(path)),
    list: (path) => {
      const listing = files.list(path);
      if (!listing.ok || path !== POLICY_DIRECTORY) return listing;
      return ok([...listing.value, { name: basename(NAME), kind: "file" }]);
    },
  };
}

function suggestionOf({ profile, subject, count, candidates, taken }: LearnedProposal): Suggestion {
  return { profile, subject, count, choices: candidates, taken };
}

const learn: Product["learn"] = async (text, log, choose): Promise<Lesson> => {
  const learner = await loadLearner();
  const suggestions: Suggestion[] = [];
  const request = {
    groups: groupEvents(
      readLog(log).events.map(({ event }) => event),
      learner.keyOf,
    ),
    profile: undefined,
    createProfiles: false,
  };
  let session = learner.open(request, settingsFor(""), withText(text));
  for (let asked = session.question(); asked !== undefined; asked = session.question()) {
    const suggestion = suggestionOf(asked.proposal);
    suggestions.push(suggestion);
    const choice = asked.choices[choose(suggestion) ?? -1] ?? "skip";
    const next = session.answer({ question: asked.proposal.id, choice });
    invariant(next.ok, "an open question takes one of its choices");
    session = next.value;
  }
  const { files } = session.result();
  const added = files.filter(({ before }) => before === undefined).map(({ after }) => `\n${after ?? ""}`);
  return { suggestions, text: (files.find(({ path }) => path === NAME)?.after ?? text) + added.join("") };
};

/** armorer itself. */
export const armorer: Product = { note: "not compared", compile, learn };
