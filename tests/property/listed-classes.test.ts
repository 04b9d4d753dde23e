/** Rules of all classes but file are given back as rules that say the same. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { listClassesAgain } from "../support/listed-again.ts";
import { compileText, type PipelineOptions } from "../support/pipeline.ts";
import { Random } from "../support/random.ts";

function kernel(version: string): PipelineOptions {
  const kernelFeatures = parseFeatures(readFileSync(`tests/corpus/features/debian-kernel-${version}`, "utf8")).tree;
  return { kernelFeatures, policyFeatures: kernelFeatures, session: createCompileSession() };
}

const newest = kernel("7.2");
const older = [kernel("6.1"), kernel("6.12")];

// `peer=**` would also match an empty label, which nobody asks about, and comes back as a rule without `peer`
const labels = ["foo", "unconfined", "/usr/bin/*", "a//b", "/**", "{x,y}z", "[^a]b"];
const paths = ["/", "/a/", "/mnt/*/", "/srv/**", "/x{,y}/"];
// an option that must be set and may be set as well is the same to kernels as one that may be: only a byte differs that no flag has
const required = ["ro", "nosuid"];
const free = ["noexec", "sync"];

function some(random: Random, names: readonly string[]): string {
  const chosen = random.some(names);
  return chosen.length === 0 ? "" : ` (${chosen.join(", ")})`;
}

function maybe(random: Random, text: () => string): string {
  return random.chance(0.5) ? text() : "";
}

const makers: readonly ((random: Random) => string)[] = [
  (random) =>
    `ptrace${some(random, ["trace", "read", "tracedby", "readby"])}${maybe(random, () => ` peer=${random.pick(labels)}`)},`,
  (random) =>
    `signal${some(random, ["send", "receive"])}${maybe(random, () => ` set=(${random.pick(["kill", "term, hup", "exists"])})`)}${maybe(random, () => ` peer=${random.pick(labels)}`)},`,
  (random) =>
    `dbus${some(random, ["send", "receive"]) || " send"} bus=${random.pick(["session", "system"])}${maybe(random, () => ` path=${random.pick(paths)}`)}${maybe(random, () => " interface=org.x.*")}${maybe(random, () => " member={A,B}")}${maybe(random, () => ` peer=(label=${random.pick(labels)})`)},`,
  (random) =>
    random.pick(["dbus,", "dbus bus=session,", "dbus bind bus=system name=org.{a,b},", "dbus eavesdrop bus=session,"]),
  (random) =>
    `mount${maybe(random, () => ` fstype=${random.pick(["ext4", "tmp*"])}`)}${maybe(random, () => ` options=(${random.some(required).join(", ") || "rw"})`)}${maybe(random, () => ` options in (${random.some(free).join(", ") || "sync"})`)} ${maybe(random, () => "/dev/*")} -> ${random.pick(paths)},`,
  (random) =>
    random.pick([
      "mount,",
      "umount,",
      `umount ${random.pick(paths)},`,
      `remount ${random.pick(paths)},`,
      `remount options=(ro) ${random.pick(paths)},`,
      `mount options=(rw, ${random.pick(["bind", "rbind"])}) ${random.pick(paths)} -> ${random.pick(paths)},`,
      `mount options=(rw, ${random.pick(["make-slave", "rshared", "make-private", "runbindable"])}) -> ${random.pick(paths)},`,
      `mount options=move ${random.pick(paths)} -> ${random.pick(paths)},`,
      `pivot_root ${random.pick(["", "oldroot=/old/ "])}${random.pick(paths)},`,
    ]),
  (random) =>
    `unix${some(random, ["bind", "listen", "create", "getattr", "setopt"])}${maybe(random, () => ` type=${random.pick(["stream", "dgram"])}`)}${maybe(random, () => ` addr=${random.pick(["none", "@a*", "@{x,y}/**", "auto"])}`)},`,
  (random) =>
    `unix (send, receive${random.pick(["", ", connect", ", accept, connect"])})${maybe(random, () => " type=stream")} peer=(${random.pick(["addr=none", "addr=@q*", "label=foo", "addr=@a label=b*"])}),`,
  (random) =>
    `network${random.pick(["", " (create, bind)", " send"])} ${random.pick(["", "inet", "inet6 stream", "unix", "unix dgram", "netlink raw", "tcp", "stream"])},`,
  (random) => random.pick(["userns,", "io_uring,", "io_uring sqpoll,", "io_uring override_creds label=c*,"]),
];

function randomRule(random: Random): string {
  const rule = random.pick(makers)(random);
  // a deny of the network is quiet or not for AF_UNIX in another way than for the rest
  const isNetwork = rule.startsWith("network");
  const mode = random.chance(0.25) ? random.pick(isNetwork ? ["audit "] : ["audit ", "deny ", "audit deny "]) : "";
  return `${mode}${rule}`;
}

test("rules of every class, listed and compiled again, decide the same, and 19 lists in 20 are whole", () => {
  const random = new Random(20_261_129);
  let compared = 0;
  const shortened: string[] = [];
  for (let number = 0; number < 160; number += 1) {
    const options = number % 4 === 0 ? random.pick(older) : newest;
    const rules = Array.from({ length: 1 + random.below(4) }, () => randomRule(random)).join("\n");
    const { policy, errors } = compileText(`profile t {\n${rules}\n}\n`, options);
    const listed = policy.profiles[0] && listClassesAgain(policy.profiles[0], options);
    if (errors.length > 0 || listed === undefined) continue;
    compared += 1;
    if (listed.isShortened) shortened.push(rules);
    else assert.deepEqual(listed.differences, [], `${rules}\n\nlisted as\n\n${listed.lines.join("\n")}`);
  }
  assert.ok(compared > 120, `only ${compared} compared`);
  assert.ok(
    shortened.length < compared / 20,
    `${shortened.length} of ${compared} shortened:\n${shortened.slice(0, 8).join("\n\n")}`,
  );
});

test("a class that is denied as a whole is one line, and no list of flags is bytes", () => {
  const { policy } = compileText(
    "profile t { deny mount, network, signal, dbus, userns, mount options=(ro, nosuid) /a -> /b/, }",
    newest,
  );
  const [profile] = policy.profiles;
  assert.ok(profile !== undefined);
  const { lines } = listClassesAgain(profile, newest);
  assert.deepEqual(
    lines.filter((line) => !line.startsWith("#")),
    ["network,", "deny mount,", "signal,", "dbus,", "userns,"],
  );
});
