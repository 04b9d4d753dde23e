/** Whether the listed rules of a profile, compiled again, decide the same. */
import {
  type CompiledPolicy,
  type CompiledProfile,
  DEFAULT_PATH_FLAGS,
  FORCE_COMPLAIN,
} from "../../src/compiler/compiled/index.ts";
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

/** What is printed of a policy, compiled again as it is; kinds of rules that are not whole are not compared. `preamble`: what a file has before its profiles. */
export function listPolicyAgain(
  policy: CompiledPolicy,
  options: PipelineOptions,
  preamble: string,
): readonly AllListedAgain[] {
  const lines = linesWithOwners(renderPolicy(policy), policy);
  const shortenedOf = (at: number): readonly string[] =>
    lines.flatMap(({ line, owner }) =>
      owner === at ? (/^ *# … more (\S+) rules: the list is shortened$/.exec(line)?.[1] ?? attachmentKind(line)) : [],
    );
  const shortened = policy.profiles.map((_, at) => shortenedOf(at));
  // A pattern that is cut is no rule: who has one has no file rules here.
  const rules = lines.filter(({ line, owner }) => !(shortened[owner]?.includes("file") === true && isFile(line)));
  const text = `${preamble}\n${rules.map(({ line }) => line).join("\n")}\n`;
  const { policy: made, errors } = compileText(text, options);
  return policy.profiles.map((profile, at) => {
    const kinds = shortened[at] ?? [];
    const again = made.profiles.find(({ name }) => name === profile.name);
    const differences =
      again === undefined ? errors.map(({ message }) => message) : differencesBetween(again, profile, kinds);
    return { shortened: kinds, differences };
  });
}

/** What a comment says is not the same of an attachment. */
function attachmentKind(line: string): string | readonly string[] {
  if (/^ *# attachment length: \d+, and \d+ as it is written here$/.test(line)) return "attachment length";
  return /^ *# the attachment, or a value of an attribute, may be near what it was, and not the same$/.test(line)
    ? "attachment"
    : [];
}

/** Each line of a listing, and the place of the profile it is about: parents are listed before what is in them. */
function linesWithOwners(
  text: string,
  { profiles }: CompiledPolicy,
): readonly { readonly line: string; readonly owner: number }[] {
  const left = new Set(profiles.keys());
  const open: number[] = [];
  return text.split("\n").map((line) => {
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    if (/^ *(?:profile|hat) .*\{$/.test(line)) {
      const parent = indent === 0 ? undefined : profiles[open[indent / 2 - 1] ?? -1]?.name;
      const found = [...left].find((at) => parent === undefined || isBelow(profiles[at]?.name ?? "", parent));
      left.delete(found ?? -1);
      open.splice(indent / 2, open.length, found ?? -1);
    }
    const owner = open[Math.max(0, (line.endsWith("{") || line.endsWith("}") ? indent : indent - 2) / 2)] ?? -1;
    return { line, owner };
  });
}

function isFile(line: string): boolean {
  return /^ +(?:(?:audit|deny|prompt|owner|other) )*(?:["/]|file[ ,]|link |change_profile )/.test(line);
}

function differencesBetween(
  again: CompiledProfile,
  profile: CompiledProfile,
  shortened: readonly string[],
): readonly string[] {
  const found: string[] = [];
  if (JSON.stringify(facts(again)) !== JSON.stringify(facts(profile)))
    found.push(`${JSON.stringify(facts(again))} instead of ${JSON.stringify(facts(profile))}`);
  found.push(...attachmentDifferences(again, profile, shortened));
  if (shortened.every((kind) => kind === "file" || kind.startsWith("attachment"))) {
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

/** What the head of a profile says, and what it has beside automata; an attachment is compared as one. */
function facts(profile: CompiledProfile): unknown {
  const { capabilities, rlimits, xmatch: _, policydb: __, file: ___, version, pathFlags, ...rest } = profile;
  const { allow, audit, quiet } = capabilities;
  const limits = rlimits && Array.from(rlimits.values, (value, place) => [place, rlimits.mask, `${value}`]);
  const mode = (version & FORCE_COMPLAIN) === 0 ? rest.mode : 1;
  const paths = pathFlags ?? DEFAULT_PATH_FLAGS;
  const sockets = rest.netAllowedAf?.join(" ");
  return {
    ...rest,
    mode,
    paths,
    sockets,
    netAllowedAf: undefined,
    allow: `${allow}`,
    audits: `${audit}`,
    quiet: `${quiet}`,
    capabilities: undefined,
    limits,
  };
}

/** Enough for a real one to be among those with a NUL. */
const MOST_DIFFERENCES = 1000;

function attachmentDifferences(
  again: CompiledProfile,
  profile: CompiledProfile,
  shortened: readonly string[],
): readonly string[] {
  if (shortened.includes("attachment")) return [];
  if (again.xmatch === undefined || profile.xmatch === undefined)
    return again.xmatch === profile.xmatch ? [] : ["an attachment in one of them alone"];
  const lengths = [again.xmatch.length, profile.xmatch.length];
  const found =
    (lengths[0] === lengths[1]) === shortened.includes("attachment length")
      ? [`attachment lengths ${lengths.join(" and ")}`]
      : [];
  // No path has a NUL, which negated classes match.
  const asked = compareAutomata(again.xmatch, profile.xmatch, "xmatch", MOST_DIFFERENCES).filter(
    ({ witness }) => witness.split("\\oob")[0]?.includes("\\x00") !== true,
  );
  return [...found, ...asked.map(({ message, witness }) => `${witness}: ${message}`)];
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
