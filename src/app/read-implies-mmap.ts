import type { Policy, Profile, Rule } from "../language/model/index.ts";
import { FilePermission } from "../language/tables/index.ts";

function widen(rule: Rule): Rule {
  if (rule.kind !== "file" || (rule.permissions & FilePermission.r) === 0) return rule;
  return { ...rule, permissions: rule.permissions | FilePermission.m };
}

function widenProfile(profile: Profile): Profile {
  return { ...profile, rules: profile.rules.map(widen), children: profile.children.map(widenProfile) };
}

/** The policy with every `r` read as `mr`: what `--readimpliesX` asks for. */
export function readImpliesMmap(policy: Policy): Policy {
  return { ...policy, profiles: policy.profiles.map(widenProfile) };
}
