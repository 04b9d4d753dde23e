/** Random profiles over real paths, and real requests with the question each comes to: for kernels to answer, and for us. */
import type { Question } from "../../src/analysis/monitor/index.ts";
import { signalNumber } from "../../src/language/tables/index.ts";
import { Random } from "./random.ts";

/** What the probe is asked to do, and what may be asked of the profile instead; all must be allowed for the request to succeed. */
export interface ProbeRequest {
  readonly operation: string;
  readonly args: readonly string[];
  readonly questions: readonly Question[];
  /** What must be there before. */
  readonly prepare?: { readonly kind: "file" | "directory"; readonly path: string; readonly uid: number };
}

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
const PEERS = ["peer-a", "peer-b"];
const TARGETS = ["target-a", "target-b", "target/c"];
const MS = { ro: 1, nosuid: 2, nodev: 4, noexec: 8, bind: 4096, noatime: 1024 } as const;

function qualifiers(random: Random): string {
  const priority = random.chance(0.15) ? `priority=${random.pick([-1, 1, 2])} ` : "";
  const audit = random.chance(0.1) ? "audit " : "";
  return `${priority}${audit}${random.chance(0.2) ? "deny " : ""}`;
}

function fileRule(random: Random, execMode: string): string {
  const head = qualifiers(random);
  const owner = random.chance(0.25) ? "owner " : "";
  const letters = random.some(["r", "w", "k", "l", "m"]);
  if (!letters.includes("w") && random.chance(0.25)) letters.push("a");
  const exec = random.chance(0.3) ? (head.includes("deny") ? "x" : execMode) : "";
  return `${head}${owner}${random.pick(PATTERNS)} ${letters.join("")}${exec},`;
}

function linkRule(random: Random): string {
  const subset = random.chance(0.3) ? "subset " : "";
  return `${random.chance(0.2) ? "deny " : ""}link ${subset}${random.pick(PATTERNS)} -> ${random.pick(PATTERNS)},`;
}

function otherRule(random: Random): string {
  const head = random.chance(0.15) ? "deny " : "";
  const makers = [
    () => `capability ${random.some(Object.keys(CAPABILITIES)).join(" ")},`,
    () =>
      `network ${random.pick(Object.keys(FAMILIES))}${random.chance(0.6) ? ` ${random.pick(Object.keys(TYPES))}` : ""},`,
    () => {
      const set = random.chance(0.7) ? ` set=(${random.some(SIGNALS).join(" ")})` : "";
      const peer = random.chance(0.7) ? ` peer=${random.pick([...PEERS, "peer-*", "{peer-a,x}"])}` : "";
      return `signal${random.chance(0.5) ? " send" : ""}${set}${peer},`;
    },
    () => `change_profile -> ${random.pick([...TARGETS, "target-*", "target/*", "{target-b,x}"])},`,
    () => mountRule(random),
  ];
  return `${head}${random.pick(makers)()}`;
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

/** A profile's text. Only one mode of execution each, or rules would conflict. */
export function randomProfile(random: Random, name: string): string {
  const execMode = random.pick(["ix", "Ux", "ux", "pix", "PUx"]);
  const rules = Array.from({ length: 3 + random.below(6) }, () => fileRule(random, execMode));
  rules.push(...Array.from({ length: random.below(3) }, () => linkRule(random)));
  rules.push(...Array.from({ length: 5 + random.below(6) }, () => otherRule(random)));
  return `profile ${name} {\n  /proc/*/attr/current w,\n  ${rules.join("\n  ")}\n}\n`;
}

function fileQuestion(path: string, letters: string, owner: boolean): Question {
  const known = (["r", "w", "a", "c", "d", "k"] as const).filter((letter) => letters.includes(letter));
  return { kind: "file", path, letters: known, owner };
}

/** Makes requests of one user; new names never come twice. */
export class RequestMaker {
  #count = 0;
  readonly #random: Random;
  readonly #uid: number;
  constructor(random: Random, uid: number) {
    this.#random = random;
    this.#uid = uid;
  }

  #fresh(): string {
    this.#count += 1;
    return `${ROOT}/${this.#random.pick(DIRECTORIES)}/${this.#random.pick(["new", "x", "other"])}${this.#count}u${this.#uid}`;
  }

  #onLasting(): ProbeRequest {
    const { path, uid } = this.#random.pick(LASTING);
    const owner = uid === this.#uid;
    const [operation, letters] = this.#random.pick([
      ["read", "r"],
      ["write", "w"],
      ["append", "a"],
      ["both", "rw"],
      ["truncate", "w"],
      ["share", "rk"],
      // KERNEL all three: an exclusive lock is a kind of writing.
      ["lock", "rwk"],
    ] as const);
    return { operation, args: [path], questions: [fileQuestion(path, letters, owner)] };
  }

  #onNew(): ProbeRequest {
    const path = this.#fresh();
    const [operation, name, letters] = this.#random.pick([
      ["create", path, "cw"],
      ["mkdir", `${path}/`, "c"],
      ["symlink", path, "c"],
      ["mkfifo", path, "c"],
    ] as const);
    return { operation, args: [path], questions: [fileQuestion(name, letters, true)] };
  }

  #onOld(): ProbeRequest {
    const path = this.#fresh();
    const uid = this.#random.pick([0, 1000]);
    const isDirectory = this.#random.chance(0.3);
    const question = fileQuestion(isDirectory ? `${path}/` : path, "d", uid === this.#uid);
    const prepare = { kind: isDirectory ? "directory" : "file", path, uid } as const;
    return { operation: isDirectory ? "rmdir" : "unlink", args: [path], questions: [question], prepare };
  }

  #onLink(): ProbeRequest {
    const { path: target, uid } = this.#random.pick(LASTING);
    const path = this.#fresh();
    return {
      operation: "link",
      args: [target, path],
      questions: [{ kind: "link", path, target, owner: uid === this.#uid }],
    };
  }

  #onExec(): ProbeRequest {
    const { path, uid } = this.#random.pick(LASTING);
    return { operation: "exec", args: [path], questions: [{ kind: "exec", path, owner: uid === this.#uid }] };
  }

  #onSocket(): ProbeRequest {
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
    const question: Question = { kind: "network", family, type: asked[0], permissions: ["create"] };
    return { operation: "socket", args: [String(number), String(asked[1])], questions: [question] };
  }

  #onSignal(): ProbeRequest {
    const name = this.#random.pick(SIGNALS);
    const peer = this.#random.pick(PEERS);
    const question: Question = { kind: "signal", permission: "send", signal: signalNumber(name) ?? 0, peer };
    return { operation: "signal", args: [name.toUpperCase(), `{pid:${peer}}`], questions: [question] };
  }

  #onChange(): ProbeRequest {
    const target = this.#random.pick(TARGETS);
    return { operation: "change", args: [target], questions: [{ kind: "change_profile", target, onExec: false }] };
  }

  #asRoot(): ProbeRequest {
    if (this.#random.chance(0.5)) {
      const capability = this.#random.pick(Object.values(CAPABILITIES));
      return { operation: "capability", args: [String(capability)], questions: [{ kind: "capability", capability }] };
    }
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
    const mountPoint = `${directory}/`;
    const isBind = bits === MS.bind;
    const questions: readonly Question[] = [
      { kind: "capability", capability: CAPABILITIES.sys_admin },
      {
        kind: "mount",
        mountPoint,
        source: isBind ? `${source}/` : source,
        fstype: isBind ? undefined : fstype,
        flags: bits,
      },
    ];
    return { operation: "mount", args: [source, directory, fstype, String(bits)], questions };
  }

  next(): ProbeRequest {
    const kind = this.#random.below(this.#uid === 0 ? 12 : 10);
    if (kind < 3) return this.#onLasting();
    if (kind < 5) return this.#onNew();
    if (kind === 5) return this.#onOld();
    if (kind === 6) return this.#random.chance(0.6) ? this.#onLink() : this.#onExec();
    if (kind === 7) return this.#onSocket();
    if (kind === 8) return this.#onSignal();
    return kind === 9 ? this.#onChange() : this.#asRoot();
  }
}
