/** Whether the listed rules of a profile, compiled again, decide the same. */
import type { CompiledPolicy, CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { compareAutomata } from "../../src/analysis/tables/index.ts";
import { renderFileRules, renderPolicy, rulesOf } from "../../src/compiler/decompile/index.ts";
import { isBelow } from "../../src/language/tables/index.ts";
import { Work } from "../../src/compiler/decompile/work.ts";
import { differenceAsked } from "./asked-files.ts";
import { compileText, type PipelineOptions } from "./pipeline.ts";

interface ListedAgain {
  /** The listing says that it is not whole. */
  readonly isShortened: boolean;
  readonly lines: readonly string[];
  /** Empty: the same decisions. */
  readonly differences: readonly string[];
}

/** The file rules of one profile of a policy, listed and compiled; undefined if it has none. */
export function listFilesAgain(
  { profiles }: CompiledPolicy,
  { name, flags, file }: CompiledProfile,
  options: PipelineOptions,
): ListedAgain | undefined {
  if (file === undefined) return undefined;
  const isFamily = (flags & 1) === 1 || profiles.some((other) => isBelow(other.name, name));
  const all = renderFileRules(file, { isFamily, effort: { search: new Work(1e10), patterns: new Work(1e9) } });
  const lines = all.filter((line) => !line.startsWith("#"));
  const isShortened = lines.length < all.length;
  const text = `profile listed {\n${lines.join("\n")}\n${isFamily ? "^hat {}\n" : ""}}\n`;
  const { policy, errors } = compileText(text, options);
  const again = policy.profiles.find((profile) => profile.name === "listed")?.file;
  if (again === undefined) return { isShortened, lines, differences: errors.map(({ message }) => message) };
  const difference = differenceAsked(again, file);
  return { isShortened, lines, differences: difference === undefined ? [] : [difference] };
}

interface AllListedAgain {
  /** Kinds of which the listing says that it is not whole. */
  readonly shortened: readonly string[];
  readonly differences: readonly string[];
}

/** What is printed of each profile of a policy, compiled again; kinds of rules that are not whole are not compared. `preamble`: what a file has before its profiles. */
export function listPolicyAgain(
  policy: CompiledPolicy,
  options: PipelineOptions,
  preamble: string,
): readonly AllListedAgain[] {
  const printed = renderPolicy(policy).split(/(?<=^\}\n)/m);
  return policy.profiles.map((profile, at) => {
    const isFamily = (profile.flags & 1) === 1 || policy.profiles.some(({ name }) => isBelow(name, profile.name));
    const lines = (printed[at] ?? "").split("\n").filter((line) => line.startsWith("  "));
    const shortened = lines.flatMap((line) => /^  # … more (\S+) rules: the list is shortened$/.exec(line)?.[1] ?? []);
    const rules = lines.filter((line) => !line.startsWith("  #") && !(shortened.includes("file") && isFile(line)));
    const flags = profile.mode === UNCONFINED ? " flags=(unconfined)" : "";
    const differencesAs = (hat: string): readonly string[] => {
      const text = `${preamble}\nprofile listed${flags} {\n${rules.join("\n")}\n${hat}}\n`;
      const { policy: made, errors } = compileText(text, options);
      const again = made.profiles.find(({ name }) => name === "listed");
      return again === undefined ? errors.map(({ message }) => message) : differencesBetween(again, profile, shortened);
    };
    const differences = differencesAs(isFamily ? "^hat {}\n" : "");
    // A profile can be called as a child is (`profile dash//more` beside `dash`) without being one: its parent by name has no more than its rules.
    const isByName = isFamily && (profile.flags & 1) === 0 && differences.length > 0 && differencesAs("").length === 0;
    return { shortened, differences: isByName ? [] : differences };
  });
}

function isFile(line: string): boolean {
  return /^  (?:(?:audit|deny|prompt|owner|other) )*(?:["/]|file[ ,]|link |change_profile )/.test(line);
}

function differencesBetween(
  again: CompiledProfile,
  profile: CompiledProfile,
  shortened: readonly string[],
): readonly string[] {
  const found: string[] = [];
  if (JSON.stringify(facts(again)) !== JSON.stringify(facts(profile)))
    found.push(`${JSON.stringify(facts(again))} instead of ${JSON.stringify(facts(profile))}`);
  if (shortened.every((kind) => kind === "file")) {
    if (again.policydb !== undefined && profile.policydb !== undefined)
      for (const { message, witness } of compareAutomata(again.policydb, profile.policydb, "policydb"))
        found.push(`${witness}: ${message}`);
    else if (again.policydb !== profile.policydb) found.push("rules of other classes in one of them alone");
  }
  if (shortened.includes("file")) return found;
  if (again.file === undefined || profile.file === undefined)
    return again.file === profile.file ? found : [...found, "file rules in one of them alone"];
  const difference = differenceAsked(again.file, profile.file);
  return difference === undefined ? found : [...found, difference];
}

function facts({ capabilities, rlimits }: CompiledProfile): unknown {
  const { allow, audit, quiet } = capabilities;
  const limits = rlimits && Array.from(rlimits.values, (value, place) => [place, rlimits.mask, `${value}`]);
  return { allow: `${allow}`, audit: `${audit}`, quiet: `${quiet}`, limits };
}

/** The rules of the other classes of one profile, listed and compiled. `preamble`: what a file has before its profiles. */
export function listClassesAgain(profile: CompiledProfile, options: PipelineOptions, preamble = ""): ListedAgain {
  const { rules, shortened } = rulesOf({ ...profile, file: undefined });
  const lines = rules.map(({ text }) => text);
  const isShortened = shortened.length > 0;
  const flags = profile.mode === UNCONFINED ? " flags=(unconfined)" : "";
  const { policy, errors } = compileText(`${preamble}\nprofile listed${flags} {\n${lines.join("\n")}\n}\n`, options);
  const again = policy.profiles[0]?.policydb;
  const differences = errors.map(({ message }) => message);
  if (again === undefined || profile.policydb === undefined) return { isShortened, lines, differences };
  const others = compareAutomata(again, profile.policydb, "policydb");
  return {
    isShortened,
    lines,
    differences: [...differences, ...others.map(({ message, witness }) => `${witness}: ${message}`)],
  };
}

const UNCONFINED = 3;
