import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveText } from "../../../tests/support/policies.ts";
import { drawDot, drawSvg, labelFor, labelGraph, reach, relationsOf } from "./index.ts";

const graphOf = (text: string): ReturnType<typeof labelGraph> => labelGraph(resolveText(text).value.profiles);

/** The kinds of the steps of a way, or that there is none. */
function way(text: string, from: string, to: string, writes = false): string {
  const steps = reach(graphOf(text), from, { writes }).wayTo(to);
  return steps === undefined ? "none" : steps.map((step) => `${step.kind} ${step.to}`).join(", ");
}

test("a way goes over programs, changes and hats, the shortest one", () => {
  const text =
    "profile a {\n /bin/b px,\n change_profile -> c,\n hat h {\n /bin/z ux,\n }\n}\nprofile b /bin/b {\n /bin/c px,\n}\nprofile c /bin/c {\n}\n";
  assert.equal(way(text, "a", "b"), "exec b");
  assert.equal(way(text, "a", "c"), "change_profile c");
  assert.equal(way(text, "b", "c"), "exec c");
  assert.equal(way(text, "a", "unconfined"), "hat a//h, exec unconfined");
  assert.equal(way(text, "c", "a"), "none");
  assert.equal(way(text, "a", "a"), "");
});

test("a stack goes where all its parts go", () => {
  const text = "profile a {\n /bin/* px -> &b,\n}\nprofile b {\n /bin/x ux,\n}\nprofile x /bin/x {\n /bin/y ux,\n}\n";
  // b lets nothing but /bin/x go, and what x may start b may not.
  assert.equal(way(text, "a", "b//&x"), "exec b//&x");
  assert.equal(way(text, "a", "unconfined"), "none");
  assert.equal(way(text.replace("/bin/x ux", "/bin/* ux"), "a", "unconfined"), "exec b//&x, exec unconfined");
});

test("a deny rule and a longer attachment close a way", () => {
  const text = "profile a {\n /bin/* px,\n deny /bin/bb x,\n}\nprofile b /bin/bb {\n}\nprofile all /bin/* {\n}\n";
  assert.equal(way(text, "a", "b"), "none");
  assert.equal(way(text, "a", "all"), "exec all");
  assert.equal(way(text.replace(" deny /bin/bb x,\n", ""), "a", "b"), "exec b");
});

test("a mode that refuses nothing is a way out, and complain mode can be left aside", () => {
  const text = "profile a flags=(complain) {\n}\nprofile b flags=(unconfined) {\n}\n";
  assert.equal(way(text, "a", "unconfined"), "mode unconfined");
  const { profiles } = resolveText(text).value;
  const enforced = labelGraph(profiles, { enforced: true });
  assert.equal(reach(enforced, "a", { writes: false }).wayTo("unconfined"), undefined);
  assert.equal(reach(enforced, "b", { writes: false }).wayTo("unconfined")?.length, 1);
});

test("files that are written lead on when that is asked for, and to policy always", () => {
  const text =
    "profile a {\n /srv/** w,\n}\nprofile b {\n /srv/x ix,\n /etc/apparmor.d/b w,\n}\nprofile c /srv/c {\n /etc/cron.d/c w,\n}\n";
  assert.equal(way(text, "a", "b"), "none");
  assert.equal(way(text, "a", "b", true), "program b");
  assert.equal(way(text, "b", "policy"), "policy policy");
  assert.equal(way(text, "a", "policy", true), "program b, policy policy");
  assert.equal(way(text, "a", "unconfined", true), "program c, start-up unconfined");
});

test("profiles of a namespace are reached inside it", () => {
  const text =
    "profile :ns:a {\n /bin/b px,\n}\nprofile :ns:b /bin/b {\n /bin/c px -> other,\n}\nprofile b /bin/b {\n}\nprofile other {\n}\n";
  assert.equal(way(text, ":ns:a", ":ns:b"), "exec :ns:b");
  assert.equal(way(text, ":ns:a", "b"), "none");
  assert.equal(way(text, ":ns:b", "other"), "none");
});

test("a word is a label or a program to which one profile attaches", () => {
  const { world } = graphOf("profile a /bin/{a,b} {\n}\nprofile b /bin/b {\n}\nprofile c /bin/[bc] {\n}\n");
  assert.equal(labelFor(world, "a"), "a");
  assert.equal(labelFor(world, "/bin/a"), "a");
  assert.equal(labelFor(world, "/bin/x"), undefined);
  assert.equal(labelFor(world, "unconfined"), "unconfined");
  assert.equal(labelFor(world, "policy"), "policy");
});

test("signals and ptrace are agreed by both sides, or one side's rule is named as the only one", () => {
  const text =
    "profile a {\n signal send set=(term, kill) peer=b,\n ptrace trace peer=b,\n}\nprofile b {\n signal receive set=(term) peer=a,\n}\n";
  const relations = relationsOf(graphOf(text).world, "a").map(({ kind, verb, from, to, agreed, signals }) =>
    `${kind} ${verb} ${from} ${to} ${agreed} ${signals.join("+")}`.trimEnd(),
  );
  assert.deepEqual(relations, ["signal send a b both term", "signal send a b from kill", "ptrace trace a b from"]);
});

test("names are escaped in drawings", () => {
  const evil = 'a"<&>\\\u001b[31m';
  const step = { from: evil, to: "b", kind: "exec", because: [], path: undefined, how: evil, place: evil } as const;
  const svg = drawSvg(evil, [step]);
  assert.ok(!svg.includes("\u001b"));
  assert.doesNotMatch(svg, /a"<|<&>/);
  assert.match(svg, /a&quot;&lt;&amp;&gt;/);
  const dot = drawDot(evil, [step]);
  assert.ok(!dot.includes("\u001b"));
  assert.match(dot, /"a\\"<&>\\\\/);
});
