import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fail, ok, type Outcome } from "../src/foundation/basics/index.ts";
import { lastLines, runCommand } from "./command.ts";
import type { LabProblem } from "./problem.ts";

/** Programs of the host that the lab, or a test, uses, and the Debian package each comes from. */
const TOOLS = {
  "qemu-system-x86_64": "qemu-system-x86",
  "apt-get": "apt",
  "apt-cache": "apt",
  "dpkg-deb": "dpkg",
  debootstrap: "debootstrap",
  tar: "tar",
  cpio: "cpio",
  setpriv: "util-linux",
  ldconfig: "libc-bin",
  ldd: "libc-bin",
  setfacl: "acl",
  setfattr: "attr",
  strace: "strace",
  script: "bsdutils",
} as const;

type Tool = keyof typeof TOOLS;

/**
 * Programs that tests ask about what we write, where they are there: shells, formatters of pages, packagers. Continuous integration has them all; the
 * lab does without.
 */
const CHECKERS = {
  zsh: "zsh",
  fish: "fish",
  groff: "groff-base",
  mandoc: "mandoc",
  rpmspec: "rpm",
  "systemd-analyze": "systemd",
} as const;

function findTool(tool: string): string | undefined {
  const path = `${process.env["PATH"] ?? ""}${delimiter}/usr/sbin${delimiter}/sbin`;
  return path
    .split(delimiter)
    .map((directory) => join(directory, tool))
    .find((file) => existsSync(file));
}

/** Whether all of `tools` are installed; the first that is not is the problem. */
export function requireTools(...tools: readonly Tool[]): Outcome<void, LabProblem> {
  const tool = tools.find((name) => findTool(name) === undefined);
  return tool === undefined ? ok(undefined) : fail({ kind: "missing-tool", tool, debianPackage: TOOLS[tool] });
}

/** Whether this process may do what only root may; `what` goes into the message. */
export function requireRoot(what: string): Outcome<void, LabProblem> {
  return process.getuid?.() === 0 ? ok(undefined) : fail({ kind: "not-root", what });
}

function packagesOf(programs: Readonly<Record<string, string>>): readonly string[] {
  const lacking = Object.entries(programs).filter(([tool]) => findTool(tool) === undefined);
  return [...new Set(lacking.map(([, debianPackage]) => debianPackage))];
}

/** Installs what the host lacks, when root. `say` hears what is being done. */
export async function installTools(say: (line: string) => void): Promise<Outcome<void, LabProblem>> {
  const missing = packagesOf(TOOLS);
  const done = missing.length === 0 ? ok(undefined) : await install(missing, say);
  if (!done.ok || process.env["CI"] !== "true") return done;
  const checkers = packagesOf(CHECKERS);
  return checkers.length === 0 ? done : await install(checkers, say);
}

async function install(packages: readonly string[], say: (line: string) => void): Promise<Outcome<void, LabProblem>> {
  const root = requireRoot(`installing ${packages.join(", ")}`);
  if (!root.ok) return root;
  const apt = requireTools("apt-get");
  if (!apt.ok) return apt;
  say(`installing ${packages.join(", ")}`);
  const command = ["apt-get", "install", "-y", "--no-install-recommends", ...packages];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  let result = await runCommand(command, { timeoutMs: 600_000, env });
  if (result.status !== 0) {
    // The machine's index may be absent or old; a source that cannot be reached must not stop the others.
    await runCommand(["apt-get", "update"], { timeoutMs: 300_000 });
    result = await runCommand(command, { timeoutMs: 600_000, env });
  }
  return result.status === 0
    ? ok(undefined)
    : fail({ kind: "command-failed", command: command.join(" "), detail: lastLines(result) });
}
