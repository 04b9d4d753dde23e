/** Aliases: copies of file and link rules with a prefix of their paths replaced, as text (compile-semantics 1.4). */
import { compareBytes } from "../../foundation/text/index.ts";
import type { Alias, Policy, Profile } from "./policy.ts";
import type { FileRule, LinkRule, Operand, Rule } from "./rules.ts";

/** The aliases in the order they apply. */
export function sortAliases(aliases: readonly Alias[]): readonly Alias[] {
  return aliases.toSorted((a, b) => compareBytes(a.from, b.from) || compareBytes(a.to, b.to));
}

/** The other names of a path. */
export function aliasedTexts(text: string, aliases: readonly Alias[]): string[] {
  return aliases
    .filter((alias) => text.startsWith(alias.from))
    .map((alias) => `${alias.to}${text.slice(alias.from.length)}`);
}

/** The rules and their copies. Copies are not rewritten again. */
export function applyAliases(rules: readonly Rule[], aliases: readonly Alias[]): readonly Rule[] {
  if (aliases.length === 0) return rules;
  const copies = rules.flatMap((rule) =>
    rule.kind === "file" || rule.kind === "link" ? aliases.flatMap((alias) => copiesOf(rule, alias)) : [],
  );
  return [...rules, ...copies];
}

/** One copy per alias, with whatever matches replaced: path, target or both. */
function copiesOf(rule: FileRule | LinkRule, alias: Alias): Rule[] {
  const path = replacePrefix(rule.path, alias);
  if (rule.kind === "link") {
    const target = replacePrefix(rule.target, alias);
    return path || target ? [{ ...rule, path: path ?? rule.path, target: target ?? rule.target }] : [];
  }
  const linkTarget = rule.linkTarget && replacePrefix(rule.linkTarget, alias);
  return path || linkTarget ? [{ ...rule, path: path ?? rule.path, linkTarget: linkTarget ?? rule.linkTarget }] : [];
}

function replacePrefix(operand: Operand, alias: Alias): Operand | undefined {
  const [text] = aliasedTexts(operand.text, [alias]);
  return text === undefined ? undefined : { ...operand, text };
}

/** The profiles of a policy, each rule under all names its aliases give it. Copies keep the origin of their rule. */
export function aliasedProfiles({ aliases, profiles }: Policy): readonly Profile[] {
  if (aliases.length === 0) return profiles;
  const aliased = (profile: Profile): Profile => ({
    ...profile,
    rules: applyAliases(profile.rules, aliases),
    children: profile.children.map(aliased),
  });
  return profiles.map(aliased);
}
