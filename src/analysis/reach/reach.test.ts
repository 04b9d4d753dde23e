import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveText } from "../../../tests/support/policies.ts";
import { drawDot, drawSvg, labelFor, labelGraph, reach, relationsOf } from "./index.ts";

const graphOf = (text: string): ReturnType<typeof labelGraph> => labelGraph(resolveText(text).value.profiles);

/** The kinds of the steps of a way, or that there is none. */
function way(text: string, from: string, to: string, others = false): string {
  const graph = graphOf(text);
  const target = labelFor(graph.world, to) ?? to;
  const steps = reach(graph, labelFor(graph.world, from) ?? from, { others, to: target }).wayTo(target);
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
  assert.equal(reach(enforced, "a", { others: false }).wayTo("unconfined"), undefined);
  assert.equal(reach(enforced, "b", { others: false }).wayTo("unconfined")?.length, 1);
});

test("what allows everything writes policy, and what is not confined does, too", () => {
  const text = "profile a {\n allow all,\n}\nprofile b {\n /bin/x ux,\n}\nprofile c flags=(default_allow) {\n}\n";
  assert.equal(way(text, "a", "policy"), "policy policy");
  assert.equal(way(text, "a", "unconfined"), "none");
  assert.equal(way(text, "a", "unconfined", true), "start-up unconfined");
  assert.equal(way(text, "b", "policy"), "exec unconfined, anything policy");
  assert.equal(way(text, "c", "policy"), "mode unconfined, anything policy");
  assert.equal(way(text, "unconfined", "policy"), "anything policy");
});

test("the kernel's own files are policy to who has mac_admin", () => {
  const text = "profile a {\n /sys/kernel/security/apparmor/.replace w,\n capability mac_admin,\n}\n";
  assert.equal(way(text, "a", "policy"), "policy policy");
  assert.equal(way(text.replace(" capability mac_admin,\n", ""), "a", "policy"), "none");
});

test("to append is enough", () => {
  const text = "profile a {\n /etc/cron.d/* a,\n /etc/apparmor.d/x r,\n}\n";
  assert.equal(way(text, "a", "unconfined", true), "start-up unconfined");
  assert.equal(way(text, "a", "policy"), "none");
});

test("a child is found by its own name, which is a path", () => {
  const text = "profile a {\n /bin/* cx,\n profile /bin/x {\n  /bin/y ux,\n }\n}\n";
  assert.equal(way(text, "a", "a///bin/x"), "exec a///bin/x");
  assert.equal(way(text, "a", "unconfined"), "exec a///bin/x, exec unconfined");
});

test("a change of profile is asked for by the name that the rule's own namespace has for it", () => {
  const text =
    "profile :ns:a {\n change_profile -> b,\n}\nprofile :ns:b {\n}\nprofile b {\n}\nprofile c {\n change_profile -> :ns:b,\n /bin/x px -> :ns:a,\n}\n";
  assert.equal(way(text, ":ns:a", ":ns:b"), "change_profile :ns:b");
  assert.equal(way(text, ":ns:a", "b"), "none");
  assert.equal(way(text, "c", ":ns:b"), "change_profile :ns:b");
  assert.equal(way(text, "c", "b"), "none");
  assert.equal(way(text, "c", ":ns:a"), "exec :ns:a");
});

test("the program of a rule for a change of profile is no target of it", () => {
  const text = "profile a {\n change_profile -> b,\n}\nprofile b {\n}\nprofile /usr/bin/c {\n}\n";
  assert.equal(way(text, "a", "b"), "change_profile b");
  assert.equal(way(text, "a", "/usr/bin/c"), "none");
  // with a condition it is, by way of programs that the condition leaves out: compile-semantics 3.3
  assert.equal(
    way(text.replace("change_profile", "change_profile /usr/bin/c"), "a", "/usr/bin/c"),
    "change_profile /usr/bin/c",
  );
});

test("stacks are named in rules and in questions, and write what all their parts may write", () => {
  const text =
    "profile a {\n change_profile -> &b,\n change_profile -> c//&d,\n /etc/apparmor.d/x w,\n}\nprofile b {\n /etc/apparmor.d/* w,\n}\nprofile c {\n /etc/apparmor.d/* w,\n}\nprofile d {\n}\n";
  assert.equal(way(text, "a", "b//&a"), "change_profile a//&b");
  assert.equal(way(text, "a", "c//&d"), "change_profile c//&d");
  assert.equal(way(text, "a", "c"), "none");
  assert.equal(way(text, "a//&b", "policy"), "policy policy");
  assert.equal(way(text, "c//&d", "policy"), "none");
  assert.equal(way("profile a {\n change_profile -> **,\n}\nprofile b {\n}\n", "a", "a//&b"), "change_profile a//&b");
});

test("a profile that stacks itself onto everything does not make stacks without end", () => {
  const names = Array.from({ length: 14 }, (_, at) => `p${at}`);
  const text = `profile u {\n /** pix -> &u,\n}\n${names.map((name) => `profile ${name} /bin/${name} {\n /** ix,\n}\n`).join("")}`;
  const found = reach(graphOf(text), "u", { others: false });
  assert.equal(found.labels.length, names.length);
  assert.deepEqual(found.gaps, []);
  assert.equal(way(text, "u", "p3//&u"), "exec p3//&u");
  assert.equal(way(text, "u", "p3//&p5//&u"), "exec p3//&u, exec p3//&p5//&u");
});

test("who traces another makes it do what it may, if both sides allow it", () => {
  const text =
    "profile a {\n ptrace trace peer=b,\n}\nprofile b {\n ptrace tracedby peer=a,\n /bin/x ux,\n}\nprofile c {\n ptrace trace,\n}\n";
  assert.equal(way(text, "a", "unconfined"), "none");
  assert.equal(way(text, "a", "unconfined", true), "trace b, exec unconfined");
  assert.equal(way(text, "c", "b", true), "trace unconfined, anything b");
});

test("with no_new_privs a label only grows, and others are free", () => {
  const text = `profile a {
 /bin/x ux,
 /bin/b px -> b,
 /bin/s px -> a//&b,
 /srv/** w,
 change_profile -> b,
 hat h {
 }
}
profile b {
 /srv/b ix,
 /bin/x ux,
}
`;
  const graph = graphOf(text);
  const locked = (to: string, others: boolean): string => {
    const steps = reach(graph, "a", { others, to, noNewPrivileges: true }).wayTo(to);
    return steps === undefined ? "none" : steps.map((step) => `${step.kind} ${step.to}`).join(", ");
  };
  assert.deepEqual(reach(graph, "a", { others: false, noNewPrivileges: true }).labels, ["a//&b"]);
  for (const to of ["b", "a//h", "unconfined"]) assert.equal(locked(to, false), "none");
  assert.equal(locked("a//&b", false), "exec a//&b");
  assert.equal(locked("b", true), "program b");
  assert.equal(locked("unconfined", true), "program b, exec unconfined");
});

test("of two profiles with one name the last counts", () => {
  const texts = ["profile a {\n /bin/x ux,\n}\n", "profile a {\n}\n"];
  const graph = labelGraph(texts.flatMap((text) => resolveText(text).value.profiles));
  assert.equal(reach(graph, "a", { others: false }).wayTo("unconfined"), undefined);
});

test("of several profiles that attach to a program the one that wins runs it", () => {
  const text =
    "profile a {\n /bin/foo w,\n}\nprofile wide /bin/* {\n}\nprofile exact /bin/foo {\n}\nprofile other /bin/foobar {\n}\n";
  assert.equal(way(text, "a", "exact", true), "program exact");
  assert.equal(way(text, "a", "wide", true), "start-up unconfined, anything wide");
});

test("files that are written lead on when that is asked for, and to policy always", () => {
  const text =
    "profile a {\n /srv/** w,\n}\nprofile b {\n /srv/x ix,\n /etc/apparmor.d/b w,\n}\nprofile c /srv/c {\n /etc/cron.d/c w,\n}\n";
  assert.equal(way(text, "a", "b"), "none");
  assert.equal(way(text, "a", "b", true), "program b");
  assert.equal(way(text, "b", "policy"), "policy policy");
  assert.equal(way(text, "a", "policy", true), "program b, policy policy");
  assert.equal(way(text, "a", "unconfined", true), "program c, start-up unconfined");
  assert.equal(way(text, "a", "unconfined"), "none");
});

test("the program of a child leads there where its parent starts it as one", () => {
  const text = "profile a {\n /srv/x w,\n}\nprofile b {\n /srv/* px,\n profile kid /srv/x {\n }\n}\n";
  assert.equal(way(text, "a", "b//kid", true), "none");
  assert.equal(way(text.replace("px", "cx"), "a", "b//kid", true), "program b//kid");
  assert.equal(way(text.replace("px", "cx -> kid"), "a", "b//kid", true), "program b//kid");
});

test("a file of its own is linked to a name that others run", () => {
  const text = "profile a {\n /srv/own/* rw,\n /srv/bin/* l,\n}\nprofile b {\n /srv/bin/* ix,\n}\n";
  assert.equal(way(text, "a", "b", true), "program b");
  // what the name may do the file has to do, too; of files that are others' that is not tested
  const more = text.replace("/srv/bin/* l", "/srv/bin/* kl");
  assert.equal(way(more, "a", "b", true), "program b");
  assert.equal(way(more.replace("/srv/own/* rw", "owner /srv/own/* rw"), "a", "b", true), "none");
  const linked = text.replace("/srv/bin/* l", "link /srv/bin/x -> /srv/own/?");
  assert.equal(way(linked, "a", "b", true), "program b");
  assert.equal(way(linked.replace("-> /srv/own/?", "-> /srv/other"), "a", "b", true), "none");
  assert.equal(way(linked.replace("/srv/bin/* ix", "/srv/bin/* ix,\n deny /srv/bin/x x"), "a", "b", true), "none");
});

/** How `a` gets its files to where `b` looks for them. */
function putBy(mount: string, more = "capability sys_admin,"): string {
  const text = `profile a {\n /srv/own/* rw,\n ${mount}\n ${more}\n}\nprofile b {\n /opt/x/* ix,\n}\n`;
  const steps = reach(graphOf(text), "a", { others: true, to: "b" }).wayTo("b");
  return steps === undefined ? "none" : steps.map(({ how, path }) => `${how}: ${path}`).join(", ");
}

test("a file or a directory of its own is mounted over what others run", () => {
  const file = "mount options=(rw, bind) /srv/own/* -> /opt/x/y,";
  assert.match(putBy(file), /^mounts \/srv\/own\/\S+ over it: \/opt\/x\/y$/);
  assert.match(
    putBy("mount options=(rw, bind) /srv/own/ -> /opt/*/,"),
    /^mounts \/srv\/own\/ over \/opt\/x\/: \/opt\/x\//,
  );
  // the kernel wants the capability, and a file that is nobody's own changes nothing
  assert.doesNotMatch(putBy(file, ""), /mounts/);
  assert.doesNotMatch(putBy("mount options=(rw, bind) /srv/other -> /opt/x/y,"), /mounts/);
  assert.doesNotMatch(putBy("mount fstype=tmpfs -> /opt/x/,"), /mounts/);
});

test("attributes of a program may decide under which profile it runs", () => {
  const text = `profile a {\n /srv/* px,\n /srv/x w,\n}\nprofile b /srv/x {\n}
profile c /srv/x xattrs=(security.kind="o?{e,a}*") {\n}\nprofile d /srv/y xattrs=(security.kind user.x) {\n}\n`;
  assert.equal(way(text, "a", "b"), "exec b");
  assert.equal(way(text, "a", "c"), "exec c");
  assert.equal(way(text, "a", "d"), "exec d");
  assert.equal(way(text.replace(" /srv/* px,\n", ""), "a", "c", true), "program c");
});

test("what falls back on its own profile is run in it where there is no other", () => {
  const text = "profile a {\n /srv/x w,\n}\nprofile b {\n /srv/* pix,\n deny /srv/* m,\n}\n";
  assert.equal(way(text, "a", "b", true), "program b");
  assert.equal(way(`${text}profile c /srv/x {\n}\n`, "a", "b", true), "none");
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

test("rules for signals are all named", () => {
  const text =
    "profile a {\n signal send set=(term) peer=b,\n signal send set=(kill) peer=b,\n}\nprofile b {\n signal receive,\n}\n";
  const [relation] = relationsOf(graphOf(text).world, "a");
  assert.equal(relation?.because.length, 3);
});

/** Who gets on with whom how. */
function messages(text: string): readonly string[] {
  return relationsOf(graphOf(text).world, "a").map(({ kind, from, to, agreed }) => `${kind} ${from} ${to} ${agreed}`);
}

test("a message passes if both sides agree about one", () => {
  const text =
    'profile a {\n dbus send bus=session path=/x/* interface="a.*" peer=(label=b),\n}\nprofile b {\n dbus receive bus=session path=/*/y member=Go peer=(label=a),\n}\n';
  assert.deepEqual(messages(text), ["dbus a b both"]);
  assert.deepEqual(messages(text.replace("/*/y", "/z/y")), ["dbus a b from"]);
  assert.deepEqual(messages(text.replace("bus=session path=/*", "bus=system path=/*")), ["dbus a b from"]);
  assert.deepEqual(messages(text.replace("}\n", " deny dbus send path=/x/y,\n}\n")), ["dbus a b from"]);
  assert.deepEqual(messages(text.replace("label=b", "label=unconfined")), ["dbus a unconfined both", "dbus a b to"]);
});

test("a socket is connected if both sides agree about type and addresses", () => {
  const text =
    "profile a {\n unix (connect, send) type=stream peer=(label=b, addr=@srv*),\n}\nprofile b {\n unix (accept, receive) addr=@*1 peer=(label=a),\n}\n";
  assert.deepEqual(messages(text), ["unix a b both"]);
  assert.deepEqual(messages(text.replace("@*1", "@x1")), ["unix a b from"]);
  assert.deepEqual(messages(text.replace("addr=@*1", "type=dgram addr=@*1")), ["unix a b from"]);
  assert.deepEqual(messages(text.replace("@srv*", "none").replace("@*1", "none")), ["unix a b both"]);
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

function stepTo(to: string): Parameters<typeof drawSvg>[1][number] {
  return { from: "a", to, kind: "exec", because: [], path: undefined, how: "starts it", place: "p:1" };
}

test("many ends of one rule are drawn as one, others by themselves", () => {
  const steps = Array.from({ length: 9 }, (_, at) => stepTo(`b${at}`));
  assert.match(drawSvg("a", steps), /b0 and 8 more/);
  const more = drawSvg("a", [...steps, { ...stepTo("z"), from: "b3" }]);
  assert.match(more, /b0 and 7 more/);
  assert.match(more, />b3</);
  assert.equal(drawDot("a", steps).match(/->/g)?.length, 9);
});
