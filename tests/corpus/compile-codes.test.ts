/** Every code of the compiler, raised by a text; what it says and where it points. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type CompileOptions, compileCodes, createCompileSession } from "../../src/compiler/compile/index.ts";
import type { Diagnostic } from "../../src/foundation/diagnostics/index.ts";
import { builtInFeatures, type FeatureTree, parseFeatures } from "../../src/language/features/index.ts";
import { compileText } from "../support/pipeline.ts";

const kernel = (name: string): FeatureTree =>
  parseFeatures(readFileSync(`tests/corpus/features/debian-kernel-${name}`, "utf8")).tree;
const latest: CompileOptions = { kernelFeatures: kernel("7.2"), policyFeatures: kernel("7.2") };
const oldest: CompileOptions = { kernelFeatures: kernel("6.1"), policyFeatures: kernel("6.1") };
const builtIn: CompileOptions = { kernelFeatures: kernel("7.2"), policyFeatures: builtInFeatures };

interface CodeCase {
  readonly text: string;
  readonly options?: CompileOptions;
  /** The part of the text the diagnostic points at. */
  readonly at: string;
}

const names = Array.from({ length: 13 }, (_, index) => `/p${index} px -> n${index},`).join(" ");

const cases: Readonly<Record<keyof typeof compileCodes, CodeCase>> = {
  "compile/invalid-pattern": { text: "profile t { /[a-] r, }", at: "/[a-]" },
  "compile/unclosed-class": { text: "profile t { /[a r, }", at: "/[a" },
  "compile/unbalanced-braces": { text: "profile t { /{a r, }", at: "/{a" },
  "compile/deep-braces": { text: `profile t { /${"{a,".repeat(50)}${"}".repeat(50)} r, }`, at: "/{a,{a," },
  "compile/trailing-backslash": { text: 'profile t { "/a\\" r, }', at: '"/a\\"' },
  "compile/invalid-name-pattern": { text: "profile [a { }", at: "profile [a" },
  "compile/exec-merge-conflict": { text: "profile t { /a px, /a ix, }", at: "/a ix" },
  "compile/exec-conflict": { text: "profile t { /a? px, /?b ix, }", at: "/?b ix" },
  "compile/too-many-targets": { text: `profile t { ${names} }`, options: oldest, at: "/p12 px -> n12" },
  "compile/mount-not-encodable": { text: "profile t { mount options=remount /a, }", at: "mount options=remount /a" },
  "compile/stacking-unsupported": {
    text: "profile t { change_profile -> &foo, }",
    options: builtIn,
    at: "change_profile -> &foo",
  },
  "compile/too-many-states": {
    text: "profile t { /a r, /**a???????????? w, }",
    options: { ...latest, maxStates: 200 },
    at: "profile t",
  },
  "compile/text-too-long": { text: `profile ${"x".repeat(65_535)} { }`, at: "profile xxx" },
  "compile/too-many-elements": { text: `profile t /a xattrs=(${"user.a=b ".repeat(65_536)}) { }`, at: "profile t" },
  "compile/network-not-enforced": { text: "profile t { network inet, }", options: builtIn, at: "network inet" },
  "compile/unix-not-enforced": { text: "profile t { unix send, }", options: builtIn, at: "unix send" },
  "compile/deny-unix-not-enforced": { text: "profile t { deny unix, }", options: oldest, at: "deny unix" },
  "compile/unix-downgraded": { text: "profile t { unix send, }", options: oldest, at: "unix send" },
  "compile/network-conditions-dropped": { text: "profile t { network inet ip=::1, }", at: "network inet ip=::1" },
  "compile/deny-network-widened": { text: "profile t { deny network inet port=22, }", at: "deny network inet port=22" },
  "compile/xattr-value-cut": { text: "profile t /x xattrs=(user.a=q{x}b) { }", at: "user.a=q{x}b" },
  "compile/alias-cut": { text: "alias /x -> /y{a},\nprofile t /x { }", at: "profile t" },
  "compile/mount-not-enforced": {
    text: "profile t { umount, }",
    options: { kernelFeatures: parseFeatures("file {mask {read\n}\n}\n").tree },
    at: "umount",
  },
  "compile/dbus-not-enforced": { text: "profile t { dbus, }", options: oldest, at: "dbus" },
  "compile/signal-not-enforced": {
    text: "profile t { signal, }",
    options: { kernelFeatures: parseFeatures("").tree },
    at: "signal",
  },
  "compile/ptrace-not-enforced": {
    text: "profile t { ptrace, }",
    options: { kernelFeatures: parseFeatures("").tree },
    at: "ptrace",
  },
  "compile/mqueue-not-enforced": { text: "profile t { mqueue, }", at: "mqueue" },
  "compile/io-uring-not-enforced": { text: "profile t { io_uring, }", options: oldest, at: "io_uring" },
  "compile/userns-not-enforced": { text: "profile t { userns, }", options: oldest, at: "userns" },
  "compile/xattrs-not-enforced": { text: "profile t /a xattrs=(user.a=b) { }", options: builtIn, at: "profile t" },
  "compile/flag-not-supported": { text: "profile t flags=(kill.signal=hup) { }", at: "profile t" },
  "compile/prompt-not-supported": { text: "profile t { prompt /a r, }", options: oldest, at: "prompt /a r" },
  "compile/audit-ignored": { text: "profile t { audit change_profile, }", at: "audit change_profile" },
  "compile/change-profile-unsafe": {
    text: "profile t { change_profile safe /a -> b, }",
    options: builtIn,
    at: "change_profile safe /a -> b",
  },
  "compile/qualifier-ignored": { text: "profile t { prompt capability chown, }", at: "prompt capability chown" },
  "compile/variable-in-target": { text: "profile t { /a px -> @{b}, }", at: "@{b}" },
  "compile/attaches-to-last-part": { text: "/a//b { }", at: "/a//b" },
  "compile/mount-source-as-target": {
    text: "profile t { mount options=private /a, }",
    at: "mount options=private /a",
  },
};

function raise(code: string, { text, options }: CodeCase): Diagnostic[] {
  return compileText(text, options ?? latest).diagnostics.filter((diagnostic) => diagnostic.code === code);
}

function told(text: string, session: CompileOptions["session"]): readonly string[] {
  return compileText(text, { ...latest, ...(session !== undefined && { session }) }).diagnostics.map(
    ({ also, at, message }) => `${at.span.start} ${also.map(({ span }) => span.start).join()} ${message}`,
  );
}

describe("the compiler's codes", () => {
  for (const [code, entry] of Object.entries(cases)) {
    it(`${code} is raised where the text says it`, () => {
      const [diagnostic] = raise(code, entry);
      assert.ok(diagnostic !== undefined);
      const { start, end } = diagnostic.at.span;
      const pointed = entry.text.slice(start, end);
      assert.ok(pointed.startsWith(entry.at), `points at ${pointed}`);
      assert.match(diagnostic.message, /^[`a-z0-9][^\n]*[^.\n]$/);
    });
  }

  it("say different things", () => {
    const titles = Object.values(compileCodes).map(({ title }) => title);
    assert.equal(new Set(titles).size, titles.length);
    const first = Object.entries(cases).map(([code, entry]) => raise(code, entry)[0]?.message ?? code);
    assert.equal(new Set(first).size, Object.keys(cases).length, first.toSorted().join("\n"));
  });

  it("name both rules of a conflict, and a path that shows it", () => {
    const text = "profile t { /bin/* px, /bin/true ux, /bin/s* ix, /bin/[st]h r, }";
    const [diagnostic, ...others] = raise("compile/exec-conflict", { text, at: "" });
    assert.ok(diagnostic !== undefined && others.length === 0);
    const spans = [diagnostic.at.span, ...diagnostic.also.map(({ span }) => span)];
    assert.deepEqual(spans.map(({ start, end }) => text.slice(start, end).replace(/,$/, "")).toSorted(), [
      "/bin/* px",
      "/bin/s* ix",
    ]);
    assert.match(diagnostic.message, /`\/bin\/s`/);
  });

  it("name the same rules of a conflict whatever was compiled before", () => {
    const texts = [
      "profile t { /bin/s* px, /bin/*h ix, /bin/?? ux, /bin/[a-z]* cx -> k, /lib/* px, /lib/*o ix, profile k { } }",
      "profile t { /*x px -> b, /y* px -> a, /?? ix, }",
    ];
    const before = [
      "profile u { /bin/* ux, /x ix, /y cx, profile y { } }",
      "profile u { /b px -> a, /c px -> b, /d ix, }",
      "profile u { /c px -> b, /b px -> a, /bin/* ix, /q cx -> k, profile k { } }",
    ];
    for (const text of texts) {
      const alone = told(text, undefined);
      assert.ok(alone.length > 1);
      for (const order of [before, before.toReversed(), [before[2] ?? "", before[0] ?? ""]]) {
        const session = createCompileSession();
        for (const other of order) compileText(other, { ...latest, session });
        assert.deepEqual(told(text, session), alone);
      }
    }
  });

  it("name the rules that multiply", () => {
    const entry = cases["compile/too-many-states"];
    const [diagnostic] = raise("compile/too-many-states", entry);
    const rules = diagnostic?.also.map(({ span }) => entry.text.slice(span.start, span.end)) ?? [];
    assert.ok(
      rules.some((rule) => rule.startsWith("/**a")),
      rules.join(),
    );
    // It may be bytes or work that ran out before there were so many states, and there is no option that helps.
    assert.match(diagnostic?.message ?? "", /\d+ states, or the memory and work they take$/);
    assert.doesNotMatch(`${diagnostic?.message} ${diagnostic?.help}`, /--\w/);
  });
});
