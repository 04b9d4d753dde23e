/** A compiled policy for people: profile headers, scalar parts, and rules rebuilt from the automata. */
import { rlimits as limitTable } from "../../language/tables/index.ts";
import { type CompiledPolicy, type CompiledProfile, ProfileFlag } from "../compiled/index.ts";
import { attachmentOf } from "./attachment.ts";
import { hasFamilyRules } from "./family.ts";
import { renderHead } from "./head.ts";
import { layerPrefixes } from "./layers.ts";
import { renderFileRules } from "./render-file.ts";
import { capabilityNames, quoteText } from "./render-permissions.ts";
import { renderPolicydbRules, type RuleOfClass, rulesOfClasses } from "./render-policydb.ts";
import { netTableRules } from "./rules/net-table.ts";
import { type Effort, profileEffort, renderingEffort } from "./work.ts";

const ALL_CAPABILITIES = (1n << 64n) - 1n;
const INFINITY = 0xffff_ffff_ffff_ffffn;

/**
 * Renders a policy as text that reads like profiles.
 *
 * The rules are rebuilt from the automata: near the source, grouped by what they grant, not word for word what was compiled; for
 * decisions use `match`. Hats and children are in their parents. Nothing a terminal could act on is in the text, whatever the stream holds.
 * Cost: bounded steps, whatever the stream holds; lists and patterns that grow beyond measure end in `…`.
 *
 * @example
 * const { units } = await compile("profile d flags=(complain) { owner /a r, }");
 * const { value: policy } = decodePolicy(units[0].bytes);
 * renderPolicy(policy); // "profile d flags=(complain) {\n  # mode: complain, abi: …\n  owner /a r,\n…}\n"
 */
export function renderPolicy(policy: CompiledPolicy, effort: Effort = renderingEffort(policy)): string {
  const { profiles } = policy;
  const parents = parentsOf(profiles);
  const isFamily = (at: number): boolean => (profiles[at]!.flags & ProfileFlag.hat) !== 0 || parents.includes(at);
  // the other classes take little, files may take all there is: small ones first, so that a large one costs itself alone
  const efforts = profiles.map(() => profileEffort(effort));
  const classes = profiles.map(({ policydb }, at) =>
    policydb === undefined ? [] : renderPolicydbRules(policydb, efforts[at]!),
  );
  const files = profiles.map((): readonly string[] => []);
  for (const [at, profile] of [...profiles.entries()].toSorted(([, a], [, b]) => statesOf(a) - statesOf(b))) {
    if (profile.file === undefined) continue;
    files[at] = renderFileRules(profile.file, { isFamily: isFamily(at), effort: efforts[at]! });
  }
  const linesOf = (at: number): readonly string[] => {
    const parent = parents[at];
    const rules = [...files[at]!, ...classes[at]!];
    const head = { rules, parent: parent === undefined ? undefined : profiles[parent]!.name };
    const children = parents.flatMap((other, child) => (other === at ? ["", ...linesOf(child)] : []));
    return renderProfile(profiles[at]!, { ...head, children }, efforts[at]!);
  };
  return profiles.flatMap((_, at) => (parents[at] === undefined ? [`${linesOf(at).join("\n")}\n`] : [])).join("\n");
}

/** For each profile the place of the one it is written in, if there is one. */
function parentsOf(profiles: readonly CompiledProfile[]): readonly (number | undefined)[] {
  const places = new Map(profiles.map(({ name }, at) => [name, at]));
  return profiles.map(({ flags, name }, at) => {
    const parent = name.endsWith("//") ? undefined : placeAbove(name, places);
    if (parent === undefined || parent === at) return undefined;
    // A profile may be called as a child is without being one: what it would be in has no more than its rules.
    return (flags & ProfileFlag.hat) !== 0 || hasFamilyRules(profiles[parent]!) ? parent : undefined;
  });
}

/** The nearest profile above one of this name. Names of children may begin with a slash, so that three are in a row. */
function placeAbove(name: string, places: ReadonlyMap<string, number>): number | undefined {
  for (let end = name.lastIndexOf("//"); end > 0; end = name.lastIndexOf("//", end - 1)) {
    const place = places.get(name.slice(0, end));
    if (place !== undefined) return place;
  }
  return undefined;
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

interface Body {
  readonly rules: readonly string[];
  readonly children: readonly string[];
  /** The name of the profile it is in. */
  readonly parent: string | undefined;
}

function renderProfile(profile: CompiledProfile, { children, parent, rules }: Body, effort: Effort): readonly string[] {
  const { comments, line } = renderHead(profile, attachmentOf(profile, effort.patterns), parent);
  const lines = [...comments, ...facts(profile), ...rules, ...children];
  return [`${line} {`, ...lines.map((each) => (each === "" ? "" : `  ${each}`)), "}"];
}

function facts(profile: CompiledProfile): readonly string[] {
  const { xmatch, data } = profile;
  return [
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
