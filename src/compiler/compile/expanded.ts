/**
 * The first stages of a profile: what it implies, and its aliases. `all` is written out first, so that no later stage knows of it; aliases come
 * last, for they count for what nobody wrote, too (compile-semantics 1.4).
 */
import { type AliasTable, type Profile, type Rule, aliasedTexts, applyAliases } from "../../language/model/index.ts";
import { type ImpliedAccess, impliedAccesses, withoutAll } from "./implied.ts";
import type { StageClock } from "./timings.ts";

/** All that a profile says. */
export interface ExpandedRules {
  /** Without `all`. */
  readonly rules: readonly Rule[];
  readonly accesses: readonly ImpliedAccess[];
}

export function expandRules(profile: Profile, aliases: AliasTable, clock: StageClock): ExpandedRules {
  const plain = clock.run("implied rules", () => withoutAll(profile.rules));
  const implied = clock.run("implied rules", () => impliedAccesses(profile, plain));
  const rules = clock.run("alias", () => applyAliases(plain, aliases));
  return { rules, accesses: clock.run("alias", () => aliasAccesses(implied, aliases)) };
}

function aliasAccesses(accesses: readonly ImpliedAccess[], aliases: AliasTable): readonly ImpliedAccess[] {
  return accesses.flatMap((access) => [
    access,
    ...aliasedTexts(access.path, aliases).map((path) => ({ ...access, path })),
  ]);
}
