/** Policies with the copies that aliases make: what a compiler sees, for questions about rules. */
import { applyAliases } from "../../compiler/compile/index.ts";
import type { Alias, Policy, Profile } from "../../language/model/index.ts";

/** The profiles of a policy, each rule under all names its aliases give it. Copies keep the origin of their rule. */
export function aliasedProfiles(policy: Policy): readonly Profile[] {
  return policy.aliases.length === 0
    ? policy.profiles
    : policy.profiles.map((profile) => aliased(profile, policy.aliases));
}

function aliased(profile: Profile, aliases: readonly Alias[]): Profile {
  const children = profile.children.map((child) => aliased(child, aliases));
  return { ...profile, rules: applyAliases(profile.rules, aliases), children };
}
