/** How the commands in bin/ find Node, and what of the caller's environment reaches it. Nothing the caller leaves lying about is run. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

const repository = join(import.meta.dirname, "../../..");
const bin = join(repository, "bin");
const COMMANDS = readdirSync(bin).filter((name) => !name.includes("."));

interface Place {
  readonly directory: string;
  /** A directory under which nobody else can change anything. */
  readonly own: string;
  /** The file that appears when what lay about was run. */
  readonly mark: string;
}

/** A directory that holds a `node` nobody must run, itself and below `tools`. */
function hostile(context: TestContext): Place {
  const directory = mkdtempSync("/tmp/armorer-wrapper-");
  const own = mkdtempSync(join(homedir(), ".armorer-wrapper-"));
  const mark = join(directory, "mark");
  context.after(() => {
    rmSync(directory, { recursive: true });
    rmSync(own, { recursive: true });
  });
  mkdirSync(join(directory, "tools"));
  for (const name of ["node", "readlink", "ls", "id", "env", "sh", "cat", "tools/node", "tools/readlink", "tools/ls"]) {
    writeFileSync(join(directory, name), `#!/bin/sh\necho "$0 $*" >> ${mark}\nexit 0\n`, { mode: 0o755 });
  }
  chmodSync(join(directory, "tools"), 0o777);
  return { directory, own, mark };
}

interface Answer {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function call(place: Place, argv: readonly string[], env: Record<string, string>): Answer {
  const [name = "", ...rest] = argv;
  const { status, stdout, stderr } = spawnSync(name, rest, { cwd: place.directory, env, encoding: "utf8" });
  assert.ok(!existsSync(place.mark), `${argv.join(" ")} with ${JSON.stringify(env)} ran what lay about`);
  return { status, out: stdout, err: stderr };
}

/** What callers have as their PATH, by mistake or on purpose; `tools` is where others may write. */
const PATHS = [
  "",
  ".",
  ":",
  "::",
  "/sbin:",
  ":/sbin",
  "/sbin::/usr/sbin",
  "/sbin:/usr/sbin",
  "./",
  "tools",
  "./tools",
  "tools:/usr/bin",
  ".:/usr/bin:/bin",
  "/usr/bin:.",
  "/usr/sbin:.:/sbin",
  "..",
  "../{name}",
  "~/tools",
  "{directory}",
  "{directory}/",
  "{directory}/tools",
  "{directory}/tools:/usr/bin:/bin",
  "{directory}/../{name}/tools",
  "/tmp:/usr/bin",
  "/proc/self/cwd",
  "/proc/self/cwd/tools:/usr/bin",
  "/nonexistent",
  "//:/",
  "/usr/bin\n:.",
  "\n",
  "*",
  "$PWD",
  "/dev/fd:/usr/bin",
];

test("whatever PATH says, Node is not taken from the working directory or from where others may write", (t) => {
  const place = hostile(t);
  const name = place.directory.slice(place.directory.lastIndexOf("/") + 1);
  assert.ok(PATHS.length >= 24);
  for (const pattern of PATHS) {
    const PATH = pattern.replaceAll("{directory}", place.directory).replaceAll("{name}", name);
    for (const command of ["armorer", "apparmor_parser"]) {
      const { status, out } = call(place, [join(bin, command), "--version"], { PATH });
      assert.equal(status, 0, JSON.stringify(PATH));
      assert.match(out, /armorer/);
    }
    // This one needs Node.
    assert.equal(call(place, [join(bin, "apparmor_parser"), "-V", "-q"], { PATH }).status, 0, JSON.stringify(PATH));
  }
});

test("a command that is called through a link asks no tool that PATH names where it leads", (t) => {
  const place = hostile(t);
  symlinkSync(join(bin, "armorer"), join(place.directory, "linked"));
  for (const PATH of [".", place.directory, `${place.directory}/tools`, ""]) {
    const { status, out } = call(place, ["./linked", "--version"], { PATH });
    assert.equal(status, 0);
    assert.match(out, /^armorer /);
  }
});

/** A Node that says that it was taken. */
function plant(path: string, mode = 0o755): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, '#!/bin/sh\necho "taken: $0"\n');
  chmodSync(path, mode);
}

test("a Node that its owner keeps to himself is taken from where PATH has it", (t) => {
  const place = hostile(t);
  const versions = join(place.own, "versions/v20/bin");
  plant(join(versions, "node"));
  const { out } = call(place, [join(bin, "armorer"), "--version"], { PATH: `${versions}:/usr/bin` });
  assert.equal(out, `taken: ${versions}/node\n`);
  // Through a link: the file that it leads to.
  mkdirSync(join(place.own, "bin"));
  symlinkSync(join(versions, "node"), join(place.own, "bin/node"));
  const linked = call(place, [join(bin, "armorer"), "--version"], { PATH: `${place.own}/bin` });
  assert.equal(linked.out, `taken: ${versions}/node\n`);
});

test("a Node that others could change is passed over, whichever part of its path it is", (t) => {
  const place = hostile(t);
  const spoil: [string, (path: string) => void][] = [
    ["the file", (path) => chmodSync(path, 0o757)],
    ["its directory", (path) => chmodSync(join(path, ".."), 0o777)],
    ["a directory above", (path) => chmodSync(join(path, "../.."), 0o757)],
    ["a sticky directory above", (path) => chmodSync(join(path, "../.."), 0o1777)],
    [
      "a link into such a place",
      (path) => {
        rmSync(path);
        plant(join(place.directory, "tools/real/node"));
        symlinkSync(join(place.directory, "tools/real/node"), path);
      },
    ],
  ];
  if (process.getuid?.() === 0) {
    spoil.push(
      ["a group's file", (path) => chmodSync(path, 0o775)],
      ["another's file", (path) => execFileSync("chown", ["65534", path])],
      ["another's directory", (path) => execFileSync("chown", ["65534", join(path, "..")])],
    );
  }
  for (const [index, [what, apply]] of spoil.entries()) {
    const node = join(place.own, `${index}/v20/bin/node`);
    plant(node);
    apply(node);
    const { status, out } = call(place, [join(bin, "armorer"), "--version"], { PATH: join(node, "..") });
    assert.equal(status, 0, what);
    assert.match(out, /^armorer /, what);
  }
});

/** All that the manual of this Node lists, and that its program file looks for. */
function variablesOfNode(): readonly string[] {
  const help = execFileSync(process.execPath, ["--help"], { encoding: "utf8" });
  const listed =
    help.slice(help.indexOf("Environment variables:")).match(/^(?:NODE|UV|OPENSSL|SSL|ICU)_[A-Z0-9_]+/gm) ?? [];
  assert.ok(listed.length > 10);
  return listed;
}

function namesInWrapper(): readonly string[] {
  const [, names = ""] = /armorer_names='([^']*)'/.exec(readFileSync(join(bin, "run.sh"), "utf8")) ?? [];
  return names.split(/\s+/);
}

test("every variable that this Node says it obeys is kept from it", () => {
  const kept = namesInWrapper();
  for (const name of variablesOfNode()) assert.ok(kept.includes(name), name);
});

test("no variable makes Node run or write what the caller names", (t) => {
  const place = hostile(t);
  const evil = join(place.directory, "evil.cjs");
  writeFileSync(evil, `require("node:fs").writeFileSync(${JSON.stringify(place.mark)}, "run")`);
  const spoor = join(place.directory, "spoor");
  const variables: Record<string, string> = {
    NODE_OPTIONS: `--require=${evil}`,
    NODE_PATH: place.directory,
    NODE_V8_COVERAGE: spoor,
    NODE_REDIRECT_WARNINGS: spoor,
    NODE_COMPILE_CACHE: spoor,
    NODE_EXTRA_CA_CERTS: "/nonexistent",
    NODE_CHANNEL_FD: "1",
    NODE_DEBUG: "module",
    NODE_DEBUG_NATIVE: "FS",
    NODE_ICU_DATA: "/nonexistent",
    NODE_PENDING_DEPRECATION: "1",
    NODE_TEST_CONTEXT: "child-v8",
    OPENSSL_CONF: evil,
    LD_DEBUG_OUTPUT: spoor,
    ENV: evil,
    BASH_ENV: evil,
    CDPATH: "/",
    IFS: "/e",
    PS4: "evil",
  };
  for (const env of [...Object.entries(variables).map(([name, value]) => ({ [name]: value })), variables]) {
    for (const command of [
      ["apparmor_parser", "-V", "-q"],
      ["armorer", "--version"],
      ["aa-exec", "--", "/bin/true"],
    ]) {
      const [name = "", ...argv] = command;
      // What aa-exec runs may obey them: that is the caller's own program.
      const answer = call(place, [join(bin, name), ...argv], { PATH: "/usr/bin:/bin", ...env });
      assert.deepEqual({ status: answer.status, err: answer.err }, { status: 0, err: "" }, JSON.stringify(env));
      assert.ok(!existsSync(spoor), JSON.stringify(env));
    }
  }
});

test("aa-exec hands the caller's own environment on", () => {
  const env: Record<string, string> = {
    PATH: ".:/usr/bin::/bin",
    HOME: "/nonexistent",
    node: "mine",
    self: "mine",
    name: "mine",
    EMPTY: "",
    LINES: "a\nb=c\n'\"$x",
    ARMORER_LAB: "x",
  };
  for (const name of namesInWrapper())
    if (!name.startsWith("LD_") && !/TUNABLES|PATH$/.test(name)) env[name] = `${name} 'x' $y`;
  Object.assign(env, {
    LD_DEBUG_OUTPUT: "/nonexistent/x",
    NODE_PATH: "/a:/b",
    LOCPATH: "/x",
    ENV: "/e",
    BASH_ENV: "/e",
    CDPATH: "/",
  });
  const { status, stdout, stderr } = spawnSync(join(bin, "aa-exec"), ["--", "env", "-0"], { env, encoding: "utf8" });
  assert.equal(stderr, "");
  assert.equal(status, 0);
  const answer = Object.fromEntries(
    stdout
      .split("\0")
      .filter((line) => line !== "")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  // What shells add themselves.
  for (const name of ["PWD", "OLDPWD", "SHLVL", "_"]) delete answer[name];
  assert.deepEqual(answer, env);
});

test("a copy of a command says what is wrong with it, whatever it is asked, and each as the others", (t) => {
  const place = hostile(t);
  for (const name of COMMANDS) {
    copyFileSync(join(bin, name), join(place.own, name));
    for (const arg of ["--version", "--help"]) {
      const { status, out, err } = call(place, [join(place.own, name), arg], { PATH: "/usr/bin:/bin" });
      assert.equal(status, 127, name);
      assert.equal(out, "");
      assert.match(
        err,
        new RegExp(
          `^${name}: the rest of armorer is not beside [^\n]*; install a link to the command, not a copy of it\n$`,
        ),
      );
    }
  }
});

test("all commands begin with the same text", () => {
  const texts = new Set(COMMANDS.map((name) => readFileSync(join(bin, name), "utf8")));
  assert.ok(COMMANDS.length > 8);
  assert.equal(texts.size, 1);
});

/** A root of the file system with the commands, the shell and its libraries in it, and no Node. */
function rootWithoutNode(place: Place): string {
  const root = join(place.own, "root");
  for (const part of ["bin", "usr/bin", "opt/armorer/bin", "lib64", "dev"])
    mkdirSync(join(root, part), { recursive: true });
  for (const tool of ["sh", "readlink", "ls", "id"]) {
    const path = execFileSync("readlink", ["-f", `/usr/bin/${tool}`], { encoding: "utf8" }).trim();
    copyFileSync(path, join(root, "usr/bin", tool));
    for (const [library = ""] of execFileSync("ldd", [path], { encoding: "utf8" }).matchAll(/\/\S+/g)) {
      mkdirSync(join(root, library, ".."), { recursive: true });
      copyFileSync(library, join(root, library));
    }
  }
  copyFileSync(join(root, "usr/bin/sh"), join(root, "bin/sh"));
  for (const name of [...COMMANDS, "run.sh", "run.cjs"])
    copyFileSync(join(bin, name), join(root, "opt/armorer/bin", name));
  return root;
}

test("without Node every command says so in one sentence and leaves with 127, also when it is asked for its version", (t) => {
  if (process.getuid?.() !== 0) return;
  const place = hostile(t);
  const root = rootWithoutNode(place);
  mkdirSync(join(root, "open"), { mode: 0o777 });
  plant(join(root, "open/node"));
  chmodSync(join(root, "open"), 0o777);
  for (const name of COMMANDS) {
    for (const args of [["--version"], ["--help"], []]) {
      const argv = ["/usr/sbin/chroot", root, `/opt/armorer/bin/${name}`, ...args];
      const { status, out, err } = call(place, argv, { PATH: "/sbin:.:/open" });
      assert.deepEqual({ status, out }, { status: 127, out: "" }, name);
      assert.match(
        err,
        new RegExp(`^${name}: Node.js is needed, and [^\n]*; /open/node was passed over, for others may change it\n$`),
      );
    }
  }
});

function within(kilobytes: number, words: string, shell = ""): Answer {
  const argv = ["-c", `ulimit -v ${kilobytes}; exec ${shell} "$0" ${words}`, join(bin, "armorer")];
  const { status, stdout, stderr } = spawnSync("/bin/sh", argv, { encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

const unmounted = (shell: string): string => `unshare -m ${shell} -c 'mount -t tmpfs none /proc && . "$0"'`;

test("where Node may not have the addresses it reserves, a command says so, and compiles with fewer threads before that", (t) => {
  const directory = mkdtempSync("/tmp/armorer-addresses-");
  const output = mkdtempSync("/tmp/armorer-addresses-");
  t.after(() => [directory, output].forEach((each) => rmSync(each, { recursive: true })));
  for (let number = 0; number < 40; number += 1)
    writeFileSync(join(directory, `p${number}`), `profile p${number} { /a/${number} r, }\n`);
  // /bin/sh is one or the other; bash before 5.1 writes a file where dash has a pipe. Without /proc neither can be asked that way.
  for (const shell of ["", "/bin/dash", "/bin/bash", unmounted("/bin/dash"), unmounted("/bin/bash")]) {
    const wanted = {
      status: 127,
      out: "",
      err: "armorer: the limit on address space (ulimit -v) is 307 MB, and Node.js needs 1000 MB\n",
    };
    assert.deepEqual(within(300_000, "--version", shell), wanted, shell);
  }
  for (const kilobytes of [1_000_000, 1_400_000]) {
    const { status, err } = within(kilobytes, `compile -q -j4 --no-cache -b ${directory} -o ${output}/ ${directory}`);
    assert.deepEqual({ status, err }, { status: 0, err: "" });
  }
});

test("in a clone that is not built every command says so, with a status that nothing else has", (t) => {
  const place = hostile(t);
  const clone = join(place.own, "clone");
  mkdirSync(join(clone, "bin"), { recursive: true });
  for (const name of readdirSync(bin)) copyFileSync(join(bin, name), join(clone, "bin", name));
  // The commands' folder alone is no clone: nothing can be built there.
  for (const [name, arg] of COMMANDS.flatMap(
    (one) =>
      [
        [one, "--help"],
        [one, "--version"],
      ] as const,
  )) {
    const { err, out, status } = call(place, [join(clone, "bin", name), arg], { PATH: process.env["PATH"] ?? "" });
    const wanted = `${name}: the rest of armorer is not in ${clone}; install links to the commands, not copies of them\n`;
    assert.deepEqual({ err, out, status }, { err: wanted, out: "", status: 127 }, name);
  }
  copyFileSync(join(repository, "package.json"), join(clone, "package.json"));
  for (const [name, arg] of COMMANDS.flatMap(
    (one) =>
      [
        [one, "--help"],
        [one, "--version"],
      ] as const,
  )) {
    const { err, out, status } = call(place, [join(clone, "bin", name), arg], { PATH: process.env["PATH"] ?? "" });
    const wanted = `${name}: armorer is not built; run \`npm ci && npm run build\` in ${clone}\n`;
    assert.deepEqual({ err, out, status }, { err: wanted, out: "", status: 126 }, name);
  }
});

/** For a shell: a file of the directory `$1`, named by a byte in octal. */
function named(byte: string): string {
  return `"$(printf '%s/p\\${byte}' "$1")"`;
}

test("operands are taken to the byte: names that are no UTF-8 are told apart, and a name that only looks like one is not there", (context) => {
  const directory = mkdtempSync("/tmp/armorer-wrapper-");
  context.after(() => rmSync(directory, { recursive: true }));
  const run = (script: string): string =>
    execFileSync("sh", ["-c", script, bin, directory], { encoding: "latin1", env: { PATH: process.env["PATH"] } });
  for (const [byte, name] of [
    ["376", "first"],
    ["377", "second"],
  ] as const) {
    run(`echo 'profile ${name} { /e r, }' > ${named(byte)}`);
  }
  const names = `"$0"/apparmor_parser -N -b "$1"`;
  assert.equal(run(`${names} ${named("377")}`), "second\n");
  assert.equal(run(`${names} ${named("376")} ${named("377")} ${named("376")}`), "first\nsecond\nfirst\n");
  assert.match(run(`"$0"/armorer check -b "$1" ${named("376")} || true`), /p\\xfe:1:9/);
  const absent = run(`"$0"/armorer check "$(printf '%s/p\\357\\277\\275' "$1")" ${named("376")} 2>&1 || true`);
  assert.match(absent, /p\u00ef\u00bf\u00bd: No such file/);
});
