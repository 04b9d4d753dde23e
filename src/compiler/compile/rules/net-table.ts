/**
 * Kernels before network v8 take socket rules as an array: for each family the types that are allowed, bit n for type n (compile-semantics
 * 3.7, kernel-abi 3.11).
 *
 *     here        family * 4: U16 allow, U16 deny, U16 audit, U16 quiet                                 while rules are gathered
 *     stream      family * 3: U16 allow & ~deny, U16 that & audit, U16 deny & quiet                      as scalars.ts writes it
 */
import type { RuleQualifiers } from "../../../language/model/index.ts";
import type { RuleContext } from "../context.ts";

/** AF_MAX of the compiler that is reproduced, not of the kernel: numbers without a name have a place in the array, too. */
export const FAMILIES = 46;
/** A rule that names no type. */
export const ANY_TYPE = 0xffff;

const column = { allow: 0, deny: 1, audit: 2, quiet: 3 } as const;

/** Adds a rule's types. ORACLE 5.0.2 has the quiet bits the wrong way round (compile-semantics D14); here it is right. */
export function addToNetTable(
  rule: RuleQualifiers,
  families: readonly number[],
  types: number,
  context: Pick<RuleContext, "scalars">,
): void {
  context.scalars.netTable ??= new Uint16Array(FAMILIES * 4);
  const table = context.scalars.netTable;
  const denies = rule.mode === "deny";
  const marked = denies !== rule.audit;
  const columns = denies
    ? [column.deny, marked ? column.quiet : column.deny]
    : [column.allow, marked ? column.audit : column.allow];
  for (const family of families) {
    for (const each of columns) table[family * 4 + each] = (table[family * 4 + each] ?? 0) | types;
  }
}
