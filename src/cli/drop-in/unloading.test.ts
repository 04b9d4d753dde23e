/** What unloads profiles never takes "cannot be read" for "is not there". */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import type { FileStorePort } from "../../foundation/ports/index.ts";
import { type System, nodeFiles, nodeKernel, nodeSystem } from "../../host/index.ts";
import { type CliIo, processIo } from "../io.ts";
import { runTool } from "./tool.ts";
import { tool as aaRemoveUnknown } from "./aa-remove-unknown.ts";
import { tool as aaTeardown } from "./aa-teardown.ts";
import { tool as rcapparmor } from "./rcapparmor.ts";
import { plainText } from "../../../tests/support/captured-io.ts";

const aafs = "sys/kernel/security/apparmor";
const BASE = "etc/apparmor.d";
const machine = {
  "proc/mounts": "securityfs /sys/kernel/security securityfs rw 0 0\n",
  "sys/module/apparmor/parameters/enabled": "Y\n",
  [`${aafs}/profiles`]: "who (complain)\nstranger (enforce)\nincluded (enforce)\nlibvirt-12ab (enforce)\n",
  [`${aafs}/.remove`]: "",
};
const policy = {
  [`${BASE}/who`]: "include <tunables/t>\nprofile who {\n  include if exists <local/who>\n}\ninclude <more.d>\n",
  [`${BASE}/other`]: "profile other {\n}\n",
  [`${BASE}/tunables/t`]: "@{T}=/t\n",
  [`${BASE}/more.d/one`]: "profile included {\n}\n",
};

interface Place {
  readonly root: string;
  readonly run: (
    system?: System,
    argv?: readonly string[],
  ) => Promise<{ status: number; out: string; err: string; removed: string }>;
}

/** The machine's files and kernel below a directory. */
function place(
  context: TestContext,
  contents: Readonly<Record<string, string>>,
): Place & { io: (system: System) => CliIo; said: () => string } {
  const root = mkdtempSync(join(tmpdir(), "armorer-unloading-"));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  let out = "";
  let err = "";
  const at = (path: string): string => root + path;
  const io = (system: System): CliIo => {
    const files = nodeFiles(system);
    const seen: FileStorePort = {
      ...files,
      read: (path) => files.read(at(path)),
      list: (path) => files.list(at(path)),
      kind: (path) => files.kind(at(path)),
      status: (path) => files.status(at(path)),
    };
    return {
      ...processIo(),
      files: seen,
      workingDirectory: "/",
      out: (text) => void (out += plainText(text)),
      json: (text) => void (out += text),
      err: (text) => void (err += plainText(text)),
      kernelAt: () => nodeKernel({ root }, system),
    };
  };
  const removed = (): string => readFileSync(join(root, aafs, ".remove"), "latin1");
  return {
    root,
    io,
    said: () => out + err,
    run: async (system = nodeSystem, argv = []) => {
      out = err = "";
      const status = await runTool(aaRemoveUnknown, argv, io(system));
      return { status, out, err, removed: removed() };
    },
  };
}

test("aa-remove-unknown removes what no file defines, and nothing that an included file does", async (t) => {
  const { run } = place(t, { ...machine, ...policy });
  const err = "'libvirt-12ab' is left alone: libvirt has loaded it\n";
  assert.deepEqual(await run(), { status: 0, out: "Removing 'stranger'\n", err, removed: "stranger\0" });
});

const OWNED: Readonly<Record<string, string>> = {
  "docker-default": "Docker",
  "docker-default//child": "Docker",
  "containers-default-0.62.2": "Podman",
  "cri-containerd.apparmor.d": "containerd",
  "lxc-container-default-cgns": "LXC",
  "lxd-c1_</var/lib/lxd>": "LXD",
  "snap.firefox.firefox": "snapd",
  "/usr/lib/snapd/snap-confine": "snapd",
  "libvirt-0a1b-2c": "libvirt",
};

test("aa-remove-unknown says whose profiles it leaves alone, and what it is about to do before it does anything", async (t) => {
  const profiles = [...Object.keys(OWNED), "who", "z", "z//kid", "mine"].map((name) => `${name} (enforce)\n`).join("");
  const contents = { ...machine, ...policy, [`${aafs}/profiles`]: profiles };
  const { run } = place(t, contents);
  const plan = await run(nodeSystem, ["-n"]);
  assert.deepEqual([plan.status, plan.removed], [0, ""]);
  assert.equal(plan.out, "Would remove 'z//kid'\nWould remove 'z'\nWould remove 'mine'\n");
  for (const [name, owner] of Object.entries(OWNED))
    assert.ok(plan.err.includes(`'${name}' is left alone: ${owner} has loaded it\n`), name);
  const shown = JSON.parse((await run(nodeSystem, ["--json", "--dry-run"])).out);
  assert.deepEqual([shown.remove, shown.removed, shown.leave.length], [["z//kid", "z", "mine"], [], 9]);
  const done = await run();
  assert.equal(done.status, 0, done.err);
  assert.match(done.err, /^3 profiles are unloaded now: z\/\/kid, z, mine$/m);
  const all = await run(nodeSystem, ["--all", "--json"]);
  const document = JSON.parse(all.out);
  assert.equal(document.removed.length, 11);
  assert.deepEqual(document.leave, [{ name: "libvirt-0a1b-2c", owner: "libvirt" }]);
});

test("aa-remove-unknown removes nothing when something that may hold names cannot be read", async (t) => {
  const spoil: readonly [string, (root: string) => void, RegExp][] = [
    [
      "no directory",
      (root) => rmSync(join(root, BASE), { recursive: true }),
      /apparmor\.d cannot be read: No such file/,
    ],
    [
      "an empty directory",
      (root) => {
        rmSync(join(root, BASE), { recursive: true });
        mkdirSync(join(root, BASE));
      },
      /there are no profiles in \/etc\/apparmor\.d; nothing was removed/,
    ],
    [
      "a directory with nothing but directories and skipped files",
      (root) => {
        for (const name of ["who", "other"]) rmSync(join(root, BASE, name));
        writeFileSync(join(root, BASE, "who.dpkg-old"), "profile stranger {}\n");
      },
      /there are no profiles in/,
    ],
    [
      "a file for the directory",
      (root) => {
        rmSync(join(root, BASE), { recursive: true });
        writeFileSync(join(root, BASE), "");
      },
      /there are no profiles in/,
    ],
    [
      "a link to nothing",
      (root) => symlinkSync("nowhere", join(root, BASE, "link")),
      /an entry of \/etc\/apparmor\.d cannot be read/,
    ],
    [
      "a FIFO",
      (root) => assert.equal(spawnSync("mkfifo", [join(root, BASE, "pipe")]).status, 0),
      /pipe cannot be read/,
    ],
    ["a device", (root) => symlinkSync("/dev/zero", join(root, BASE, "zero")), /zero cannot be read/],
    ["a link to itself", (root) => symlinkSync("loop", join(root, BASE, "loop")), /cannot be read/],
    [
      "a link to nothing among what is included",
      (root) => symlinkSync("nowhere", join(root, BASE, "more.d/link")),
      /more\.d\/link cannot be read/,
    ],
    [
      "a link to itself that need not exist",
      (root) => {
        mkdirSync(join(root, BASE, "local"));
        symlinkSync("who", join(root, BASE, "local/who"));
      },
      /local\/who cannot be read/,
    ],
    [
      "a missing include",
      (root) => rmSync(join(root, BASE, "tunables"), { recursive: true }),
      /\napparmor_parser exited with failure, aborting\.\n$/,
    ],
    [
      "a file that is no policy",
      (root) => writeFileSync(join(root, BASE, "bad"), "profile {\n"),
      /\napparmor_parser exited with failure, aborting\.\n$/,
    ],
  ];
  for (const [what, apply, sentence] of spoil) {
    const { root, run } = place(t, { ...machine, ...policy });
    apply(root);
    const { status, out, err, removed } = await run();
    assert.deepEqual({ status, out, removed }, { status: 1, out: "", removed: "" }, what);
    assert.match(err, sentence, what);
    assert.match(err, /^ERROR: [^\n]+\n/);
  }
});

/** The machine's calls, of which the call number `which` on files below the root fails; how many there were. */
function failing(
  root: string,
  which: number,
  errno: string,
): { readonly system: System; readonly calls: () => number } {
  let calls = 0;
  let opened = new Set<number>();
  const step = (): void => {
    calls += 1;
    if (calls === which) throw Object.assign(new Error(errno), { code: errno });
  };
  const onPath =
    <T extends readonly unknown[], R>(call: (path: string, ...rest: T) => R) =>
    (path: string, ...rest: T): R => {
      if (path.startsWith(`${root}/${BASE}`) || path.endsWith("/profiles")) step();
      return call(path, ...rest);
    };
  const system: System = {
    ...nodeSystem,
    open: (path, flags, mode) => {
      const descriptor = onPath(nodeSystem.open)(path, flags, mode);
      if (path.startsWith(`${root}/${BASE}`) || path.endsWith("/profiles")) opened = new Set([...opened, descriptor]);
      return descriptor;
    },
    read: (descriptor, ...rest) => {
      if (opened.has(descriptor)) step();
      return nodeSystem.read(descriptor, ...rest);
    },
    fstat: (descriptor) => {
      if (opened.has(descriptor)) step();
      return nodeSystem.fstat(descriptor);
    },
    close: (descriptor) => {
      opened = new Set([...opened].filter((one) => one !== descriptor));
      nodeSystem.close(descriptor);
    },
    stat: onPath(nodeSystem.stat),
    readdir: onPath(nodeSystem.readdir),
  };
  return { system, calls: () => calls };
}

test("whichever call fails while names are read, aa-remove-unknown and aa-teardown remove nothing and say so", async (t) => {
  const { root, run } = place(t, { ...machine, ...policy });
  symlinkSync("other", join(root, BASE, "linked"));
  const counting = failing(root, 0, "");
  // The link gives a second copy of a profile, which is no error of reading.
  assert.equal((await run(counting.system)).status, 0);
  writeFileSync(join(root, aafs, ".remove"), "");
  assert.ok(counting.calls() > 15, String(counting.calls()));
  for (let which = 1; which <= counting.calls(); which += 1) {
    for (const errno of ["EIO", "EMFILE", "EACCES", "ELOOP", "ENOMEM"]) {
      const { status, out, err, removed } = await run(failing(root, which, errno).system);
      assert.deepEqual({ status, out, removed }, { status: 1, out: "", removed: "" }, `call ${which} ${errno}`);
      assert.match(
        err,
        /^ERROR: [^\n]+\n(?:apparmor_parser exited with failure, aborting\.\n)?$/,
        `call ${which} ${errno}`,
      );
    }
  }
});

test("aa-teardown removes nothing when the list of profiles cannot be read whole", async (t) => {
  const { root, io, said } = place(t, machine);
  for (let which = 1; which <= 4; which += 1) {
    assert.equal(await runTool(aaTeardown, [], io(failing(root, which, "EIO").system)), 1, `call ${which}`);
  }
  assert.match(said(), /aa-teardown: [^\n]*profiles: EIO\n/);
  assert.equal(readFileSync(join(root, aafs, ".remove"), "latin1"), "");
});

/** The machine's calls, which fail for one path. */
function broken(part: string): System {
  return {
    ...nodeSystem,
    stat: (path) => {
      if (path.endsWith(part)) throw Object.assign(new Error("EIO"), { code: "EIO" });
      return nodeSystem.stat(path);
    },
    open: (path, flags, mode) => {
      if (path.endsWith(part)) throw Object.assign(new Error("EIO"), { code: "EIO" });
      return nodeSystem.open(path, flags, mode);
    },
  };
}

test("rcapparmor says that there is nothing to load, and that it cannot tell whose policy this is", async (t) => {
  for (const [contents, sentence] of [
    [{}, /At least one profile failed to load/],
    [{ [`${BASE}/README`]: "" }, /Error: there are no profiles in \/etc\/apparmor\.d\n/],
  ] as const) {
    const { io, said } = place(t, {
      ...machine,
      ...contents,
      [`${aafs}/.replace`]: "",
      [`${aafs}/features/file/mask`]: "read\n",
    });
    assert.equal(await runTool(rcapparmor, ["reload"], io(nodeSystem)), 1);
    assert.match(said(), sentence);
  }
  const { root, io, said } = place(t, {
    ...machine,
    ...policy,
    "run/systemd/container": "lxc",
    [`${aafs}/.replace`]: "",
  });
  assert.equal(await runTool(rcapparmor, ["reload"], io(broken("/run/systemd/container"))), 1);
  assert.match(said(), /container cannot be read \(Input\/output error\), so it is unknown whose policy this is\n$/);
  assert.equal(readFileSync(join(root, aafs, ".replace"), "latin1"), "");
});
