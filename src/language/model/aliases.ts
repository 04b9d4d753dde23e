/** Aliases: copies of file and link rules with a prefix of their paths replaced, as text (compile-semantics 1.4). */
import { compareBytes } from "../../foundation/text/index.ts";
import { lastPart } from "./names.ts";
import type { Alias, Policy, Profile } from "./policy.ts";
import type { FileRule, LinkRule, Operand, Rule } from "./rules.ts";

/** The aliases of a policy, to be asked which of them count for a path. */
export interface AliasTable {
  readonly isEmpty: boolean;
  /** Those that replace a beginning of the text, in the order they apply. */
  readonly matching: (text: string) => readonly OrderedAlias[];
}

interface OrderedAlias extends Alias {
  readonly order: number;
}

/**
 * A table of aliases, which apply in the order of their bytes.
 *
 * COST: sets of policy have thousands of aliases and of rules. A path is looked up once for each length that the replaced texts have; with
 * every alias tried on every rule, 16,000 rules and 4,000 aliases took 7 s.
 */
export function aliasTable(aliases: readonly Alias[]): AliasTable {
  const byText = new Map<string, OrderedAlias[]>();
  const sorted = aliases.toSorted((a, b) => compareBytes(a.from, b.from) || compareBytes(a.to, b.to));
  for (const [order, alias] of sorted.entries()) {
    const same = byText.get(alias.from);
    if (same === undefined) byText.set(alias.from, [{ ...alias, order }]);
    else same.push({ ...alias, order });
  }
  const lengths = [...new Set(aliases.map(({ from }) => from.length))].toSorted((a, b) => a - b);
  return {
    isEmpty: aliases.length === 0,
    matching: (text) => {
      const found: OrderedAlias[] = [];
      for (const length of lengths) {
        if (length > text.length) break;
        const same = byText.get(text.slice(0, length));
        if (same !== undefined) found.push(...same);
      }
      // Of two beginnings of one text the shorter comes first: they are in order.
      return found;
    },
  };
}

/** The other names of a path. */
export function aliasedTexts(text: string, aliases: AliasTable): string[] {
  return aliases.matching(text).map((alias) => replacePrefix(text, alias));
}

function replacePrefix(text: string, { from, to }: Alias): string {
  return `${to}${text.slice(from.length)}`;
}

/** The rules and their copies. Copies are not rewritten again. */
export function applyAliases(rules: readonly Rule[], aliases: AliasTable): readonly Rule[] {
  if (aliases.isEmpty) return rules;
  const copies = rules.flatMap((rule) => (rule.kind === "file" || rule.kind === "link" ? copiesOf(rule, aliases) : []));
  return [...rules, ...copies];
}

/** One copy per alias, with whatever matches replaced: path, target or both. */
function copiesOf(rule: FileRule | LinkRule, aliases: AliasTable): Rule[] {
  const target = rule.kind === "link" ? rule.target : rule.linkTarget;
  const ofPath = aliases.matching(rule.path.text);
  const ofTarget = target === undefined ? [] : aliases.matching(target.text);
  return inOrder(ofPath, ofTarget).map((alias) => {
    const path = renamed(rule.path, alias);
    const other = target && renamed(target, alias);
    if (rule.kind === "link") return { ...rule, path, target: other ?? rule.target };
    return { ...rule, path, linkTarget: other };
  });
}

function inOrder(some: readonly OrderedAlias[], others: readonly OrderedAlias[]): readonly OrderedAlias[] {
  if (others.length === 0) return some;
  return [...new Set([...some, ...others])].toSorted((a, b) => a.order - b.order);
}

function renamed(operand: Operand, alias: Alias): Operand {
  if (!operand.text.startsWith(alias.from)) return operand;
  return { ...operand, text: replacePrefix(operand.text, alias) };
}

/** The profiles of a policy, each rule and attachment under all names its aliases give it. Copies keep the origin of their rule. */
export function aliasedProfiles(policy: Policy): readonly Profile[] {
  const aliases = aliasTable(policy.aliases);
  if (aliases.isEmpty) return policy.profiles;
  const aliased = (profile: Profile): Profile => ({
    ...profile,
    aliasedAttachments: aliasedTexts(profile.attachment?.text ?? lastPart(profile.name), aliases),
    rules: applyAliases(profile.rules, aliases),
    children: profile.children.map(aliased),
  });
  return policy.profiles.map(aliased);
}
