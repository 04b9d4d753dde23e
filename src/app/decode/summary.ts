/** A compiled policy as plain data (the JSON of `armorer decode`). */
import type { CompiledAutomaton, CompiledPolicy, CompiledProfile } from "../../compiler/compiled/index.ts";
import { permissionsOf, type PermissionView } from "../../compiler/policydb/index.ts";
import { capabilityName } from "../../language/tables/index.ts";
import { unroll } from "./unroll.ts";

function names(set: bigint): string[] {
  const found: string[] = [];
  for (let number = 0; number < 64; number += 1) {
    if ((set & (1n << BigInt(number))) !== 0n) found.push(capabilityName(number) ?? String(number));
  }
  return found;
}

function automatonJson(automaton: CompiledAutomaton | undefined, views: readonly PermissionView[]): object | null {
  if (automaton === undefined) return null;
  const { patterns, complete } = unroll(automaton.dfa);
  const { dfa, permissions, transitions, diffEncoded, equivalenceClasses } = automaton;
  return {
    states: dfa.stateCount,
    edges: dfa.symbols.length,
    permissions: permissions.kind,
    transitions,
    diffEncoded,
    equivalenceClasses,
    complete,
    patterns: patterns.map(({ pattern, state }) => ({
      pattern,
      ...Object.fromEntries(
        views.map((view) => {
          const { allow, deny, audit, quiet, xindex } = permissionsOf(automaton, state, view);
          return [view, { allow, deny, audit, quiet, xindex }];
        }),
      ),
    })),
  };
}

function profileJson(profile: CompiledProfile): object {
  const { capabilities, rlimits } = profile;
  return {
    name: profile.name,
    namespace: profile.namespace ?? null,
    attach: profile.attach ?? null,
    version: profile.version,
    mode: profile.mode,
    flags: profile.flags,
    audit: profile.audit,
    pathFlags: profile.pathFlags ?? null,
    kill: profile.kill ?? null,
    error: profile.error ?? null,
    disconnected: profile.disconnected ?? null,
    xattrs: profile.xattrs ?? [],
    capabilities: {
      allow: names(capabilities.allow),
      audit: names(capabilities.audit),
      quiet: names(capabilities.quiet),
    },
    rlimits: rlimits === undefined ? null : { mask: rlimits.mask, values: rlimits.values.map(String) },
    attachment: automatonJson(profile.xmatch, ["xmatch"]),
    file: automatonJson(profile.file, ["owner", "other"]),
    policydb: automatonJson(profile.policydb, ["policydb"]),
  };
}

/** Everything, profile by profile. */
export function summarizePolicy(policy: CompiledPolicy): readonly object[] {
  return policy.profiles.map(profileJson);
}
