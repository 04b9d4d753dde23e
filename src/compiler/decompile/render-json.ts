/** A compiled policy as plain data for `--json`: stable names, numbers as numbers, sets of bits as hexadecimal texts. */
import { compareText } from "../../foundation/basics/index.ts";
import {
  ABI_MASK,
  type AutomatonName,
  type CompiledAutomaton,
  type CompiledPermissionEntry,
  type CompiledPolicy,
  type CompiledProfile,
  MAY_EXECUTE,
  meaningsOf,
  noPermissions,
  permissionsOf,
  type PermissionView,
  startState,
} from "../compiled/index.ts";
import { attachmentPatterns } from "./attachment.ts";
import { capabilityNames, execText, fileLetters } from "./render-permissions.ts";

import { statePatterns } from "./state-patterns.ts";
import { profilePatterns, renderingEffort, type Work } from "./work.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * The profiles of a policy as data: `[{name, namespace, mode, …, capabilities, rlimits, attachment, file, policydb}]`. Of an
 * automaton: how it is stored, the exec targets, and `rules`: pattern and permissions of every state that means something
 * of its own. What a hostile automaton makes too long is cut and has `shortened` beside it.
 */
export function policyToJson(policy: CompiledPolicy, work: Work = renderingEffort(policy).patterns): Json {
  return policy.profiles.map((profile) => profileToJson(profile, profilePatterns(work)));
}

function profileToJson(profile: CompiledProfile, work: Work): Json {
  const { capabilities: caps, rlimits, xmatch, policydb, file } = profile;
  return {
    name: profile.name,
    namespace: profile.namespace ?? null,
    version: profile.version,
    abi: profile.version & ABI_MASK,
    rename: profile.rename ?? null,
    attach: profile.attach ?? null,
    flags: profile.flags,
    mode: profile.mode,
    audit: profile.audit,
    pathFlags: profile.pathFlags ?? null,
    disconnected: profile.disconnected ?? null,
    disconnectedIpc: profile.disconnectedIpc ?? null,
    kill: profile.kill ?? null,
    error: profile.error ?? null,
    identities: profile.identities ?? null,
    xattrs: profile.xattrs ?? null,
    capabilities: {
      allow: capabilityNames(caps.allow),
      audit: capabilityNames(caps.audit),
      quiet: capabilityNames(caps.quiet),
    },
    rlimits: rlimits === undefined ? null : { mask: hex(rlimits.mask), values: rlimits.values.map(String) },
    secmark: profile.secmark ?? null,
    netAllowedAf: profile.netAllowedAf === undefined ? null : [...profile.netAllowedAf],
    data: profile.data?.map(({ key, value }) => ({ key, bytes: value.length })) ?? null,
    attachment:
      xmatch === undefined
        ? null
        : { patterns: attachmentPatterns(profile, work), length: xmatch.length, stored: storedToJson(xmatch) },
    policydb: policydb === undefined ? null : automatonToJson(policydb, "policydb", work),
    file: file === undefined ? null : automatonToJson(file, "file", work),
  };
}

function automatonToJson(automaton: CompiledAutomaton, name: AutomatonName, work: Work): Json {
  const meanings = meaningsOf(automaton, name, new Map());
  const found = statePatterns(automaton.dfa, startState(automaton, name), meanings, work);
  const rules = found.map(({ state, pattern }) => {
    const view = (of: PermissionView): Json => entryToJson(automaton, permissionsOf(automaton, state, of), of);
    return {
      pattern,
      ...(name === "file" ? { owner: view("owner"), other: view("other") } : { any: view("policydb") }),
    };
  });
  return {
    stored: storedToJson(automaton),
    transitions: automaton.transitions,
    rules: rules.toSorted((a, b) => compareText(a.pattern, b.pattern)),
    ...(work.isSpent && { shortened: true }),
  };
}

function storedToJson({ dfa, permissions, layout, diffEncoded, equivalenceClasses }: CompiledAutomaton): Json {
  return {
    states: dfa.stateCount,
    encoding: permissions.kind,
    permissionVersion: permissions.kind === "table" ? (permissions.version ?? null) : null,
    entries: permissions.kind === "table" ? permissions.entries.length : permissions.accept.length,
    diffEncoded,
    equivalenceClasses,
    relativeStates: layout?.differential.reduce((sum, bit) => sum + bit, 0) ?? null,
    cells: layout?.symbols.length ?? null,
    wide: layout?.wide ?? null,
  };
}

function entryToJson(automaton: CompiledAutomaton, entry: CompiledPermissionEntry, view: PermissionView): Json {
  const sets: [string, Json][] = [];
  for (const [key, bits] of Object.entries(entry)) {
    if (bits !== noPermissions.allow && typeof bits === "number") sets.push([key, hex(bits)]);
  }
  if (view === "policydb") return Object.fromEntries(sets);
  const exec = (entry.allow & MAY_EXECUTE) === 0 ? "" : execText(entry.xindex, automaton.transitions);
  return { letters: fileLetters(entry.allow) + exec, ...Object.fromEntries(sets) };
}

function hex(bits: number): string {
  return `0x${bits.toString(16)}`;
}
