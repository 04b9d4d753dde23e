/** Whether the listed rules of a profile, compiled again, decide the same. */
import type { CompiledPolicy, CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { compareAutomata } from "../../src/analysis/tables/index.ts";
import { renderFileRules, rulesOf } from "../../src/compiler/decompile/index.ts";
import { isBelow } from "../../src/language/tables/index.ts";
import { type Effort, Work } from "../../src/compiler/decompile/work.ts";
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

/** All rules of one profile of a policy as they are printed, compiled again; kinds that are not whole are not compared. */
export function listAgain(
  { profiles }: CompiledPolicy,
  profile: CompiledProfile,
  {
    options,
    effort,
    preamble,
  }: { readonly options: PipelineOptions; readonly effort: Effort; readonly preamble: string },
): AllListedAgain {
  const isFamily = (profile.flags & 1) === 1 || profiles.some((other) => isBelow(other.name, profile.name));
  const { rules, shortened } = rulesOf(profile, { isFamily, effort });
  const flags = profile.mode === UNCONFINED ? " flags=(unconfined)" : "";
  const lines = rules.map(({ text }) => text).join("\n");
  const text = `${preamble}\nprofile listed${flags} {\n${lines}\n${isFamily ? "^hat {}\n" : ""}}\n`;
  const { policy, errors } = compileText(text, options);
  const again = policy.profiles.find(({ name }) => name === "listed");
  if (again === undefined) return { shortened, differences: errors.map(({ message }) => message) };
  const classes = shortened.filter((kind) => kind !== "file");
  const isComparable = again.policydb !== undefined && profile.policydb !== undefined && classes.length === 0;
  const others = isComparable ? compareAutomata(again.policydb, profile.policydb, "policydb") : [];
  const file = shortened.includes("file") || again.file === undefined || profile.file === undefined;
  const difference = file ? undefined : differenceAsked(again.file, profile.file);
  const isSame = JSON.stringify(facts(again)) === JSON.stringify(facts(profile));
  return {
    shortened,
    differences: [
      ...(difference === undefined ? [] : [difference]),
      ...others.map(({ message, witness }) => `${witness}: ${message}`),
      ...(isSame ? [] : [`${JSON.stringify(facts(again))} instead of ${JSON.stringify(facts(profile))}`]),
      ...((again.file === undefined) === (profile.file === undefined) ? [] : ["file rules there or not"]),
      ...((again.policydb === undefined) === (profile.policydb === undefined) ? [] : ["other rules there or not"]),
    ],
  };
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
