import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fail, ok, type Outcome } from "../src/foundation/basics/index.ts";
import { archiveMirror } from "./apt.ts";
import { cached, contentKey } from "./cache.ts";
import { type CommandResult, lastLines, runCommand } from "./command.ts";
import { withProc } from "./mounts.ts";
import type { LabProblem } from "./problem.ts";
import { requireRoot, requireTools } from "./tools.ts";

/** What every installed system has: the service manager, AppArmor, and the Node of the release. */
const EVERYWHERE = ["systemd-sysv", "apparmor", "nodejs", "ca-certificates"];

/** An installed Debian, unlike the oracle's trees: its packages are configured, and `dpkg` and `apt` work in it. */
export interface System {
  readonly root: string;
  /** Runs a program in it, with `/proc`. */
  readonly run: (argv: readonly string[], timeoutMs?: number) => Promise<CommandResult>;
}

function systemAt(root: string): System {
  return {
    root,
    run: async (argv, timeoutMs = 600_000) => {
      const env = {
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
        DEBIAN_FRONTEND: "noninteractive",
        LC_ALL: "C.UTF-8",
        HOME: "/root",
      };
      return await runCommand(withProc(root, ["chroot", root, ...argv]), { timeoutMs, env });
    },
  };
}

async function bootstrap(root: string): Promise<Outcome<void, LabProblem>> {
  const command = [
    "debootstrap",
    "--variant=minbase",
    `--include=${EVERYWHERE.join(",")}`,
    "sid",
    root,
    archiveMirror(),
  ];
  const result = await runCommand(command, { timeoutMs: 1_200_000 });
  return result.status === 0
    ? ok(undefined)
    : fail({ kind: "command-failed", command: command.join(" "), detail: lastLines(result) });
}

/** Installs packages as an administrator would, but that no service is started: this is no running system. */
async function install(root: string, packages: readonly string[]): Promise<Outcome<void, LabProblem>> {
  const policy = join(root, "usr/sbin/policy-rc.d");
  writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  if (existsSync("/etc/resolv.conf")) copyFileSync("/etc/resolv.conf", join(root, "etc/resolv.conf"));
  const command = ["apt-get", "install", "-y", "--no-install-recommends", ...packages];
  const system = systemAt(root);
  await system.run(["apt-get", "update"]);
  const result = await system.run(command, 1_200_000);
  rmSync(policy);
  return result.status === 0
    ? ok(undefined)
    : fail({ kind: "command-failed", command: command.join(" "), detail: lastLines(result) });
}

async function copyTree(from: string, to: string): Promise<Outcome<void, LabProblem>> {
  mkdirSync(dirname(to), { recursive: true });
  const command = ["cp", "-a", "--reflink=auto", from, to];
  const result = await runCommand(command, { timeoutMs: 600_000 });
  return result.status === 0
    ? ok(undefined)
    : fail({ kind: "command-failed", command: command.join(" "), detail: lastLines(result) });
}

/** Debian sid, installed by debootstrap with these packages more. It is of the cache, and not to be changed: `copySystem` first. */
export async function openSystem(packages: readonly string[]): Promise<Outcome<System, LabProblem>> {
  const root = requireRoot("installing a system");
  if (!root.ok) return root;
  const tools = requireTools("debootstrap");
  if (!tools.ok) return tools;
  const base = await cached(`systems/sid-${contentKey(...EVERYWHERE)}`, bootstrap);
  if (!base.ok || packages.length === 0) return base.ok ? ok(systemAt(base.value)) : base;
  const made = await cached(`systems/sid-${contentKey(...EVERYWHERE, ...packages)}`, async (path) => {
    const copied = await copyTree(base.value, path);
    return copied.ok ? await install(path, packages) : copied;
  });
  return made.ok ? ok(systemAt(made.value)) : made;
}

/** Hands a copy of a system to `use`, to be changed at will. */
export async function withCopy<T>(
  { root }: System,
  use: (system: System) => Promise<T>,
): Promise<Outcome<T, LabProblem>> {
  const directory = mkdtempSync(join(tmpdir(), "armorer-system-"));
  try {
    const copied = await copyTree(root, join(directory, "root"));
    return copied.ok ? ok(await use(systemAt(join(directory, "root")))) : copied;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
