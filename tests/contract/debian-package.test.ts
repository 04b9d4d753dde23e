/**
 * The Debian package (`npm run deb`) beside packages that have files of the same names, as Debian's apparmor and apparmor-utils do. dpkg
 * itself installs, upgrades and purges them, in a directory (`--root`); `npm run debian` does the same in a whole system with Debian's own.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { tools } from "../../src/cli/drop-in/index.ts";
import { repository } from "../support/sources.ts";

const scratch = mkdtempSync(join(tmpdir(), "armorer-debian-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

let ours = "";
before(() => {
  ours = execFileSync(process.execPath, ["scripts/deb/build.mjs", scratch], {
    cwd: repository,
    encoding: "utf8",
  }).trim();
});

type Files = Readonly<Record<string, string | { readonly linkTo: string }>>;

/** Builds a package of these files. */
function packageOf(name: string, version: string, files: Files): string {
  const root = join(scratch, `${name}-${version}`);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (typeof content === "string") writeFileSync(join(root, path), content, { mode: 0o755 });
    else symlinkSync(content.linkTo, join(root, path));
  }
  mkdirSync(join(root, "DEBIAN"));
  const fields = { Package: name, Version: version, Architecture: "all", Maintainer: "nobody <nobody@localhost>" };
  const lines = Object.entries({ ...fields, Description: "made by a test" }).map(
    ([key, value]) => `${key}: ${value}\n`,
  );
  writeFileSync(join(root, "DEBIAN/control"), lines.join(""));
  const file = `${root}.deb`;
  execFileSync("dpkg-deb", ["-Znone", "--build", root, file], { stdio: "ignore" });
  return file;
}

function newRoot(name: string): string {
  const root = join(scratch, name);
  mkdirSync(join(root, "var/lib/dpkg/info"), { recursive: true });
  mkdirSync(join(root, "var/lib/dpkg/updates"));
  writeFileSync(join(root, "var/lib/dpkg/status"), "");
  return root;
}

function dpkg(root: string, ...argv: readonly string[]): void {
  const force = ["--force-script-chrootless", "--force-depends", "--force-not-root"];
  execFileSync("dpkg", [`--root=${root}`, `--log=${scratch}/log`, ...force, ...argv], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
  });
}

/** What is there, but for what dpkg keeps of itself. */
function treeOf(root: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of readdirSync(root, { recursive: true, encoding: "utf8" }).toSorted()) {
    if (path.startsWith("var/lib/dpkg")) continue;
    const status = lstatSync(join(root, path));
    const what = status.isFile()
      ? readFileSync(join(root, path), "latin1")
      : status.isSymbolicLink()
        ? `-> ${readlinkSync(join(root, path))}`
        : "";
    found[path] = `${(status.mode & 0o7777).toString(8)} ${what}`;
  }
  return found;
}

const FOR_ALL = ["aa-easyprof", "aa-enabled", "aa-exec", "aa-features-abi"];
const UTILITIES =
  /^aa-(?:audit|autodep|cleanprof|complain|decode|disable|easyprof|enforce|genprof|logprof|mergeprof|show-usage|unconfined)$/;

const placeOf = (name: string): string => `usr/${FOR_ALL.includes(name) ? "bin" : "sbin"}/${name}`;

/** Files under the names that Debian's two packages have, each of which says whose it is. */
function debians(version: string, which: "apparmor" | "apparmor-utils"): string {
  const names = [...tools.map(({ name }) => name), "apparmor_parser"].filter(
    (name) => name !== "rcapparmor" && UTILITIES.test(name) === (which === "apparmor-utils"),
  );
  const files: Files = Object.fromEntries(names.map((name) => [placeOf(name), `Debian's ${name} ${version}\n`]));
  const more: Files = {
    "usr/sbin/apparmor_status": { linkTo: "aa-status" },
    "usr/lib/apparmor/apparmor.systemd": `boot script ${version}\n`,
    "usr/lib/systemd/system/apparmor.service": `unit ${version}\n`,
    "usr/share/man/man8/aa-status.8.gz": `page ${version}\n`,
  };
  return packageOf(which, version, which === "apparmor" ? { ...files, ...more } : files);
}

const isOurs = (root: string, path: string): boolean =>
  readFileSync(join(root, path), "utf8").includes("/usr/lib/armorer/bin/");

test("beside Debian's packages every command, the boot script and the service are ours, through their upgrades, until a purge brings theirs back", () => {
  const [old, upgraded] = [debians("1.0", "apparmor"), debians("1.1", "apparmor")];
  const utilities = debians("1.0", "apparmor-utils");
  const root = newRoot("with-ours");
  dpkg(root, "--install", old);
  dpkg(root, "--install", ours);
  const commands = [...tools.map(({ name }) => name), "apparmor_parser"].map(placeOf);
  const isAllOurs = (): void => {
    for (const path of [...commands, "usr/lib/apparmor/apparmor.systemd"]) assert.ok(isOurs(root, path), path);
    assert.match(readFileSync(join(root, "usr/lib/systemd/system/apparmor.service"), "utf8"), /rcapparmor reload/);
    assert.equal(readlinkSync(join(root, "usr/sbin/apparmor_status")), "aa-status");
    // What profiles of other programs allow them to run is this path, and no link counts as the path it is at.
    assert.ok(lstatSync(join(root, "usr/sbin/apparmor_parser")).isFile());
  };
  isAllOurs();
  dpkg(root, "--install", upgraded);
  dpkg(root, "--install", utilities);
  dpkg(root, "--install", ours);
  isAllOurs();
  assert.equal(readFileSync(join(root, "usr/sbin/apparmor_parser.distrib"), "utf8"), "Debian's apparmor_parser 1.1\n");
  assert.equal(readFileSync(join(root, "usr/sbin/aa-enforce.distrib"), "utf8"), "Debian's aa-enforce 1.0\n");
  dpkg(root, "--purge", "armorer");
  const without = newRoot("without-ours");
  dpkg(without, "--install", upgraded);
  dpkg(without, "--install", utilities);
  assert.deepEqual(treeOf(root), treeOf(without));
  assert.equal(readFileSync(join(root, "var/lib/dpkg/diversions"), "utf8"), "");
});

test("where Debian's packages are not, the package brings every command, and leaves nothing behind", () => {
  const root = newRoot("alone");
  dpkg(root, "--install", ours);
  for (const { name } of tools) assert.ok(isOurs(root, placeOf(name)), name);
  for (const { name } of tools) {
    const shells = [`bash-completion/completions/${name}`, `fish/vendor_completions.d/${name}.fish`];
    for (const path of shells) assert.ok(readFileSync(join(root, "usr/share", path), "utf8").includes(name), path);
  }
  dpkg(root, "--purge", "armorer");
  assert.deepEqual(
    Object.keys(treeOf(root)).filter((path) => /armorer|aa-|apparmor/.test(path)),
    [],
  );
});

/** Prints the flags that reading a part of the program gives to V8, in a Node that says it is another. */
const GIVEN_FLAGS = `
const [path, version, part] = process.argv.slice(1);
Object.defineProperty(process.versions, "node", { value: version });
require("node:v8").setFlagsFromString = (flag) => process.stdout.write(flag);
require(path).loadChunk(part);
`;

function flagsGiven(version: string, part = "pipeline.cjs"): string {
  const argv = ["-e", GIVEN_FLAGS, join(repository, "dist/start.cjs"), version, part];
  return execFileSync(process.execPath, argv, { encoding: "utf8" });
}

test("a Node is given the flags that compiling is tuned with where it knows them, and others none", () => {
  assert.match(flagsGiven("20.20.2"), /^--interrupt-budget=\d+$/);
  assert.match(flagsGiven("24.22.2"), /^--invocation-count-for-maglev=\d+--invocation-count-for-turbofan=\d+$/);
  for (const version of ["22.23.5", "26.0.0"]) assert.equal(flagsGiven(version), "", version);
  assert.equal(flagsGiven("20.20.2", "easyprof.cjs"), "");
  // So is what reads logs.
  assert.equal(flagsGiven("20.20.2", "audit.cjs"), flagsGiven("20.20.2"));
});
