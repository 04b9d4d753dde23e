/** Whether the listed rules of a profile, compiled again, decide the same. */
import type { CompiledPolicy, CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { compareAutomata } from "../../src/analysis/tables/index.ts";
import { renderFileRules, rulesOf } from "../../src/compiler/decompile/index.ts";
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
