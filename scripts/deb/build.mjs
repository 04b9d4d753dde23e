// Builds the Debian package (`npm run deb`, into build/ or the directory that is named): what npm would install, the commands under
// Debian's names where Debian's packages have them, which are diverted (docs/installing.md). dpkg-deb is all that is needed.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const SOURCE = "scripts/deb";
const HOME = "/usr/lib/armorer";
/** Whose commands these are, Debian has in /usr/bin; those for administrators are in /usr/sbin. */
const FOR_ALL = new Set(["armorer", "aa-easyprof", "aa-enabled", "aa-exec", "aa-features-abi"]);
const NOT_COMMANDS = new Set(["run.sh", "run.cjs", "package.json"]);
const BOOT_SCRIPT = "/usr/lib/apparmor/apparmor.systemd";
const UNIT = "/usr/lib/systemd/system/apparmor.service";
/** Names that Debian's packages do not have. */
const OURS_ALONE = /\/(?:armorer|rcapparmor)\b/;

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const commands = readdirSync("bin")
  .filter((name) => !NOT_COMMANDS.has(name))
  .toSorted();

const placeOf = (name) => `/usr/${FOR_ALL.has(name) ? "bin" : "sbin"}/${name}`;

/** What was laid below the root, and must not be in the way of a file of Debian's. */
const placed = [];

function put(root, path, content, mode = 0o644) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
  placed.push(path);
}

/**
 * A file of its own in the place of each command, no link: profiles of other programs allow them to run `/usr/sbin/apparmor_parser`, and
 * what the kernel asks a profile about is where a link leads.
 */
function starter(name) {
  return `#!/bin/sh\narmorer_self=${HOME}/bin/${name}\n. ${HOME}/bin/run.sh\n`;
}

/** What npm publishes is what is installed; pages that nobody but people reads are where Debian has them. */
function putPackage(root, scratch) {
  execFileSync("npm", ["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", scratch], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const tarball = readdirSync(scratch).find((name) => name.endsWith(".tgz"));
  execFileSync("tar", ["-xzf", join(scratch, tarball), "-C", scratch]);
  const home = join(root, HOME);
  mkdirSync(dirname(home), { recursive: true });
  renameSync(join(scratch, "package"), home);
  const doc = join(root, "/usr/share/doc/armorer");
  mkdirSync(doc, { recursive: true });
  for (const name of ["docs", "examples", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]) {
    cpSync(join(home, name), join(doc, name), { recursive: true });
    rmSync(join(home, name), { recursive: true });
  }
  writeFileSync(join(doc, "changelog.gz"), gzipSync(readFileSync(join(home, "CHANGELOG.md")), { level: 9 }));
  writeFileSync(join(doc, "copyright"), ["NOTICE", "LICENSE"].map((name) => readFileSync(name, "utf8")).join("\n"));
  rmSync(join(home, "CHANGELOG.md"));
}

function putCommands(root) {
  for (const name of commands) put(root, placeOf(name), starter(name), 0o755);
  symlinkSync("aa-status", join(root, "/usr/sbin/apparmor_status"));
  placed.push("/usr/sbin/apparmor_status");
  put(root, BOOT_SCRIPT, starter("rcapparmor"), 0o755);
  put(root, UNIT, readFileSync(`${SOURCE}/apparmor.service`));
}

function putPages(root) {
  for (const folder of ["dist/man", "dist/drop-in/man"]) {
    for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
      if (!/\.[1-8]$/.test(path)) continue;
      put(root, `/usr/share/man/${path}.gz`, gzipSync(readFileSync(join(folder, path)), { level: 9 }));
    }
  }
}

/** Shells look for the completions of a command when it is typed first, in a file of its name. */
function putCompletions(root) {
  const bash = "/usr/share/bash-completion/completions";
  const fish = "/usr/share/fish/vendor_completions.d";
  put(root, `${bash}/armorer`, readFileSync("dist/completions/armorer.bash"));
  put(root, `${fish}/armorer.fish`, readFileSync("dist/completions/armorer.fish"));
  put(root, "/usr/share/zsh/vendor-completions/_armorer", readFileSync("dist/completions/_armorer"));
  for (const name of commands.filter((one) => one !== "armorer")) {
    symlinkSync("armorer", join(root, bash, name));
    symlinkSync("armorer.fish", join(root, fish, `${name}.fish`));
  }
}

function control(installedKibibytes) {
  return `Package: armorer
Version: ${version}
Architecture: all
Maintainer: The armorer authors <armorer@localhost>
Installed-Size: ${installedKibibytes}
Depends: nodejs (>= 20)
Recommends: apparmor
Section: admin
Priority: optional
Description: understand, test, compile, load and learn AppArmor policy
 Compiles, loads, tests and learns AppArmor policy, and answers questions to it.
 .
 Beside Debian's package apparmor, its apparmor_parser, its aa-* commands, its
 boot script and its service are ours while this package is installed, and so
 are those of apparmor-utils, whether that is installed or not. They are
 diverted, and come back when it is removed.
`;
}

/** Maintainer scripts, with the paths they divert. */
function putControl(root) {
  const diverted = placed.filter((path) => !OURS_ALONE.test(path) && !/\/(?:bash-completion|fish|zsh)\//.test(path));
  const aliases = diverted
    .filter((path) => /^\/usr\/(?:s?bin|lib)\//.test(path))
    .map((path) => path.slice("/usr".length));
  const folder = join(root, "DEBIAN");
  mkdirSync(folder);
  for (const name of ["preinst", "postinst", "prerm", "postrm"]) {
    const text = readFileSync(`${SOURCE}/${name}`, "utf8")
      .replaceAll("@DIVERTED@", diverted.join("\n"))
      .replaceAll("@ALIASES@", aliases.join("\n"));
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  const size = execFileSync("du", ["-sk", "--exclude=DEBIAN", root], { encoding: "utf8" });
  writeFileSync(join(folder, "control"), control(parseInt(size, 10)));
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !path.startsWith("DEBIAN/"))
    .toSorted();
  writeFileSync(join(folder, "md5sums"), execFileSync("md5sum", ["--", ...files], { cwd: root, maxBuffer: 1 << 26 }));
}

function main([into = "build", ...more]) {
  if (into.startsWith("-") || more.length > 0) {
    const isHelp = into === "--help" || into === "-h";
    (isHelp ? process.stdout : process.stderr).write(
      "usage: npm run deb -- [DIRECTORY]\n\nBuilds the package into it (build).\n",
    );
    return isHelp ? 0 : 2;
  }
  if (!existsSync("dist/start.cjs")) {
    process.stderr.write("armorer is not built: run `npm run build` first\n");
    return 1;
  }
  const scratch = mkdtempSync(join(tmpdir(), "armorer-deb-"));
  const root = join(scratch, "root");
  try {
    mkdirSync(root, { mode: 0o755 });
    putPackage(root, scratch);
    putCommands(root);
    putPages(root);
    putCompletions(root);
    putControl(root);
    mkdirSync(into, { recursive: true });
    const file = resolve(into, `armorer_${version}_all.deb`);
    execFileSync("dpkg-deb", ["--root-owner-group", "--build", root, file], { stdio: ["ignore", "ignore", "inherit"] });
    process.stdout.write(`${join(into, basename(file))}\n`);
    return 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

process.exitCode = main(process.argv.slice(2));
