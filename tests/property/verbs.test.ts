/** What the verbs say of small policies, and that they say the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { diff, explain, lint, query, reach, runTests } from "armorer";
import { featureSets } from "armorer/features";

const options = { kernelFeatures: featureSets["kernel-7.2"] };
const ofAbi4 = { ...options, policyFeatures: { kind: "text", text: featureSets["abi-4.0"] } } as const;

async function verdicts(policy: string, rule: string): Promise<string> {
  const asked = await query(policy, rule, options);
  assert.ok(asked.ok);
  return asked.value.answers.map(({ profile, verdict }) => `${profile} ${verdict}`).join(", ");
}

async function edited(rules: string, question: string): Promise<readonly string[]> {
  const found = await explain(`profile p {\n${rules}\n}\n`, "p", question, options);
  assert.ok(found.ok);
  const edit = found.value[0]?.edit;
  assert.ok(edit !== undefined, `${rules} ${question}`);
  const lines = edit.diff.split("\n").filter((line) => /^[+-](?![+-])/.test(line));
  return [
    ...lines,
    ...edit.alsoAllows.map((rule) => `allows ${rule}`),
    ...edit.alsoTakes.map((rule) => `takes ${rule}`),
  ];
}

test("`default_allow` is `unconfined` to kernels: no deny rule holds, and every verb says so", async () => {
  const policy =
    "profile d flags=(default_allow) {\n deny /etc/shadow r,\n deny capability chown,\n}\nprofile e {\n}\n";
  for (const rule of ["/etc/shadow r", "capability chown", "/x w"])
    assert.equal(await verdicts(policy, rule), "d all, e none");
  const found = await explain(policy, "d", "/etc/shadow r", options);
  assert.ok(found.ok);
  const [answer] = found.value;
  assert.deepEqual([answer?.verdict, answer?.parts[0]?.fate, answer?.edit], ["all", "allowed", undefined]);
  const report = await runTests(policy, 'test "t" for d {\n none /etc/shadow r,\n}\n', options);
  assert.match(JSON.stringify(report.tests), /the profile is default_allow, which allows everything/);
  const way = await reach(policy, "d", { ...options, to: "unconfined" });
  assert.ok(way.ok && way.value.way !== undefined);
});

test("a rule that says more than what is asked is cut down by the edit, not taken out", async () => {
  assert.deepEqual(await edited("/one rw,\ndeny /one rw,", "/one r"), ["-deny /one rw,", "+deny /one w,"]);
  assert.deepEqual(await edited("/one rwk,", "/one w"), ["-/one rwk,", "+/one rk,"]);
  assert.deepEqual(await edited("capability,\ndeny capability chown setuid,", "capability chown"), [
    "-deny capability chown setuid,",
    "+deny capability setuid,",
  ]);
  assert.deepEqual(
    await edited("signal peer=b,\ndeny signal send set=(hup, int) peer=b,", "signal send set=hup peer=b"),
    ["-deny signal send set=(hup, int) peer=b,", "+deny signal send set=int peer=b,"],
  );
  // it is in a block, whose word counts, too
  assert.deepEqual(await edited("/q rwk,\ndeny {\n/q rw,\n}", "/q r"), ["+priority=1 /q r,"]);
  // what the pattern says of other paths stays
  assert.deepEqual(await edited("/a/** rw,\ndeny /a/** rw,", "/a/b r"), ["+priority=1 /a/b r,"]);
});

test("a link without the subset test costs the rules beside it their `l`, and nothing else", async () => {
  const lines = await edited("/srv/** rwkl,", "/srv/x l -> /srv/y");
  assert.deepEqual(
    lines.filter((line) => /^[+-]/.test(line)),
    ["-/srv/** rwkl,", "+/srv/** rwk,", "+/srv/x l -> /srv/y,"],
  );
});

test("a rule that became several patterns is outranked once", async () => {
  const policy = "profile p {\nmount,\ndeny mount fstype=ext4 options=(ro),\n}\n";
  const found = await explain(policy, "p", "mount fstype=ext4 options=(ro) /dev/a -> /b/", options);
  assert.ok(found.ok);
  assert.deepEqual(
    found.value[0]?.parts[0]?.outranked.map(({ line }) => line),
    [2],
  );
});

test("whose half a rule speaks of is not read from its path", async () => {
  const found = await explain("profile p {\nother /x/owner r,\n}\n", "p", "/x/owner r", options);
  assert.ok(found.ok);
  assert.deepEqual(
    found.value[0]?.parts.flatMap(({ otherHalf }) => otherHalf.map(({ half }) => half)),
    ["other"],
  );
});

test("`Cx -> child` is asked of every profile as its own child", async () => {
  const policy =
    "profile p {\n/bin/x Cx -> c,\nprofile c {\n}\n}\nprofile q {\n/bin/x Px -> p//c,\n/bin/y rCix -> c,\nprofile c {\n}\n}\n";
  assert.equal(await verdicts(policy, "/bin/x Cx -> c"), "p all, p//c none, q none, q//c none");
  assert.equal(await verdicts(policy, "/bin/x Px -> p//c"), "p all, p//c none, q all, q//c none");
  assert.equal(await verdicts(policy, "Cix /bin/y -> c"), "p none, p//c none, q all, q//c none");
  const report = await runTests(policy, 'test "t" for p {\n all /bin/x Cx -> c,\n}\n', options);
  assert.match(JSON.stringify(report.tests), /"passed"/);
  const found = await explain(policy, "q", "/bin/x Cx -> c", options);
  assert.ok(found.ok);
  assert.equal(found.value[0]?.verdict, "none");
});

const allOf = async (left: string, right: string): Promise<readonly string[]> => {
  const found = await diff(`profile p {\n${left}\n}\n`, `profile p {\n${right}\n}\n`, ofAbi4);
  return found.profiles.flatMap(({ rules }) =>
    rules.map(
      ({ sign, rule, inPart, lines }) =>
        `${sign} ${rule}${inPart ? " in part" : ""} ${lines.map(({ line }) => line).join()}`,
    ),
  );
};

test("a difference names the rule for a link that is tested no longer", async () => {
  assert.deepEqual(await allOf("link subset /l/** -> /m/**,", "link /l/** -> /m/**,"), [
    "+ link /l/** -> /m/**, in part 2",
  ]);
});

test("a rule for sockets that an older ABI knows is one difference, and the whole of it", async () => {
  const rules = await allOf("network inet stream,", "network inet dgram,");
  assert.deepEqual(rules, ["- network inet stream, 2", "+ network inet dgram, 2"]);
});

async function linted(
  rules: string,
  head = "",
): Promise<{ readonly said: readonly string[]; readonly fixed: boolean }> {
  const text = `${head}profile p {\n${rules}\n}\n`;
  const found = await lint(text, options);
  assert.ok(found.ok);
  const [file] = found.value.files;
  assert.ok(file !== undefined);
  const lineOf = (offset: number): number => text.slice(0, offset).split("\n").length;
  const said = file.diagnostics.map(({ code, at }) => `${code} ${lineOf(at.span.start)}`);
  return { said, fixed: file.fixed !== undefined };
}

test("every rule that opens start-up files or policy is warned of, whatever else opens them", async () => {
  const rules = "mount,\ncapability sys_admin,\n/etc/cron.d/a w,\n/etc/cron.daily/b w,\n/etc/cron.d/* w,";
  const { said } = await linted(rules);
  const lines = said.filter((line) => line.startsWith("lint/writes-start-up"));
  assert.deepEqual(lines, [
    "lint/writes-start-up 2",
    "lint/writes-start-up 4",
    "lint/writes-start-up 5",
    "lint/writes-start-up 6",
  ]);
});

test("rules for queues are not enforced by a kernel that does not know them, and stay", async () => {
  assert.deepEqual(await linted("mqueue,\n/x r,"), { said: ["lint/rule-not-enforced 2"], fixed: false });
});

test("who may only send to a socket does not connect to it", async () => {
  const policy =
    "profile a {\nunix (connect, send) type=stream peer=(label=b),\n}\nprofile b {\nunix (accept, send, receive) type=stream peer=(label=a),\n}\n";
  const found = await reach(policy.replaceAll("(connect, send)", "(connect, send, receive)"), "a", options);
  assert.ok(found.ok);
  assert.deepEqual(
    found.value.relations.map(({ verb, from, to }) => `${from} ${verb} ${to}`),
    ["a connect b", "b send a"],
  );
});

test("a deny rule in a profile that kernels ask nothing is warned of, and what is advised instead denies it", async () => {
  for (const mode of ["default_allow", "unconfined"]) {
    const found = await lint(`profile p flags=(${mode}) {\n/x r,\ndeny /y r,\ndeny /z r,\n}\n`, options);
    assert.ok(found.ok);
    assert.deepEqual(
      found.value.files[0]?.diagnostics.map(({ code, also }) => `${code} ${also.length}`),
      ["lint/denial-without-effect 1"],
    );
  }
  assert.equal(await verdicts("profile p {\nallow all,\ndeny /y r,\n}\n", "/y r"), "p none");
  assert.equal(await verdicts("profile p {\nallow all,\ndeny /y r,\n}\n", "/z r"), "p all");
});

test("of io_uring a profile in unconfined mode is asked if it has a rule of it, as on kernel 7.2", async () => {
  const policy = [
    "profile i flags=(unconfined) {\ndeny io_uring,\n}\n",
    "profile a flags=(unconfined) {\nio_uring sqpoll,\n}\n",
    "profile o flags=(unconfined) {\nio_uring override_creds,\n}\n",
    "profile d flags=(default_allow) {\ndeny io_uring sqpoll,\n}\n",
    "profile n flags=(unconfined) {\n}\n",
  ].join("");
  const ofKernel = { ...options, policyFeatures: { kind: "kernel" } } as const;
  const asked = await query(policy, "io_uring sqpoll", ofKernel);
  assert.ok(asked.ok);
  const found = asked.value.answers.map(({ profile, verdict }) => `${profile} ${verdict}`);
  assert.deepEqual(found, ["i none", "a all", "o none", "d none", "n all"]);
  const explained = await explain(policy, "o", "io_uring sqpoll", ofKernel);
  assert.ok(explained.ok);
  const [part] = explained.value[0]?.parts ?? [];
  assert.deepEqual([part?.outcome, part?.fate, part?.logged], ["unmentioned", "refused", "DENIED"]);
});
