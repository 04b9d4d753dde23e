/** What people who call the library for the first time get wrong, and what they must not get in answer: less policy, or more, than they asked for. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import {
  check,
  compile,
  createEngine,
  decode,
  defaultPolicySettings,
  encodeBytes,
  explain,
  explainEvent,
  learn,
  lint,
  load,
  memoryFiles,
  port,
  query,
  reach,
  readEvents,
  readModel,
  readStatus,
  renderDiagnostics,
  runTests,
  writeLearned,
} from "armorer";
import { installApp } from "armorer/app";
import { readLog } from "armorer/audit";
import { changeHat, enterHat, newToken } from "armorer/confinement";
import * as diagnosing from "armorer/diagnostics";
import { type Change, plan, printRule, problemText, type TextChange } from "armorer/edit";
import { featureSets } from "armorer/features";
import { starterPolicy } from "armorer/starter-policy";
import { nodeKernel } from "armorer/host";
import { parse } from "armorer/syntax";
import { FilePermission } from "armorer/tables";
import { applyEdits, sourceFile } from "armorer/text";

/** Hands over what TypeScript would not let pass. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what it is taken for is for the caller to say
function anything<Expected>(value: unknown): Expected {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JavaScript has no types
  return value as Expected;
}

const POLICY = "abi <abi/4.0>,\nprofile x { network inet stream, userns, /a r, signal, dbus, }\n";

/** Whether network, signals and user namespaces are mediated, by the rules that come back. */
async function mediated(kernelFeatures: string): Promise<readonly boolean[] | undefined> {
  const { units } = await compile(POLICY, { kernelFeatures });
  const decoded = await decode(units[0]?.bytes ?? new Uint8Array());
  return decoded.ok ? ["network", "signal", "userns"].map((word) => decoded.value.includes(`  ${word}`)) : undefined;
}

test("a kernel goes by its name, and means the same as its features", async () => {
  for (const [name, text] of Object.entries(featureSets)) {
    const named = await compile(POLICY, { kernelFeatures: name });
    const given = await compile(POLICY, { kernelFeatures: text });
    assert.ok(named.ok);
    assert.deepEqual(
      named.units.map(({ bytes }) => bytes),
      given.units.map(({ bytes }) => bytes),
      name,
    );
    assert.equal(defaultPolicySettings({ kernelFeatures: name }).kernelFeatures, text);
    const policyFeatures = { kind: "text", text: name } as const;
    assert.deepEqual(defaultPolicySettings({ policyFeatures }).policyFeatures, { kind: "text", text });
  }
  // It does mediate what it knows: 6.12 has userns, 6.1 has not.
  assert.deepEqual(await mediated("kernel-6.12"), [true, true, true]);
  assert.deepEqual(await mediated("kernel-6.1"), [true, true, false]);
});

test("what names no kernel and is no feature tree is refused, for it would switch mediation off", async () => {
  const good = featureSets["kernel-6.1"];
  for (const kernelFeatures of [
    "6.12",
    "kernel-6.13",
    "",
    " ",
    "garbage {{{",
    "a b c",
    `${good}}`,
    `${good} words`,
    "x {\n}\n",
  ]) {
    const wrong =
      /^TypeError: compile: `options.kernelFeatures` should be "abi-3.0", .* or the text of a kernel's features, but is /;
    await assert.rejects(compile(POLICY, { kernelFeatures }), wrong, kernelFeatures);
    const policyFeatures = { kind: "text", text: kernelFeatures } as const;
    await assert.rejects(compile(POLICY, { policyFeatures }), /policyFeatures.text` should be /, kernelFeatures);
    assert.throws(() => defaultPolicySettings({ kernelFeatures }), TypeError);
  }
  await assert.rejects(compile(POLICY, { kernelFeatures: "6.12" }), /did you mean "kernel-6.12"\?$/);
  // An engine takes complete settings.
  const engine = await createEngine();
  const settings = { ...defaultPolicySettings(), kernelFeatures: "kernel-6.1" };
  const source = { path: "x", bytes: encodeBytes(POLICY) };
  assert.throws(() => engine.compile(source, settings, memoryFiles()), /should be the text of a kernel's features/);
});

test("an option that is undefined is one that was left out", async () => {
  const plain = await compile(POLICY);
  assert.ok(plain.ok);
  for (const name of Object.keys(defaultPolicySettings())) {
    const options: Parameters<typeof compile>[1] = anything({ [name]: undefined });
    assert.deepEqual(await compile(POLICY, options), plain, name);
  }
  const encodings = ["diffEncode", "equivalenceClasses", "state32", "promptCompat"];
  const encoding = anything<object>(Object.fromEntries(encodings.map((name) => [name, undefined])));
  assert.deepEqual(await compile(POLICY, { encoding }), plain);
  assert.deepEqual(await compile(POLICY, anything({ files: undefined })), plain);
});

const TEXT = "profile demo {\n  /etc/hosts r,\n}\n";
const tree = parse(sourceFile("demo", TEXT));
const add = (rule: unknown): Change => ({ kind: "add-rule", profile: ["demo"], rule: anything(rule) });

test("a rule that TypeScript would not let pass is refused, not written without a part of it", () => {
  const wrongs: readonly (readonly [rule: object, says: RegExp])[] = [
    [
      { kind: "file", path: "/x", permissions: 4, owner: true },
      /`changes\[0\].rule.owner` should be "any" or "owner" or "other"/,
    ],
    [{ kind: "file", path: "/x", permissions: 4, owner: "none" }, /rule.owner/],
    [{ kind: "file", path: "/x", permissions: 4, ownr: "owner" }, /no option `ownr`; did you mean `owner`\?/],
    [{ kind: "file", path: "/x", permissions: 0 }, /`FilePermission`/],
    [{ kind: "file", path: "/x", permissions: 512 }, /`FilePermission`/],
    [{ kind: "file", path: "/x", permissions: "rw" }, /`parseFilePermissions`/],
    [{ kind: "file", path: "/x", permissions: FilePermission.x }, /`exec` mode/],
    [{ kind: "file", path: "/x", permissions: 4, priority: "1, /** rwx" }, /rule.priority/],
    [{ kind: "capability", names: ["sys_admn"] }, /"sys_admn"; did you mean "sys_admin"\?/],
    [{ kind: "signal", signals: ["hupp"] }, /the name of a signal/],
    [{ kind: "signal", permissions: ["sned"] }, /a permission of signal rules, but is "sned"; did you mean "send"\?/],
    [{ kind: "network", family: "inet7" }, /an address family/],
    [{ kind: "network", type: "streem" }, /rule.type/],
    [{ kind: "network", local: { port: { first: 70000, last: 70000 } } }, /rule.local.port.first/],
    [{ kind: "unix", type: "x" }, /rule.type/],
    [{ kind: "mount", verb: "mount", options: [["rw", "nosuidd"]] }, /a mount option/],
    [{ kind: "rlimit", name: "nofiles", value: "10" }, /a resource limit/],
    [{ kind: "rlimit", name: "nofile", value: "10, /** rw" }, /"infinity"/],
    [{ kind: "change_profile", target: "a", safety: true }, /rule.safety/],
    [{ kind: "link", path: "/a", target: "/b", subset: "yes" }, /rule.subset/],
  ];
  for (const [rule, says] of wrongs) {
    assert.throws(() => plan(tree, [add(rule)]), { name: "TypeError", message: says }, JSON.stringify(rule));
    assert.throws(() => printRule(anything(rule)), TypeError, JSON.stringify(rule));
  }
});

test("what plan writes is read again as what was asked for, or is a problem", () => {
  const changes: readonly (Change | TextChange)[] = [
    { kind: "add-include", profile: ["demo"], include: { path: "a>\n  /** rwx,\n#", searched: true, ifExists: false } },
    { kind: "set-flag", profile: ["demo"], flag: "complain) { /** rwx, } profile y flags=(audit" },
    { kind: "add-rule", profile: ["demo"], rule: "/x" },
    { kind: "add-rule", profile: ["demo"], rule: "/x r, /** rwx" },
    { kind: "add-rule", profile: ["demo"], rule: "" },
    { kind: "add-rule", profile: ["demo"], rule: "include <a>" },
    { kind: "add-rule", profile: ["demo"], rule: "/x r, } profile y {" },
    {
      kind: "add-profile",
      parent: undefined,
      profile: { keyword: "profile", name: "y", flags: ["x) {} profile z flags=(audit"] },
    },
  ];
  for (const change of changes) {
    const { edits, problems } = plan(tree, [change]);
    const reasons = problems.map(({ change: at, reason }) => [at, reason]);
    assert.deepEqual([edits, reasons], [[], [[0, "not-writable"]]], JSON.stringify(change));
  }
});

test("a rule may be given as its text", () => {
  const [rule] = tree.items.flatMap((item) => (item.kind === "profile" ? item.items : []));
  assert.ok(rule !== undefined);
  const { edits, problems } = plan(tree, [
    { kind: "add-rule", profile: ["demo"], rule: "owner /srv/** rw" },
    { kind: "add-rule", profile: ["demo"], rule: "capability chown," },
    { kind: "replace-rule", at: rule.span, rule: "/etc/hosts rw," },
  ]);
  assert.deepEqual(problems, []);
  const wanted = "profile demo {\n  capability chown,\n  /etc/hosts rw,\n  owner /srv/** rw,\n}\n";
  assert.equal(applyEdits(TEXT, edits), wanted);
});

test("a port that errs is named, and its mistake is not called a bug of armorer", async () => {
  const there = memoryFiles(starterPolicy);
  const includes = "include <tunables/global>\nprofile a { }\n";
  const ports: readonly (readonly [port: object, says: RegExp])[] = [
    [{ read: () => Promise.resolve(new Uint8Array()) }, /^`files.read` gave a promise; ports are synchronous$/],
    [{ read: () => Promise.reject(new Error("late")) }, /^`files.read` gave a promise/],
    [
      {
        read: () => {
          throw new Error("no such row");
        },
      },
      /^`files.read` threw "no such row"; a port gives `\{ ok: false, error \}`/,
    ],
    [
      { read: () => ({ ok: true, value: "text" }) },
      /^`files.read` gave a string as `value`; it should be a Uint8Array/,
    ],
    [{ read: () => "text" }, /^`files.read` gave a string; it should give `\{ ok: true, value \}`/],
    [{ read: () => undefined }, /^`files.read` gave undefined/],
    [{ read: () => ({ ok: false, error: "ENOENT" }) }, /has no `errno`/],
    [
      { kind: () => "dir", read: () => ({ ok: false, error: { path: "", errno: "ENOENT" } }) },
      /^`files.kind` gave "dir"; it should give "file"/,
    ],
  ];
  for (const [broken, says] of ports) {
    const files = anything<typeof there>({ ...there, ...broken });
    const wanted = { name: "TypeError", message: says };
    await assert.rejects(check(includes, { files }), wanted);
    const engine = await createEngine();
    const source = { path: "a", bytes: encodeBytes(includes) };
    assert.throws(() => engine.compile(source, defaultPolicySettings(), files), wanted);
    // It is as good as new afterwards.
    assert.ok(engine.compile(source, defaultPolicySettings(), there).ok);
  }
  const kernel = anything<Parameters<typeof load>[1]["kernel"]>({
    enabled: () => true,
    profiles: () => ({ ok: true, value: [] }),
    remove: () => undefined,
    load: () => undefined,
    replace: () => Promise.resolve(),
  });
  await assert.rejects(load("profile a { }", { kernel }), /^TypeError: `kernel.replace` gave a promise/);
});

test("a port may be an object of a class", async () => {
  class Files {
    readonly #files = memoryFiles({ ...starterPolicy, "/etc/apparmor.d/local/demo": "/srv/** r,\n" });
    read(path: string): ReturnType<(typeof this)["read"]> {
      return anything(this.#files.read(path));
    }
    list(path: string): ReturnType<(typeof this)["list"]> {
      return anything(this.#files.list(path));
    }
    kind(path: string): ReturnType<(typeof this)["kind"]> {
      return anything(this.#files.kind(path));
    }
  }
  const files = anything<ReturnType<typeof memoryFiles>>(new Files());
  const checked = await check("include <tunables/global>\nprofile demo { include <local/demo> }\n", { files });
  assert.ok(checked.ok, renderDiagnostics(checked));
});

test("what is no table is not taken for an empty one, and a path alone is told that a text belongs to it", async () => {
  assert.throws(() => memoryFiles(anything(new Map([["/a", "b"]]))), /`files` should be an object of absolute paths/);
  await assert.rejects(check("", anything(new Map())), /`options` should be an object of options, but is a Map/);
  await assert.rejects(check(anything({ path: "x" })), /`policy` should have a `text` or `bytes` beside its path/);
});

test("what follows from something else is counted, and shown on request", async () => {
  const checked = await check(
    "profile a {\n  include <nowhere>\n  @{NOTHING}/a r,\n  @{NOTHING}/b r,\n}\nprofile b {\n",
  );
  const follows = checked.diagnostics.filter((one) => one.follows === true).length;
  const shown = renderDiagnostics(checked);
  assert.equal(shown.match(/^\w+\[/gm)?.length, checked.diagnostics.length - follows);
  assert.ok(follows === 0 || shown.endsWith(`shows them): ${follows} more\n`), shown);
  assert.ok(follows > 0, JSON.stringify(checked.diagnostics.map(({ code }) => code)));
  const all = renderDiagnostics(checked, { all: true });
  assert.equal(all.match(/^\w+\[/gm)?.length, checked.diagnostics.length);
});

test("every rendering takes what check gives", async () => {
  const checked = await check("profile a {\n  capability sys_admn,\n}\n");
  const report = {
    file: sourceFile("profile", "profile a {\n  capability sys_admn,\n}\n"),
    ok: checked.ok,
    diagnostics: checked.diagnostics,
  };
  const tool = { name: "x", version: "1", codes: {} };
  for (const given of [checked, [checked]]) {
    assert.deepEqual(diagnosing.jsonReport(given), diagnosing.jsonReport([report]));
    assert.equal(diagnosing.renderLines(given), diagnosing.renderLines([report]));
    assert.equal(diagnosing.renderHuman(given), diagnosing.renderHuman([report]));
    assert.deepEqual(diagnosing.sarifLog(given, tool), diagnosing.sarifLog([report], tool));
  }
  assert.match(diagnosing.renderLines(checked), /^profile:2:14: error: unknown capability `sys_admn`/m);
});

test("markers have places as an editor counts them, in the file they are in, and where the checked file has it from", async () => {
  const text = "profile a {\n  # 🐢\n  /🐢 r, capability sys_admn,\n  include <local/a>\n}\n";
  const files = memoryFiles({
    ...starterPolicy,
    "/etc/apparmor.d/local/a": "\n  capability sys_nice, capability nise,\n",
  });
  const markers = diagnosing.editorMarkers(await check(text, { files }));
  const errors = markers.filter(({ severity }) => severity === "error");
  const [other, own] = errors;
  assert.equal(errors.length, 2);
  // The turtle is two units.
  assert.deepEqual([own?.file, own?.line, own?.column, own?.endLine, own?.endColumn], ["profile", 3, 21, 3, 29]);
  assert.equal(own?.includedAt, undefined);
  assert.match(own?.message ?? "", /^unknown capability `sys_admn`: .*sys_admin/);
  assert.deepEqual([other?.file, other?.line, other?.column], ["/etc/apparmor.d/local/a", 2, 35]);
  assert.deepEqual([other?.includedAt?.file, other?.includedAt?.line], ["profile", 4]);
});

test("a text and files give the model: rules as data, with where they come from", async () => {
  const files = memoryFiles({ ...starterPolicy, "/etc/apparmor.d/local/demo": "/srv/** r,\n" });
  const text = "@{D}=/opt/a /opt/b\nprofile demo { @{D}/x rw, include <local/demo> capability kill, }\n";
  const { model, ok } = await readModel(text, { files });
  assert.ok(ok);
  const rules = model.profiles[0]?.rules ?? [];
  const paths = rules.flatMap((rule) => (rule.kind === "file" ? [[rule.path.written, rule.permissions]] : []));
  assert.deepEqual(paths, [
    ["@{D}/x", FilePermission.r | FilePermission.w],
    ["/srv/**", FilePermission.r],
  ]);
  assert.deepEqual(
    rules.map(({ origin }) => origin.span.file),
    ["profile", "/etc/apparmor.d/local/demo", "profile"],
  );
});

test("lint gives what can go and the text without it; port the text for an older release", async () => {
  const text = "profile demo {\n  /etc/* r,\n  /etc/hosts r,\n}\n";
  const linted = await lint(text);
  assert.ok(linted.ok);
  const [file] = linted.value.files;
  assert.deepEqual(
    file?.diagnostics.map(({ code }) => code),
    ["lint/rule-covered"],
  );
  assert.deepEqual(file?.fixed, { ok: true, value: "profile demo {\n  /etc/* r,\n}\n" });
  assert.match(file === undefined ? "" : renderDiagnostics(file), /another rule says all that this rule says/);
  const quiet = await lint(text, { config: '{ "severity": { "rule-covered": "off" } }' });
  assert.ok(quiet.ok && quiet.value.files[0]?.diagnostics.length === 0);
  assert.equal((await lint(text, { config: "{" })).ok, false);

  const ported = await port("abi <abi/4.0>,\nprofile demo { userns, /etc/hosts r, }\n", "3.0");
  assert.ok(ported.ok && ported.value.text !== undefined);
  assert.match(ported.value.text, /^abi <abi\/3\.0>,/);
  assert.doesNotMatch(ported.value.text, /^\s*userns,/m);
  assert.ok((await check(ported.value.text)).ok);
});

const BROKEN = [
  { path: "good", text: "profile demo { /x r, }\n" },
  { path: "broken", text: "profile demo { /y r " },
];
const SKIPPED = [{ path: "broken", reason: "this `{` is never closed (line 1)" }];
const DENIAL =
  'apparmor="DENIED" operation="open" class="file" profile="demo" name="/srv/x" pid=7 comm="demo" requested_mask="r" denied_mask="r" fsuid=0 ouid=0';

test("a profile that is not there is no answer that nothing is allowed", async () => {
  const policy = "profile demo { /x r, }\nprofile other { }\n";
  assert.deepEqual(await query(policy, "/x r", { by: "dmo" }), {
    ok: false,
    error: "there is no profile `dmo`; did you mean `demo`?",
  });
  const hidden = await query(BROKEN, "/x r", { by: "hidden" });
  assert.deepEqual(hidden, {
    ok: false,
    error: "there is no profile `hidden`; broken was skipped: this `{` is never closed (line 1)",
  });
  assert.deepEqual(await reach(BROKEN, "hidden"), hidden);
  assert.deepEqual(await explain(BROKEN, "hidden", "/x r"), hidden);
  const meant = { ok: false, error: "there is no profile `dmo`; did you mean `demo`?" };
  assert.deepEqual([await reach(policy, "dmo"), await explain(policy, "dmo", "/x r")], [meant, meant]);
  const found = await query(policy, "/x r", { by: "demo" });
  assert.deepEqual(found.ok && found.value.answers.map(({ verdict }) => verdict), ["all"]);
  const stack = await query(policy, "/x r", { by: "demo//&other" });
  assert.deepEqual(stack.ok && stack.value.answers.length, 3);
  const files = memoryFiles({ "/etc/apparmor.d/demo": policy });
  const learned = (await learn([DENIAL, DENIAL], { files, profile: "dmo" })).result();
  assert.deepEqual(learned.proposals, []);
  assert.deepEqual(learned.skipped, [{ reason: "other-profile", count: 2, profile: "demo", detail: undefined }]);
});

test("policy that could not be read is told wherever it may have an answer", async () => {
  const asked = await query(BROKEN, "/x r");
  assert.deepEqual(asked.ok && asked.value.skipped, SKIPPED);
  const note = "broken was skipped: this `{` is never closed (line 1)";
  const explained = await explain(BROKEN, "demo", "/x r");
  assert.deepEqual(explained.ok && explained.value.map(({ notes }) => notes), [[note]]);
  const event = await explainEvent(BROKEN, DENIAL);
  assert.deepEqual(event?.answer.ok === true && event.answer.value.map(({ notes }) => notes), [[note]]);
  const tested = await runTests(BROKEN, 'test "y" for demo { none /y r, }');
  assert.deepEqual(tested.skipped, SKIPPED);
  assert.deepEqual([tested.ok, tested.tests[0]?.outcome], [false, "passed"]);
});

/** Whether all is well, what came of each test, and how much is wrong with the suite. */
async function ran(suite: string): Promise<unknown> {
  const { ok, tests, troubles } = await runTests("profile demo { /x r, }", suite);
  return [ok, tests.map(({ outcome }) => outcome), troubles.length];
}

test("suites passed only where every test did, and all could be read", async () => {
  assert.deepEqual(await ran('test "a" for demo { all /x r, }'), [true, ["passed"], 0]);
  assert.deepEqual(await ran('test "a" for demo { none /x r, }'), [false, ["failed"], 0]);
  assert.deepEqual(await ran('test "a" for demo { }'), [false, ["empty"], 1]);
  assert.deepEqual(await ran('test "a" for demo { nonee /x r, }'), [false, ["empty"], 1]);
  assert.deepEqual(await ran('test "a" for dmo { none /x r, }'), [false, ["empty"], 1]);
  assert.deepEqual(await ran(""), [false, [], 1]);
});

test("what is wrong with a question is said as `check` says it, with the word that was meant, and of nothing that nobody wrote", async () => {
  const wrongs: readonly (readonly [question: string, said: string])[] = [
    ["capability sys_admn", "unknown capability `sys_admn`; did you mean `sys_admin`?"],
    ["signal (sned) peer=x", "signal rules have no permission `sned`; did you mean `send`?"],
    ["/etc/shadow", "expected permissions after the path, but the rule ends there"],
    ["", "the question is empty"],
    [" , ", "the question is empty"],
  ];
  for (const [question, said] of wrongs) {
    assert.deepEqual(await explain("profile demo { }", "demo", question), { ok: false, error: said });
    assert.deepEqual(await query("profile demo { }", question), { ok: false, error: said });
  }
});

test("what cannot be meant is refused: a policy in two versions, files that could not be there together", async () => {
  const twice = { path: "x", text: "profile a { }", bytes: encodeBytes("profile b { }") };
  await assert.rejects(compile(twice), /^TypeError: compile: `policy` should have `text` or `bytes`, and not both$/);
  assert.throws(
    () => memoryFiles({ "/a/b/c": "", "/a": "" }),
    /^TypeError: memoryFiles: `files` should have files alone, and `\/a\/b\/c` would be in `\/a`$/,
  );
  assert.deepEqual(Object.keys(memoryFiles({ "/a": "", "/ab/c": "" }).texts()), ["/a", "/ab/c"]);
});

test("a rule that cannot be written says why", () => {
  const wrongs: readonly (readonly [rule: string, said: string])[] = [
    ["/x rzz", "`rzz` are not permissions for files: `z` is none"],
    ["/x", "expected permissions after the path, found the end of the rule"],
    ["", "it is empty"],
    [" , ", "it is empty"],
    ["/x r,\n/y r", "it is not one rule and nothing else"],
    ["/x r # why", "the rule does not end with a comma"],
    ["/x r, } profile evil { ", "expected a rule, found the end of the rule"],
  ];
  for (const [rule, said] of wrongs) {
    const { edits, problems } = plan(tree, [add(rule)]);
    assert.deepEqual(
      [edits, problems.map(problemText)],
      [[], [`what was to be written would not be read again: ${said}`]],
    );
  }
});

test("a path that is given for a text is told what it is taken for", async () => {
  for (const job of [check, compile, readModel]) {
    for (const path of ["/etc/apparmor.d/demo", "./demo", "../profiles/demo\n"])
      assert.match(renderDiagnostics(await job(path)), /help: a text is what a policy says, and no file is read/, path);
    for (const text of ["/etc/x r,", "profile a { /etc/x }", { path: "demo", text: "/etc/demo" }, ""])
      assert.doesNotMatch(renderDiagnostics(await job(text)), /no file is read/);
  }
});

test("a stream is told that it has to be read", async () => {
  const files = memoryFiles();
  const stream = anything<string>(Readable.from(["x"]));
  const said =
    /`log` should be the text of a log, or its lines, but is a stream \(it has to be read first: `for await`\)$/;
  assert.throws(() => readEvents(stream), said);
  await assert.rejects(learn(stream, { files }), said);
});

test("several texts without a path are told apart", async () => {
  const asked = await query(
    ["profile a { /x r, }", "profile b { /x r, }", { path: "c", text: "profile c { }" }],
    "/x r",
  );
  assert.deepEqual(asked.ok && asked.value.answers.map(({ path }) => path), ["profile", "profile-2", "c"]);
  const suites = ['test "a" for a { all /x r, }', { path: "mine", text: 'test "b" for a { all /x r, }' }, ""];
  const { ok, tests, troubles } = await runTests("profile a { /x r, }", suites);
  assert.deepEqual(
    tests.map(({ suite, outcome }) => [suite, outcome]),
    [
      ["suite.aatest", "passed"],
      ["mine", "passed"],
    ],
  );
  assert.deepEqual([ok, troubles.map(({ suite }) => suite)], [false, ["suite-3.aatest"]]);
});

/** What a wrong call is told. */
async function toldOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (thrown) {
    if (thrown instanceof TypeError) return thrown.message;
  }
  return "";
}

test("what is wrong with an argument is said as it would be spoken", async () => {
  const wrongs: (readonly [call: () => unknown, said: string])[] = [
    [() => check(anything(Buffer.from("x"))), "but is a Uint8Array"],
    [
      () => check(anything({ path: new URL("file:///x"), text: "" })),
      "check: `policy.path` should be a string, but is a URL",
    ],
    [() => query(anything(new Set(["x"])), "/x r"), "or an array of these, but is a Set"],
    [
      () => explainEvent("", `${DENIAL}\n${DENIAL}\n`),
      "explainEvent: `line` should be one line of a log, but is 3 lines (`readEvents` takes a log)",
    ],
    [
      async () => renderDiagnostics(anything((await check("}")).diagnostics)),
      "renderDiagnostics: `checked[0]` should be what `check` or `compile` gives, but is an object",
    ],
    [
      () => compile("", anything({ policyFeatures: "abi-4.0" })),
      'policy features (`{ kind: "default" }`, `{ kind: "kernel" }` or `{ kind: "text", text }`), but is a string',
    ],
  ];
  const many = Array.from({ length: 17 }, () => "hat");
  wrongs.push(
    [() => changeHat(many, newToken()), "changeHat: `hats` should be at most 16 names of hats, but is 17 names"],
    [() => enterHat(many), "enterHat: `hats` should be 1 to 16 names of hats, but is 17 names"],
    [
      () => enterHat(anything(3)),
      "enterHat: `hats` should be the name of a hat, or 1 to 16 of them, but is the number 3",
    ],
  );
  for (const [call, end] of wrongs) assert.ok((await toldOf(call)).endsWith(end), await toldOf(call));
  assert.equal((await explainEvent("profile demo { }", `${DENIAL}\n`))?.answer.ok, true);
});

test("a configuration that cannot be used is named", async () => {
  const said = "the configuration cannot be used: it is not JSON";
  assert.deepEqual(await lint("profile a { }", { config: "{" }), { ok: false, error: said });
});

test("lines that can be walked through once are looked at as they come", async () => {
  const files = memoryFiles();
  const calls: Readonly<Record<string, (log: Iterable<string>) => unknown>> = {
    readEvents: (log) => readEvents(log),
    learn: async (log) => learn(log, { files }),
    readLog: (log) => readLog(log),
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const [wrong, what] of [
      [1, "the number 1"],
      [Buffer.from("x"), "a Uint8Array"],
      [undefined, "undefined"],
    ]) {
      const lines = [DENIAL, anything<string>(wrong)].values();
      const argument = name === "readLog" ? "lines" : "log";
      assert.equal(
        await toldOf(() => call(lines)),
        `${name}: \`${argument}[1]\` should be a string, but is ${String(what)}`,
      );
    }
    assert.equal(await toldOf(() => call([DENIAL].values())), "");
  }
});

/** A port that somebody made as a class, whose functions are not its own. */
class Store {
  readonly inner = memoryFiles({ "/etc/apparmor.d/demo": "profile demo { }\n" });
}
for (const name of [
  "read",
  "list",
  "kind",
  "status",
  "readOwn",
  "write",
  "output",
  "within",
  "remove",
  "makeDirectory",
]) {
  Object.defineProperty(Store.prototype, name, {
    value(this: Store, ...given: readonly unknown[]): unknown {
      const action: unknown = Reflect.get(this.inner, name);
      return typeof action === "function" ? action(...given) : undefined;
    },
  });
}

test("a port may be a class, and one that errs is named, whichever function it is", async () => {
  const store = new Store();
  const files = anything<ReturnType<typeof memoryFiles>>(store);
  const learned = (await learn(DENIAL, { files })).answerRest().result().files;
  assert.equal(learned.length, 1);
  assert.deepEqual(await writeLearned(learned, files), []);
  assert.match(store.inner.texts()["/etc/apparmor.d/demo"] ?? "", /\/srv\/x r,/);

  store.inner.write("/etc/apparmor.d/abi/4.0", encodeBytes(featureSets["abi-4.0"]));
  store.inner.write("/opt/x", encodeBytes(""));
  const system = { files, kernel: nodeKernel({ root: "/nowhere" }), isImage: true };
  assert.equal((await installApp({ path: "/opt/x" }, system)).changed, true);

  const again = memoryFiles({ "/etc/apparmor.d/demo": "profile demo { }\n" });
  const changed = (await learn(DENIAL, { files: again })).answerRest().result().files;
  const wrongs: readonly (readonly [write: unknown, said: RegExp])[] = [
    [async () => ({ ok: true }), /^TypeError: `files\.write` gave a promise; ports are synchronous$/],
    [() => undefined, /^TypeError: `files\.write` gave undefined; it should give/],
    [
      () => {
        throw new Error("disk");
      },
      /^TypeError: `files\.write` threw "disk"; a port gives/,
    ],
  ];
  for (const [write, said] of wrongs) await assert.rejects(writeLearned(changed, anything({ ...again, write })), said);

  const kernel = { ...nodeKernel({ root: "/nowhere" }) };
  const processes = { confinement: () => ({ processes: [], hidden: 0 }) };
  assert.equal(readStatus(kernel, processes).refusal?.kind, "no-apparmor");
  const told = (change: object, other: object = processes): unknown =>
    toldOf(() => readStatus(anything({ ...kernel, ...change }), anything(other)));
  assert.equal(await told({ profiles: async () => [] }), "`kernel.profiles` gave a promise; ports are synchronous");
  assert.equal(
    await told({ profiles: () => ({ ok: true, value: ["a"] }) }),
    "`kernel.profiles` gave an array as `value`; it should be an array of `{ name, mode }`",
  );
  assert.equal(
    await told({ enabled: () => "Y" }),
    "`kernel.enabled` gave a string; it should give true, false or undefined",
  );
  assert.equal(
    await told({}, { confinement: () => undefined }),
    "`processes.confinement` gave undefined; it should give `{ processes, hidden }`",
  );
});
