/** The policy that is learned for, read from its directory: its profiles, what may be included, how a rule comes to be written. */
import { Refused, compareText } from "../foundation/basics/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { type SourceFile, sourceFile, withoutTrailing } from "../foundation/text/index.ts";
import { type RuleDraft, meaningOfDraft, meaningOfRule, printRule } from "../language/edit/index.ts";
import { parseFeatures } from "../language/features/index.ts";
import type { Rule } from "../language/model/index.ts";
import {
  createResolveSession,
  type DeferredPolicySet,
  type PolicySet,
  type ResolvedPolicy,
  type ResolveSession,
  deferPolicySet,
  resolvePolicy,
  resolvePolicySet,
} from "../language/resolve/index.ts";
import type { Abstraction } from "../learning/learn/index.ts";
import type { LearnResult, PolicySettings } from "./engine.ts";
import { skippedHere } from "./ignored-names.ts";
import { isThere } from "./is-there.ts";

/** The policy of a directory, as far as it can be read. */
export interface World {
  readonly set: DeferredPolicySet;
  readonly resolveAgain: (files: FilesPort) => PolicySet;
  readonly isWritable: (rule: RuleDraft) => boolean;
  /** Drafts as the rules that they are once they are written. */
  readonly readRules: (rules: readonly RuleDraft[]) => readonly Rule[];
  /** COST: reading all of them takes as long as reading the policy, and most logs ask for nothing that one might give. */
  readonly abstractions: () => readonly Abstraction[];
  /** What an include of that path gives, whether or not it is there. */
  readonly readInclude: (path: string) => Abstraction;
  readonly variables: ReadonlySet<string>;
  readonly unreadable: LearnResult["unreadable"];
}

export const join = (directory: string, name: string): string => `${withoutTrailing(directory, "/")}/${name}`;

/** Names of plain files of a directory that count as policy. */
export function policyFiles(files: FilesPort, directory: string): readonly string[] {
  const listing = files.list(directory);
  if (!listing.ok) return [];
  return listing.value
    .filter(({ name, kind }) => kind === "file" && skippedHere(name) === undefined)
    .map(({ name }) => name)
    .toSorted(compareText);
}

export function loadWorld(settings: PolicySettings, files: FilesPort, compiles: (text: string) => boolean): World {
  const session = createResolveSession(files);
  const options = {
    files,
    session,
    search: [...settings.includePath, settings.base],
    cwd: settings.workingDirectory,
    kernelFeatures: parseFeatures(settings.kernelFeatures).tree,
  };
  const listed = <Found extends PolicySet>(found: Found): Found => {
    const { unlisted } = found;
    // A directory that cannot be listed, or is not there, would be taken for an empty one.
    if (unlisted !== undefined) throw new Refused("read", settings.base, unlisted.errno);
    return found;
  };
  const set = listed(deferPolicySet(settings.base, options));
  const again = (changed: FilesPort): PolicySet =>
    resolvePolicySet(settings.base, { ...options, files: changed, session: session.renew(changed) });
  let abstractions: readonly Abstraction[] | undefined;
  return {
    set,
    resolveAgain: (changed) => listed(again(changed)),
    isWritable: writableRules((source) => resolvePolicy({ source }, options), compiles),
    readRules: (rules) => readDrafts(rules, settings, files, (source) => resolvePolicy({ source }, options)),
    abstractions: () =>
      (abstractions ??= readAbstractions(settings, files, (source) => resolvePolicy({ source }, options))),
    readInclude: (path) => ({
      path,
      rules: includedRules(path, settings, files, (source) => resolvePolicy({ source }, options)) ?? [],
    }),
    variables: variablesOf(set.sources, settings, session),
    unreadable: set.flaws.map(({ path, flaw }) => ({ path, reason: flaw.message })),
  };
}

/** What each abstraction gives. */
function readAbstractions(
  settings: PolicySettings,
  files: FilesPort,
  resolve: (source: SourceFile) => ResolvedPolicy,
): Abstraction[] {
  return policyFiles(files, join(settings.base, "abstractions")).flatMap((name) => {
    const path = `abstractions/${name}`;
    const rules = includedRules(path, settings, files, resolve) ?? [];
    return rules.length === 0 ? [] : [{ path, rules }];
  });
}

/** What an include gives, read from a profile that holds nothing else; `undefined`: it is not there, or broken. */
function includedRules(
  path: string,
  settings: PolicySettings,
  files: FilesPort,
  resolve: (source: SourceFile) => ResolvedPolicy,
): readonly Rule[] | undefined {
  const tunables = isThere(files, join(settings.base, "tunables/global")) ? "include <tunables/global>\n" : "";
  const text = `${tunables}profile abstraction {\n  include <${path}>\n}\n`;
  const { value, diagnostics } = resolve(sourceFile("abstraction", text));
  return diagnostics.some(({ severity }) => severity === "error") ? undefined : (value.profiles[0]?.rules ?? []);
}

function readDrafts(
  rules: readonly RuleDraft[],
  settings: PolicySettings,
  files: FilesPort,
  resolve: (source: SourceFile) => ResolvedPolicy,
): readonly Rule[] {
  const tunables = isThere(files, join(settings.base, "tunables/global")) ? "include <tunables/global>\n" : "";
  const text = `${tunables}profile rules {\n${rules.map((rule) => `  ${printRule(rule)}\n`).join("")}}\n`;
  const { value, diagnostics } = resolve(sourceFile("rules", text));
  return diagnostics.some(({ severity }) => severity === "error") ? [] : (value.profiles[0]?.rules ?? []);
}

/** Variables that the files of the policy define; a new profile sees those of the global tunables. */
function variablesOf(
  sources: ReadonlyMap<string, SourceFile>,
  settings: PolicySettings,
  session: ResolveSession,
): ReadonlySet<string> {
  const global = session.source(join(settings.base, "tunables/global"));
  const all = global.ok ? [...sources.values(), global.value] : [...sources.values()];
  const trees = all.flatMap((source) => session.knownTree(source) ?? []);
  const names = trees.flatMap(({ items }) => items.flatMap((item) => (item.kind === "variable" ? [item.name] : [])));
  return new Set(names);
}

/** Rules that are right by themselves when each of their words is; of the others the compiler knows which combinations make no sense. */
const SIMPLE: ReadonlySet<RuleDraft["kind"]> = new Set(["file", "link", "capability", "rlimit", "userns", "all"]);

/**
 * Whether the text of a rule is read as the rule that was meant, and compiles: tried on a profile that holds nothing else. Variables, which
 * only paths have, are what the rule's own file makes of them.
 */
function writableRules(
  resolve: (source: SourceFile) => ResolvedPolicy,
  compiles: (text: string) => boolean,
): (rule: RuleDraft) => boolean {
  const known = new Map<string, boolean>();
  return (rule) => {
    const text = printRule(rule);
    const before = known.get(text);
    if (before !== undefined) return before;
    const tried = `profile rule {\n  ${text}\n}\n`;
    const { value, diagnostics } = resolve(sourceFile("rule", tried));
    const [profile, ...others] = value.profiles;
    const meant = meaningOfDraft(rule);
    const isSame =
      others.length === 0 &&
      profile?.rules.length === 1 &&
      profile.children.length === 0 &&
      profile.rules.every((one) => meaningOfRule(one, "written") === meant) &&
      diagnostics.every(({ severity, code }) => severity !== "error" || code.startsWith("resolve/variable-"));
    const isFine = isSame && (SIMPLE.has(rule.kind) || compiles(tried));
    known.set(text, isFine);
    return isFine;
  };
}
