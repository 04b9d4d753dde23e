/** The system that `npm run debian`, `npm run tools:kernel` and `npm run services` work with: Debian sid with its own tools and with services. */
import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { basename, join } from "node:path";
import { openSystem, type System } from "../../lab/index.ts";
import { must } from "./lab.ts";
import { repository } from "./sources.ts";

const PACKAGES =
  "apache2 apparmor-profiles apparmor-utils curl iproute2 libapache2-mod-apparmor libpam-apparmor lxc php-fpm procps redis-server runc";

export async function openServiceSystem(): Promise<System> {
  return must(await openSystem(PACKAGES.split(" ")));
}

/** Builds our package and lays it into a system; where it is there. */
export function placePackage({ root }: System): string {
  const build = [join(repository, "scripts/deb/build.mjs"), join(root, "root")];
  const made = execFileSync(process.execPath, build, { cwd: repository, encoding: "utf8" }).trim();
  return `/root/${basename(made)}`;
}

/** Lays more packages of Debian's into a system, not installed: a guest has no network. */
export async function placeDebians(system: System, names: readonly string[]): Promise<void> {
  copyFileSync("/etc/resolv.conf", join(system.root, "etc/resolv.conf"));
  // What the system itself was made of is in the same place.
  await mustRun(system, ["apt-get", "clean"]);
  await mustRun(system, ["apt-get", "install", "--yes", "--download-only", "--no-install-recommends", ...names]);
  await mustRun(system, ["sh", "-c", "mkdir -p /root/more && mv /var/cache/apt/archives/*.deb /root/more/"]);
}

/** What a command that must succeed prints. */
export async function mustRun(system: System, argv: readonly string[]): Promise<string> {
  const { status, stderr, stdout } = await system.run(argv);
  if (status !== 0) throw new Error(`${argv.join(" ")} ended with ${status}: ${stderr.toString()}`);
  return stdout.toString();
}
