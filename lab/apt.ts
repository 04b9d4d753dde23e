/**
 * Debian packages without touching the machine's own package state.
 *
 * Each suite has a private apt directory in the cache (own sources, index, archive, and an empty dpkg status), so that names are
 * resolved from the suite's own index: sid drops old versions, and no version number may be written down here. apt checks the signature of
 * the index with Debian's keyring and the digest of each package with the index. Proxy and validity settings are the machine's.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fail, ok, type Outcome } from "../src/foundation/basics/index.ts";
import { cacheDirectory, cached, contentKey, exclusively } from "./cache.ts";
import { type CommandResult, lastLines, runCommand } from "./command.ts";
import type { LabProblem } from "./problem.ts";
import { requireTools } from "./tools.ts";

export type Suite = "bookworm" | "trixie" | "sid";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const INDEX_AGE_MS = 24 * 3600 * 1000;

/** The mirrors this machine is configured for, or Debian's own. */
function mirrors(): { readonly archive: string; readonly security: string } {
  const texts = ["/etc/apt/sources.list"];
  const parts = "/etc/apt/sources.list.d";
  if (existsSync(parts)) texts.push(...readdirSync(parts).map((name) => join(parts, name)));
  const uris = texts
    .filter((file) => existsSync(file) && statSync(file).isFile())
    .flatMap((file) => readFileSync(file, "utf8").split("\n"))
    .filter((line) => !line.trimStart().startsWith("#"))
    .flatMap((line) => line.match(/https?:\/\/[^\s\]]+/g) ?? [])
    .map((uri) => uri.replace(/\/+$/, ""));
  return {
    archive: uris.find((uri) => uri.endsWith("/debian")) ?? "http://deb.debian.org/debian",
    security: uris.find((uri) => uri.endsWith("/debian-security")) ?? "http://deb.debian.org/debian-security",
  };
}

/** Where packages of Debian come from. */
export function archiveMirror(): string {
  return mirrors().archive;
}

function suiteDirectory(suite: Suite): string {
  return join(cacheDirectory(), "apt", suite);
}

function sourceLine(uri: string, suite: string): string {
  return `deb [arch=amd64 signed-by=${KEYRING}] ${uri} ${suite} main\n`;
}

function sourcesOf(suite: Suite): string {
  const { archive, security } = mirrors();
  return suite === "sid"
    ? sourceLine(archive, suite)
    : sourceLine(archive, suite) + sourceLine(security, `${suite}-security`);
}

/** Read last by apt (`-c`), so that it wins over the machine's settings where both speak. */
function configurationOf(directory: string): string {
  return [
    `Dir::Etc::SourceList "${directory}/sources.list";`,
    `Dir::Etc::SourceParts "${directory}/empty";`,
    `Dir::Etc::PreferencesParts "${directory}/empty";`,
    `Dir::Etc::Preferences "${directory}/preferences";`,
    `Dir::State "${directory}/state";`,
    `Dir::State::Lists "${directory}/lists";`,
    `Dir::State::Status "${directory}/status";`,
    `Dir::Cache "${directory}/cache";`,
    `Dir::Cache::Archives "${directory}/archives";`,
    `Dir::Cache::PkgCache "";`,
    `Dir::Cache::SrcPkgCache "";`,
    `APT::Architecture "amd64";`,
    `APT::Architectures { "amd64"; };`,
    `APT::Sandbox::User "root";`,
    `APT::Install-Recommends "false";`,
    `Acquire::Languages "none";`,
    `Acquire::Retries "3";`,
    `#clear APT::Update::Pre-Invoke;`,
    `#clear APT::Update::Post-Invoke;`,
    `#clear APT::Update::Post-Invoke-Success;`,
    `#clear DPkg::Pre-Invoke;`,
    `#clear DPkg::Post-Invoke;`,
    `#clear DPkg::Pre-Install-Pkgs;`,
    "",
  ].join("\n");
}

async function apt(suite: Suite, program: "apt-get" | "apt-cache", args: readonly string[]): Promise<CommandResult> {
  const configuration = join(suiteDirectory(suite), "apt.conf");
  return await runCommand([program, "-c", configuration, ...args], { timeoutMs: 600_000 });
}

function prepareDirectory(suite: Suite): void {
  const directory = suiteDirectory(suite);
  for (const part of ["empty", "state", "lists/partial", "cache", "archives/partial"]) {
    mkdirSync(join(directory, part), { recursive: true });
  }
  writeFileSync(join(directory, "sources.list"), sourcesOf(suite));
  writeFileSync(join(directory, "preferences"), "");
  writeFileSync(join(directory, "status"), "");
  writeFileSync(join(directory, "apt.conf"), configurationOf(directory));
}

/** Brings the suite's index to the cache unless a young one is there. The caller holds the suite's lock. */
async function updateIndex(suite: Suite, force: boolean): Promise<Outcome<void, LabProblem>> {
  const tools = requireTools("apt-get", "apt-cache", "dpkg-deb", "tar");
  if (!tools.ok) return tools;
  if (!existsSync(KEYRING)) return fail({ kind: "no-keyring", path: KEYRING });
  const stamp = join(suiteDirectory(suite), "updated");
  if (!force && existsSync(stamp) && Date.now() - statSync(stamp).mtimeMs < INDEX_AGE_MS) return ok(undefined);
  prepareDirectory(suite);
  const result = await apt(suite, "apt-get", ["update", "--error-on=any"]);
  if (result.status !== 0) {
    return fail({ kind: "no-index", suite, mirror: mirrors().archive, detail: lastLines(result) });
  }
  writeFileSync(stamp, "");
  return ok(undefined);
}

function naturally(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** The newest package of the suite whose name matches, from its index. */
async function resolveName(suite: Suite, wanted: RegExp): Promise<Outcome<string, LabProblem>> {
  const names = await apt(suite, "apt-cache", ["pkgnames"]);
  const found = names.stdout
    .toString()
    .split("\n")
    .filter((name) => wanted.test(name));
  const newest = found.toSorted(naturally).at(-1);
  return newest === undefined ? fail({ kind: "no-package", suite, wanted: wanted.source }) : ok(newest);
}

interface Selection {
  readonly suite: Suite;
  /** Exact names, or patterns of which the newest match is taken. */
  readonly names: readonly (string | RegExp)[];
  /** Also everything the packages depend on. */
  readonly closure: boolean;
}

async function download(selection: Selection): Promise<Outcome<readonly string[], LabProblem>> {
  const { suite } = selection;
  const names: string[] = [];
  for (const name of selection.names) {
    const resolved = typeof name === "string" ? ok(name) : await resolveName(suite, name);
    if (!resolved.ok) return resolved;
    names.push(resolved.value);
  }
  const archives = join(suiteDirectory(suite), "archives");
  rmSync(archives, { recursive: true, force: true });
  mkdirSync(join(archives, "partial"), { recursive: true });
  const args = selection.closure
    ? ["install", "--yes", "--download-only", "--no-install-recommends", ...names]
    : ["download", ...names];
  const configuration = join(suiteDirectory(suite), "apt.conf");
  const command = ["apt-get", "-c", configuration, ...args];
  const result = await runCommand(command, { timeoutMs: 600_000, cwd: archives });
  if (result.status !== 0) {
    return fail({ kind: "command-failed", command: command.join(" "), detail: lastLines(result) });
  }
  const files = readdirSync(archives)
    .filter((name) => name.endsWith(".deb"))
    .toSorted();
  return ok(files.map((name) => join(archives, name)));
}

/**
 * Downloads packages and hands the verified `.deb` files to `use`, all under the suite's lock.
 * An index that has grown old (a package it names is gone from the mirror) is refreshed once.
 */
async function withPackages<T>(
  selection: Selection,
  use: (files: readonly string[]) => Promise<Outcome<T, LabProblem>>,
): Promise<Outcome<T, LabProblem>> {
  return await exclusively(`apt/${selection.suite}`, async () => {
    const ready = await updateIndex(selection.suite, false);
    if (!ready.ok) return ready;
    let files = await download(selection);
    if (!files.ok) {
      const again = await updateIndex(selection.suite, true);
      if (!again.ok) return again;
      files = await download(selection);
    }
    if (!files.ok) return files;
    const used = await use(files.value);
    for (const file of files.value) rmSync(file, { force: true });
    return used;
  });
}

/** Like `dpkg-deb --extract`, but through the links of a merged /usr, which packages of Debian 12 would replace by directories. */
async function unpack(file: string, into: string): Promise<Outcome<void, LabProblem>> {
  const script = 'dpkg-deb --fsys-tarfile "$1" | tar -C "$2" -x -p --keep-directory-symlink --warning=no-timestamp';
  const result = await runCommand(["sh", "-c", script, "sh", file, into]);
  return result.status === 0
    ? ok(undefined)
    : fail({ kind: "command-failed", command: `unpack ${file}`, detail: lastLines(result) });
}

/** Directories every Debian system has since /usr was merged; packages of bookworm still ship both spellings. */
const MERGED = ["bin", "sbin", "lib", "lib64"];

interface TreeRecipe extends Selection {
  /** A readable part of the name in the cache. */
  readonly label: string;
  /** What to do with the fresh tree before it is put in place. */
  readonly finish?: (root: string, packages: readonly string[]) => Promise<Outcome<void, LabProblem>>;
  /** Changes when `finish` does something else than before. */
  readonly version?: number;
}

/** Packages unpacked into a directory of the cache. `$ROOT/.packages` lists the files it was made of. */
export async function packageTree(recipe: TreeRecipe): Promise<Outcome<string, LabProblem>> {
  const key = contentKey(
    recipe.suite,
    String(recipe.closure),
    String(recipe.version ?? 0),
    ...recipe.names.map(String),
  );
  return await cached(`trees/${recipe.label}-${key}`, async (root) => {
    const made = await withPackages(recipe, async (files) => {
      mkdirSync(root, { recursive: true });
      for (const name of MERGED) {
        mkdirSync(join(root, "usr", name), { recursive: true });
        symlinkSync(`usr/${name}`, join(root, name));
      }
      for (const file of files) {
        const unpacked = await unpack(file, root);
        if (!unpacked.ok) return unpacked;
      }
      const packages = files.map((file) => decodeURIComponent(file.slice(file.lastIndexOf("/") + 1)));
      writeFileSync(join(root, ".packages"), `${packages.join("\n")}\n`);
      return ok(packages);
    });
    if (!made.ok) return made;
    return recipe.finish === undefined ? ok(undefined) : await recipe.finish(root, made.value);
  });
}
