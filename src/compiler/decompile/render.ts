/** A compiled policy for people: profile headers, scalar parts, and rules rebuilt from the automata. */
import { printWord } from "../../language/edit/index.ts";
import { isBelow, rlimits as limitTable } from "../../language/tables/index.ts";
import {
  ABI_MASK,
  type CompiledPolicy,
  type CompiledProfile,
  FORCE_COMPLAIN,
  meaningsOf,
  ProfileFlag,
  profileModes,
  startState,
} from "../compiled/index.ts";
import { layerPrefixes } from "./layers.ts";
import { renderFileRules } from "./render-file.ts";
import { capabilityNames, quoteText } from "./render-permissions.ts";
import { renderPolicydbRules, type RuleOfClass, rulesOfClasses } from "./render-policydb.ts";
import { netTableRules } from "./rules/net-table.ts";
import { statePatterns } from "./state-patterns.ts";
import { type Effort, profileEffort, renderingEffort, type Work } from "./work.ts";

const ALL_CAPABILITIES = (1n << 64n) - 1n;
const INFINITY = 0xffff_ffff_ffff_ffffn;

/**
 * Renders a policy as text that reads like profiles.
 *
 * The rules are rebuilt from the automata: near the source, grouped by what they grant, not word for word what was compiled; for
 * decisions use `match`. Nothing a terminal could act on is in the text, whatever the stream holds.
 * Cost: bounded steps, whatever the stream holds; lists and patterns that grow beyond measure end in `…`.
 *
 * @example
 * const { units } = await compile("profile d { owner /a r, }");
 * const { value: policy } = decodePolicy(units[0].bytes);
 * renderPolicy(policy); // "profile d {\n  # mode: enforce, abi: …\n  owner /a r,\n…}\n"
 */
export function renderPolicy(policy: CompiledPolicy, effort: Effort = renderingEffort(policy)): string {
  const names = policy.profiles.map(({ name }) => name);
  const isFamily = ({ name, flags }: CompiledProfile): boolean =>
    (flags & ProfileFlag.hat) !== 0 || names.some((other) => isBelow(other, name));
  // the other classes take little, files may take all there is: small ones first, so that a large one costs itself alone
  const efforts = policy.profiles.map(() => profileEffort(effort));
  const classes = policy.profiles.map(({ policydb }, at) =>
    policydb === undefined ? [] : renderPolicydbRules(policydb, efforts[at]!),
  );
  const files = policy.profiles.map((): readonly string[] => []);
  for (const [at, profile] of [...policy.profiles.entries()].toSorted(([, a], [, b]) => statesOf(a) - statesOf(b))) {
    if (profile.file === undefined) continue;
    files[at] = renderFileRules(profile.file, { isFamily: isFamily(profile), effort: efforts[at]! });
  }
  return policy.profiles
    .map((profile, at) => renderProfile(profile, [...files[at]!, ...classes[at]!], efforts[at]!))
    .join("\n");
}

function statesOf({ file }: CompiledProfile): number {
  return file?.dfa.stateCount ?? 0;
}

/** The rules of a profile, in the order in which they are listed. */
export interface ProfileRules {
  readonly rules: readonly RuleOfClass[];
  /** Kinds of which the rules do not say all. */
  readonly shortened: readonly string[];
}

/**
 * The rules of a profile as texts, each with the word that its kind begins with (`file` for paths).
 *
 * Shape: what is listed, parsed and compiled with the profile's features, decides the same, except for the kinds in `shortened`. `isFamily`: a hat, or a profile with hats or children, whose rules are
 * listed without what such profiles have anyway.
 * Cost: bounded steps, as `renderPolicy`.
 *
 * @example
 * const { units } = await compile("profile d { capability chown, /a r, }");
 * const { value: policy } = decodePolicy(units[0].bytes);
 * rulesOf(policy.profiles[0]).rules.map(({ text }) => text); // ["capability chown,", "/a r,"]
 */
export function rulesOf(
  profile: CompiledProfile,
  {
    isFamily = false,
    effort = renderingEffort({ profiles: [profile] }),
  }: { readonly isFamily?: boolean; readonly effort?: Effort } = {},
): ProfileRules {
  const { file, policydb } = profile;
  const own = profileEffort(effort);
  const classes = policydb === undefined ? { rules: [], shortened: [] } : rulesOfClasses(policydb, own);
  const files = file === undefined ? [] : renderFileRules(file, { isFamily, effort: own });
  const sockets = netTableLines(profile);
  return {
    rules: [
      ...capabilityLines(profile).map((text) => ({ kind: "capability", text })),
      ...limitLines(profile).map((text) => ({ kind: "rlimit", text })),
      ...files.filter((text) => !text.startsWith("#")).map((text) => ({ kind: fileKind(text), text })),
      ...sockets.filter((text) => !text.startsWith("#")).map((text) => ({ kind: "network", text })),
      ...classes.rules,
    ],
    shortened: [
      ...(sockets.some((line) => line.startsWith("#")) ? ["network"] : []),
      ...(files.some((line) => line.startsWith("#")) ? ["file"] : []),
      ...classes.shortened,
    ],
  };
}

function fileKind(text: string): string {
  return /^(?:(?:audit|deny|prompt|owner|other) )*(link|change_profile) /.exec(text)?.[1] ?? "file";
}

/** The patterns of the paths a profile attaches to. */
export function attachmentPatterns(
  profile: CompiledProfile,
  work: Work = renderingEffort({ profiles: [profile] }).patterns,
): readonly string[] {
  const { xmatch } = profile;
  if (xmatch === undefined) return [];
  const meanings = meaningsOf(xmatch, "xmatch", new Map());
  const found = statePatterns(xmatch.dfa, startState(xmatch, "xmatch"), meanings, work);
  const patterns = found.map(({ pattern }) => pattern);
  return work.isSpent ? [...patterns, "…"] : patterns;
}

function renderProfile(profile: CompiledProfile, rules: readonly string[], effort: Effort): string {
  // what is no path is there because the name has globs, and no attachment that could be written
  const attach = attachmentPatterns(profile, effort.patterns).filter((pattern) => /^[/{…]/.test(pattern));
  const kind = (profile.flags & ProfileFlag.hat) === 0 ? "profile" : "hat";
  const lines = [...facts(profile), ...rules];
  return `${[kind, headWord(profile), ...attach].join(" ")} {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
}

/** In a head, names with globs that are no paths are read in quotes only. */
function headWord({ namespace, name }: CompiledProfile): string {
  const word = printWord(`${namespace === undefined ? "" : `:${namespace}:`}${name}`);
  return /^[^/"].*[*?[\]{}^]/.test(word) ? `"${word}"` : word;
}

function optional(label: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [`# ${label}: ${typeof value === "string" ? quoteText(value) : value}`];
}

function facts(profile: CompiledProfile): readonly string[] {
  const { xmatch, data } = profile;
  const mode =
    (profile.version & FORCE_COMPLAIN) === 0 ? (profileModes[profile.mode] ?? profile.mode) : "complain (forced)";
  return [
    `# mode: ${mode}, abi: ${profile.version & ABI_MASK}${profile.audit === 0 ? "" : ", audits everything"}`,
    ...optional("path flags", profile.pathFlags && `0x${profile.pathFlags.toString(16)}`),
    ...optional("rename", profile.rename),
    ...optional("attach", profile.attach),
    ...optional("attachment length", xmatch?.length),
    ...optional("disconnected", profile.disconnected),
    ...optional("disconnected ipc", profile.disconnectedIpc),
    ...optional("kill signal", profile.kill),
    ...optional("error", profile.error),
    ...optional("xattrs", profile.xattrs?.join(" ")),
    ...optional("identities", profile.identities?.join(" ")),
    ...capabilityLines(profile),
    ...limitLines(profile),
    ...netTableLines(profile),
    ...(profile.secmark ?? []).map(({ audit, deny, label }) => `# secmark ${audit} ${deny} ${quoteText(label)}`),
    ...(data ?? []).map(({ key, value }) => `# data ${quoteText(key)}: ${value.length} bytes`),
    ...(xmatch?.diffEncoded === true ? ["# the attachment is stored differentially: kernel 7.2 walks it wrongly"] : []),
  ];
}

function capabilityLines({ capabilities: { allow, audit, quiet } }: CompiledProfile): readonly string[] {
  return [
    ...capabilityLine("", allow & ~audit),
    ...capabilityLine("audit ", allow & audit),
    ...capabilityLine("deny ", quiet & ~allow),
  ];
}

function capabilityLine(mode: string, set: bigint): readonly string[] {
  if (set === 0n) return [];
  return [set === ALL_CAPABILITIES ? `${mode}capability,` : `${mode}capability ${capabilityNames(set).join(" ")},`];
}

/** The socket rules of kernels before network v8. */
function netTableLines({ netAllowedAf }: CompiledProfile): readonly string[] {
  if (netAllowedAf === undefined) return [];
  const { rules, isWhole } = netTableRules(netAllowedAf);
  return [
    ...rules.map(({ layer, text }) => `${layerPrefixes[layer] ?? ""}${text}`),
    ...(isWhole ? [] : ["# … more network rules: the list is shortened"]),
  ];
}

function limitLines({ rlimits }: CompiledProfile): readonly string[] {
  if (rlimits === undefined) return [];
  return Array.from({ length: 16 }, (_, number) => number)
    .filter((number) => ((rlimits.mask >>> number) & 1) === 1)
    .map((number) => {
      const value = rlimits.values[number] ?? 0n;
      const name = limitTable.find((limit) => limit.number === number)?.name ?? String(number);
      return `set rlimit ${name} <= ${value === INFINITY ? "infinity" : value},`;
    });
}
