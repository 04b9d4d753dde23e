import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync, copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, ok, type Outcome } from "../src/foundation/basics/index.ts";
import { packageTree } from "./apt.ts";
import { cached, contentKey } from "./cache.ts";
import { lastLines, runCommand } from "./command.ts";
import { type ArchiveEntry, walkTree, writeArchive } from "./cpio.ts";
import type { LabProblem } from "./problem.ts";
import { requireRoot, requireTools } from "./tools.ts";

/** The guest's programs are Debian 12's whatever the host is, so that what a profile must allow is the same everywhere. */
const BASE_PACKAGES = (
  "base-files base-passwd bash busybox-static coreutils dash debianutils diffutils findutils grep hostname libc-bin libc6 " +
  "mount netbase perl-base sed util-linux"
).split(" ");

/** Left out of the image: nothing that runs reads them. */
const SKIPPED = (
  "usr/share/doc usr/share/man usr/share/locale usr/share/info usr/share/lintian usr/share/bash-completion " +
  "usr/share/zoneinfo usr/lib/x86_64-linux-gnu/gconv usr/lib/x86_64-linux-gnu/perl/5.36.0/CORE var/lib/dpkg .packages"
).split(" ");

const AGENT = join(dirname(fileURLToPath(import.meta.url)), "../../lab/guest/agent.pl");

/** What package scripts would have done: accounts, name service, the loader's cache. */
async function finishTree(root: string): Promise<Outcome<void, LabProblem>> {
  const copies = [
    ["usr/share/base-passwd/passwd.master", "etc/passwd"],
    ["usr/share/base-passwd/group.master", "etc/group"],
    ["usr/share/base-files/nsswitch.conf", "etc/nsswitch.conf"],
    ["usr/share/base-files/profile", "etc/profile"],
  ] as const;
  mkdirSync(join(root, "etc"), { recursive: true });
  for (const [from, to] of copies) {
    if (existsSync(join(root, from)) && !existsSync(join(root, to))) copyFileSync(join(root, from), join(root, to));
  }
  writeFileSync(join(root, "etc/hosts"), "127.0.0.1 localhost\n::1 localhost ip6-localhost\n");
  writeFileSync(join(root, "etc/hostname"), "lab\n");
  for (const part of ["proc", "sys", "dev", "run", "tmp", "root", "home", "var/tmp"]) {
    mkdirSync(join(root, part), { recursive: true });
  }
  const result = await runCommand(["ldconfig", "-r", root]);
  return result.status === 0
    ? ok(undefined)
    : fail({ kind: "command-failed", command: `ldconfig -r ${root}`, detail: lastLines(result) });
}

/** The guest's file system: the base packages, more if asked, with all they depend on. */
async function guestTree(packages: readonly string[]): Promise<Outcome<string, LabProblem>> {
  const root = requireRoot("unpacking the guest's system");
  if (!root.ok) return root;
  const tools = requireTools("ldconfig");
  if (!tools.ok) return tools;
  const names = [...new Set([...BASE_PACKAGES, ...packages])].toSorted();
  return await packageTree({ suite: "bookworm", names, closure: true, label: "guest", version: 1, finish: finishTree });
}

function directory(path: string): ArchiveEntry {
  return { path, mode: 0o040755, data: new Uint8Array(), uid: 0, gid: 0 };
}

function* entriesOf(tree: string, agent: Uint8Array, skip: (path: string) => boolean): Generator<ArchiveEntry> {
  yield directory(".");
  yield* walkTree(tree, skip);
  yield directory("lab");
  yield { path: "lab/agent.pl", mode: 0o100700, data: agent, uid: 0, gid: 0 };
  const console = { major: 5, minor: 1 };
  yield { path: "dev/console", mode: 0o020600, data: new Uint8Array(), uid: 0, gid: 0, device: console };
}

/** The base of every boot as an archive file of the cache; another set of packages is another file. */
export async function baseArchive(packages: readonly string[]): Promise<Outcome<string, LabProblem>> {
  const tree = await guestTree(packages);
  if (!tree.ok) return tree;
  const agent = readFileSync(AGENT);
  return await cached(`images/base-${contentKey(tree.value, agent)}.cpio`, async (file) => {
    mkdirSync(dirname(file), { recursive: true });
    writeArchive(
      file,
      entriesOf(tree.value, agent, (path) => SKIPPED.includes(path)),
    );
    return ok(undefined);
  });
}

/** What packages keep of themselves is a part of a whole system; a file system of the kernel's that was mounted is not. */
const NOT_IN_SYSTEMS = new Set([
  ...SKIPPED.filter((path) => path !== "var/lib/dpkg"),
  "var/cache/apt",
  "var/lib/apt/lists",
]);

function isLeftOut(path: string): boolean {
  return NOT_IN_SYSTEMS.has(path) || /^(?:proc|sys|dev|run|tmp)\/./.test(path);
}

/** A whole system as an archive, with the agent. */
export function writeSystemArchive(root: string, file: string): void {
  writeArchive(file, entriesOf(root, readFileSync(AGENT), isLeftOut));
}

function executable(path: string, data: Uint8Array): ArchiveEntry {
  return { path, mode: 0o100755, data, uid: 0, gid: 0 };
}

/** Where a file of the host's Node goes in the guest. */
function placeOf(path: string): string {
  return `opt/node/${path.slice(path.lastIndexOf("/") + 1)}`;
}

/** Files a program needs to start, from the dynamic loader's own listing. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await runCommand(["ldd", program]);
  return [...stdout.toString().matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = ""]) => path);
}

/**
 * The Node that runs this, with its libraries below `/opt/node` (they may be newer than the guest's own), as an archive.
 * In the guest `/usr/bin/node` starts it.
 */
export async function nodeArchive(): Promise<Outcome<string, LabProblem>> {
  const program = realpathSync(process.execPath);
  const { size, mtimeMs } = statSync(program);
  return await cached(
    `images/node-${contentKey(program, process.version, `${size} ${mtimeMs}`)}.cpio`,
    async (file) => {
      const libraries = await librariesOf(program);
      const loader = libraries.find((path) => path.includes("/ld-linux")) ?? "/lib64/ld-linux-x86-64.so.2";
      const start = `#!/bin/sh\nexec /${placeOf(loader)} --library-path /opt/node /opt/node/node "$@"\n`;
      mkdirSync(dirname(file), { recursive: true });
      writeArchive(file, [
        directory("opt"),
        directory("opt/node"),
        executable("opt/node/node", readFileSync(program)),
        ...libraries.map((path) => executable(placeOf(path), readFileSync(path))),
        executable("usr/bin/node", Buffer.from(start)),
      ]);
      return ok(undefined);
    },
  );
}
