/** Laws of the compiler, on random policies of all rule kinds. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  compilePolicy,
  type CompileOptions,
  compileVariant,
  createCompileSession,
} from "../../src/compiler/compile/index.ts";
import { comparePolicies } from "../../src/analysis/tables/index.ts";
import type { CompiledPolicy } from "../../src/compiler/compiled/index.ts";
import { encodePolicy } from "../../src/compiler/policydb/index.ts";
import { parseFeatures, printFeatures } from "../../src/language/features/index.ts";
import type { Policy } from "../../src/language/model/index.ts";
import { compileText, policyOf } from "../support/pipeline.ts";
import { randomPolicy } from "../support/random-policy.ts";
import { Random } from "../support/random.ts";

const features = parseFeatures(readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8")).tree;
const old = parseFeatures(readFileSync("tests/corpus/features/debian-kernel-6.1", "utf8")).tree;
/** Sockets as an array of families. */
const tables = parseFeatures(
  "caps {mask {chown}}\nfile {mask {create read write exec}}\nnetwork {af_mask {unix inet}}\n",
).tree;
const options: CompileOptions = { kernelFeatures: features, policyFeatures: features };
const seeds = Array.from({ length: 150 }, (_, index) => 5000 + index);

function withRules(
  policy: Policy,
  change: (rules: Policy["profiles"][number]["rules"]) => Policy["profiles"][number]["rules"],
): Policy {
  return { ...policy, profiles: policy.profiles.map((profile) => ({ ...profile, rules: change(profile.rules) })) };
}

function compiled(policy: Policy, settings: CompileOptions): CompiledPolicy {
  return policyOf(compilePolicy(policy, settings).value);
}

describe("compiling random policies", () => {
  it("gives the same tables whatever the order of the rules, and however often they are repeated", () => {
    for (const seed of seeds) {
      const random = new Random(seed);
      // The last rlimit wins, so order means something there.
      const policy = withRules(randomPolicy(seed).policy, (rules) => rules.filter((rule) => rule.kind !== "rlimit"));
      const shuffled = withRules(policy, (rules) =>
        [...rules, ...rules]
          .map((rule) => ({ rule, key: random.next() }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ rule }) => rule),
      );
      assert.deepEqual(compiled(shuffled, options), compiled(policy, options), `seed ${seed}`);
    }
  });

  it("gives the same tables, and says the same, in a session that has compiled other things before", () => {
    const session = createCompileSession();
    let said = 0;
    for (const seed of seeds) {
      const { policy } = randomPolicy(seed);
      // What kernels know decides what a rule comes to, and whether it can be enforced.
      for (const target of [options, { ...options, kernelFeatures: old }, { ...options, overrideFeatures: tables }]) {
        const shared = compilePolicy(policy, { ...target, session });
        const alone = compilePolicy(policy, target);
        assert.deepEqual(policyOf(shared.value), policyOf(alone.value), `seed ${seed}`);
        assert.deepEqual(shared.diagnostics, alone.diagnostics, `seed ${seed}`);
        said += alone.diagnostics.length;
      }
    }
    assert.ok(said > 300, `${said} things were said`);
  });

  it("takes no rule for another that differs in one thing", () => {
    const bodies = [
      "dbus send; dbus receive; dbus bus=system; dbus send bus=system; dbus send peer=(label=x)",
      "signal; signal send; signal send set=int; deny signal send; audit signal send; signal peer=x",
      "ptrace read; ptrace trace; ptrace trace peer=x; deny ptrace trace peer=x",
      "unix create; unix bind; unix bind type=stream; unix bind addr=@x; unix connect peer=(addr=@x)",
      "network inet; network inet stream; network tcp; deny network inet; network (send) inet",
      "mqueue read /q; mqueue write /q; mqueue read /r; mqueue read type=posix /q; userns; deny userns",
      "; signal send, signal receive; unix bind, unix create; priority=1 userns",
    ].flatMap((line) => line.split("; "));
    const texts = bodies.flatMap((body) =>
      ["", "flags=(unconfined)", "flags=(complain)"].map(
        (flags) => `profile p ${flags} {\n  ${body}${body && ","}\n}\n`,
      ),
    );
    const named = `${printFeatures(features)}\nipc {posix_mqueue {create read write open delete setattr getattr\n}\n}\n`;
    const { tree } = parseFeatures(named);
    const target: CompileOptions = { kernelFeatures: tree, policyFeatures: tree };
    const random = new Random(11);
    const session = createCompileSession();
    for (const [, text] of [...texts, ...texts]
      .map((one) => [random.next(), one] as const)
      .toSorted(([x], [y]) => x - y)) {
      const [shared, alone] = [{ ...target, session }, target].map((each) => compileText(text, each));
      assert.deepEqual(
        alone?.diagnostics.filter(({ code }) => code.startsWith("compile/")),
        [],
        text,
      );
      assert.deepEqual(shared?.stream(), alone?.stream(), text);
    }
  });

  it("gives the same tables for variants that share their automata", () => {
    const session = createCompileSession();
    for (const seed of seeds.filter((_, at) => at % 6 === 0)) {
      const { policy } = randomPolicy(seed);
      for (const skipped of [-1, 0, 1, -1]) {
        const variant = withRules(policy, (rules) => rules.filter((_, at) => at !== skipped));
        const shared = policyOf(compileVariant(variant, { ...options, session }).value);
        assert.deepEqual(shared, compiled(variant, options), `seed ${seed}`);
      }
    }
  });

  it("gives the same bytes exactly where it decides the same", () => {
    const kinds = [["file"], ["unix", "network"], ["file", "link"], ["dbus"], ["signal", "ptrace"], ["mount"]];
    const counts = { alike: 0, different: 0 };
    const session = createCompileSession();
    for (const [index, seed] of seeds.entries()) {
      const target = index % 2 === 0 ? features : old;
      const settings = { kernelFeatures: target, policyFeatures: target, session };
      // Old kernels cannot ask; what is left of an audited prompt is no bit that a decision looks at.
      const policy = withRules(randomPolicy(seed, kinds[index % kinds.length]).policy, (rules) =>
        rules.filter((rule) => target === features || rule.kind === "rlimit" || rule.mode !== "prompt"),
      );
      const whole = compilePolicy(policy, settings);
      if (whole.diagnostics.some(({ severity }) => severity === "error")) continue;
      for (const left of policy.profiles[0]?.rules ?? []) {
        const less = compilePolicy(
          withRules(policy, (rules) => rules.filter((rule) => rule !== left)),
          settings,
        ).value;
        const alike = comparePolicies(policyOf(whole.value), policyOf(less), 1).length === 0;
        const same = Buffer.compare(encodePolicy(policyOf(whole.value)), encodePolicy(policyOf(less))) === 0;
        assert.equal(same, alike, `seed ${seed} without ${JSON.stringify(left)}`);
        counts[alike ? "alike" : "different"] += 1;
      }
    }
    assert.ok(counts.alike > 100 && counts.different > 300, JSON.stringify(counts));
  });

  it("decides the same in both encodings", () => {
    let compared = 0;
    for (const seed of seeds) {
      const { policy } = randomPolicy(seed, ["file", "link", "change_profile", "mount", "signal", "ptrace", "dbus"]);
      // The old encoding has no prompts.
      const plain = withRules(policy, (rules) =>
        rules.filter((rule) => rule.kind === "rlimit" || rule.mode !== "prompt"),
      );
      const table = compiled(plain, { kernelFeatures: features, overrideFeatures: old });
      const packed = compiled(plain, { kernelFeatures: old, overrideFeatures: old });
      const differences = comparePolicies(table, packed).filter(({ witness }) => witness !== "");
      assert.deepEqual(differences, [], `seed ${seed}`);
      compared += table.profiles.length;
    }
    assert.ok(compared > 100);
  });

  it("gives the same bytes for one meaning in many spellings, and others for another meaning", () => {
    const spellings = [
      "profile t { /{a,b} r, /x* rw, owner /y w, /bin/{p,q} Px -> z, deny /k m, signal send peer=u, }",
      "profile t { deny /k m, signal (send) peer=u, /b r, /bin/q Px -> z, owner /y w, /a r, /x* r, /x* w, /bin/p Px -> z, }",
      "@{v}=a b\nprofile t { priority=3 /@{v} r, /x{,*} wr, owner file /y w, Px /bin/[pq] -> z, deny /k m, signal w peer=u, }",
      "profile t { audit allow /nothing[^\\x00-\\xff] rw, /[ab] r, /x* rw, owner /y w, /bin/{q,p} Px -> z, deny m /{k,k}, signal send peer={u,u}, }",
    ];
    const [first, ...others] = spellings.map((text) => compileText(text, options));
    assert.ok(first !== undefined);
    for (const other of others) {
      assert.deepEqual(other.errors, []);
      assert.deepEqual(other.stream(), first.stream());
    }
    const changed = compileText(spellings[0]?.replace("owner /y w", "owner /y a") ?? "", options);
    assert.notDeepEqual(changed.stream(), first.stream());
  });
});
