/**
 * Random policy texts that go wide where `random-policy.ts` goes deep: every operand may be any pattern, quoted, escaped or made of
 * variables; blocks, conditionals, aliases, hats in hats, namespaces and every flag occur. There is no model beside the text,
 * which only another compiler can judge. The same seed gives the same text. Most texts are valid.
 */
import { Random } from "./random.ts";

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** Pieces of patterns for every place; `/` is put in between where a path is wanted. */
const pieces = words(String.raw`
  a b ab c a.b x-y é a+b (a) a$ ^a a|b ~ %41 a=b A aaaa
  * ** *** ? ?* *? a* *a a** **a a**b a*b*c ?? a?b
  [ab] [a-c] [^a] [^a-c] [a-c]b [\]a] [0-9]* [^/] [a-cx-z] [-a] [.] [c-a]
  {a,b} {a,b*,} {,a} {a,} {a,{b,c}} {a{b,c},d} x{,y{,z}} {*,a} {**,a} {a/b,c} {[ab],c} {a,a} {,} {{a,b},{c,d}} a{,/} {?,*} a{,b,bc}d
  \* \? \[a\] \{a,b\} \{ \101 \x41 \d065 \052 a\,b \\a \x2f \057
`);
const values = words("a b a/b a* {a,b} ** [ab] ab c");
const labels = words(String.raw`
  a /a unconfined a//b a* ** * {a,b} [ab]c /a/** &a :n:a :n://a a//&b a? @{V} @{W}/a /@{V} /usr/bin/a *//* {a,}b \*
`);
const addresses = words(String.raw`none auto @ @a @a* @** @@{V} @[ab] @{a,b} @a//b @\x41 @? @\* @/a/b`);
const execModes = words("ix px Px cx Cx ux Ux pix Pix cix Cix pux PUx cux CUx");
const targets = words('a b t//c c :n:a :n://a &a a//&b &:n:a /a /a/b zz///a a//b//c "a" a*');
const socketWords = words("create bind listen accept connect shutdown getattr setattr send receive");
const peerWords = words("accept connect send receive");
const families = words("inet inet6 unix netlink packet unspec bluetooth vsock mctp ax25 key");
const types = words("stream dgram raw seqpacket rdm packet");
const ips = words("10.0.0.1 0.0.0.0 255.255.255.255 :: ::1 fe80::1:2 ::ffff:1.2.3.4 1:2:3:4:5:6:7:8 none");
const ports = words(`
  0 1 80 255 256 1023 1024 65535 1-1024 1000-1030 0-65535 255-256 300-900 512-1023 1024-1024
`);
const signals = words(`
  hup int quit ill trap abrt bus fpe kill usr1 segv usr2 pipe alrm term stkflt chld cont stop stp ttin ttou urg xcpu xfsz vtalrm
  prof winch io pwr sys emt exists rtmin+0 rtmin+1 rtmin+9 rtmin+32
`);
const mountWords = words(`
  ro rw r w read-only suid nosuid dev nodev exec noexec sync async remount mand nomand dirsync symfollow nosymfollow atime noatime
  diratime nodiratime bind B move M rbind R verbose silent loud acl noacl unbindable runbindable private rprivate slave rslave
  shared rshared make-shared make-rshared make-slave make-rslave make-private make-rprivate make-unbindable make-runbindable
  relatime norelatime iversion noiversion strictatime nostrictatime lazytime nolazytime user nouser
`);
const capabilities = words("chown kill sys_admin mac_admin bpf perfmon checkpoint_restore audit_read");
const limits: readonly (readonly [name: string, amounts: readonly string[]])[] = [
  ["cpu", ["0", "5", "3 min", "2h", "1 day", "1week", "infinity", "10s", "90 seconds"]],
  ["rttime", ["5us", "7ms", "2s", "1 min", "infinity", "3 hours"]],
  ["nice", ["-20", "0", "19", "5", "-1"]],
  ["fsize", ["0", "1K", "1 KB", "2M", "3GB", "infinity", "4096"]],
  ["nofile", ["0", "1024", "infinity"]],
  ...words("data stack rss memlock as msgqueue").map((name) => [name, ["10M", "1G", "8MB", "64K", "2 GB"]] as const),
  ...words("core nproc locks sigpending rtprio").map((name) => [name, ["0", "10", "99"]] as const),
];
const flagWords = words(`
  audit complain kill enforce unconfined prompt default_allow attach_disconnected mediate_deleted no_attach_disconnected
  delegate_deleted chroot_relative namespace_relative chroot_attach chroot_no_attach attach_disconnected.path=/a
  attach_disconnected.path=//a//b/ attach_disconnected.path=/ attach_disconnected.path=@{W} attach_disconnected.ipc
  attach_disconnected.ipc=/i kill.signal=term kill.signal=rtmin+1 error=EPERM error=EACCES error=ENOENT interruptible
`);

/** What a text may be made of. */
interface WidePolicyOptions {
  /** Rule kinds to choose from; default: all. */
  readonly kinds?: readonly string[];
  /** Whether rules may ask the user; default: they may. */
  readonly prompt?: boolean;
}

export function widePolicy(seed: number, options: WidePolicyOptions = {}): string {
  return new WideMaker(seed, options).policy();
}

class WideMaker {
  readonly #random: Random;
  readonly #kinds: readonly string[];
  readonly #prompt: boolean;
  /** Mostly one mode in a text, so that few have conflicts. */
  readonly #exec: string;

  constructor(seed: number, { kinds, prompt = true }: WidePolicyOptions) {
    this.#random = new Random(seed);
    this.#prompt = prompt;
    this.#exec = this.#random.pick(execModes);
    this.#kinds = kinds ?? ["file", "file", ...this.#random.some(Object.keys(this.#makers))];
  }

  policy(): string {
    const random = this.#random;
    const preamble = [
      `@{V}=${this.#list(1 + random.below(3), () => random.pick(values))}`,
      `@{W}=${this.#list(1 + random.below(2), () => random.pick(["/a", "/b/", "//c", "/d/e", "/{a,b}/", "/"]))}`,
      `@{N}=${random.pick(["@{V}", "@{V}x", "x@{V} y", "@{V}@{V}"])}`,
      ...(random.chance(0.2) ? [`@{V}+=${random.pick(values)}`] : []),
      ...this.#times(random.chance(0.2) ? 3 : 0, () => this.#alias()),
    ];
    const names = random.chance(0.15) ? ["t", "u"] : ["t"];
    return `${[...preamble, ...names.map((name) => this.#profile(name, 0))].join("\n")}\n`;
  }

  #times(most: number, make: () => string): string[] {
    return Array.from({ length: most === 0 ? 0 : this.#random.below(most + 1) }, make);
  }

  #list(count: number, make: () => string): string {
    return Array.from({ length: count }, make).join(" ");
  }

  #maybe(probability: number, make: () => string): string {
    return this.#random.chance(probability) ? make() : "";
  }

  #alias(): string {
    const ends = ["/a", "/a/", "/b", "/b/c", "/", "/{a,b}", "/ab", "/usr"];
    return `alias ${this.#random.pick(ends)} -> ${this.#random.pick(ends)},`;
  }

  #profile(name: string, depth: number): string {
    const random = this.#random;
    const hat = depth > 0 && random.chance(0.5);
    const keyword = hat ? random.pick(["^", "hat "]) : "profile ";
    const written =
      depth > 0
        ? this.#maybe(0.06, () => random.pick([":n:", ":a://"])) + name
        : random.chance(0.6)
          ? name
          : random.pick([name, "/a/b", "/a/*", '"a b"', ":n:t", ":n://t", "t*", "/a//b", "t@{V}"]);
    const attachment = hat ? "" : this.#maybe(0.35, () => ` ${this.#quote(this.#path())}`);
    const xattrs = hat ? "" : this.#maybe(0.1, () => ` xattrs=(${this.#xattrs()})`);
    const flags = this.#maybe(0.25, () => ` flags=(${this.#list(1 + random.below(3), () => random.pick(flagWords))})`);
    const body = this.#times(depth === 0 ? 6 : 3, () => this.#item(depth));
    const children = depth > 2 ? [] : ["c", "d"].slice(0, random.chance(0.85) ? 0 : 1 + random.below(2));
    const inner = [...body, ...children.map((child) => this.#profile(child, depth + 1))];
    return `${keyword}${written}${attachment}${xattrs}${flags} {\n${inner.map((line) => `  ${line}\n`).join("")}}`;
  }

  #xattrs(): string {
    const random = this.#random;
    return this.#list(1 + random.below(2), () => {
      const name = random.pick(["user.a", "user.b", "security.c"]);
      return name + this.#maybe(0.8, () => `=${this.#quote(random.chance(0.3) ? "**" : this.#name())}`);
    });
  }

  #item(depth: number): string {
    const random = this.#random;
    if (random.chance(0.06)) {
      const prefix = random.pick([
        "",
        "deny ",
        "allow ",
        "audit ",
        "audit deny ",
        "owner ",
        "other ",
        "deny owner ",
        "audit owner ",
        ...(this.#prompt ? ["prompt "] : []),
      ]);
      const inside = (): string => (random.chance(0.2) ? this.#changeInBlock(prefix) : this.#file(true));
      return `${prefix}{\n${this.#list(1 + random.below(2), inside)}\n}`;
    }
    if (depth < 3 && random.chance(0.04)) {
      const condition = random.pick([
        "@{V} == a",
        "a in @{V}",
        "defined @{V}",
        "not defined @{Q}",
        "@{V} != b",
        "true",
        "1 < 2 and false",
      ]);
      return `if ${condition} {\n${this.#item(depth + 1)}\n}${this.#maybe(0.5, () => ` else {\n${this.#item(depth + 1)}\n}`)}`;
    }
    const kind = random.pick(this.#kinds);
    const make = Object.entries(this.#makers).find(([name]) => name === kind)?.[1];
    if (make === undefined) throw new Error(`no such rule kind ${kind}`);
    return make();
  }

  /** Prefix words; `more` are those a kind takes beside audit, allow and deny. */
  #prefix(...more: readonly ("priority" | "prompt" | "owner")[]): string {
    const random = this.#random;
    const priority = more.includes("priority")
      ? this.#maybe(0.2, () => `priority=${random.pick([-1000, -1, 0, 1, 7, 1000])} `)
      : "";
    const audit = this.#maybe(0.2, () => "audit ");
    const modes = ["allow ", "deny ", "deny ", ...(this.#prompt && more.includes("prompt") ? ["prompt "] : [])];
    const mode = this.#maybe(0.45, () => random.pick(modes));
    const owner = more.includes("owner") ? this.#maybe(0.25, () => random.pick(["owner ", "other "])) : "";
    return priority + audit + mode + owner;
  }

  /** A text of one to three pieces, no path. */
  #name(): string {
    const random = this.#random;
    return this.#list(1 + random.below(2), () => random.pick(pieces)).replaceAll(
      " ",
      random.pick(["", ".", "@{V}", ""]),
    );
  }

  #path(): string {
    const random = this.#random;
    const piece = (): string => (random.chance(0.12) ? random.pick(["@{V}", "@{N}", "a@{V}"]) : random.pick(pieces));
    const lead = random.chance(0.1) ? random.pick(["@{W}", "@{W}/", "/@{V}", "@{W}@{V}", "//", "/a//"]) : "/";
    const separator = random.chance(0.05) ? "//" : "/";
    const parts = Array.from({ length: 1 + random.below(3) }, piece);
    return lead + parts.join(separator) + this.#maybe(0.15, () => "/");
  }

  #quote(text: string): string {
    return /[\s(),="#]|^&/.test(text) || this.#random.chance(0.1) ? `"${text}"` : text;
  }

  #condition(name: string, probability: number, choose: () => string): string {
    return this.#maybe(probability, () => ` ${name}=${this.#quote(choose())}`);
  }

  #words(choices: readonly string[], probability = 0.5): string {
    return this.#maybe(probability, () => ` (${this.#random.some(choices).join(this.#random.pick([" ", ",", ", "]))})`);
  }

  #label(): string {
    return this.#random.pick(labels);
  }

  readonly #makers: Readonly<Record<string, () => string>> = {
    file: () => this.#file(false),
    link: () => {
      const subset = this.#maybe(0.3, () => "subset ");
      return `${this.#prefix("priority", "owner")}link ${subset}${this.#quote(this.#path())} -> ${this.#quote(this.#path())},`;
    },
    change_profile: () => this.#prefix() + this.#change(this.#random.pick(["", "safe ", "unsafe "]), 0.4),
    capability: () => {
      return `${this.#prefix("prompt")}capability${this.#maybe(0.9, () => ` ${this.#random.some(capabilities).join(" ")}`)},`;
    },
    network: () => this.#network(),
    unix: () => this.#unix(),
    mount: () => this.#mount(),
    signal: () => {
      const set = this.#maybe(0.6, () => ` set=(${this.#random.some(this.#random.some(signals)).join(" ")})`);
      return `${this.#prefix("priority", "prompt")}signal${this.#words(["send", "receive"])}${set}${this.#condition("peer", 0.6, () => this.#label())},`;
    },
    ptrace: () =>
      `${this.#prefix("priority", "prompt")}ptrace${this.#words(["trace", "tracedby", "read", "readby"])}${this.#condition("peer", 0.6, () => this.#label())},`,
    dbus: () => this.#dbus(),
    mqueue: () => this.#mqueue(),
    io_uring: () =>
      `${this.#prefix("priority", "prompt")}io_uring${this.#words(["sqpoll", "override_creds"])}${this.#condition("label", 0.5, () => this.#label())},`,
    userns: () => `${this.#prefix("priority", "prompt")}userns${this.#maybe(0.5, () => " create")},`,
    rlimit: () => {
      const [name, amounts] = this.#random.pick(limits);
      return `set rlimit ${name} <= ${this.#random.pick(amounts)},`;
    },
  };

  #change(safety: string, probability: number): string {
    const exec = this.#maybe(probability, () => `${safety}${this.#quote(this.#path())} `);
    // 5.0.2 merges targets and paths that differ in their first byte only (compile-semantics D1), so all start alike, and as no path goes on.
    const target = `qz${this.#random.pick(["", "b", "*", "**", "//b", "{b,c}", "[bc]", "@{V}", "//&b", "?", "\\*", "b{,c}"])}`;
    return `change_profile ${exec}-> ${this.#quote(target)},`;
  }

  /** A block that allows wants the word, one that denies does not. */
  #changeInBlock(block: string): string {
    const isDenying = block.includes("deny");
    const prefix = this.#maybe(0.3, () => this.#random.pick(["audit ", "allow ", "deny "]));
    return prefix + this.#change(isDenying ? "" : "unsafe ", 0.7);
  }

  #file(inBlock: boolean): string {
    const random = this.#random;
    const prefix = inBlock
      ? this.#maybe(0.3, () => random.pick(["owner ", "audit ", "deny ", "allow "]))
      : this.#prefix("priority", "prompt", "owner");
    const path = this.#quote(this.#path());
    const letters = random.some(["r", "w", "k", "m", "l"]).join("");
    if (inBlock) return `${prefix}${path} ${letters},`;
    const denies = prefix.includes("deny");
    const executes = random.chance(0.35);
    if (!executes) {
      const link = letters.includes("l") ? this.#maybe(0.4, () => ` -> ${this.#quote(this.#path())}`) : "";
      const keyword = this.#maybe(0.1, () => "file ");
      return random.chance(0.15) && link === ""
        ? `${prefix}${keyword}${letters} ${path},`
        : `${prefix}${keyword}${path} ${letters}${link},`;
    }
    if (denies) return `${prefix}${path} ${letters.replace("l", "")}x,`;
    const mode = random.chance(0.9) ? this.#exec : random.pick(execModes);
    const safety = this.#maybe(0.05, () => random.pick(["safe ", "unsafe "]));
    const target = this.#maybe(0.4, () => ` -> ${random.pick(targets)}`);
    return `${prefix}${safety === "" ? "" : safety}${path} ${safety === "" ? letters.replace("l", "") : ""}${mode}${target},`;
  }

  #end(): string {
    const random = this.#random;
    return [
      this.#maybe(0.5, () => ` ip=${random.pick(ips)}`),
      this.#maybe(0.5, () => ` port=${random.pick(ports)}`),
      this.#condition("label", 0.15, () => this.#label()),
    ].join("");
  }

  #network(): string {
    const random = this.#random;
    const family = this.#maybe(0.75, () => ` ${random.pick(families)}`);
    const inet = / inet6?$/.test(family) || family === "";
    const type = this.#maybe(
      0.5,
      () => ` ${inet && random.chance(0.4) ? random.pick(["tcp", "udp"]) : random.pick(types)}`,
    );
    const local = inet
      ? this.#maybe(
          0.5,
          () => this.#end() + this.#condition("interface", 0.1, () => random.pick(["eth0", "e*", "{a,b}"])),
        )
      : "";
    const peer = inet ? this.#maybe(0.3, () => ` peer=(${this.#end().trim()})`) : "";
    // A list on a rule that covers unix goes astray in 5.0.2 when a unix rule merges with what is derived from it.
    const list =
      inet && family !== "" ? this.#words(peer === "" || peer.endsWith("=()") ? socketWords : peerWords, 0.3) : "";
    return `${this.#prefix("prompt")}network${list}${family}${type}${local}${peer.endsWith("=()") ? "" : peer},`;
  }

  #unix(): string {
    const random = this.#random;
    const address = (): string => random.pick(addresses);
    const peer = this.#maybe(
      0.4,
      () =>
        ` peer=(${[this.#condition("addr", 0.6, address), this.#condition("label", 0.5, () => this.#label())].join("").trim()})`,
    );
    const allowed = peer === "" ? [...socketWords, "rw"] : peerWords;
    const type = this.#maybe(0.4, () => ` type=${random.pick(types)}`);
    return `${this.#prefix("priority", "prompt")}unix${this.#words(allowed)}${type}${this.#condition("addr", 0.5, address)}${peer},`;
  }

  #mount(): string {
    const random = this.#random;
    const prefix = this.#prefix("priority", "prompt");
    const verb = random.pick(["mount", "mount", "mount", "mount", "remount", "umount", "unmount", "pivot_root"]);
    const place = (): string => this.#quote(this.#path());
    if (verb === "umount" || verb === "unmount") return `${prefix}${verb}${this.#maybe(0.7, () => ` ${place()}`)},`;
    if (verb === "pivot_root") {
      const label = this.#maybe(0.2, () => ` -> ${random.pick(["a", "a//b"])}`);
      return `${prefix}pivot_root${this.#maybe(0.5, () => ` oldroot=${place()}`)}${this.#maybe(0.6, () => ` ${place()}`)}${label},`;
    }
    const optionWords = (): string => this.#list(1 + random.below(3), () => random.pick(mountWords));
    const options = [
      this.#maybe(0.6, () => ` options=${random.chance(0.3) ? random.pick(mountWords) : `(${optionWords()})`}`),
      this.#maybe(0.15, () => ` options=(${optionWords()})`),
      this.#maybe(0.25, () => ` options in (${optionWords()})`),
    ].join("");
    if (verb === "remount") return `${prefix}remount${options}${this.#maybe(0.7, () => ` ${place()}`)},`;
    const fstype = this.#maybe(
      0.3,
      () => ` fstype=${random.pick(["ext4", "(ext3 ext4)", "(tmpfs, f*)", "{a,b}", "@{V}", "fuse.*"])}`,
    );
    const source = this.#maybe(
      0.5,
      () => ` ${random.chance(0.4) ? random.pick(["tmpfs", "none", '""', "detached", "@{V}"]) : place()}`,
    );
    return `${prefix}mount${fstype}${options}${source}${this.#maybe(0.6, () => ` -> ${place()}`)},`;
  }

  #dbus(): string {
    const random = this.#random;
    const prefix = this.#prefix("priority", "prompt");
    const bus = this.#condition("bus", 0.6, () =>
      random.pick(["system", "session", "s*", "{a,b}", "accessibility", "@{V}"]),
    );
    const shape = random.below(4);
    if (shape === 0) return `${prefix}dbus${this.#maybe(0.5, () => " bind")}${bus} name=${this.#quote(this.#name())},`;
    if (shape === 1) return `${prefix}dbus${random.pick([" eavesdrop", ""])}${bus},`;
    const text = (name: string): string => this.#condition(name, 0.4, () => this.#name());
    const path = this.#condition("path", 0.4, () => this.#path());
    const peer = this.#maybe(
      0.5,
      () => ` peer=(${`${text("name")}${this.#condition("label", 0.5, () => this.#label())}`.trim()})`,
    );
    const list = this.#words(["send", "receive"]);
    return `${prefix}dbus${list}${bus}${path}${text("interface")}${text("member")}${peer},`;
  }

  #mqueue(): string {
    const random = this.#random;
    const list = this.#words(["create", "open", "delete", "getattr", "setattr", "read", "write"]);
    const type = random.pick(["", "posix", "sysv"]);
    // 5.0.2 doubles the label in the second class of an untyped rule.
    const label = type === "" ? "" : this.#condition("label", 0.4, () => this.#label());
    const queue =
      type === "sysv"
        ? random.pick(["", " 0", " 1234", " 4294967295"])
        : this.#maybe(0.6, () => ` ${this.#quote(this.#path())}`);
    return `${this.#prefix("priority", "prompt")}mqueue${list}${type === "" ? "" : ` type=${type}`}${label}${queue},`;
  }
}
