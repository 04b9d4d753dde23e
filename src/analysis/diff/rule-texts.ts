/**
 * Rules as the currency: a text of rules becomes sets of accesses, and a set of accesses becomes rules again. What is written here was
 * compiled again and compared with the set it stands for, before anybody sees it.
 */
import { fail } from "../../foundation/basics/index.ts";
import type { FilesPort } from "../../foundation/ports/index.ts";
import { sourceFile } from "../../foundation/text/index.ts";
import type { FeatureTree } from "../../language/features/index.ts";
import { resolvePolicy } from "../../language/resolve/index.ts";
import { type CompileSession, compilePolicy, createCompileSession } from "../../compiler/compile/index.ts";
import type { CompiledAutomaton, CompiledProfile } from "../../compiler/compiled/index.ts";
import { renderPolicy } from "../../compiler/decompile/index.ts";
import { behind, combined, compiledOf, isEmpty } from "./automata.ts";
import { beyond, common, type Grants } from "./grants.ts";
import { type Access, type AccessSet, FILE, firstAccess, type Permitted, permittedBy } from "./profile.ts";

const noFiles: FilesPort = {
  read: (path) => fail({ path, errno: "ENOENT" }),
  list: (path) => fail({ path, errno: "ENOENT" }),
  kind: () => undefined,
};

/** Compiles rules, for one kernel, all of whose classes are mediated. */
export interface RuleCompiler {
  /** What each list of rules permits; `undefined` for one that is not policy. */
  readonly compile: (lists: readonly (readonly string[])[], grants: Grants) => readonly (Permitted | undefined)[];
}

export function ruleCompiler(
  kernelFeatures: FeatureTree,
  session: CompileSession = createCompileSession(),
): RuleCompiler {
  return {
    compile: (lists, grants) => {
      const whole = compileLists(lists, kernelFeatures, session);
      // One list that is wrong may take others with it; alone it does not.
      const compiled = whole ?? lists.map((list) => compileLists([list], kernelFeatures, session)?.[0]);
      return compiled.map((profile) => profile && permittedBy(profile, grants));
    },
  };
}

function compileLists(
  lists: readonly (readonly string[])[],
  features: FeatureTree,
  session: CompileSession,
): readonly (CompiledProfile | undefined)[] | undefined {
  const text = lists.map((rules, place) => `profile r${place} {\n${rules.join("\n")}\n}\n`).join("");
  const options = { kernelFeatures: features, policyFeatures: features };
  const resolved = resolvePolicy({ source: sourceFile("rules", text) }, { ...options, files: noFiles, search: [] });
  const compiled = compilePolicy(resolved.value, { ...options, session, diffEncode: false });
  const all = [...resolved.diagnostics, ...compiled.diagnostics];
  if (all.some(({ severity }) => severity === "error")) return undefined;
  const byName = new Map(compiled.value.flatMap(({ profiles }) => profiles).map((profile) => [profile.name, profile]));
  return lists.map((_, place) => byName.get(`r${place}`));
}

/** A rule of a set, with a shortest access of the set that it permits. */
export interface SetRule {
  readonly text: string;
  readonly witness: Access | undefined;
}

export interface SetRules {
  readonly rules: readonly SetRule[];
  /** Together the rules permit what is in the set, no more and no less: that was tried. */
  readonly exact: boolean;
}

/** The rules of a set of accesses. */
export function rulesOf(set: AccessSet, compiler: RuleCompiler): SetRules {
  const { classNumber, dfa, grants } = set;
  const texts = renderedRules(set);
  const [all, ...each] = compiler.compile([texts, ...texts.map((text) => [text])], grants);
  const permitted = all?.get(classNumber);
  const isSame = permitted !== undefined && isWithin(permitted, dfa, grants) && isWithin(dfa, permitted, grants);
  const rules = texts.map((text, place): SetRule => {
    const own = each[place]?.get(classNumber);
    const meet = own && combined(own, dfa, grants, common);
    return { text, witness: meet?.ok === true ? firstAccess({ ...set, dfa: meet.value }) : undefined };
  });
  const shown = rules.some(({ witness }) => witness !== undefined) || rules.length === 0;
  return { rules: shown ? rules : rules.map((rule) => ({ ...rule, witness: firstAccess(set) })), exact: isSame };
}

function isWithin(inner: AccessSet["dfa"], outer: AccessSet["dfa"], grants: Grants): boolean {
  const rest = combined(inner, outer, grants, beyond);
  return rest.ok && isEmpty(rest.value);
}

function renderedRules({ classNumber, dfa, grants }: AccessSet): readonly string[] {
  const isFile = classNumber === FILE;
  const file = isFile ? compiledOf(dfa, "file", grants) : undefined;
  const policydb = isFile ? undefined : compiledOf(behind(classNumber, dfa), "policydb", grants);
  const lines = renderPolicy({ profiles: [profileOf(file, policydb)] }).split("\n");
  return lines.map((line) => line.trim()).filter((line) => line.endsWith(",") && !line.startsWith("#"));
}

function profileOf(file: CompiledAutomaton | undefined, policydb: CompiledAutomaton | undefined): CompiledProfile {
  return {
    version: 0,
    namespace: undefined,
    name: "difference",
    rename: undefined,
    attach: undefined,
    xmatch: undefined,
    disconnected: undefined,
    disconnectedIpc: undefined,
    kill: undefined,
    error: undefined,
    flags: 0,
    mode: 0,
    audit: 0,
    pathFlags: undefined,
    capabilities: { allow: 0n, audit: 0n, quiet: 0n, extended: undefined },
    identities: undefined,
    xattrs: undefined,
    rlimits: undefined,
    secmark: undefined,
    netAllowedAf: undefined,
    policydb,
    file,
    data: undefined,
  };
}
