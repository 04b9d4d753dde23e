/**
 * A machine behind the table of system calls: every path of it is one below a directory of ours, as after chroot, and below
 * /sys/kernel/security is a kernel that holds policy. Devices and /proc/self are the real ones.
 */
import { closeSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type System, nodeSystem } from "../../../src/host/index.ts";
import { packageDirectory } from "../../../src/service/index.ts";
import { type Plan, buildTree, planOf } from "./tree.ts";
import { type PolicyOperation, type SimulatedPolicy, simulatedPolicy } from "./simulated-policy.ts";

export const SECURITYFS = "/sys/kernel/security/apparmor";

export interface Machine {
  readonly root: string;
  readonly system: System;
  readonly policy: SimulatedPolicy;
  /** What a call's first argument means to a person: a path of the machine, for a descriptor that of its file. */
  readonly shown: (argument: unknown) => string;
  /** Has the list of profiles say what is loaded. */
  readonly publish: () => void;
  /** Whether anything was done that a tree may be changed by. */
  readonly isTouched: () => boolean;
  /** What is still open; all of it is closed. */
  readonly closeAll: () => number;
}

function isOperation(name: string): name is PolicyOperation {
  return name === ".load" || name === ".replace" || name === ".remove";
}

/** What the package brings along is read where it is. */
function isOfTheHost(path: string): boolean {
  return path.startsWith(packageDirectory()) || /^\/(?:proc\/self|dev)(?:\/|$)/.test(path);
}

/** What the kernel says of itself. */
const kernelFiles: Plan = {
  "proc/mounts": "sysfs /sys sysfs rw 0 0\nsecurityfs /sys/kernel/security securityfs rw 0 0\n",
  "sys/module/apparmor/parameters/enabled": "Y\n",
  "sys/kernel/security/apparmor/features/file/mask": "create read write exec append mmap_exec link lock",
  "sys/kernel/security/apparmor/features/policy/versions/v7": "yes",
  "sys/kernel/security/apparmor/.load": "",
  "sys/kernel/security/apparmor/.replace": "",
  "sys/kernel/security/apparmor/.remove": "",
  "usr/bin/cp": "",
};

export interface MachineState {
  readonly plan: Plan;
  /** Policy that is loaded, as the simulated kernel has it. */
  readonly loaded: ReadonlyMap<string, string>;
}

interface MachineOptions {
  /** What comes on standard input. */
  readonly input?: string;
  /** The tree is as the plan says already. */
  readonly isBuilt?: boolean;
}

/** The state a machine is in. */
export function stateOf({ root, policy }: Machine): MachineState {
  return { plan: planOf(root), loaded: new Map(policy.loaded) };
}

/** A machine in the directory `root`, which holds nothing else. */
export function buildMachine(root: string, state: MachineState, options: MachineOptions = {}): Machine {
  const policy = simulatedPolicy(state.loaded);
  const open = new Map<number, string>();
  const operations = new Map<number, PolicyOperation>();
  let rest = Buffer.from(options.input ?? "");
  let touched = false;
  const real = (path: string): string =>
    path.startsWith("/") && !isOfTheHost(path) ? root + path : path === "." ? root : path;
  const unreal = (path: string): string =>
    path === root ? "/" : path.startsWith(`${root}/`) ? path.slice(root.length) : path;
  const publish = (): void => {
    const lines = [...policy.loaded.keys()].map((name) => `${name} (enforce)\n`);
    writeFileSync(join(root, SECURITYFS, "profiles"), lines.join(""));
  };
  const change =
    <Args extends readonly unknown[], Answer>(call: (...args: Args) => Answer) =>
    (...args: Args): Answer => {
      touched = true;
      return call(...args);
    };
  const shown = (argument: unknown): string => {
    if (typeof argument === "number") return open.get(argument) ?? `descriptor ${argument}`;
    const path = String(argument);
    const [, held, below] = /^\/proc\/self\/fd\/([0-9]+)(.*)$/s.exec(path) ?? [];
    return held === undefined ? unreal(path) : `${open.get(Number(held)) ?? "?"}${below ?? ""}`;
  };
  const system: System = {
    ...nodeSystem,
    open: (path, flags, mode) => {
      const descriptor = nodeSystem.open(real(path), flags, mode);
      if ((flags & 0o3) !== 0) touched = true;
      open.set(descriptor, shown(path));
      const name = path.slice(path.lastIndexOf("/") + 1);
      if (shown(path) === `${SECURITYFS}/${name}` && isOperation(name)) operations.set(descriptor, name);
      return descriptor;
    },
    close: (descriptor) => {
      open.delete(descriptor);
      operations.delete(descriptor);
      nodeSystem.close(descriptor);
    },
    read: (descriptor, buffer, start, position) => {
      if (descriptor !== 0) return nodeSystem.read(descriptor, buffer, start, position);
      const count = rest.copy(buffer, start, 0, buffer.length - start);
      rest = rest.subarray(count);
      return count;
    },
    write: (descriptor, bytes, start) => {
      const operation = operations.get(descriptor);
      if (operation === undefined) return nodeSystem.write(descriptor, bytes, start);
      policy.submit(operation, bytes.subarray(start));
      publish();
      return bytes.length - start;
    },
    stat: (path) => nodeSystem.stat(real(path)),
    lstat: (path) => nodeSystem.lstat(real(path)),
    rename: change((from, to) => nodeSystem.rename(real(from), real(to))),
    link: change((from, to) => nodeSystem.link(real(from), real(to))),
    unlink: change((path) => nodeSystem.unlink(real(path))),
    mkdir: change((path, mode) => nodeSystem.mkdir(real(path), mode)),
    rmdir: change((path) => nodeSystem.rmdir(real(path))),
    readdir: (path, most) => nodeSystem.readdir(real(path), most),
    readlink: (path) => unreal(nodeSystem.readlink(real(path))),
    realpath: (path) => unreal(nodeSystem.realpath(real(path))),
    filesystem: (path) => nodeSystem.filesystem(real(path)),
    // Access lists are copied elsewhere, by the real program.
    run: () => ({ status: 0, errors: "" }),
    fsync: () => undefined,
  };
  if (options.isBuilt !== true) {
    buildTree(root, { ...kernelFiles, ...state.plan });
    publish();
  }
  return {
    root,
    system,
    policy,
    shown,
    publish,
    isTouched: () => touched,
    closeAll: () => {
      const count = open.size;
      for (const descriptor of open.keys()) closeSync(descriptor);
      open.clear();
      return count;
    },
  };
}
