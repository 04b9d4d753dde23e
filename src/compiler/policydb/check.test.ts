import assert from "node:assert/strict";
import type { Dfa } from "../automata/index.ts";
import {
  type CompiledAutomaton,
  type CompiledPermissionEntry,
  type CompiledProfile,
  noPermissions,
} from "../compiled/index.ts";
import { decodePolicy, encodePolicy, kernelAnswer, validatePolicy } from "./index.ts";
import { test } from "node:test";

/** `/` leads from the start to a state of output 1. */
const dfa: Dfa = {
  stateCount: 3,
  outputs: Uint32Array.of(0, 0, 1),
  defaults: Uint32Array.of(0, 0, 0),
  rows: Uint32Array.of(0, 0, 1, 1),
  symbols: Uint16Array.of(0x2f),
  targets: Uint32Array.of(2),
};

const plain = { transitions: [], diffEncoded: false, equivalenceClasses: false };

function packed(accept: number, transitions: readonly string[] = []): CompiledAutomaton {
  const permissions = { kind: "packed", accept: Uint32Array.of(0, accept), accept2: Uint32Array.of(0, 0) } as const;
  return { ...plain, dfa, permissions, transitions };
}

function table(entry: Partial<CompiledPermissionEntry>, transitions: readonly string[] = []): CompiledAutomaton {
  const entries = [noPermissions, { ...noPermissions, ...entry }];
  return {
    ...plain,
    dfa,
    permissions: { kind: "table", version: undefined, entries, index: Uint32Array.of(0, 1), accept2: undefined },
    transitions,
  };
}

const profile: CompiledProfile = {
  version: 0x202007,
  namespace: undefined,
  name: "p",
  rename: undefined,
  attach: undefined,
  xmatch: undefined,
  disconnected: undefined,
  disconnectedIpc: undefined,
  kill: undefined,
  error: undefined,
  flags: 0,
  mode: 0,
  audit: 0,
  pathFlags: undefined,
  capabilities: { allow: 0n, audit: 0n, quiet: 0n, extended: undefined },
  identities: undefined,
  xattrs: undefined,
  rlimits: undefined,
  secmark: undefined,
  netAllowedAf: undefined,
  policydb: undefined,
  file: undefined,
  data: undefined,
};

/** What each kernel says to a profile: nothing, or the text of its audit record. */
function answers(change: Partial<CompiledProfile>): readonly (string | undefined)[] {
  const stream = encodePolicy({ profiles: [{ ...profile, ...change }] });
  return (["6.1", "6.12", "7.2"] as const).map((kernel) => {
    const [first] = validatePolicy(stream, kernel);
    return first && kernelAnswer(first.kind, kernel).info;
  });
}

const fine = [undefined, undefined, undefined];

test("fields are refused by the kernels that do not know them", () => {
  assert.deepEqual(answers({}), fine);
  assert.deepEqual(answers({ disconnected: "/x", rename: "a", attach: "b", pathFlags: 4, xattrs: ["user.a"] }), fine);
  const unknown = "profile missing flags";
  assert.deepEqual(answers({ disconnectedIpc: "/x" }), [unknown, unknown, unknown]);
  assert.deepEqual(answers({ error: 1 }), [unknown, unknown, unknown]);
  assert.deepEqual(answers({ kill: 9 }), [unknown, unknown, undefined]);
  assert.deepEqual(answers({ kill: 77 }), [unknown, unknown, "profile kill.signal invalid value"]);
  const end = "failed to unpack end of profile";
  assert.deepEqual(answers({ identities: ["x"] }), [end, end, end]);
  const mode = "failed to unpack profile flags";
  assert.deepEqual(answers({ mode: 4 }), [mode, undefined, undefined]);
  assert.deepEqual(answers({ mode: 5 }), [mode, mode, mode]);
});

test("exec transitions must name an entry of the table of targets", () => {
  const toFirst = 0x1101;
  assert.deepEqual(answers({ file: packed(toFirst, ["t"]) }), fine);
  assert.deepEqual(answers({ file: packed(toFirst) }), [
    "Invalid named transition",
    "Unpack: Invalid perm index",
    "Unpack: Invalid perm index",
  ]);
  const end = "failed to unpack end of profile";
  assert.deepEqual(answers({ file: table({ allow: 1, xindex: 0x08000000 }, ["t"]) }), [end, undefined, undefined]);
  const index = "Unpack: Invalid perm index";
  assert.deepEqual(answers({ file: table({ allow: 1, xindex: 0x08000001 }, ["t"]) }), [end, index, index]);
});

test("entries of a table must not contradict themselves", () => {
  const index = "Unpack: Invalid perm index";
  const contradictions: readonly Partial<CompiledPermissionEntry>[] = [
    { allow: 4, deny: 4 },
    { allow: 4, subtree: 2 },
    { allow: 4, cond: 4 },
    { allow: 4, kill: 4 },
    { allow: 4, complain: 4 },
    { allow: 4, prompt: 4 },
    { complain: 4, prompt: 4 },
    { allow: 4, hide: 4 },
  ];
  for (const entry of contradictions) assert.equal(answers({ file: table(entry) })[2], index, JSON.stringify(entry));
  assert.equal(answers({ file: table({ allow: 4, audit: 7, quiet: 7, subtree: 4, deny: 2 }) })[2], undefined);
});

test("targets must be well formed", () => {
  const broken = "failed to unpack profile transition table";
  assert.deepEqual(answers({ file: packed(0, ["a//b", "&c", ":ns\0d", ":ns:e"]) }), fine);
  for (const target of [" a", "a\0b", ":ns:", ":ns\0d\0e"])
    assert.equal(answers({ file: packed(0, [target]) })[2], broken, target);
});

test("an error says what is wrong, where, and in which profile", () => {
  const stream = encodePolicy({ profiles: [profile, { ...profile, name: "q" }] });
  const cut = decodePolicy(stream.subarray(0, stream.length - 1));
  assert.ok(!cut.ok);
  assert.equal(cut.error.refusal.kind, "end");
  assert.equal(cut.error.refusal.profile, "q");
  assert.equal(cut.error.refusal.offset, stream.length - 1);
  assert.deepEqual(
    cut.error.decoded.map(({ name }) => name),
    ["p"],
  );
});
