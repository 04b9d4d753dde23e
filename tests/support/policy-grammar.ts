/**
 * Texts that are almost policy, for asking two readers whether they are: grown from the grammar with a taste for corners, and
 * bred from texts that exist by cutting, doubling, swapping and misspelling. The same seed gives the same texts.
 */
import { Random } from "./random.ts";

const words: Readonly<Record<string, readonly string[]>> = {
  path: [
    "/a",
    "/b",
    "/a/*",
    "/**",
    "/{a,b}",
    "/[ab]",
    "/a?",
    "/@{x}",
    "@{x}/a",
    "@{y}",
    '"/a b"',
    "/a\\ b",
    "//c",
    "/d/",
    "foo",
    "/@{u}",
    "/[a",
    "/{a",
    "/a\\*",
    "/\\x41",
    "@{profile_name}",
    "/@{attach_path}",
    "&a",
    ":n:/a",
    "/a,b",
    "/{,a}",
    "/{a}",
    "/[^/]",
    "/@{b}",
    '"/a',
    "/@{x-y}",
    "/@{x,y}",
    "/a]",
    "/a\\",
  ],
  letters: [
    "r",
    "w",
    "rw",
    "a",
    "k",
    "m",
    "l",
    "ix",
    "px",
    "Px",
    "cx",
    "Cx",
    "ux",
    "Ux",
    "pix",
    "PUx",
    "cux",
    "rix",
    "mrwkl",
    "x",
    "aw",
    "R",
    "RW",
    "pxix",
    "lpx",
    "rr",
    "q",
    "Ix",
    "PX",
  ],
  target: ["b", "t//c", ":n:b", "&b", "a//&b", "@{x}", '"b c"', ":n://b", "/a", "", "safe"],
  prefix: [
    "",
    "",
    "",
    "",
    "",
    "audit ",
    "deny ",
    "allow ",
    "prompt ",
    "owner ",
    "other ",
    "user ",
    "audit deny ",
    "audit owner ",
    "deny owner ",
    "priority=1 ",
    "priority=-5 deny ",
    "priority=1001 ",
    "priority=x ",
    "owner deny ",
    "audit audit ",
    "quiet ",
    "priority=0 ",
  ],
  capability: ["kill", "sys_admin", "mac_admin", "bpf", "kill chown", "foo", "", "KILL", '"kill"', "cap_kill", "all"],
  family: ["inet", "inet6", "unix", "netlink", "packet", "foo", "ipv6", "unspec", "mctp", "vsock"],
  type: ["stream", "dgram", "raw", "tcp", "udp", "icmp", "packet", "seqpacket", "rdm", "dccp", "none", "foo"],
  sockperm: [
    "create",
    "bind",
    "listen",
    "accept",
    "connect",
    "getattr",
    "send",
    "receive",
    "r",
    "w",
    "rw",
    "read",
    "write",
    "(send receive)",
    "(r)",
    "(rw,create)",
    "()",
    "(foo)",
    "(R)",
    "shutdown",
    "setopt",
    "foo",
    "wr",
    "rr",
  ],
  inet: [
    "ip=127.0.0.1",
    "ip=::1",
    "ip=none",
    "ip=1.2.3",
    "ip=1.2.3.4/8",
    "port=80",
    "port=1-2",
    "port=99999",
    "port=2-1",
    "interface=eth0",
    "interface=e*",
    "interface=[e",
    "label=a",
    "label=(a b)",
    "addr=@a",
    "port in (80)",
    "ip=@{x}",
    "port=(80)",
  ],
  inetpeer: ["ip=127.0.0.1", "port=80", "label=a", "label:=a", "interface=a", "ip=::", "foo=a", "port:=1", "label"],
  unix: [
    "type=stream",
    "type=dgram",
    "type=foo",
    "addr=@a",
    "addr=none",
    "addr=auto",
    "addr=/a",
    "addr=@*",
    "addr=@{x}",
    "addr=@@{x}",
    "label=a",
    "protocol=0",
    "type=(stream dgram)",
    "type in (stream)",
    'addr="@{a,b}"',
    "addr=@\\000",
    "addr=@a[",
    "peer=a",
  ],
  unixpeer: [
    "addr=@b",
    "label=a",
    "label=/a/**",
    "type=stream",
    "addr=none",
    "label=@{x}",
    "addr=b",
    "label:=a",
    "label",
    "addr=(@b)",
    "label=a,b",
  ],
  dbus: [
    "bus=system",
    "path=/a",
    "path=/a/**",
    "interface=a.b",
    "member=M",
    "name=a.b",
    "member={A,B*}",
    "bus=a",
    "label=a",
    "path=@{x}",
    "bus=(a b)",
    "foo=a",
    "path=/a{",
    "bus in (a)",
    "bus=",
  ],
  dbuspeer: ["name=a.b", "label=a", "bus=b", "path=/b", "label:=a", "foo=b", "name", "label=@{x}", "member=A"],
  dbusperm: [
    "send",
    "receive",
    "bind",
    "eavesdrop",
    "(send receive)",
    "(bind)",
    "r",
    "w",
    "rw",
    "()",
    "(foo)",
    "read",
    "write",
    "trace",
  ],
  signal: [
    "set=hup",
    "set=(hup int)",
    "set=kill",
    "set=rtmin+3",
    "set=foo",
    "set=HUP",
    "peer=a",
    "peer=@{x}",
    "peer={a,b}",
    "set=(rtmin+33)",
    "peer=(a b)",
    "set in (hup)",
    "label=a",
    "set=9",
    "peer=[",
    "set=exists",
  ],
  mount: [
    "options=ro",
    "options=(ro,nosuid)",
    "options=(ro rw)",
    "options in (ro rw)",
    "options=bind",
    "options=(rbind,ro)",
    "options=remount",
    "options=move",
    "options=(make-private)",
    "options=rslave",
    "options=(rw suid)",
    "fstype=tmpfs",
    "fstype=(ext3 ext4)",
    "fstype=@{x}",
    "vfstype=a",
    "option=ro",
    "options=foo",
    "options=data=x",
    "fstype in (a)",
    "foo=a",
    "options=(remount,bind)",
    "options in (shared)",
    "options=nouser",
    "options=(mand,loud)",
  ],
  device: ["/dev/sda", "tmpfs", "none", '""', "/a", "@{x}", "/[a", "detached", "/a\\ b", "/{a,b}"],
  mqueue: ["type=posix", "type=sysv", "type=foo", "label=a", "label=@{x}", "foo=a", "label=(a b)", "type=(posix)"],
  mqname: ["/a", "1", "a", "/@{x}", "@{x}", "-1", "/*", "0", "/a{b", "01"],
  mqperm: [
    "create",
    "open",
    "delete",
    "getattr",
    "setattr",
    "read",
    "write",
    "r",
    "w",
    "rw",
    "(create open)",
    "(foo)",
    "()",
  ],
  rlimit: ["nofile", "cpu", "nice", "fsize", "rttime", "as", "ofile", "foo", "rtprio", "data", "core", "nproc"],
  limit: [
    "10",
    "0",
    "1K",
    "2 MB",
    "10s",
    "5ms",
    "5 min",
    "infinity",
    "-5",
    "-21",
    "20",
    "19",
    "1G",
    "1k",
    "010",
    "0x10",
    "100us",
    "1week",
    "infinity s",
    "1.5",
    "1 KB",
    "99999999999999999999",
    "08",
    "K",
    "3 d",
  ],
  flag: [
    "audit",
    "complain",
    "kill",
    "enforce",
    "unconfined",
    "prompt",
    "default_allow",
    "attach_disconnected",
    "no_attach_disconnected",
    "mediate_deleted",
    "delegate_deleted",
    "chroot_relative",
    "namespace_relative",
    "chroot_attach",
    "chroot_no_attach",
    "attach_disconnected.path=/a",
    "attach_disconnected.path=@{x}",
    "attach_disconnected.path=a",
    "attach_disconnected.ipc",
    "attach_disconnected.ipc=/b",
    "kill.signal=term",
    "kill.signal=foo",
    "error=EPERM",
    "error=eacces",
    "error=1",
    "interruptible",
    "debug",
    "foo",
    '"audit"',
    "attach_disconnected.path=//a//",
  ],
  name: [
    "t",
    "u",
    "/bin/t",
    "t//u",
    ":n:t",
    ":n://t",
    '"a b"',
    "t{a,b}",
    "[a",
    "t@{x}",
    "@{x}",
    "&t",
    ":n",
    "::t",
    "@{u}",
    "t\\ x",
    "profile",
    "/bin/@{x}",
    "*",
    "t,u",
    "/a//b",
    "{a}",
    ":n:",
    "^h",
    '""',
  ],
  attachment: ["/bin/t", "/bin/*", "@{x}", "/{a,b}", "t", '"/a b"', "/[a", "@{u}/a", "@{x}/a", "/bin/@{x}", ":n:/a"],
  value: [
    "a",
    "b",
    "/a",
    "/a/",
    '"a b"',
    '""',
    "@{y}",
    "a,b",
    "{a,b}",
    "1",
    "2",
    "true",
    "/",
    "@{x}",
    "#a",
    "a,",
    "\\a",
    "@{u}",
    "@z",
    "10",
    "0x10",
    "@{y}/@{z}",
  ],
  variable: ["@{x}", "@{y}", "@{z}", "@{x}", "@{HOME}", "@x", "@{a-b}", "@{profile_name}"],
  assign: [" = ", "=", " += ", "+=", " ?= ", "?=", " := ", ":="],
  boolean: [
    "true",
    "false",
    "TRUE",
    "yes",
    "$b",
    "not $b",
    "not true",
    "$b and $c",
    "true or $b",
    "@{x} == a",
    "@{x} in @{y}",
    "1 < 2",
    "@{x} > 1",
    "(true)",
    "(true or false) and true",
    "defined @{x}",
    "defined $b",
    "defined @{u}",
    "$u",
    "@{u} == a",
    "@{x}",
    "a",
    "a < b",
    "1 < a",
    '"a" == a',
    "@{x} != b",
    "not defined @{x}",
    "@{x} <= @{y}",
    "99999999999999999999 < 1",
    "$x",
    "010 == 8",
    "010 < 9",
    "a in @{x}",
    "true and",
    "()",
    "not",
  ],
  xattr: [
    "user.a=b",
    "user.a",
    "user.a=*",
    'a="b c"',
    "user.a=[b",
    "user.a=(b)",
    "user.a=(b c)",
    "user.a=@{x}",
    "a:=b",
  ],
};

/** Words that are wrong wherever they stand, or nearly so. */
const WRONG =
  /foo|@\{u\}|@\{[a-z]-|@\{x,|^\/?\[[^\]]*$|\{a$|\{a\}|\]$(?<!\[.*)|\\$|^"\/a$|:=|\byes\b|quiet|1001|=x|owner deny|audit audit|KILL|HUP|cap_|"kill"|^all$|\$u|99999|1\.2\.3(?!\.)|2-1| in \(|\(a b\)|=$|^&t|^:n$|^::t|^:n:$|^""$|1\.5|^-|aw|pxix|^q$|^x$|^lpx$|interface=\[|data=|user\.a=\[/;

const tame: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(words).map(([kind, list]) => [
    kind,
    kind === "name" ? list : list.filter((word) => !WRONG.test(word)),
  ]),
);

export class TextMaker {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** A whole file from the grammar. */
  policy(): string {
    const preamble = this.#times(4, () => this.#preamble());
    const profiles = this.#times(this.#random.chance(0.9) ? 1 : 2, () => this.#profile("profile", 0));
    return [...preamble, ...profiles].join("\n") + (this.#random.chance(0.97) ? "\n" : "");
  }

  /** A file with one rule and the variables it may use: what most differences need. */
  oneRule(): string {
    return `@{x}=a /b\n@{y}=/c/\n$b=true\nprofile t /bin/t {\n  ${this.#item(3)}\n}\n`;
  }

  /** A text changed in one to three places. `other` lends pieces. */
  mutate(text: string, other: string): string {
    let out = text;
    const changes = 1 + this.#random.below(3);
    for (let count = 0; count < changes; count += 1) out = this.#change(out, other);
    return out;
  }

  /** Nine times in ten a word that is right in most places. */
  #word(kind: string): string {
    const list = (this.#random.chance(0.9) ? tame : words)[kind];
    return this.#random.pick(list ?? []);
  }

  #maybe(probability: number, make: () => string): string {
    return this.#random.chance(probability) ? make() : "";
  }

  #times(most: number, make: () => string): string[] {
    return Array.from({ length: this.#random.below(most + 1) }, make);
  }

  #preamble(): string {
    switch (this.#random.below(8)) {
      case 0:
        return `$${this.#random.pick(["b", "c", "x", "{b}"])}${this.#word("assign")}${this.#word("boolean")}`;
      case 1:
        return `alias ${this.#word("path")} -> ${this.#word("path")},`;
      case 2:
        return this.#random.pick([
          "abi <abi/4.0>,",
          "abi <nope>,",
          "abi <kernel>,",
          "include <nope>",
          "include if exists <nope>",
          "# comment",
          "abi <abi/5.0>,",
        ]);
      default:
        return `${this.#word("variable")}${this.#word("assign")}${[this.#word("value"), ...this.#times(2, () => this.#word("value"))].join(" ")}`;
    }
  }

  #profile(keyword: string, depth: number): string {
    const random = this.#random;
    const attachment = this.#maybe(0.3, () => ` ${this.#word("attachment")}`);
    const xattrs = this.#maybe(0.07, () => ` xattrs=(${this.#times(2, () => this.#word("xattr")).join(" ")})`);
    const flags = this.#maybe(
      0.2,
      () =>
        ` ${random.pick(["flags=", "flags=", ""])}(${[this.#word("flag"), ...this.#times(2, () => this.#word("flag"))].join(random.pick([" ", ",", ", "]))})`,
    );
    const word = random.chance(0.06) ? "" : `${keyword} `;
    const body = this.#times(5, () => this.#item(depth)).join("\n  ");
    const name = random.chance(0.6) ? random.pick(["t", "u", "/bin/t"]) : this.#word("name");
    return `${word}${name}${attachment}${xattrs}${flags} {\n  ${body}\n}`;
  }

  #item(depth: number): string {
    const random = this.#random;
    const roll = random.below(32);
    if (depth < 2 && roll === 0) return this.#profile(random.pick(["profile", "hat"]), depth + 1);
    if (depth < 2 && roll === 1) return `^${this.#profile("", depth + 1).trimStart()}`;
    if (depth < 3 && roll === 2)
      return `if ${this.#word("boolean")} {\n ${this.#item(depth + 1)} \n}${this.#maybe(0.4, () => ` else { ${this.#item(depth + 1)} }`)}`;
    if (depth < 3 && roll === 3) return `${this.#word("prefix")}{ ${this.#item(depth + 1)} }`;
    if (roll === 4) return `set rlimit ${this.#word("rlimit")} <= ${this.#word("limit")},`;
    const end = random.chance(0.97) ? "," : random.pick(["", ";", ",,", " # c\n,"]);
    return `${this.#word("prefix")}${this.#rule()}${end}`;
  }

  #rule(): string {
    const random = this.#random;
    const group = (kind: string): string =>
      this.#maybe(
        0.35,
        () =>
          ` ${random.chance(0.95) ? "peer" : "xattrs"}=(${this.#times(3, () => this.#word(kind)).join(random.pick([" ", ", "]))})`,
      );
    const some = (kind: string, most: number): string => this.#times(most, () => ` ${this.#word(kind)}`).join("");
    const permission = (kind: string): string => this.#maybe(0.5, () => ` ${this.#word(kind)}`);
    switch (random.below(18)) {
      case 0:
        return `capability ${this.#word("capability")}`;
      case 1:
      case 2:
        return `network${permission("sockperm")}${this.#maybe(0.5, () => ` ${this.#word("family")}`)}${this.#maybe(0.4, () => ` ${this.#word("type")}`)}${some("inet", 2)}${group("inetpeer")}`;
      case 3:
        return `unix${permission("sockperm")}${some("unix", 2)}${group("unixpeer")}`;
      case 4:
        return `dbus${permission("dbusperm")}${some("dbus", 3)}${group("dbuspeer")}`;
      case 5:
        return `signal${permission("dbusperm")}${some("signal", 2)}`;
      case 6:
        return `ptrace${this.#maybe(0.5, () => ` ${random.pick(["read", "trace", "readby", "tracedby", "r", "rw", "(read trace)", "(w)", "(x)", "send", "()"])}`)}${this.#maybe(0.5, () => ` ${random.pick(["peer=a", "peer=@{x}", "peer=(a)", "peer=/a/**", "label=a", "peer=[", 'peer="a b"'])}`)}`;
      case 7:
      case 8:
        return `${random.pick(["mount", "mount", "remount", "umount", "unmount"])}${some("mount", 2)}${this.#maybe(0.6, () => ` ${this.#word("device")}`)}${this.#maybe(0.4, () => ` -> ${this.#word("path")}`)}`;
      case 9:
        return `pivot_root${this.#maybe(0.4, () => ` oldroot=${this.#word("device")}`)}${this.#maybe(0.6, () => ` ${this.#word("path")}`)}${this.#maybe(0.3, () => ` -> ${this.#word("target")}`)}`;
      case 10:
        return `mqueue${permission("mqperm")}${some("mqueue", 2)}${this.#maybe(0.6, () => ` ${this.#word("mqname")}`)}`;
      case 11:
        return random.pick([
          "io_uring",
          "io_uring sqpoll",
          "io_uring (sqpoll override_creds)",
          "io_uring label=a",
          "io_uring label=@{x}",
          "io_uring sqpoll peer=(label=a)",
          "userns",
          "userns create",
          "userns foo",
          "all",
          "all r",
          "io_uring foo",
        ]);
      case 12:
        return `change_profile${this.#maybe(0.3, () => ` ${random.pick(["safe", "unsafe"])}`)}${this.#maybe(0.4, () => ` ${this.#word("path")}`)}${this.#maybe(0.7, () => ` -> ${this.#word("target")}`)}`;
      case 13:
        return `link${this.#maybe(0.3, () => " subset")} ${this.#word("path")} -> ${this.#word("path")}`;
      default:
        return this.#fileRule();
    }
  }

  #fileRule(): string {
    const random = this.#random;
    if (random.chance(0.04)) return "file";
    const keyword = this.#maybe(0.15, () => "file ");
    const safety = this.#maybe(0.08, () => `${random.pick(["safe", "unsafe"])} `);
    const target = this.#maybe(0.15, () => ` -> ${this.#word("target")}`);
    const path = random.chance(0.5) ? random.pick(["/a", "/b", "/*", "/**", "/{a,b}", "/a*"]) : this.#word("path");
    const letters = this.#word("letters");
    if (random.chance(0.2)) return `${keyword}${safety}${letters}${this.#maybe(0.1, () => " subset")} ${path}${target}`;
    return `${keyword}${safety}${path} ${letters}${target}`;
  }

  #change(text: string, other: string): string {
    const random = this.#random;
    const pieces = split(text);
    const at = random.below(pieces.length);
    const piece = pieces[at] ?? "";
    switch (random.below(9)) {
      case 0:
        pieces.splice(at, 1);
        break;
      case 1:
        pieces.splice(at, 0, piece);
        break;
      case 2: {
        const swap = random.below(pieces.length);
        pieces[at] = pieces[swap] ?? "";
        pieces[swap] = piece;
        break;
      }
      case 3:
      case 4:
        pieces[at] = random.pick(split(other));
        break;
      case 5:
        pieces.splice(at, 0, ` ${random.pick(split(other))} `);
        break;
      case 6:
        pieces[at] = this.#misspell(piece);
        break;
      case 7:
        pieces[at] = this.#word(random.pick(Object.keys(words)));
        break;
      default:
        pieces.splice(
          at,
          0,
          random.pick([
            ",",
            "{",
            "}",
            "(",
            ")",
            "=",
            " ",
            "\n",
            '"',
            "\\",
            "#",
            "->",
            ":",
            "!",
            "@{x}",
            "$b",
            "+",
            "\t",
            "^",
            "\r\n",
            "[",
            "]",
            "*",
            "ä",
          ]),
        );
    }
    return pieces.join("");
  }

  #misspell(piece: string): string {
    const at = this.#random.below(piece.length + 1);
    const letter = this.#random.pick(Array.from('aexr/,={}()[]"\\@$:&^*?#! \n1-+'));
    return this.#random.chance(0.5)
      ? piece.slice(0, at) + letter + piece.slice(at)
      : piece.slice(0, at) + piece.slice(at + 1);
  }
}

/** Words, blanks and signs. */
function split(text: string): string[] {
  return text.match(/[A-Za-z0-9_./*@{}$]+|\s+|./gsu) ?? [""];
}
