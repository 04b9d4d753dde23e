/** Tables of system calls that misbehave on purpose: calls that fail, writes that are cut short, worlds that change between two calls. */
import { type System, type SystemStatus, nodeSystem } from "../../src/host/index.ts";

type CallName = Exclude<keyof System, "geteuid">;

export interface Call {
  readonly name: CallName;
  readonly args: readonly unknown[];
  /** From 0, over all calls of the table. */
  readonly index: number;
}

/** What happens to a call instead of what it asks for: an errno, or a write of so many bytes at most. */
type Fault = { readonly errno: string } | { readonly shortBytes: number };

export function systemError(errno: string): Error {
  return Object.assign(new Error(`${errno}: made by a test`), { code: errno, syscall: "test" });
}

const NAMES: readonly CallName[] = [
  "open",
  "close",
  "read",
  "write",
  "fstat",
  "stat",
  "lstat",
  "fsync",
  "fchown",
  "fchmod",
  "futimes",
  "rename",
  "link",
  "symlink",
  "unlink",
  "mkdir",
  "rmdir",
  "readdir",
  "readlink",
  "realpath",
  "filesystem",
  "run",
];

/** The table `below`, where `before` hears of every call first and may have it fail. */
export function hookedSystem(before: (call: Call) => Fault | void, below: System = nodeSystem): System {
  let index = 0;
  const hook = (name: CallName): [CallName, (...args: readonly unknown[]) => unknown] => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the args are handed on as they came
    const call = below[name] as (...args: readonly unknown[]) => unknown;
    return [
      name,
      (...args) => {
        const fault = before({ name, args, index });
        index += 1;
        if (fault === undefined) return call(...args);
        if ("errno" in fault) throw systemError(fault.errno);
        const [descriptor, bytes, start] = args;
        if (name !== "write" || !(bytes instanceof Uint8Array) || typeof start !== "number") return call(...args);
        return call(descriptor, bytes.subarray(0, start + fault.shortBytes), start);
      },
    ];
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every name is there, with a function of the same kind
  return { ...below, ...(Object.fromEntries(NAMES.map(hook)) as unknown as System) };
}

/** Runs `action` once, right before the first call that `picks`. */
export function atCall(picks: (call: Call) => boolean, action: () => void): System {
  let isDone = false;
  return hookedSystem((call) => {
    if (isDone || !picks(call)) return;
    isDone = true;
    action();
  });
}

/** Makes the calls of one name fail. */
export function refusing(name: CallName, errno: string): System {
  return hookedSystem((call) => (call.name === name ? { errno } : undefined));
}

/** A world in which files have other owners than they have, and this user is another: `owners` goes by paths as they are now. Files can be given away. */
export function ownedSystem(me: number, owners: Readonly<Record<string, number>>): System {
  const byFile = new Map(
    Object.entries(owners).map(([path, owner]) => {
      const status = nodeSystem.lstat(path);
      return [`${status?.dev} ${status?.ino}`, BigInt(owner)];
    }),
  );
  const claim = <T extends SystemStatus | undefined>(status: T): T => {
    if (status === undefined) return status;
    const owner = byFile.get(`${status.dev} ${status.ino}`);
    const plain = owner ?? (Number(status.uid) === nodeSystem.geteuid() ? BigInt(me) : status.uid);
    return Object.create(status, { uid: { value: plain } });
  };
  return {
    ...nodeSystem,
    geteuid: () => me,
    stat: (path) => claim(nodeSystem.stat(path)),
    lstat: (path) => claim(nodeSystem.lstat(path)),
    fstat: (descriptor) => claim(nodeSystem.fstat(descriptor)),
    fchown: (descriptor, user) => {
      const { dev, ino } = nodeSystem.fstat(descriptor);
      byFile.set(`${dev} ${ino}`, BigInt(user));
    },
  };
}
