import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CompiledAutomaton,
  permissionsOf,
  type PermissionView,
  leftMatch,
  match,
  outOfBandStep,
} from "../../src/compiler/compiled/index.ts";
import { compareAutomata, queryProfile } from "../../src/analysis/tables/index.ts";
import { encodePolicy, kernelGenerations, validatePolicy } from "../../src/compiler/policydb/index.ts";
import { decoded, profileOf, readStream, streamNames } from "../support/streams.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

function ask(automaton: CompiledAutomaton | undefined, input: string, view: PermissionView): readonly number[] {
  assert.ok(automaton !== undefined);
  const { allow, audit, quiet, xindex } = permissionsOf(automaton, match(automaton.dfa, 1, bytes(input)), view);
  return [allow, audit, quiet, xindex];
}

test("every stream comes out of decoding and encoding byte for byte", () => {
  assert.equal(streamNames.length, 21);
  for (const name of streamNames) {
    const stream = readStream(name);
    assert.deepEqual(encodePolicy(decoded(stream)), stream, name);
  }
});

test("file rules mean the same packed and as a table", () => {
  for (const name of ["deny-6.1", "deny-7.2"]) {
    const { file } = profileOf(readStream(name), "d");
    assert.deepEqual(ask(file, "/a", "owner"), [0x244, 0, 0, 0], name);
    assert.deepEqual(ask(file, "/a", "other"), [0x200, 0, 0, 0], name);
    assert.deepEqual(ask(file, "/b", "other"), [0x337a, 0x317a, 0, 0], name);
    assert.deepEqual(ask(file, "/c", "owner"), [0x200, 0, 0x244, 0], name);
    assert.deepEqual(ask(file, "/d", "owner"), [0x200, 0, 0, 0], name);
    assert.deepEqual(ask(file, "/bin/x", "other"), [0x201, 0, 0, 0x18000000], name);
    assert.deepEqual(file?.transitions, ["tgt"]);
  }
});

test("every exec mode gives its transition bits", () => {
  const wanted: readonly (readonly [string, number])[] = [
    ["/a", 0x40000000],
    ["/b", 0x14000000],
    ["/c", 0x34000000],
    ["/d", 0x54000000],
    ["/e", 0x94000000],
    ["/f", 0x04000000],
    ["/g", 0x24000000],
    ["/h", 0x90000000],
    ["/i", 0x80000000],
    ["/l", 0x74000000],
    ["/m", 0xb4000000],
    ["/n", 0x44000000],
    ["/o", 0x84000000],
    ["/p", 0x64000000],
    ["/q", 0xa4000000],
  ];
  for (const name of ["ex-6.1", "ex-7.2"]) {
    const { file } = profileOf(readStream(name), "ex");
    for (const [path, xindex] of wanted) assert.equal(ask(file, path, "owner")[3], xindex, `${name} ${path}`);
    const [, , , table] = ask(file, "/j", "other");
    assert.equal(file?.transitions[(table ?? 0) & 0xffffff], "t");
    const [, , , child] = ask(file, "/r", "other");
    assert.equal(file?.transitions[(child ?? 0) & 0xffffff], "ex//kid");
  }
});

test("both encodings of one profile are equal by product walk", () => {
  for (const [old, young, name] of [
    ["ex-6.1", "ex-7.2", "ex"],
    ["deny-6.1", "deny-7.2", "d"],
    ["full-6.1", "full-7.2", "full"],
  ] as const) {
    const one = profileOf(readStream(old), name).file;
    const other = profileOf(readStream(young), name).file;
    assert.ok(one !== undefined && other !== undefined);
    assert.deepEqual(compareAutomata(one, other, "file"), []);
  }
});

const none = undefined;

/** What running kernels answered to queries: class and string, the allow bits on 6.1, 6.12 and 7.2; none is "not mediated". */
const answers: readonly (readonly [string, number | undefined, number | undefined, number | undefined])[] = [
  ["\x0a\x0ffoo", 0x2, 0x8002, 0x8002],
  ["\x0a\x0fbar", 0, 0, 0],
  ["\x10\x09bar", 0x4, 0x8004, 0x8004],
  ["\x07/mnt/", 0x4, 0x8004, 0x8004],
  ["\x07/new/\0/old/", 0x1, 0x8001, 0x8001],
  ["\x07/mnt/\0/dev/sda1\0ext4\0\x01", 0x2, 0x8002, 0x8002],
  ["\x0e\0\x0a\0\x02", 0x03700376, 0x03708376, 0],
  ["\x0f\0\x0a\0\x02", none, none, 0x03708376],
  ["\x0e\0\x10\0\x03", 0, 0x8000, 0],
  ["\x15", none, 0x800c, 0x800c],
  ["\x16", none, 0x801c, 0x801c],
  ["\x16ioL", none, 0x8008, 0x8008],
  ["\x20session\0org.x\0pl\0/o\0i.f\0M", none, none, 0x8002],
  ["\x20system\0org.y", none, none, 0x8040],
];

test("policydb strings have the permissions running kernels gave", () => {
  for (const [column, kernel] of kernelGenerations.entries()) {
    const profile = profileOf(readStream(`mix-${kernel}`), "mix");
    for (const [input, ...allowed] of answers) {
      const [number = 0, ...data] = bytes(input);
      const entry = queryProfile(profile, number, Uint8Array.from(data), { kernel, isOwner: true });
      // the bits a table has for what nothing matches holds the lock bit, which the interface leaves out
      const isDead = allowed[column] === 0 && kernel === "7.2";
      assert.equal(
        isDead && entry !== undefined ? entry.allow & ~0x8000 : entry?.allow,
        allowed[column],
        `${kernel} ${JSON.stringify(input)}`,
      );
    }
  }
  const { quiet } = queryProfile(profileOf(readStream("mix-6.12"), "mix"), 14, bytes("\0\x10\0\x03"), {
    kernel: "6.12",
    isOwner: true,
  }) ?? { quiet: 0 };
  assert.equal(quiet, 0x03700376);
});

test("files are asked for by path, and by the policydb where there are no file rules", () => {
  const options = { kernel: "7.2", isOwner: false } as const;
  const file = profileOf(readStream("deny-7.2"), "d");
  assert.equal(queryProfile(file, 2, bytes("/b"), options)?.allow, 0x337a);
  const bare = profileOf(readStream("mix-7.2"), "mix");
  assert.equal(queryProfile(bare, 2, bytes("/b"), options)?.allow, 0x8000);
  assert.equal(queryProfile({ ...bare, policydb: undefined }, 2, bytes("/b"), options), undefined);
});

test("an attachment is walked through its extended attributes", () => {
  for (const name of ["xattr-6.1", "xattr-7.2"]) {
    const { xmatch, xattrs } = profileOf(readStream(name), "xa");
    assert.ok(xmatch !== undefined);
    assert.deepEqual(xattrs, ["user.b", "user.a"]);
    assert.equal(xmatch.length, 11);
    const attaches = (state: number): boolean => permissionsOf(xmatch, state, "xmatch").allow === 1;
    const path = match(xmatch.dfa, 1, bytes("/usr/bin/xa"));
    assert.ok(attaches(path));
    const first = match(xmatch.dfa, outOfBandStep(xmatch.dfa, path), bytes("\0anything"));
    assert.ok(attaches(first));
    assert.ok(attaches(match(xmatch.dfa, outOfBandStep(xmatch.dfa, first), bytes("\0v1"))));
    assert.ok(!attaches(match(xmatch.dfa, outOfBandStep(xmatch.dfa, first), bytes("\0v/1"))));
    assert.equal(outOfBandStep(xmatch.dfa, 1), 0);
  }
});

test("an attachment scores the bytes before the first loop", () => {
  const { xmatch } = profileOf(readStream("full-6.1"), "full");
  assert.ok(xmatch !== undefined);
  assert.equal(xmatch.length, 12);
  for (const kernel of kernelGenerations) {
    assert.equal(leftMatch(xmatch, bytes("/usr/bin/foo"), kernel).count, 12);
    assert.equal(leftMatch(xmatch, bytes("/usr/bin/fox"), kernel).count, 0);
  }
});

test("scalar parts of a full profile are read", () => {
  const { profiles } = decoded(readStream("full-6.1"));
  assert.deepEqual(
    profiles.map(({ name, flags }) => [name, flags]),
    [
      ["full", 0],
      ["full//child", 0],
      ["full//hat1", 1],
    ],
  );
  const full = profileOf(readStream("full-6.1"), "full");
  assert.equal(full.version, 0x202007);
  assert.equal(full.mode, 1);
  assert.notEqual(full.audit, 0);
  assert.equal(full.pathFlags, 4);
  assert.equal(full.capabilities.allow, (1n << 12n) | (1n << 40n) | 1n);
  assert.equal(full.capabilities.audit, 1n);
  assert.equal(full.capabilities.quiet, 1n << 5n);
  assert.equal(full.rlimits?.mask, (1 << 7) | 1);
  assert.deepEqual(full.rlimits?.values.slice(0, 8), [10n, 0n, 0n, 0n, 0n, 0n, 0n, 1024n]);
  assert.ok(full.file?.transitions.includes(":ns\0third"));
  assert.equal(profileOf(readStream("ns-6.1"), "inner").namespace, "myns");
  assert.deepEqual([...(profileOf(readStream("net-v5"), "n").netAllowedAf?.subarray(6, 9) ?? [])], [2, 0, 0]);
  assert.equal(profileOf(readStream("ec"), "e").file?.layout?.classes?.[0x62], 2);
});

/** The kernels that have nothing to refuse. */
function takers(stream: Uint8Array): readonly string[] {
  return kernelGenerations.filter((kernel) => validatePolicy(stream, kernel).length === 0);
}

test("each kernel takes what the real one took", () => {
  assert.deepEqual(takers(readStream("a-v5")), ["6.1", "6.12", "7.2"]);
  assert.deepEqual(takers(readStream("a-6.1")), ["6.1", "6.12", "7.2"]);
  assert.deepEqual(takers(readStream("full-6.1")), ["6.1", "6.12", "7.2"]);
  assert.deepEqual(takers(readStream("ns-6.1")), ["6.1", "6.12", "7.2"]);
  assert.deepEqual(takers(readStream("a-7.2")), ["7.2"]);
  assert.deepEqual(takers(readStream("net-v5")), []);
  const [profile] = decoded(readStream("a-7.2")).profiles;
  assert.ok(profile?.file?.layout !== undefined);
  const { layout } = profile.file;
  const edited = (file: CompiledAutomaton): Uint8Array => encodePolicy({ profiles: [{ ...profile, file }] });
  assert.deepEqual(takers(edited({ ...profile.file, layout: { ...layout, wide: true } })), ["7.2"]);
  assert.deepEqual(takers(edited({ ...profile.file, layout: { ...layout, accept2: undefined } })), []);
  const versions = (version: number): readonly string[] =>
    takers(encodePolicy({ profiles: [{ ...nothing(), version }] }));
  assert.deepEqual(
    [4, 5, 8, 9, 10, 0x202807].map((version) => versions(version).length),
    [0, 3, 3, 2, 0, 3],
  );
  assert.equal(encodePolicy({ profiles: [nothing()] }).length, 118, "the smallest stream that loads");
  const many = Array.from({ length: 13 }, (_, i) => `t${i}`);
  const [old] = decoded(readStream("a-6.1")).profiles;
  assert.ok(old?.file !== undefined);
  assert.deepEqual(takers(encodePolicy({ profiles: [{ ...old, file: { ...old.file, transitions: many } }] })), [
    "6.12",
    "7.2",
  ]);
});

/** A profile of nothing but its name. */
function nothing(): Parameters<typeof encodePolicy>[0]["profiles"][number] {
  const [profile] = decoded(readStream("a-v5")).profiles;
  assert.ok(profile !== undefined);
  return { ...profile, version: 0x202007, name: "nothing", file: undefined };
}
