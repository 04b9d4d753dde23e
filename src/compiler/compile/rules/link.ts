/** Link rules (compile-semantics 3.4). */
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
