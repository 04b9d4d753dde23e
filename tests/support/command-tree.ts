/** A small world for command lines: files, directories, links and markers that an `apparmor_parser` may meet. */
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { spawnSync } from "node:child_process";

const FEATURES =
  "capability {0xffffff\n}\ncaps {mask {chown dac_override dac_read_search fowner fsetid kill\n}\n}\ndomain {stack {yes\n}\nversion {1.2\n}\n}\n" +
  "file {mask {create read write exec append mmap_exec link lock\n}\n}\n" +
  "policy {set_load {yes\n}\nversions {v5 {yes\n}\nv6 {yes\n}\nv7 {yes\n}\nv8 {yes\n}\n}\n}\n";

const commandTree: Readonly<Record<string, string>> = {
  foo: "profile foo /usr/bin/foo {\n  /etc/passwd r,\n  profile kid { /tmp/x w, }\n  ^hat { /tmp/y w, }\n}\n",
  bar: "profile bar { /etc/bar r, }\nprofile aaa { /etc/bar r, }\n",
  dup: "profile bar { /etc/dup r, }\n",
  "with space": "profile spaced { /x r, }\n",
  path: "/usr/bin/path {\n  /x r,\n}\n",
  nested: "profile z { /a r, profile k2 { /b r, profile k3 { /c r, } } ^h { } }\nprofile :ns:b { /a r, ^q { } }\n",
  complain: "profile com flags=(complain) { /x r, }\n",
  unconfined: "profile unc flags=(unconfined) { }\n",
  disabled: "profile disabled { }\n",
  forced: "profile forced { }\n",
  bad: "profile bad {\n  /etc/x zz,\n}\n",
  undefined: "profile u {\n @{NOPE} r,\n}\n",
  conflict: "profile c {\n /x px,\n /x cx,\n}\n",
  double: "profile d {\n}\nprofile d {\n}\n",
  regex: "profile re {\n  /x{a r,\n}\n",
  "no-include": "profile d {\n include <not/here>\n}\n",
  "no-abi": "abi <abi/9>,\nprofile d {\n}\n",
  hash: "#include <inc/one>\nprofile h {\n}\n",
  usesbase: "include <tunables/t>\nprofile ub @{T}/x { include <abs/a>\n /z r,\n}\n",
  rule: "profile rl { userns, mqueue, network inet, signal, dbus, unix, io_uring, }\n",
  warn: "profile wa { file,\n /x rUx, deny /y w,\n /a pux, }\n",
  empty: "",
  comment: "# nothing but words\n",
  blob: "no policy at all",
  "base/food": "profile food { }\n",
  "base/barred": "profile barred { }\n",
  "base/fc": "profile fc { }\n",
  "base/.hidden": "broken",
  "base/README": "broken",
  "base/README.md": "profile readme { }\n",
  "base/old.dpkg-old": "broken",
  "base/a.dpkg-new": "broken",
  "base/a.dpkg-dist": "broken",
  "base/a.dpkg-bak": "broken",
  "base/a.dpkg-remove": "broken",
  "base/a.pacsave": "broken",
  "base/a.pacnew": "broken",
  "base/new.rpmnew": "broken",
  "base/a.rpmsave": "broken",
  "base/a.orig": "broken",
  "base/a.rej": "broken",
  "base/back~": "broken",
  "base/a.bak": "profile bak { }\n",
  "base/a.rpmnew.x": "profile inner { }\n",
  "base/disable/barred": "",
  "base/disable/disabled": "",
  "base/force-complain/fc": "",
  "base/force-complain/forced": "",
  "base/sub/profile": "broken",
  "base/tunables/t": "@{T}=/a /b\n",
  "base/abs/a": "/abs r,\n",
  "dir/fool": "profile fool { }\n",
  "dir/bad": "profile bad {\n  /etc/x zz,\n}\n",
  "emptydir/sub/none": "broken",
  "inc/inc/one": "",
  "inc/tunables/t": "@{T}=/c\n",
  "fs/.load": "",
  "fs/.replace": "",
  "fs/.remove": "",
  "fs/profiles": "",
  "fs/features/file/mask": "read write",
  features: FEATURES,
  "features-bad": "file {mask {read\n",
  "ftree/file/mask": "create read write exec append mmap_exec link lock",
  "ftree/policy/versions/v8": "yes",
  "stale/.features": "other",
};

/** What files alone cannot say. */
const LINKS = `ln -s foo link; ln -s nowhere dangling; ln -s base linkdir; ln -s loop loop; mkdir -p dang other;
ln -s nowhere dang/x; echo 'profile dg { }' > dang/a; mkfifo other/fifo; ln -s ../foo base/linked; ln -s ../../foo base/disable/link`;

/** Makes the tree in a new directory below `parent`; the directory. */
export function makeTree(parent: string, more: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(parent, "armorer-lines-"));
  for (const [path, text] of Object.entries({ ...commandTree, ...more })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const script = `${LINKS}; find . -exec touch -h -d '2024-01-02 03:04:05' {} +`;
  const made = spawnSync("sh", ["-c", script], { cwd: directory, encoding: "utf8" });
  if (made.status !== 0) throw new Error(made.stderr);
  return directory;
}

/** Every path below a directory with its kind, mode and, for small texts, contents; what only we write is left out. */
export function describeTree(directory: string, below = ""): string[] {
  const lines: string[] = [];
  for (const name of readdirSync(join(directory, below)).toSorted()) {
    const path = below === "" ? name : `${below}/${name}`;
    if (name.startsWith(".") && name.endsWith(".armorer")) continue;
    const status = lstatSync(join(directory, path));
    const mode = (status.mode & 0o7777).toString(8);
    if (status.isDirectory()) lines.push(`${path}/ ${mode}`, ...describeTree(directory, path));
    else if (status.isFile()) lines.push(`${path} ${mode} ${describeFile(directory, path, status.mtimeMs)}`);
    else lines.push(path);
  }
  return lines;
}

function describeFile(directory: string, path: string, modifiedMs: number): string {
  const bytes = readFileSync(join(directory, path));
  const policy =
    bytes.subarray(4, 11).toString("latin1") === "version" || bytes.subarray(3, 10).toString() === "version";
  const cached = /\.\d+\/[^.]/.test(path) ? ` ${new Date(modifiedMs).toISOString()}` : "";
  return (policy ? "policy" : JSON.stringify(bytes.toString("latin1"))) + cached;
}
