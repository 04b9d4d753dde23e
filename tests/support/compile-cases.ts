/** The cases of tests/corpus/compile.json: profiles, and questions with the answers the reference compiler's bytes give. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  type CompiledAutomaton,
  type CompiledPermissionEntry,
  type CompiledPolicy,
  permissionsOf,
  leftMatch,
  match,
  outOfBandStep,
} from "../../src/compiler/compiled/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { withoutLayout } from "./streams.ts";

interface Expected {
  readonly allow?: string;
  readonly audit?: string;
  readonly quiet?: string;
  readonly prompt?: string;
  readonly xindex?: string;
}

interface Probe {
  readonly profile: string;
  readonly dfa: "file" | "policydb" | "xmatch";
  readonly input: string;
  readonly live: boolean;
  readonly any?: Expected;
  readonly owner?: Expected;
  readonly other?: Expected;
  readonly perms?: Expected;
  readonly allow?: boolean;
  readonly left_count?: number;
}

interface ExpectedProfile {
  readonly name: string;
  readonly namespace?: string;
  readonly flags: readonly number[];
  readonly path_flags: number;
  readonly xmatch_len?: number;
  readonly xtable?: readonly string[];
  readonly xattrs?: readonly string[];
  readonly disconnected?: string;
  readonly caps?: { readonly allow?: string; readonly audit?: string; readonly quiet?: string };
  readonly rlimits?: { readonly mask: string; readonly values: readonly number[] };
}

export interface CompileCase {
  readonly name: string;
  /** A feature set, perhaps with `+none` or `+abi4.0` for the policy's. */
  readonly features: string;
  readonly profile_text: string;
  readonly warnings: readonly string[];
  readonly error?: readonly string[];
  readonly profiles?: readonly ExpectedProfile[];
  readonly probes?: readonly Probe[];
}

interface CompileCases {
  readonly features: Readonly<Record<string, string>>;
  readonly cases: readonly CompileCase[];
}

export function readCompileCases(): CompileCases {
  // a file of ours whose form the types above describe
  return JSON.parse(readFileSync("tests/corpus/compile.json", "utf8"));
}

/** Asserts the scalar parts of a profile. */
export function checkScalars(policy: CompiledPolicy, expected: ExpectedProfile, what: string): void {
  const profile = policy.profiles.find(({ name }) => name === expected.name);
  assert.ok(profile !== undefined, `${what} ${expected.name}`);
  const caps = expected.caps ?? {};
  assert.deepEqual(
    {
      namespace: profile.namespace,
      flags: [profile.flags, profile.mode, profile.audit],
      pathFlags: profile.pathFlags ?? 0,
      length: profile.xmatch?.length,
      disconnected: profile.disconnected,
      xattrs: profile.xattrs,
      allow: profile.capabilities.allow,
      audit: profile.capabilities.audit,
      quiet: profile.capabilities.quiet,
      mask: profile.rlimits?.mask,
      targets: profile.file?.transitions.map((name) => name.replaceAll("\0", "\\x00")).toSorted() ?? [],
    },
    {
      namespace: expected.namespace,
      flags: expected.flags,
      pathFlags: expected.path_flags,
      length: expected.xmatch_len,
      disconnected: expected.disconnected,
      xattrs: expected.xattrs,
      allow: BigInt(caps.allow ?? 0),
      audit: BigInt(caps.audit ?? 0),
      quiet: BigInt(caps.quiet ?? 0),
      mask: expected.rlimits && Number(expected.rlimits.mask),
      targets: expected.xtable?.toSorted() ?? [],
    },
    `${what} ${expected.name}`,
  );
}

/** Asserts the answer to one question; an attachment is scored as if it were stored plainly. */
export function checkProbe(policy: CompiledPolicy, probe: Probe, what: string): void {
  const profile = policy.profiles.find(({ name }) => name === probe.profile);
  const automaton = profile?.[probe.dfa];
  const state = automaton === undefined ? 0 : walkInput(automaton, probe.input);
  assert.equal(state !== 0, probe.live, `${what} live`);
  if (automaton === undefined) return;
  if (probe.dfa === "xmatch") {
    assert.equal(permissionsOf(automaton, state, "xmatch").allow === 1, probe.allow, what);
    if (probe.left_count === undefined || profile?.xmatch === undefined) return;
    const plain = { ...withoutLayout(profile.xmatch), length: profile.xmatch.length };
    assert.equal(leftMatch(plain, inputBytes(probe.input)).count, probe.left_count, `${what} left match`);
  } else if (probe.dfa === "policydb") {
    assert.deepEqual(fieldsOf(permissionsOf(automaton, state, "policydb"), 0x8000), expectedFields(probe.perms), what);
  } else {
    const owner = fieldsOf(permissionsOf(automaton, state, "owner"), 0);
    const other = fieldsOf(permissionsOf(automaton, state, "other"), 0);
    assert.deepEqual(owner, expectedFields(probe.any ?? probe.owner), `${what} owner`);
    assert.deepEqual(other, expectedFields(probe.any ?? probe.other), `${what} other`);
  }
}

function walkInput(automaton: CompiledAutomaton, input: string): number {
  let state = 1;
  for (const [index, part] of input.split("\\oob").entries()) {
    if (index > 0) state = outOfBandStep(automaton.dfa, state);
    state = match(automaton.dfa, state, inputBytes(part));
  }
  return state;
}

function inputBytes(text: string): Uint8Array {
  const parts = text.split(/(\\x[0-9a-f]{2}|\\\\)/);
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (part.startsWith("\\x")) return [Number.parseInt(part.slice(2), 16)];
      return part === "\\\\" ? [0x5c] : [...encodeBytes(part)];
    }),
  );
}

/** Table indexes are left to the names: their order is free. */
const INDEX = 0x00ffffff;

function fieldsOf(entry: CompiledPermissionEntry, ignored: number): readonly number[] {
  const allow = entry.allow & ~ignored;
  const isBareGetattr = (allow & 0x4) === 0;
  const fields = [
    isBareGetattr ? allow & ~0x200 : allow,
    entry.audit,
    entry.quiet,
    entry.prompt,
    entry.xindex & ~INDEX,
  ];
  return fields.map((field) => field >>> 0);
}

function expectedFields(expected: Expected | undefined): readonly number[] {
  const { allow, audit, quiet, prompt, xindex } = expected ?? {};
  const bits = Number(allow ?? 0);
  return [
    (bits & 0x4) === 0 ? bits & ~0x200 : bits,
    ...[audit, quiet, prompt].map((text) => Number(text ?? 0)),
    Number(xindex ?? 0) & ~INDEX,
  ].map((value) => value >>> 0);
}
