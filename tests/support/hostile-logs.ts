/** Logs that somebody wrote who wants more than he has: recorded and grown lines, bent and broken. The same seed gives the same log. */
import type { Random } from "./random.ts";

const PROFILES: readonly string[] = ["web", "web//worker", "web//^hat", "mail", "/usr/bin/tool", "db", "web//hat"];

/** Names that mean something to somebody: to the language, to a shell, to a reader of directories, to a terminal. */
const NAMES: readonly string[] = [
  "/etc/passwd",
  "/srv/a b",
  "/srv/**",
  "/{a,b}",
  "/x[a-z]",
  "/@{HOME}/x",
  "/${x}",
  "/a,",
  '/q"uote',
  "/back\\slash",
  "/back\\",
  "/end#",
  "/new\nline",
  "/nul\0",
  "/esc\u001b[31m",
  "/bidi\u202e",
  "/stray\udcff\udc80",
  "/dots/../..",
  "//double",
  "/a//b",
  "/^x",
  "/x r, } profile evil /** flags=(unconfined) { /** rwlkm, ",
  "/x rw,\n  capability sys_admin,",
  " lead",
  "",
  "none",
  "@abstract",
  "@",
  "@{x}",
  ":ns:prof",
  "&stack",
  "a//&b",
  "README",
  ".hidden",
  "x~",
  "x.dpkg-new",
  "x.rpmnew.orig",
  "abstractions",
  "disabled-one",
  "WEB",
  "-rf",
  "..",
  "../../etc/cron.d/x",
  "*",
  "/**",
  "unconfined",
  "null-/bin/sh",
  "x".repeat(300),
  `/${"y".repeat(5000)}`,
  "kill, } profile evil /bin/sh flags=(unconfined) { capability kill",
  "1234",
  "/queue",
];

const WORDS: readonly string[] = [
  "r",
  "w",
  "rw",
  "wr",
  "rmix",
  "x",
  "xm",
  "l",
  "wc",
  "ra",
  "k",
  "rwz",
  "R",
  "send",
  "receive",
  "send receive",
  "send receive connect",
  "create",
  "bind",
  "listen",
  "setcred",
  "unknown",
  "accept",
  "getattr setattr",
  "trace",
  "read",
  "readby tracedby",
  "open",
  "delete",
  "write",
  "eavesdrop",
  "sqpoll",
  "override_creds",
  "send, receive",
  "read) peer=(label=x",
  "",
];

type Make = (random: Random) => string;

const quoted = (value: string): string => `"${value}"`;

function hexOf(text: string): string {
  return Buffer.from(encode(text)).toString("hex").toUpperCase();
}

/** Lone surrogates stand for stray bytes. */
function encode(text: string): Uint8Array {
  const parts = Array.from(text, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(char);
  });
  return Buffer.concat(parts);
}

/** A name as the kernel writes it, or as somebody would write it who is not the kernel. */
function name(random: Random): string {
  const text = random.chance(0.6) ? `/${random.pick(["bin", "etc", "srv"])}/f${random.below(9)}` : anyName(random);
  if (random.chance(random.pick([0.05, 0.6]))) return quoted(text);
  return random.chance(0.8) && /^[!#-~]+$/.test(text) ? quoted(text) : hexOf(text);
}

const LETTERS = [..."/\\\"'{}[]()*?^#,=@$!~ \t\n:&+-.<>|;ab01".split(""), "\u0007", "é", "\udcfe", "\u200b"];

function anyName(random: Random): string {
  if (random.chance(0.7)) return random.pick(NAMES);
  const letters = Array.from({ length: 1 + random.below(8) }, () => random.pick(LETTERS));
  return (random.chance(0.7) ? "/" : "") + letters.join("");
}

function profile(random: Random): string {
  return random.chance(0.8) ? quoted(random.pick(PROFILES)) : name(random);
}

const word: Make = (random) => quoted(random.pick(WORDS));
const label: Make = (random) => (random.chance(0.5) ? quoted(random.pick(PROFILES)) : name(random));

const mask = (random: Random, good: readonly string[]): string =>
  random.chance(0.75) ? quoted(random.pick(good)) : word(random);
const odd = (random: Random, good: readonly string[]): string =>
  random.chance(0.85) ? random.pick(good) : anyName(random).replaceAll(/\s/g, "_");

const CAPABILITIES: readonly (readonly [number, string])[] = [
  [5, "kill"],
  [21, "sys_admin"],
  [7, "setuid"],
  [41, "unknown"],
  [5, "sys_admin"],
];

/** What follows `apparmor="…"`, by operation. */
const BODIES: readonly Make[] = [
  (r) =>
    `operation="open" class="file" profile=${profile(r)} name=${name(r)} ${ids(r, mask(r, ["r", "w", "wr", "ra", "wc"]))}`,
  (r) => `operation="file_mmap" profile=${profile(r)} name=${name(r)} ${ids(r, mask(r, ["m", "r"]))}`,
  (r) =>
    `operation="link" profile=${profile(r)} name=${name(r)} ${ids(r, mask(r, ["l", "xm", "r", "wracdk"]))} target=${name(r)}`,
  (r) => {
    const path = name(r);
    const own = r.pick(PROFILES);
    const target = r.chance(0.5) ? "" : ` target=${quoted(`${own}//null-${path.replaceAll('"', "")}`)}`;
    return `operation="exec" profile=${quoted(own)} name=${path} ${ids(r, mask(r, ["x"]))}${target}`;
  },
  (r) =>
    `operation="open" profile=${quoted(`${r.pick(PROFILES)}//null-/bin/f${r.below(9)}`)} name=${name(r)} ${ids(r, mask(r, ["r"]))}`,
  (r) => {
    const [number, capability] = r.pick(CAPABILITIES);
    const written = r.chance(0.7) ? quoted(capability) : name(r);
    return `operation="capable" profile=${profile(r)} pid=7 comm="t" capability=${odd(r, [String(number)])}  capname=${written}`;
  },
  (r) =>
    `operation="create" profile=${profile(r)} pid=7 comm="t" family=${quoted(odd(r, ["inet", "inet6", "netlink", "unix", "unknown(99)"]))} sock_type=${quoted(odd(r, ["stream", "dgram", "raw", "dcc"]))} protocol=0 requested_mask=${word(r)} denied_mask=${mask(r, ["create", "send receive"])}`,
  (r) =>
    `operation="connect" profile=${profile(r)} pid=7 comm="t" family="unix" sock_type=${quoted(odd(r, ["stream", "dgram", "seqpacket"]))} protocol=0 denied_mask=${mask(r, ["send receive connect", "bind", "create", "listen", "send"])} addr=${address(r)} peer_addr=${address(r)} peer=${label(r)}`,
  (r) =>
    `operation="signal" profile=${profile(r)} pid=7 comm="t" requested_mask=${mask(r, ["send"])} denied_mask=${mask(r, ["send", "receive"])} signal=${odd(r, ["term", "rtmin+3", "exists", "kill", "rtmin+99", "unknown(77)", "rtmin+3,kill"])} peer=${label(r)}`,
  (r) =>
    `operation="ptrace" profile=${profile(r)} pid=7 comm="t" denied_mask=${mask(r, ["trace", "read", "readby tracedby"])} peer=${label(r)}`,
  (r) =>
    `operation="setrlimit" profile=${profile(r)} pid=7 comm="t" rlimit=${odd(r, ["nofile", "nice", "cpu", "rttime"])} value=${odd(r, ["200", "18446744073709551615", "0", "39"])}`,
  (r) =>
    `operation="mount" profile=${profile(r)} name=${name(r)} pid=7 comm="t" fstype=${label(r)} srcname=${name(r)} flags=${quoted(odd(r, ["rw, nosuid", "rw,_bind", "ro", "rw", "remount", "rw,move", "rshared"]).replaceAll("_", " "))}`,
  (r) => `operation="umount" profile=${profile(r)} name=${name(r)} pid=7 comm="t"`,
  (r) => `operation="pivotroot" profile=${profile(r)} name=${name(r)} pid=7 comm="t" srcname=${name(r)}`,
  (r) =>
    `operation="userns_create" class="namespace" profile=${profile(r)} pid=7 comm="t" requested="userns_create" denied="userns_create"`,
  (r) =>
    `operation="uring_override" class="io_uring" profile=${profile(r)} pid=7 comm="t" requested=${word(r)} denied=${mask(r, ["override_creds", "sqpoll"])} tcontext=${label(r)}`,
  (r) =>
    `operation="open" class=${quoted(r.pick(["posix_mqueue", "sysv_mqueue"]))} profile=${profile(r)} name=${r.chance(0.5) ? '"/queue"' : name(r)} pid=7 comm="t" requested=${word(r)} denied=${mask(r, ["open read", "create", "delete", "write"])}`,
  (r) => `operation="change_profile" profile=${profile(r)} name=${label(r)} pid=7 comm="t"`,
  (r) =>
    `operation=${quoted(r.pick(["stack", "change_onexec", "stack_onexec"]))} profile=${profile(r)} name=${label(r)} pid=7 comm="t"`,
  (r) => `operation="change_hat" profile=${profile(r)} name=${label(r)} pid=7 comm="t"`,
  (r) =>
    `operation=${quoted(r.pick(["dbus_method_call", "dbus_signal", "dbus_bind", "dbus_eavesdrop"]))}  bus=${quoted(odd(r, ["system", "session"]))} path=${name(r)} interface=${label(r)} member=${label(r)} mask=${mask(r, ["send", "receive", "bind", "eavesdrop"])} name=${label(r)} pid=7 label=${profile(r)} peer_pid=8 peer_label=${label(r)}`,
  (r) =>
    `operation="open" profile=${profile(r)} info="Failed name lookup - ${r.pick(["disconnected path", "deleted entry", "name too long"])}" error=-13 name=${name(r)} ${ids(r, mask(r, ["r"]))}`,
];

function ids(random: Random, denied: string): string {
  const uid = random.pick([0, 1000]);
  return `pid=7 comm="t" requested_mask=${denied} denied_mask=${denied} fsuid=${uid} ouid=${random.pick([0, 1000])}`;
}

function address(random: Random): string {
  if (random.chance(0.2)) return "none";
  const text = random.chance(0.4) ? `@sock${random.below(5)}` : anyName(random);
  return quoted(random.chance(0.5) ? text : `@${hexOf(text)}`);
}

const FRAMES: readonly ((body: string, serial: number, random: Random) => string)[] = [
  (body, serial) => `type=AVC msg=audit(1700000000.001:${serial}): ${body}`,
  (body, serial) => `audit: type=1400 audit(1700000000.001:${serial}): ${body}`,
  (body, serial) => `Nov 22 08:52:44 h kernel: [  6.3] audit: type=1400 audit(1700000000.001:${serial}): ${body}`,
  (body, serial) => JSON.stringify({ MESSAGE: `audit: type=1400 audit(1.1:${serial}): ${body}`, _TRANSPORT: "kernel" }),
  (body, serial) => `type=USER_AVC msg=audit(1.1:${serial}): pid=1 uid=0 auid=0 ses=0 subj=x msg='${body} exe="/d"'`,
  (body, serial, r) => `Nov 22 08:52:44 h ${r.pick(["sshd[1]", "kernel", "su"])}: user ${body} ${serial}`,
];

const SPLICES: readonly string[] = [
  '"',
  " ",
  "=",
  "\\",
  ",",
  "}",
  "\n",
  "\r",
  "\t",
  "\0",
  "@{",
  "'",
  "\u001d",
  'name="',
  " capname=",
  "\udcff",
];

/** Breaks a line in one place or a few. */
function mutated(line: string, other: string, random: Random): string {
  let text = line;
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const at = random.below(text.length + 1);
    const to = Math.min(text.length, at + random.below(6));
    const kind = random.below(5);
    if (kind === 0) text = text.slice(0, at) + random.pick(SPLICES) + text.slice(at);
    else if (kind === 1) text = text.slice(0, at) + text.slice(to);
    else if (kind === 2) text = text.slice(0, at) + random.pick(SPLICES) + text.slice(to);
    else if (kind === 3) text = text.slice(0, at) + other.slice(random.below(other.length + 1));
    else text = text.slice(0, at) + text.slice(Math.max(0, at - random.below(40)));
  }
  return text;
}

/** `count` lines; the more `damage` (0 to 1), the less of them is as a kernel would write it. */
export function hostileLog(random: Random, count: number, damage: number): readonly string[] {
  const lines: string[] = [];
  for (let serial = 1; serial <= count; serial += 1) {
    const type = random.pick(["DENIED", "ALLOWED", "ALLOWED", "DENIED", "KILLED", "AUDIT"]);
    const body = `apparmor="${type}" ${random.pick(BODIES)(random)}`;
    const frame = random.chance(0.8) ? FRAMES[0] : random.pick(FRAMES);
    const line = (frame ?? ((text: string) => text))(body, serial, random);
    lines.push(random.chance(damage) ? mutated(line, random.pick([...lines, line]), random) : line);
  }
  return lines;
}
