/**
 * The files of a revision in a git repository, as a file system: below the repository's directory everything is as it was then, anywhere
 * else as it is now. Git is asked for objects only: it runs no filter, no hook and nothing from the network.
 */
import { fail, ok, type Outcome } from "../foundation/basics/index.ts";
import type { FileEntry, FileRefusal, FilesPort } from "../foundation/ports/index.ts";
import { decodeBytes, plainPath } from "../foundation/text/index.ts";
import { childProcess } from "./child-process.ts";
import { toolEnvironment, toolPath } from "./tools.ts";

/** More than any repository of policy holds. */
const MOST_BYTES = 256 * 1024 * 1024;
const MOST_MS = 120_000;
const MOST_LINKS = 40;

/**
 * What a repository's own configuration may not decide: which program watches its files (git asks it where a revision names the index), and whether
 * a directory that only looks like a repository is one.
 */
const SETTINGS = ["core.fsmonitor=false", "core.hooksPath=/dev/null", "safe.bareRepository=explicit"];

interface TreeFile {
  readonly id: string;
  readonly isLink: boolean;
}

/** Every file of a revision by its path from the repository's directory. */
interface RevisionTree {
  readonly top: string;
  readonly files: ReadonlyMap<string, TreeFile>;
  readonly bytes: (file: TreeFile) => Uint8Array | undefined;
}

/**
 * The files at a revision of the repository that `directory` is in; `A...B` is where the two parted.
 *
 * Errors: a sentence, git's own where it has one.
 */
export function gitFiles(directory: string, revision: string, files: FilesPort): Outcome<FilesPort, string> {
  const program = toolPath("git");
  if (program === undefined) return fail("git is not installed");
  const git = (args: readonly string[], input?: string): Outcome<Uint8Array, string> =>
    runGit(program, [...SETTINGS.flatMap((one) => ["-c", one]), "-C", directory, ...args], input);
  const prefix = git(["rev-parse", "--show-prefix"]);
  if (!prefix.ok) return fail(`${directory}: ${prefix.error}`);
  const commit = commitOf(revision, git);
  if (!commit.ok) return commit;
  const listed = git(["ls-tree", "-r", "-z", "--full-tree", commit.value]);
  if (!listed.ok) return listed;
  const tree = readTree(listed.value);
  const contents = git(["cat-file", "--batch"], [...new Set([...tree.values()].map(({ id }) => id))].join("\n"));
  if (!contents.ok) return contents;
  const objects = readObjects(contents.value);
  return ok(
    overlay({ top: topOf(directory, line(prefix.value)), files: tree, bytes: ({ id }) => objects.get(id) }, files),
  );
}

type Git = (args: readonly string[], input?: string) => Outcome<Uint8Array, string>;

function commitOf(revision: string, git: Git): Outcome<string, string> {
  const commits: string[] = [];
  for (const one of revision.split("...")) {
    const found = git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${one}^{commit}`]);
    if (!found.ok) return fail(`git knows no revision \`${one}\`${shallowText(git)}`);
    commits.push(line(found.value));
  }
  const [commit = "", ...more] = commits;
  if (more.length === 0) return ok(commit);
  const base = git(["merge-base", ...commits]);
  return base.ok ? ok(line(base.value)) : fail(`\`${revision}\` have no commit in common`);
}

/** The usual reason where a program has cloned. */
function shallowText(git: Git): string {
  const is = git(["rev-parse", "--is-shallow-repository"]);
  return is.ok && line(is.value) === "true"
    ? ": the clone is shallow, and `git fetch --unshallow` brings the rest"
    : "";
}

function runGit(program: string, args: readonly string[], input: string | undefined): Outcome<Uint8Array, string> {
  const result = childProcess().spawnSync(program, args, {
    cwd: "/",
    env: {
      ...toolEnvironment(undefined),
      GIT_OPTIONAL_LOCKS: "0",
      GIT_TERMINAL_PROMPT: "0",
      GIT_NO_LAZY_FETCH: "1",
      GIT_CONFIG_NOSYSTEM: "1",
    },
    input: input === undefined ? "" : `${input}\n`,
    maxBuffer: MOST_BYTES,
    timeout: MOST_MS,
  });
  if (result.error !== undefined) return fail(`git cannot be run: ${result.error.message}`);
  if (result.status === 0) return ok(result.stdout);
  const [first = ""] = decodeBytes(result.stderr).split("\n");
  return fail(first === "" ? `git ended with status ${result.status}` : `git says: ${first.replace(/^fatal: /, "")}`);
}

function line(bytes: Uint8Array): string {
  return decodeBytes(bytes).replace(/\n$/, "");
}

/** The repository's directory by the name under which the caller knows the part he is in. */
function topOf(directory: string, prefix: string): string {
  const parts = prefix.split("/").filter((part) => part !== "");
  const own = plainPath(directory).split("/");
  return own.slice(0, own.length - parts.length).join("/") || "/";
}

/** `MODE TYPE ID<TAB>PATH`, each with a NUL behind it. */
function readTree(bytes: Uint8Array): ReadonlyMap<string, TreeFile> {
  const found = new Map<string, TreeFile>();
  for (const entry of decodeBytes(bytes).split("\0")) {
    const [, mode = "", kind, id = "", path = ""] = /^(\d+) (\w+) ([0-9a-f]+)\t([^]*)$/.exec(entry) ?? [];
    if (kind === "blob") found.set(path, { id, isLink: mode === "120000" });
  }
  return found;
}

/** `ID TYPE SIZE`, a newline, the bytes, a newline; `ID missing` and a newline where the repository lacks one. */
function readObjects(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at);
    if (end < 0) break;
    const [, id = "", size] =
      /^([0-9a-f]+) (?:blob ([0-9]+)|missing)$/.exec(decodeBytes(bytes.subarray(at, end))) ?? [];
    if (id === "") break;
    if (size === undefined) {
      at = end + 1;
      continue;
    }
    const length = Number(size);
    found.set(id, bytes.subarray(end + 1, end + 1 + length));
    at = end + 1 + length + 1;
  }
  return found;
}

function overlay(tree: RevisionTree, files: FilesPort): FilesPort {
  const directories = new Set([""]);
  for (const path of tree.files.keys()) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
      directories.add(path.slice(0, end));
  }
  /** The path inside the tree; `undefined`: it is elsewhere. Links are followed as long as they stay inside. */
  const inside = (path: string, links = 0): string | undefined => {
    const at = plainPath(path);
    const prefix = tree.top === "/" ? "/" : `${tree.top}/`;
    if (at !== tree.top && !at.startsWith(prefix)) return undefined;
    const own = at.slice(prefix.length);
    const file = tree.files.get(own);
    if (file?.isLink !== true || links > MOST_LINKS) return own;
    const target = decodeBytes(tree.bytes(file) ?? new Uint8Array());
    const directory = at.slice(0, at.lastIndexOf("/"));
    const next = target.startsWith("/") ? target : `${directory}/${target}`;
    return inside(next, links + 1) ?? own;
  };
  const kindInside = (own: string): FileEntry["kind"] | undefined => {
    const file = tree.files.get(own);
    if (file !== undefined) return file.isLink ? "dangling" : "file";
    return directories.has(own) ? "directory" : undefined;
  };
  return {
    kind: (path) => {
      const own = inside(path);
      return own === undefined ? files.kind(path) : kindInside(own);
    },
    read: (path, options) => {
      const own = inside(path);
      if (own === undefined) return files.read(path, options);
      const file = tree.files.get(own);
      if (file === undefined || file.isLink) return refused(path, directories.has(own) ? "EISDIR" : "ENOENT");
      const bytes = tree.bytes(file);
      return bytes === undefined ? fail({ path, errno: "EIO", trouble: { kind: "not-in-repository" } }) : ok(bytes);
    },
    list: (path) => {
      const own = inside(path);
      if (own === undefined) return files.list(path);
      if (!directories.has(own)) return refused(path, tree.files.has(own) ? "ENOTDIR" : "ENOENT");
      const prefix = own === "" ? "" : `${own}/`;
      const below = [...tree.files.keys(), ...directories].filter((name) => name.startsWith(prefix) && name !== own);
      const names = new Set(
        below.map((name) => name.slice(prefix.length).split("/")[0] ?? "").filter((name) => name !== ""),
      );
      const entries = [...names].map((name): FileEntry => {
        const there = inside(`${tree.top}/${prefix}${name}`);
        return { name, kind: (there === undefined ? undefined : kindInside(there)) ?? "other" };
      });
      return ok(entries);
    },
  };
}

function refused(path: string, errno: string): Outcome<never, FileRefusal> {
  return fail({ path, errno });
}
