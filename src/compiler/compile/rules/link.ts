/**
 * A link rule allows hard links from its first path to its second, and with `subset` only when the link's name has no permission that the
 * target lacks; a deny rule denies the pair and never the first path alone (compile-semantics 3.4, kernel-abi 7.7). In the file automaton:
 *
 *     path                   l; not for deny
 *     path \0 target         l; with `subset` the subset test
 */
import type { LinkRule } from "../../../language/model/index.ts";
import { prefixOf, type RuleContext } from "../context.ts";
import { nul, sequence } from "../pattern.ts";
import { BOTH_LINK } from "../../compiled/index.ts";
import { maskHalves, withSubset } from "./file.ts";

export function compileLinkRules(rules: readonly LinkRule[], context: RuleContext): void {
  for (const rule of rules) {
    const { priority, mode, origin, audited } = prefixOf(rule);
    const path = context.operand(rule.path, "path", origin);
    const target = context.operand(rule.target, "path", origin);
    if (path === undefined || target === undefined) continue;
    const link = maskHalves(BOTH_LINK, rule.owner);
    if (link === 0 && mode === "deny") continue;
    const shared = { table: "file", priority, mode, origin, audit: audited(link) } as const;
    if (mode !== "deny") context.emit({ ...shared, pattern: path, permissions: link });
    const pair = rule.subset ? withSubset(link) : link;
    context.emit({ ...shared, pattern: sequence(path, nul, target), permissions: pair });
  }
}
