/** What the reference compiler writes, read by us: questions with known answers, and all policy that Debian ships. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import type { CompiledAutomaton, CompiledPermissionEntry } from "../../src/compiler/compiled/index.ts";
import {
  decodePolicy,
  encodePolicy,
  leftMatch,
  match,
  outOfBandStep,
  permissionsOf,
  validatePolicy,
} from "../../src/compiler/policydb/index.ts";
import { compileWithOracle, findOracle, type Oracle } from "../support/oracle.ts";
import { assertSamePolicy } from "../support/policy-equality.ts";
import { decoded, withoutLayout, withoutLayouts } from "../support/streams.ts";

const found = await findOracle();
const oracle = found.ok ? found.value : undefined;
const skip = found.ok ? false : found.error;

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

interface Case {
  readonly name: string;
  readonly features: string;
  readonly profile_text: string;
  readonly probes?: readonly Probe[];
}

const corpus = new URL("../../../tests/corpus/", import.meta.url);

function readCases(): { readonly features: Readonly<Record<string, string>>; readonly cases: readonly Case[] } {
  // a file of ours whose form the reader above describes
  return JSON.parse(readFileSync(new URL("compile.json", corpus), "utf8"));
}

function compileCase(parser: Oracle, entry: Case, features: string): Uint8Array {
  const own = ["-q", "-Q", "-K", "--config-file", "/dev/null", "--kernel-features", "features", "-S", "profile"];
  const run = entry.features.endsWith("+none")
    ? parser.run(own, { profile: entry.profile_text, features })
    : compileWithOracle(parser, entry.profile_text, features);
  assert.equal(run.status, 0, `${entry.name}: ${run.stderr}`);
  return run.stdout;
}

test("every question of the compile cases is answered from the reference compiler's bytes", { skip }, () => {
  assert.ok(oracle !== undefined);
  const { features, cases } = readCases();
  let asked = 0;
  for (const entry of cases) {
    if (entry.probes === undefined || entry.probes.length === 0) continue;
    const text = features[entry.features.replace(/\+none$/, "")];
    assert.ok(text !== undefined, entry.features);
    const policy = decoded(compileCase(oracle, entry, text));
    for (const probe of entry.probes) {
      const profile = policy.profiles.find(({ name }) => name === probe.profile);
      const automaton = profile?.[probe.dfa];
      assert.ok(automaton !== undefined, `${entry.name} ${probe.profile} ${probe.dfa}`);
      checkProbe(automaton, probe, `${entry.name} ${probe.input}`);
      asked += 1;
    }
  }
  assert.equal(asked, 352);
});

function checkProbe(automaton: CompiledAutomaton, probe: Probe, what: string): void {
  const state = walkInput(automaton, probe.input);
  assert.equal(state !== 0, probe.live, `${what} live`);
  if (probe.dfa === "xmatch") {
    assert.equal(permissionsOf(automaton, state, "xmatch").allow === 1, probe.allow, what);
    if (probe.left_count === undefined) return;
    const { count } = leftMatch({ ...withoutLayout(automaton), length: 0 }, inputBytes(probe.input));
    assert.equal(count, probe.left_count, `${what} left match`);
  } else if (probe.dfa === "policydb") {
    assert.deepEqual(wordsOf(permissionsOf(automaton, state, "policydb"), 0x8000), expectedWords(probe.perms), what);
  } else {
    const owner = wordsOf(permissionsOf(automaton, state, "owner"), 0);
    const other = wordsOf(permissionsOf(automaton, state, "other"), 0);
    assert.deepEqual(owner, expectedWords(probe.any ?? probe.owner), `${what} owner`);
    assert.deepEqual(other, expectedWords(probe.any ?? probe.other), `${what} other`);
  }
}

function walkInput(automaton: CompiledAutomaton, input: string): number {
  let state = 1;
  for (const [i, part] of input.split("\\oob").entries()) {
    if (i > 0) state = outOfBandStep(automaton.dfa, state);
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

function wordsOf(entry: CompiledPermissionEntry, ignored: number): readonly number[] {
  const allow = entry.allow & ~ignored;
  const isBareGetattr = (allow & 0x4) === 0;
  return [isBareGetattr ? allow & ~0x200 : allow, entry.audit, entry.quiet, entry.prompt, entry.xindex].map(
    (word) => word >>> 0,
  );
}

function expectedWords(expected: Expected | undefined): readonly number[] {
  const { allow, audit, quiet, prompt, xindex } = expected ?? {};
  const word = Number(allow ?? 0);
  return [
    (word & 0x4) === 0 ? word & ~0x200 : word,
    ...[audit, quiet, prompt, xindex].map((text) => Number(text ?? 0)),
  ].map((value) => value >>> 0);
}

const kernels = ["6.1", "6.12", "7.2"] as const;

function kernelFeatures(kernel: string): string {
  return readFileSync(new URL(`features/debian-kernel-${kernel}`, corpus), "utf8");
}

/** Names, from the root of the oracle's tree, of all profile files that are shipped. */
function shippedProfiles(root: string): readonly string[] {
  return ["/etc/apparmor.d", "/usr/share/apparmor/extra-profiles"].flatMap((folder) => {
    if (!existsSync(join(root, folder))) return [];
    const files = readdirSync(join(root, folder)).filter((name) => name !== "README");
    return files.map((name) => join(folder, name)).filter((path) => statSync(join(root, path)).isFile());
  });
}

const known = new Map<string, readonly Uint8Array[]>();

/** The streams of all shipped profiles, in batches of files; compiled once for each feature set. */
function shippedStreams(parser: Oracle, features: string): readonly Uint8Array[] {
  const before = known.get(features);
  if (before !== undefined) return before;
  const files = shippedProfiles(parser.root);
  // one job: several would write into each other's output
  const args = ["-q", "-Q", "-K", "-j1", "--max-jobs=1", "--config-file", "/dev/null", "-M", "features", "-S"];
  const streams: Uint8Array[] = [];
  for (let at = 0; at < files.length; at += 20) {
    streams.push(parser.run([...args, ...files.slice(at, at + 20)], { features }).stdout);
  }
  known.set(features, streams);
  return streams;
}

test("all shipped profiles are read, found loadable, and come out byte for byte, for every kernel", { skip }, () => {
  assert.ok(oracle !== undefined);
  for (const kernel of kernels) {
    let profiles = 0;
    for (const stream of shippedStreams(oracle, kernelFeatures(kernel))) {
      const policy = decoded(stream);
      profiles += policy.profiles.length;
      assert.deepEqual(validatePolicy(stream, kernel), []);
      assert.equal(Buffer.compare(encodePolicy(policy), stream), 0, policy.profiles[0]?.name);
    }
    assert.ok(profiles > 100, `only ${profiles} profiles`);
  }
});

test("the new encoding decides as the old one does, for all shipped profiles", { skip }, () => {
  assert.ok(oracle !== undefined);
  const features = kernelFeatures("7.2");
  const old = features.replace(/permstable32_version \{[^}]*\}\n/, "").replace(/diff-encode \{yes\n\}\n/, "");
  assert.ok(old.length < features.length - 40);
  const younger = shippedStreams(oracle, features);
  for (const [i, stream] of shippedStreams(oracle, old).entries()) {
    assert.ok(decoded(stream).profiles.every(({ file }) => file?.permissions.kind !== "table"));
    assertSamePolicy(younger[i] ?? new Uint8Array(), stream);
  }
});

test(
  "our own encoding of all shipped profiles decides the same and is not larger by more than 5 percent",
  { skip },
  () => {
    assert.ok(oracle !== undefined);
    for (const kernel of kernels) {
      let theirs = 0;
      let ours = 0;
      for (const stream of shippedStreams(oracle, kernelFeatures(kernel))) {
        const own = encodePolicy({ profiles: decoded(stream).profiles.map(withoutLayouts) });
        assert.ok(decodePolicy(own).ok);
        assertSamePolicy(own, stream);
        theirs += stream.length;
        ours += own.length;
      }
      assert.ok(ours <= 1.05 * theirs, `${kernel}: ${ours} bytes against ${theirs}`);
    }
  },
);
