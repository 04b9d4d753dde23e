/** Where apparmor_parser 5.0.2 is wrong and armorer is not (compile-semantics 11): one case for each. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  type CompiledAutomaton,
  type CompiledProfile,
  permissionsOf,
  type PermissionView,
  match,
} from "../../src/compiler/compiled/index.ts";
import { decodePolicy, validatePolicy } from "../../src/compiler/policydb/index.ts";
import { type FeatureTree, parseFeatures } from "../../src/language/features/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { readCompileCases } from "../support/compile-cases.ts";
import { compileText } from "../support/pipeline.ts";

const kernelText = (name: string): string => readFileSync(`tests/corpus/features/debian-kernel-${name}`, "utf8");
const tree = (text: string): FeatureTree => parseFeatures(text).tree;
const latest = tree(kernelText("7.2"));

/** The first profile of a text, after encoding and decoding. */
function compiled(text: string, features: FeatureTree = latest): CompiledProfile {
  const result = compileText(text, { kernelFeatures: features, policyFeatures: features });
  assert.deepEqual(result.errors, []);
  const decoded = decodePolicy(result.stream());
  assert.ok(decoded.ok);
  const [profile] = decoded.value.profiles;
  assert.ok(profile !== undefined);
  return profile;
}

function ask(automaton: CompiledAutomaton | undefined, input: string, view: PermissionView): Record<string, number> {
  assert.ok(automaton !== undefined);
  const { allow, audit, quiet, xindex } = permissionsOf(automaton, match(automaton.dfa, 1, encodeBytes(input)), view);
  return { allow, audit, quiet, xindex };
}

const CHANGE_PROFILE = 0x40000000;

describe("mended defects", () => {
  it("compile-semantics D1: targets that differ in their first byte are two targets", () => {
    const { file } = compiled("profile t { change_profile -> foo, change_profile -> boo, }");
    for (const name of ["foo", "boo"]) assert.ok((ask(file, name, "owner")["allow"] ?? 0) & CHANGE_PROFILE, name);
    const beside = compiled("profile t { /* rcx, change_profile -> **, }").file;
    assert.equal((ask(beside, "/p", "owner")["allow"] ?? 0) & 0x5, 0x5);
  });

  it("compile-semantics D3, D4: a star, a question mark and an escaped dash in a class are themselves", () => {
    const { file } = compiled("profile t { /a[*?]b r, /c[a\\-c]d r, }");
    for (const path of ["/a*b", "/a?b", "/cad", "/c-d", "/ccd"]) assert.equal(ask(file, path, "owner")["allow"], 0x244);
    for (const path of ["/a]b", "/cbd"]) assert.equal(ask(file, path, "owner")["allow"], 0x200);
  });

  it("compile-semantics D5: icmp is the protocol's number", () => {
    const { policydb } = compiled("profile t { network inet icmp, }", tree(readCompileCases().features["synth"] ?? ""));
    const local = "\0\x02\0\x03\0\x01\0\0\0\0\0";
    assert.equal((ask(policydb, `\x0f${local}`, "policydb")["allow"] ?? 0) & 0x2, 0x2);
  });

  it("compile-semantics D14: a deny rule is quiet in the old network table, an audited one is not", () => {
    const old = tree(kernelText("6.1").replace("network_v8 {", "network {"));
    const { netAllowedAf } = compiled("profile t { deny network inet stream, audit deny network inet6 stream, }", old);
    assert.deepEqual([...(netAllowedAf?.subarray(6, 9) ?? [])], [0, 0, 2]);
    assert.deepEqual([...(netAllowedAf?.subarray(30, 33) ?? [])], [0, 0, 0]);
  });

  it("compile-semantics D19: attachments are never relatively encoded", () => {
    const text = "profile chk /{,usr/}{,s}bin/cat { /a r, /b/** rw, }";
    const result = compileText(text, { kernelFeatures: latest, policyFeatures: latest });
    assert.equal(result.policy.profiles[0]?.xmatch?.diffEncoded, false);
    assert.equal(result.policy.profiles[0]?.file?.diffEncoded, true);
    const layout = compiled(text).xmatch?.layout;
    assert.ok(layout !== undefined && layout.differential.every((flag) => flag === 0));
  });

  it("compile-semantics D20: a rule for getopt says nothing about setopt", () => {
    const { policydb } = compiled("profile t { unix, deny unix getopt, }");
    const { allow = 0, quiet } = ask(policydb, "\x0f\0\x01\0\x01\0\0\0a\0\0\x04\0\0", "policydb");
    assert.equal(allow & 0x3000000, 0x1000000);
    assert.equal(quiet, 0x2000000);
  });

  it("has room for more than 12 exec targets where there is a permission table, and says so where there is none", () => {
    const names = Array.from({ length: 40 }, (_, index) => index);
    const text = `profile t { ${names.map((index) => `/p${index} px -> n${index},`).join(" ")} }`;
    const result = compileText(text, { kernelFeatures: latest, policyFeatures: latest });
    assert.deepEqual(validatePolicy(result.stream(), "7.2"), []);
    const { file } = compiled(text);
    for (const index of names) {
      const { xindex = 0 } = ask(file, `/p${index}`, "other");
      assert.equal(file?.transitions[xindex & 0xffffff], `n${index}`);
    }
    const middle = tree(kernelText("6.12"));
    const refused = compileText(text, { kernelFeatures: middle, policyFeatures: middle });
    assert.deepEqual(
      refused.errors.map(({ code }) => code),
      ["compile/too-many-targets"],
    );
    assert.deepEqual(refused.policy.profiles, []);
  });

  it("keeps a unix rule beside a network rule that covers it, in either order", () => {
    const rules = ["unix (send) type=stream,", "network (getattr) unix stream,"];
    const old = tree(kernelText("6.1"));
    for (const order of [rules, rules.toReversed()]) {
      const { policydb } = compiled(`profile t { ${order.join(" ")} }`, old);
      assert.equal((ask(policydb, "\x0e\0\x01\0\x01", "policydb")["allow"] ?? 0) & 0x3700376, 0x202);
    }
  });
});
