/**
 * Random profiles over all rule classes: the text and, beside it, the model that the text means. Made so that rules overlap a
 * lot: few names, many patterns, all qualifiers. The same seed gives the same profiles.
 */
import { fileId } from "../../src/foundation/text/index.ts";
import {
  type Alias,
  type DbusRule,
  type ExecMode,
  type FileRule,
  type InetEnd,
  type MountRule,
  type NetworkRule,
  type Operand,
  type Origin,
  type OwnerMask,
  type Policy,
  type Profile,
  type ProfileFlags,
  type Rule,
  type RuleMode,
  type RuleQualifiers,
  type UnixRule,
  type XattrCondition,
  emptyProfile,
} from "../../src/language/model/index.ts";
import { signalNumber } from "../../src/language/tables/index.ts";
import { Random } from "./random.ts";

/** Kinds of rules that have to do with each other. */
export const kindGroups: readonly (readonly string[])[] = [
  ["file"],
  ["file", "link", "change_profile"],
  ["capability", "rlimit", "userns", "io_uring"],
  ["network", "unix"],
  ["mount"],
  ["signal", "ptrace"],
  ["dbus", "mqueue"],
];

interface RandomPolicy {
  readonly text: string;
  readonly policy: Policy;
}

/** A rule and its text, without the comma. */
interface Made {
  readonly text: string;
  readonly rule: Rule;
}

const origin: Origin = { span: { file: fileId("random"), start: 0, end: 0 }, includes: [] };

function operand(text: string): Operand {
  return { text, written: text, span: origin.span };
}

interface Qualified {
  readonly words: string;
  readonly qualifiers: RuleQualifiers;
}

function qualify(random: Random, allowed: { readonly priority?: boolean; readonly prompt?: boolean } = {}): Qualified {
  const priority = allowed.priority !== false && random.chance(0.2) ? random.pick([-1, 1, 2, -1000, 1000]) : 0;
  const audit = random.chance(0.2);
  const modes: readonly RuleMode[] = [
    "allow",
    "deny",
    "deny",
    ...(allowed.prompt === true ? (["prompt"] as const) : []),
  ];
  const mode: RuleMode = random.chance(0.4) ? random.pick(modes) : "implicit";
  const words = [
    priority === 0 ? "" : `priority=${priority}`,
    audit ? "audit" : "",
    mode === "implicit" ? "" : mode,
  ].filter((word) => word !== "");
  return { words: words.map((word) => `${word} `).join(""), qualifiers: { mode, audit, priority, origin } };
}

const segments = [
  "a",
  "b",
  "ab",
  "a*",
  "*",
  "**",
  "?",
  "[ab]",
  "[^a]",
  "{a,b}",
  "{a,b*,}",
  "*b",
  "a**b",
  "c{,d}",
  "\\*",
];

function path(random: Random): string {
  const count = 1 + random.below(3);
  const parts = Array.from({ length: count }, () => random.pick(segments));
  return `/${parts.join("/")}${random.chance(0.15) ? "/" : ""}`;
}

const execModes: readonly (readonly [string, ExecMode])[] = (
  [
    ["ix", "inherit", "none", false],
    ["px", "profile", "none", false],
    ["Px", "profile", "none", true],
    ["cx", "child", "none", false],
    ["Cx", "child", "none", true],
    ["ux", "unconfined", "none", false],
    ["Ux", "unconfined", "none", true],
    ["pix", "profile", "inherit", false],
    ["Pix", "profile", "inherit", true],
    ["cix", "child", "inherit", false],
    ["Cix", "child", "inherit", true],
    ["pux", "profile", "unconfined", false],
    ["PUx", "profile", "unconfined", true],
    ["cux", "child", "unconfined", false],
    ["CUx", "child", "unconfined", true],
  ] as const
).map(([text, transition, fallback, safe]) => [text, { transition, fallback, safe }]);

const bits = { r: 4, w: 2, a: 8, l: 16, k: 32, m: 64 } as const;
const targets = ["foo", "bar", "p//q", ":ns:foo", ":ns://bar", "&baz", "a//&b", "zzz///a"];

/** `exec` is the one exec mode of a profile's globs, so that most profiles have no conflict. */
function makeFile(random: Random, exec: readonly [string, ExecMode]): Made {
  const { words, qualifiers } = qualify(random, { prompt: true });
  const owner = random.chance(0.25) ? random.pick(["owner", "other"] as const) : "any";
  const where = path(random);
  const letters = random
    .some(["r", "w", "a", "l", "k", "m"] as const)
    .filter((letter, _, all) => letter !== "a" || !all.includes("w"));
  const executes = random.chance(0.35) || letters.length === 0;
  const deny = qualifiers.mode === "deny";
  const [execText, execMode]: readonly [string, ExecMode] = deny
    ? ["x", { transition: "deny", fallback: "none", safe: false }]
    : random.chance(0.85)
      ? exec
      : random.pick(execModes);
  const named = executes && !deny && random.chance(0.4) ? random.pick(targets) : undefined;
  const kept = named === undefined ? letters : letters.filter((letter) => letter !== "l");
  const linked = !executes && kept.includes("l") && random.chance(0.4) ? path(random) : undefined;
  const permissions = kept.reduce<number>((sum, letter) => sum | bits[letter], executes ? 1 : 0);
  const arrow = named ?? linked;
  const text = `${words}${owner === "any" ? "" : `${owner} `}${where} ${kept.join("")}${executes ? execText : ""}${arrow === undefined ? "" : ` -> ${arrow}`}`;
  const rule: FileRule = {
    ...qualifiers,
    kind: "file",
    path: operand(where),
    permissions,
    owner,
    exec: executes ? execMode : undefined,
    execTarget: named === undefined ? undefined : operand(named),
    linkTarget: linked === undefined ? undefined : operand(linked),
    subset: false,
  };
  return { text, rule };
}

function makeLink(random: Random): Made {
  const { words, qualifiers } = qualify(random, { prompt: true });
  const owner: OwnerMask = random.chance(0.25) ? random.pick(["owner", "other"] as const) : "any";
  const [from, to, subset] = [path(random), path(random), random.chance(0.5)];
  return {
    text: `${words}${owner === "any" ? "" : `${owner} `}link ${subset ? "subset " : ""}${from} -> ${to}`,
    rule: { ...qualifiers, kind: "link", path: operand(from), target: operand(to), subset, owner },
  };
}

const labels = ["foo", "bar", "f*", "foo//bar", "{foo,baz}", "**", "f**o", "[fb]oo", "&foo", ":ns:foo"];

/** No two of these, and none and a path, differ in their first byte alone: 5.0.2 would lose one of them (compile-semantics D1). */
const changeTargets = ["foo", "fo**", "foo//bar", "{foo,baz}", "[fb]oo", "&foo", ":ns:foo"];

function makeChangeProfile(random: Random): Made {
  const { words, qualifiers } = qualify(random, { priority: false });
  const exec = random.maybe(0.4, () => path(random));
  const target = random.pick(changeTargets);
  const safety = exec === undefined ? undefined : random.maybe(0.4, () => random.pick(["safe", "unsafe"] as const));
  const text = ["change_profile", safety, exec, `-> ${target}`];
  return {
    text: words + text.filter((word) => word !== undefined).join(" "),
    rule: {
      ...qualifiers,
      mode: qualifiers.mode === "deny" ? "deny" : "implicit",
      kind: "change_profile",
      exec: exec === undefined ? undefined : operand(exec),
      target: operand(target),
      safety,
      owner: "any",
    },
  };
}

function makeCapability(random: Random): Made {
  const { words, qualifiers } = qualify(random, { priority: false });
  const known = { chown: 0, kill: 5, sys_admin: 21, mac_admin: 33, bpf: 39 } as const;
  const names = random.chance(0.1) ? [] : random.some(["chown", "kill", "sys_admin", "mac_admin", "bpf"] as const);
  return {
    text: `${words}capability ${names.join(" ")}`,
    rule: { ...qualifiers, kind: "capability", capabilities: names.map((name) => known[name]) },
  };
}

const socketPermissions = [
  "create",
  "bind",
  "listen",
  "accept",
  "connect",
  "shutdown",
  "getattr",
  "setattr",
  "getopt",
  "setopt",
  "send",
  "receive",
];
const peerPermissions = ["accept", "connect", "send", "receive"];

function list(words: readonly string[] | undefined): string {
  return words === undefined ? "" : ` (${words.join(", ")})`;
}

const noEnd: InetEnd = { ip: undefined, port: undefined, label: undefined };

function makeEnd(random: Random): { text: string; end: InetEnd } {
  const ip = random.maybe(0.5, () => random.pick(["10.0.0.1", "1.2.3.4", "::1", "fe80::1:2", "none"]));
  const port = random.maybe(0.5, () =>
    random.pick([
      { first: 80, last: 80 },
      { first: 0, last: 0 },
      { first: 21, last: 1027 },
      { first: 2000, last: 2100 },
      { first: 1000, last: 1010 },
      { first: 256, last: 511 },
    ]),
  );
  const ports = port === undefined ? "" : port.first === port.last ? `${port.first}` : `${port.first}-${port.last}`;
  const text = [ip === undefined ? "" : `ip=${ip}`, ports === "" ? "" : `port=${ports}`].filter((word) => word !== "");
  return { text: text.join(" "), end: { ip, port, label: undefined } };
}

function makeNetwork(random: Random): Made {
  const { words, qualifiers } = qualify(random, { priority: false });
  const shape = random.below(6);
  const family = shape < 4 ? random.pick(["inet", "inet6", "unix", "netlink", "packet"]) : undefined;
  const type =
    shape === 1 || shape === 2 || shape === 4 ? random.pick(["stream", "dgram", "raw", "seqpacket"]) : undefined;
  const inet = family === "inet" || family === "inet6";
  const protocol = shape === 3 && inet ? random.pick(["tcp", "udp"]) : undefined;
  const peers = inet && random.chance(0.3);
  const conditions = inet && random.chance(0.5);
  const local = conditions ? makeEnd(random) : { text: "", end: noEnd };
  const peer = peers ? makeEnd(random) : { text: "", end: noEnd };
  const peered = peer.text !== "";
  // A list on a rule that covers unix goes astray in 5.0.2 when a unix rule merges with what is derived from it.
  const coversUnix = family === "unix" || family === undefined;
  const permissions = random.maybe(coversUnix ? 0 : 0.4, () =>
    random.some(peered ? peerPermissions : socketPermissions),
  );
  const text = `network${list(permissions)} ${[family, type, protocol, local.text, peered ? `peer=(${peer.text})` : ""].filter((word) => word !== undefined && word !== "").join(" ")}`;
  const rule: NetworkRule = {
    ...qualifiers,
    kind: "network",
    permissions,
    family,
    type,
    protocol,
    interface: undefined,
    local: local.end,
    peer: peer.end,
    hasConditions: local.text !== "" || peered,
  };
  return { text: words + text, rule };
}

/** Both option permissions or none: 5.0.2 confuses one with the other in audit words (compile-semantics D20). */
function withBothOptions(words: readonly string[]): string[] {
  const others = words.filter((word) => word !== "getopt" && word !== "setopt");
  return others.length === words.length ? others : [...others, "getopt", "setopt"];
}

function makeUnix(random: Random): Made {
  const { words, qualifiers } = qualify(random);
  const address = random.maybe(0.5, () =>
    random.pick(["none", "auto", "@a", "@a*", "@//a//b", "@{b,c}", "@**x", "@a/?"]),
  );
  const type = random.maybe(0.4, () => random.pick(["stream", "dgram", "seqpacket"]));
  const hasPeer = random.chance(0.4);
  const peerAddress = hasPeer ? random.maybe(0.6, () => random.pick(["none", "@p", "@p*"])) : undefined;
  const peerLabel = hasPeer && (peerAddress === undefined || random.chance(0.5)) ? random.pick(labels) : undefined;
  const permissions = random.maybe(0.5, () =>
    withBothOptions(random.some(hasPeer ? peerPermissions : socketPermissions)),
  );
  const peer = [
    peerAddress === undefined ? "" : `addr="${peerAddress}"`,
    peerLabel === undefined ? "" : `label="${peerLabel}"`,
  ].filter((word) => word !== "");
  const text = [
    `unix${list(permissions)}`,
    type === undefined ? "" : `type=${type}`,
    address === undefined ? "" : `addr="${address}"`,
    hasPeer ? `peer=(${peer.join(" ")})` : "",
  ].filter((word) => word !== "");
  const rule: UnixRule = {
    ...qualifiers,
    kind: "unix",
    permissions,
    type,
    address: address === undefined ? undefined : operand(address),
    peerAddress: peerAddress === undefined ? undefined : operand(peerAddress),
    peerLabel: peerLabel === undefined ? undefined : operand(peerLabel),
    hasPeer,
  };
  return { text: words + text.join(" "), rule };
}

const options = [
  "ro",
  "rw",
  "nosuid",
  "noexec",
  "bind",
  "rbind",
  "remount",
  "move",
  "shared",
  "rslave",
  "make-private",
  "nodev",
  "relatime",
  "nouser",
];

/** Options of one list that do not contradict each other. */
function optionList(random: Random): string[] {
  const words = random.some(options);
  return words.includes("ro") ? words.filter((word) => word !== "rw") : words;
}

function makeMount(random: Random): Made {
  const { words, qualifiers } = qualify(random);
  const verb = random.pick(["mount", "mount", "mount", "mount", "remount", "umount", "pivot_root"] as const);
  const isMount = verb === "mount";
  const source = isMount
    ? random.maybe(0.5, () => random.pick(["/a", "/b*", "/a/**", "tmpfs", "detached", "{/a,/c}"]))
    : undefined;
  const target = random.maybe(0.6, () => random.pick(["/m", "/m/*", "/m/**", "/{m,n}/"]));
  const required = isMount || verb === "remount" ? (random.chance(0.5) ? [optionList(random)] : []) : [];
  const free = isMount || verb === "remount" ? (random.chance(0.25) ? [optionList(random)] : []) : [];
  const fstypes = isMount && random.chance(0.25) ? random.some(["ext4", "tmpfs", "f*"]) : [];
  const oldRoot = verb === "pivot_root" ? random.maybe(0.5, () => random.pick(["/a", "/old/*"])) : undefined;
  const parts = [
    verb,
    ...fstypes.slice(0, 1).map(() => `fstype=(${fstypes.join(", ")})`),
    ...required.map((each) => `options=(${each.join(", ")})`),
    ...free.map((each) => `options in (${each.join(", ")})`),
    ...(oldRoot === undefined ? [] : [`oldroot=${oldRoot}`]),
    ...(source === undefined ? [] : [source]),
    ...(target === undefined ? [] : [isMount ? `-> ${target}` : target]),
  ];
  const rule: MountRule = {
    ...qualifiers,
    kind: "mount",
    verb,
    source: source === undefined ? undefined : operand(source),
    target: target === undefined ? undefined : operand(target),
    fstypes: fstypes.map(operand),
    options: required,
    optionsIn: free,
    oldRoot: oldRoot === undefined ? undefined : operand(oldRoot),
    transition: undefined,
  };
  return { text: words + parts.join(" "), rule };
}

function makeSignal(random: Random): Made {
  const { words, qualifiers } = qualify(random);
  const permissions = random.maybe(0.5, () => random.some(["send", "receive"] as const));
  const names = random.maybe(0.5, () => random.some(["hup", "kill", "term", "exists", "rtmin+3", "io", "rtmin+32"]));
  const peer = random.maybe(0.6, () => random.pick(labels));
  const text = `signal${list(permissions)}${names === undefined ? "" : ` set=(${names.join(" ")})`}${peer === undefined ? "" : ` peer="${peer}"`}`;
  return {
    text: words + text,
    rule: {
      ...qualifiers,
      kind: "signal",
      permissions,
      signals: names?.map((name) => signalNumber(name) ?? 0),
      peer: peer === undefined ? undefined : operand(peer),
    },
  };
}

function makePtrace(random: Random): Made {
  const { words, qualifiers } = qualify(random);
  const permissions = random.maybe(0.6, () => random.some(["trace", "tracedby", "read", "readby"] as const));
  const peer = random.maybe(0.6, () => random.pick(labels));
  return {
    text: `${words}ptrace${list(permissions)}${peer === undefined ? "" : ` peer="${peer}"`}`,
    rule: { ...qualifiers, kind: "ptrace", permissions, peer: peer === undefined ? undefined : operand(peer) },
  };
}

function wrap(value: string | undefined): Operand | undefined {
  return value === undefined ? undefined : operand(value);
}

function makeDbus(random: Random): Made {
  const { words, qualifiers } = qualify(random);
  const shape = random.pick(["message", "service", "eavesdrop", "bare"] as const);
  const bus = random.maybe(0.6, () => random.pick(["system", "session", "s*"]));
  const message = shape === "message";
  const field = (values: readonly string[]): string | undefined =>
    message ? random.maybe(0.5, () => random.pick(values)) : undefined;
  const fields = {
    path: field(["/a", "/a/*", "//x//y", "/**"]),
    interface: field(["a.b", "a.*"]),
    member: field(["M", "{Get,Set}*"]),
    peerName: field(["org.x", "org.{x,y}", ":1.*"]),
    peerLabel: field(labels),
  };
  const name = shape === "service" ? random.pick(["org.x", "org.*"]) : undefined;
  const permissions =
    shape === "message"
      ? random.maybe(0.6, () => random.some(["send", "receive"] as const))
      : shape === "service"
        ? random.maybe(0.5, () => ["bind" as const])
        : shape === "eavesdrop"
          ? ["eavesdrop" as const]
          : undefined;
  const peer = [
    fields.peerName === undefined ? "" : `name="${fields.peerName}"`,
    fields.peerLabel === undefined ? "" : `label="${fields.peerLabel}"`,
  ].filter((word) => word !== "");
  const text = [
    `dbus${list(permissions)}`,
    bus === undefined ? "" : `bus="${bus}"`,
    name === undefined ? "" : `name="${name}"`,
    fields.path === undefined ? "" : `path="${fields.path}"`,
    fields.interface === undefined ? "" : `interface="${fields.interface}"`,
    fields.member === undefined ? "" : `member="${fields.member}"`,
    peer.length === 0 ? "" : `peer=(${peer.join(", ")})`,
  ].filter((word) => word !== "");
  const rule: DbusRule = {
    ...qualifiers,
    kind: "dbus",
    permissions,
    bus: wrap(bus),
    name: wrap(name),
    path: wrap(fields.path),
    interface: wrap(fields.interface),
    member: wrap(fields.member),
    peerName: wrap(fields.peerName),
    peerLabel: wrap(fields.peerLabel),
  };
  return { text: words + text.join(" "), rule };
}

function makeMqueue(random: Random): Made {
  const { words, qualifiers } = qualify(random);
  const permissions = random.maybe(0.5, () =>
    random.some(["create", "open", "delete", "getattr", "setattr", "read", "write"]),
  );
  const type = random.maybe(0.4, () => random.pick(["posix", "sysv"] as const));
  // 5.0.2 doubles the label in the second class of an untyped rule.
  const label = type === undefined ? undefined : random.maybe(0.5, () => random.pick(labels));
  const name = random.maybe(0.5, () =>
    type === "sysv" ? "1234" : type === "posix" ? random.pick(["/q", "/q*"]) : random.pick(["/q", "77"]),
  );
  const implied = type ?? (name === undefined ? undefined : name.startsWith("/") ? "posix" : "sysv");
  const text = `mqueue${list(permissions)}${type === undefined ? "" : ` type=${type}`}${label === undefined ? "" : ` label="${label}"`}${name === undefined ? "" : ` ${name}`}`;
  return {
    text: words + text,
    rule: {
      ...qualifiers,
      kind: "mqueue",
      permissions,
      type: implied,
      name: name === undefined ? undefined : operand(name),
      label: label === undefined ? undefined : operand(label),
    },
  };
}

function makeIoUring(random: Random): Made {
  const { words, qualifiers } = qualify(random);
  const permissions = random.maybe(0.6, () => random.some(["sqpoll", "override_creds"] as const));
  const label = random.maybe(0.5, () => random.pick(labels));
  return {
    text: `${words}io_uring${list(permissions)}${label === undefined ? "" : ` label="${label}"`}`,
    rule: { ...qualifiers, kind: "io_uring", permissions, label: label === undefined ? undefined : operand(label) },
  };
}

function makeUserns(random: Random): Made {
  const { words, qualifiers } = qualify(random);
  return { text: `${words}userns`, rule: { ...qualifiers, kind: "userns" } };
}

function makeRlimit(random: Random): Made {
  const value = random.below(1000);
  const [name, resource] = random.pick([
    ["nofile", 7],
    ["nproc", 6],
    ["core", 4],
  ] as const);
  return { text: `set rlimit ${name} <= ${value}`, rule: { kind: "rlimit", origin, resource, value: BigInt(value) } };
}

function makeAll(random: Random): Made {
  const { words, qualifiers } = qualify(random, { priority: false });
  return { text: `${words}all`, rule: { ...qualifiers, kind: "all" } };
}

const makers = {
  link: makeLink,
  change_profile: makeChangeProfile,
  capability: makeCapability,
  network: makeNetwork,
  unix: makeUnix,
  mount: makeMount,
  signal: makeSignal,
  ptrace: makePtrace,
  dbus: makeDbus,
  mqueue: makeMqueue,
  io_uring: makeIoUring,
  userns: makeUserns,
  rlimit: makeRlimit,
} as const;

/** One profile named `t`, with rules of a few classes. */
export function randomPolicy(seed: number, only?: readonly string[]): RandomPolicy {
  const random = new Random(seed);
  const exec = random.pick(execModes);
  const kinds = only ?? ["file", "file", "file", ...random.some(Object.keys(makers))];
  const plain = Array.from({ length: 1 + random.below(8) }, () => makeRule(random, random.pick(kinds), exec));
  // Beside `all` 5.0.2 merges mount rules differently for other neighbours: bits that no kernel asks for.
  const all = only === undefined && random.chance(0.02);
  const made = all ? [...plain.filter(({ rule }) => rule.kind !== "mount"), makeAll(random)] : plain;
  const body = made.map(({ text }) => `  ${text},`).join("\n");
  const rules = made.map(({ rule }) => rule);
  return { text: `profile t {\n${body}\n}\n`, policy: policyOf(rules) };
}

function makeRule(random: Random, kind: string, exec: readonly [string, ExecMode]): Made {
  if (kind === "file") return makeFile(random, exec);
  if (kind === "all") return makeAll(random);
  const maker = Object.entries(makers).find(([name]) => name === kind)?.[1];
  if (maker === undefined) throw new Error(`no such rule kind ${kind}`);
  return maker(random);
}

/** Policies that are about profiles rather than rules: attachments, xattrs, flags, hats, children, aliases. */
export function randomProfiles(seed: number): RandomPolicy {
  const random = new Random(seed);
  const aliases = random.chance(0.3) ? [makeAlias(random), makeAlias(random)] : [];
  const made = ["t", "u"].slice(0, 1 + random.below(2)).map((name) => makeProfile(random, name, undefined));
  const text = [...aliases.map(({ from, to }) => `alias ${from} -> ${to},`), ...made.map((each) => each.text)];
  return {
    text: `${text.join("\n")}\n`,
    policy: { profiles: made.map(({ profile }) => profile), aliases, abi: undefined, files: [] },
  };
}

function makeAlias(random: Random): Alias {
  return { from: random.pick(["/a", "/b", "/a/"]), to: random.pick(["/b", "/c", "/ab"]), at: origin.span };
}

function makeProfile(random: Random, name: string, parent: string | undefined): { text: string; profile: Profile } {
  const hat = parent !== undefined && random.chance(0.5);
  const full = parent === undefined ? name : `${parent}//${name}`;
  const attachment = hat ? undefined : random.maybe(0.7, () => path(random));
  const xattrs = hat || random.chance(0.7) ? [] : makeXattrs(random);
  const { words, flags } = makeFlags(random);
  const namespace = parent === undefined ? random.maybe(0.2, () => random.pick(["ns", "other"])) : undefined;
  const exec = random.pick(execModes);
  const rules = Array.from({ length: random.below(3) }, () => makeFile(random, exec));
  const depth = full.split("//").length;
  const children = depth > 2 ? [] : ["x", "y"].slice(0, random.below(3)).map((each) => makeProfile(random, each, full));
  const conditions = xattrs.map(({ name: key, value }) => (value === undefined ? key : `${key}="${value}"`));
  const header = [
    hat ? `^${name}` : `profile ${namespace === undefined ? "" : `:${namespace}:`}${name}`,
    attachment ?? "",
    conditions.length === 0 ? "" : `xattrs=(${conditions.join(" ")})`,
    words.length === 0 ? "" : `flags=(${words.join(",")})`,
  ].filter((word) => word !== "");
  const body = [...rules.map(({ text }) => `  ${text},`), ...children.map(({ text }) => text)].join("\n");
  const profile: Profile = {
    ...plainProfile,
    name: full,
    written: name,
    namespace,
    hat,
    xattrs,
    flags,
    attachment: attachment === undefined ? undefined : operand(attachment),
    attachmentWritten: attachment !== undefined,
    rules: rules.map(({ rule }) => rule),
    children: children.map((child) => child.profile),
  };
  return { text: `${header.join(" ")} {\n${body}\n}`, profile };
}

function makeXattrs(random: Random): XattrCondition[] {
  return random.some(["user.a", "security.b", "user.c"]).map((name) => ({
    name,
    value: random.maybe(0.7, () => random.pick(["v", "v*", "*", "{a,b}", "**x"])),
    at: origin.span,
  }));
}

function makeFlags(random: Random): { words: string[]; flags: ProfileFlags } {
  if (random.chance(0.6)) return { words: [], flags: plainProfile.flags };
  const mode = random.pick(["enforce", "complain", "kill", "unconfined", "prompt", "default_allow"] as const);
  const known = {
    audit: "audit",
    debug: "debug",
    chrootRelative: "chroot_relative",
    mediateDeleted: "mediate_deleted",
    attachDisconnected: "attach_disconnected",
    chrootAttach: "chroot_attach",
    noAttachDisconnected: "no_attach_disconnected",
    interruptible: "interruptible",
  } as const;
  const picked = random.some(Object.entries(known));
  const connected = picked.some(([key]) => key === "attachDisconnected");
  const chosen = picked.filter(([key]) => key !== "noAttachDisconnected" || !connected);
  const on = Object.fromEntries(chosen.map(([key]) => [key, true]));
  const modeWritten = mode !== "enforce";
  // 5.0.2 writes the debug bit only when the word stands first.
  const others = chosen.map(([, word]) => word).filter((word) => word !== "debug");
  const first = "debug" in on ? ["debug"] : [];
  const words = [...first, ...(modeWritten ? [mode] : []), ...others];
  return { words, flags: { ...plainProfile.flags, ...on, mode, modeWritten } };
}

function policyOf(rules: readonly Rule[]): Policy {
  return { profiles: [{ ...plainProfile, rules }], aliases: [], abi: undefined, files: [] };
}

const plainProfile: Profile = { ...emptyProfile("t"), origin };
