/** Random profiles over real paths, and real requests with the questions each comes to: for kernels to answer, and for us. */
import type { FileLetter, Question } from "../../src/analysis/monitor/index.ts";
import { Random } from "./random.ts";
import type { Check, ProbeRequest } from "./probe-requests.ts";
import { PEERS, type RequestSubject, TaskRequests } from "./requests-tasks.ts";

const ROOT = "/srv/k";
const DIRECTORIES = ["a", "b", "ab", "c"];
const NAMES = ["x", "y", "x.txt", "y.txt", "x1", "[z]"];

/** The files that stay: every other one belongs to user 1000. */
export const LASTING: readonly { readonly path: string; readonly uid: number }[] = DIRECTORIES.flatMap((directory) =>
  NAMES.map((name, index) => ({ path: `${ROOT}/${directory}/${name}`, uid: index % 2 === 0 ? 0 : 1000 })),
);

const PATTERNS = [
  `${ROOT}/**`,
  `${ROOT}/*/*`,
  `${ROOT}/a/**`,
  `${ROOT}/{a,b}/*.txt`,
  `${ROOT}/*/x*`,
  `${ROOT}/a*/[xy]`,
  `${ROOT}/[^a]/**`,
  `${ROOT}/**.txt`,
  `${ROOT}/*/x{,1}`,
  `${ROOT}/?/y*`,
  `${ROOT}/a/\\[z\\]`,
  `${ROOT}/*/new*`,
  `${ROOT}/**/new[0-9]*/`,
  `${ROOT}/{a,ab}/{new,x}*{,/}`,
  `${ROOT}/b/{x,y,new[^5]*}`,
  `${ROOT}/c/?*`,
  `"${ROOT}/*/*[13579]"`,
  `${ROOT}/*/`,
  `${ROOT}/**/`,
];

const FAMILIES = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const TYPES = { stream: 1, dgram: 2, raw: 3, seqpacket: 5 } as const;
const SIGNALS = ["hup", "int", "usr1", "usr2", "term", "cont"];
const CAPABILITIES = { setgid: 6, sys_rawio: 17, sys_chroot: 18, sys_pacct: 20, sys_admin: 21, sys_nice: 23 } as const;
const TARGETS = ["target-a", "target-b", "target/c"];
const MS = { ro: 1, nosuid: 2, nodev: 4, noexec: 8, bind: 4096, noatime: 1024 } as const;

function qualifiers(random: Random): string {
  const priority = random.chance(0.15) ? `priority=${random.pick([-1, 1, 2])} ` : "";
  const audit = random.chance(0.1) ? "audit " : "";
  return `${priority}${audit}${random.chance(0.2) ? "deny " : ""}`;
}

function fileRule(random: Random, execMode: string, target: string | undefined): string {
  const head = qualifiers(random);
  const owner = random.chance(0.25) ? "owner " : "";
  const letters = random.some(["r", "w", "k", "l", "m"]);
  if (!letters.includes("w") && random.chance(0.25)) letters.push("a");
  const exec = random.chance(0.3) ? (head.includes("deny") ? "x" : execMode) : "";
  const to = exec === execMode && target !== undefined ? ` -> ${target}` : "";
  // a rule with a target after `->` and the letter l would be about links
  const own = to === "" ? letters : letters.filter((letter) => letter !== "l");
  return `${head}${owner}${random.pick(PATTERNS)} ${own.join("")}${exec}${to},`;
}

function linkRule(random: Random): string {
  const subset = random.chance(0.3) ? "subset " : "";
  return `${random.chance(0.2) ? "deny " : ""}link ${subset}${random.pick(PATTERNS)} -> ${random.pick(PATTERNS)},`;
}

function otherRule(random: Random): string {
  const head = random.pick(["", "", "", "", "", "audit ", "deny ", "audit deny "]);
  const makers = [
    () => `capability ${random.some(Object.keys(CAPABILITIES)).join(" ")},`,
    () => {
      const access = random.chance(0.4) ? `(${["create", ...random.some(SOCKET_WORDS)].join(" ")}) ` : "";
      const type = random.chance(0.6) ? ` ${random.pick(Object.keys(TYPES))}` : "";
      return `network ${access}${random.pick(Object.keys(FAMILIES))}${type},`;
    },
    () =>
      `ptrace (${random.some(["trace", "read"]).join(" ")})${random.chance(0.7) ? ` peer=${random.pick(PEER_PATTERNS)}` : ""},`,
    () =>
      `unix create,\n  unix ${random.pick(["(connect send receive)", "send", "(send receive)"])} type=${random.pick(["stream", "dgram"])}${unixPeer(random)},`,
    () => `unix,`,
    () => `userns,`,
    () => `io_uring sqpoll,`,
    () => `umount ${random.pick([`${ROOT}/u/**`, `${ROOT}/u/*[02468]/`, `${ROOT}/u/`])},`,
    () =>
      `pivot_root${random.chance(0.5) ? ` oldroot=${ROOT}/p/{old,other}/` : ""} ${random.pick([`${ROOT}/p/`, `${ROOT}/*/`, `${ROOT}/q/`])},`,
    () => {
      const set = random.chance(0.7) ? ` set=(${random.some(SIGNALS).join(" ")})` : "";
      const peer = random.chance(0.7) ? ` peer=${random.pick(PEER_PATTERNS)}` : "";
      return `signal${random.chance(0.5) ? " send" : ""}${set}${peer},`;
    },
    () => `change_profile -> ${random.pick([...TARGETS, "target-*", "target/*", "{target-b,x}"])},`,
    () => mountRule(random),
  ];
  return `${head}${random.pick(makers)()}`;
}

const SOCKET_WORDS = ["bind", "listen", "getattr", "setopt", "getopt", "shutdown"];
const PEER_PATTERNS = [...PEERS, "peer-*", "{peer-a,x}"];

function unixPeer(random: Random): string {
  const label = random.maybe(0.5, () => `label="${random.pick(PEER_PATTERNS)}"`);
  const address = random.maybe(0.5, () => `addr="@${random.pick(["peer-a*", "peer-*", "peer-b-dgram-*"])}"`);
  return label === undefined && address === undefined ? "" : ` peer=(${[address, label].filter(Boolean).join(" ")})`;
}

function mountRule(random: Random): string {
  const options = random.some(Object.keys(MS).filter((name) => name !== "bind"));
  const words = random.pick([
    "",
    ` fstype=${random.pick(["tmpfs", "{tmpfs,proc}", "ext*", "proc"])}`,
    ` options=(${options.join(" ")})`,
    ` options in (${options.join(" ")})`,
    ` fstype=tmpfs options=(${options.join(" ")})`,
    ` options=(rw bind)`,
  ]);
  const target = random.chance(0.7) ? ` -> ${random.pick([`${ROOT}/m/**`, `${ROOT}/m/[ab]/`, `${ROOT}/m/*/`])}` : "";
  return `mount${words}${target},`;
}

/** Without the network rules that 5.0.2 merges with unix rules, so that it allows more than both or loses one (known-differences.md). */
function withoutMerged(rules: readonly string[]): readonly string[] {
  const isMerging = rules.some((rule) => /\bunix [^,]* type=\w+,$/.test(rule));
  return isMerging ? rules.filter((rule) => !/\bnetwork \(.*\) unix\b/.test(rule)) : rules;
}

/** What a random profile is. */
export interface RandomProfile {
  readonly name: string;
  readonly text: string;
  readonly isComplain: boolean;
}

/** A profile's text. Only one mode of execution each, or rules would conflict. */
export function randomProfile(random: Random, name: string): RandomProfile {
  const execMode = random.pick(["ix", "Ux", "ux", "pix", "PUx", "Px", "px", "cix", "Cx"]);
  const target = /^[pPcC]/.test(execMode)
    ? random.maybe(0.5, () => random.pick(["target-a", "kid", "missing"]))
    : undefined;
  const rules = Array.from({ length: 3 + random.below(6) }, () => fileRule(random, execMode, target));
  rules.push(...Array.from({ length: random.below(3) }, () => linkRule(random)));
  rules.push(...withoutMerged(Array.from({ length: 7 + random.below(8) }, () => otherRule(random))));
  if (random.chance(0.5))
    rules.push(`set rlimit ${random.pick(["nofile", "core", "fsize"])} <= ${random.pick([64, 500, 2000])},`);
  const hats = ["hat-a", "hat-b"].filter(() => random.chance(0.4)).map((hat) => `  ^${hat} {\n  }\n`);
  const kid = random.chance(0.5) ? `  profile kid ${ROOT}/*/x* {\n  }\n` : "";
  const flags = random.pick(["", "", "", "complain", "audit", "audit, complain"]);
  const head = `profile ${name}${flags === "" ? "" : ` flags=(${flags})`} {\n  /proc/*/attr/current w,\n`;
  const text = `${head}  ${rules.join("\n  ")}\n${hats.join("")}${kid}}\n`;
  return { name, text, isComplain: flags.includes("complain") };
}

/** Makes requests of one user; new names never come twice. */
export class RequestMaker {
  #count = 0;
  readonly #random: Random;
  readonly #uid: number;
  readonly #tasks: TaskRequests;
  constructor(random: Random, uid: number) {
    this.#random = random;
    this.#uid = uid;
    this.#tasks = new TaskRequests(random, uid);
  }

  #fresh(): string {
    this.#count += 1;
    return `${ROOT}/${this.#random.pick(DIRECTORIES)}/${this.#random.pick(["new", "x", "other"])}${this.#count}u${this.#uid}`;
  }

  #onLasting(): ProbeRequest {
    const { path, uid } = this.#random.pick(LASTING);
    const owner = uid === this.#uid;
    const [operation, ...steps] = this.#random.pick([
      ["read", ["open", "r"]],
      ["write", ["open", "w"]],
      ["append", ["open", "a"]],
      ["both", ["open", "wr"]],
      ["truncate", ["truncate", "w"]],
      ["share", ["open", "r"], ["file_lock", "k"]],
      // an exclusive lock is a kind of writing
      ["lock", ["open", "r"], ["file_lock", "wk"]],
      ["map", ["open", "r"], ["file_mmap", "m"]],
    ] as const satisfies readonly (readonly [string, ...(readonly [string, string])[]])[]);
    return { operation, args: [path], checks: steps.map(([name, letters]) => fileCheck(name, path, letters, owner)) };
  }

  #onNew(): ProbeRequest {
    const path = this.#fresh();
    const [operation, name, ...steps] = this.#random.pick([
      ["create", path, ["mknod", "c"], ["open", "wc"]],
      ["mkdir", `${path}/`, ["mkdir", "c"]],
      ["symlink", path, ["symlink", "c"]],
      ["mkfifo", path, ["mknod", "c"]],
    ] as readonly (readonly [string, string, ...(readonly [string, string])[]])[]);
    return { operation, args: [path], checks: steps.map(([step, letters]) => fileCheck(step, name, letters, true)) };
  }

  #onOld(): ProbeRequest {
    const path = this.#fresh();
    const uid = this.#random.pick([0, 1000]);
    const owner = uid === this.#uid;
    const kind = this.#random.pick(["rmdir", "unlink", "unlink", "rename"]);
    const isDirectory = kind === "rmdir";
    const prepare = { kind: isDirectory ? "directory" : "file", path, uid } as const;
    if (kind === "rename") {
      const to = this.#fresh();
      const checks = [fileCheck("rename_src", path, "wrd", owner), fileCheck("rename_dest", to, "wc", owner)];
      return { operation: "rename", args: [path, to], checks, prepare };
    }
    const check = fileCheck(kind, isDirectory ? `${path}/` : path, "d", owner);
    return { operation: kind, args: [path], checks: [check], prepare };
  }

  #onLink(): ProbeRequest {
    const { path: target, uid } = this.#random.pick(LASTING);
    const path = this.#fresh();
    const question: Question = { kind: "link", path, target, owner: uid === this.#uid };
    return { operation: "link", args: [target, path], checks: [{ operation: "link", question }] };
  }

  #onExec(): ProbeRequest {
    const { path, uid } = this.#random.pick(LASTING);
    const question: Question = { kind: "exec", path, owner: uid === this.#uid };
    return { operation: "exec", args: [path], checks: [{ operation: "exec", question }] };
  }

  #onSocket({ kernel }: RequestSubject): ProbeRequest {
    const [family, number] = this.#random.pick(Object.entries(FAMILIES));
    const [type, typeNumber] = this.#random.pick(
      Object.entries(TYPES).filter(([name]) => name === "stream" || name === "dgram" || family === "unix"),
    );
    // A raw unix socket is a datagram socket under another name; netlink knows no streams.
    const asked =
      family === "netlink"
        ? (["dgram", 2] as const)
        : type === "raw"
          ? (["stream", 1] as const)
          : ([type, typeNumber] as const);
    const socket = { type: asked[0], address: null, peerAddress: undefined, peerLabel: undefined };
    const isFine = family === "unix" && kernel === "7.2";
    const question = (permission: string): Question =>
      isFine
        ? { kind: "unix", ...socket, permissions: [permission] }
        : { kind: "network", family, type: asked[0], permissions: [permission] };
    const created: Check = { operation: "create", question: question("create") };
    const args = [String(number), String(asked[1])];
    const isInet = family === "inet" || family === "inet6";
    if (!isInet || this.#random.chance(0.3)) return { operation: "socket", args, checks: [created] };
    const [word, name] = this.#random.pick([
      ["bind", "bind"],
      ["listen", "listen"],
      ["getattr", "getsockname"],
      ["setopt", "setsockopt"],
      ["getopt", "getsockopt"],
      ["shutdown", "socket_shutdown"],
    ] as const);
    return { operation: name, args, checks: [created, { operation: name, question: question(word) }] };
  }

  #onChange(): ProbeRequest {
    const target = this.#random.pick(TARGETS);
    const question: Question = { kind: "change_profile", target, onExec: false };
    return { operation: "change", args: [target], checks: [{ operation: "change_profile", question }] };
  }

  #mount(): ProbeRequest {
    const flags = this.#random
      .some(Object.values(MS).filter((flag) => flag !== MS.bind))
      .reduce((sum, flag) => sum | flag, 0);
    const [source, fstype, bits] = this.#random.pick([
      ["tmpfs", "tmpfs", flags],
      ["proc", "proc", flags],
      ["none", "tmpfs", 0],
      [`${ROOT}/a`, "none", MS.bind],
    ] as const);
    const directory = `${ROOT}/m/${this.#random.pick(["a", "b", "cd"])}`;
    const isBind = bits === MS.bind;
    const question: Question = {
      kind: "mount",
      mountPoint: `${directory}/`,
      source: isBind ? `${source}/` : source,
      fstype: isBind ? undefined : fstype,
      flags: bits,
    };
    const checks = [{ operation: "mount", question }, ADMINISTERS];
    return { operation: "mount", args: [source, directory, fstype, String(bits)], checks };
  }

  #asRoot(): ProbeRequest {
    const kind = this.#random.below(4);
    if (kind === 0) return this.#mount();
    if (kind === 1) {
      this.#count += 1;
      const directory = `${ROOT}/u/${this.#count}`;
      const question: Question = { kind: "umount", mountPoint: `${directory}/` };
      const prepare = { kind: "directory", path: directory, uid: 0 } as const;
      return {
        operation: "umount",
        args: [directory],
        checks: [ADMINISTERS, { operation: "umount", question }],
        prepare,
      };
    }
    if (kind === 2) {
      const [root, old] = [this.#random.pick([`${ROOT}/p`, `${ROOT}/q`]), this.#random.pick(["old", "other"])];
      const question: Question = { kind: "pivot_root", newRoot: `${root}/`, oldRoot: `${root}/${old}/` };
      const checks = [ADMINISTERS, { operation: "pivotroot", question }];
      return { operation: "pivot", args: [root, `${root}/${old}`], checks };
    }
    const capability = this.#random.pick(Object.values(CAPABILITIES));
    const question: Question = { kind: "capability", capability };
    return { operation: "capability", args: [String(capability)], checks: [{ operation: "capable", question }] };
  }

  next(subject: RequestSubject): ProbeRequest {
    const kind = this.#random.below(this.#uid === 0 ? 15 : 13);
    if (kind < 3) return this.#onLasting();
    if (kind < 5) return this.#onNew();
    if (kind === 5) return this.#onOld();
    if (kind === 6) return this.#onLink();
    if (kind === 7) return this.#onExec();
    if (kind === 8) return this.#onSocket(subject);
    if (kind === 9) return this.#onChange();
    return kind < 13 ? this.#tasks.next(subject) : this.#asRoot();
  }
}

const ADMINISTERS: Check = {
  operation: "capable",
  question: { kind: "capability", capability: CAPABILITIES.sys_admin },
};

const LETTERS: readonly FileLetter[] = ["r", "w", "a", "c", "d", "k", "m"];

function fileCheck(operation: string, path: string, letters: string, owner: boolean): Check {
  const known = LETTERS.filter((letter) => letters.includes(letter));
  return { operation, question: { kind: "file", path, letters: known, owner } };
}
