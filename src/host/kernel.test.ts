import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Errno, KernelPort } from "../foundation/ports/index.ts";
import { systemError } from "./errno.ts";
import {
  type System,
  nodeKernel,
  nodeProcesses,
  nodeSystem,
  parseProfileList,
  splitLabel,
  writeAttribute,
} from "./index.ts";

/** A tree that looks like the files of a kernel; what only a kernel can answer is asked in the lab. */
function tree(context: TestContext, contents: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "armorer-kernel-"));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const mounts = { "proc/mounts": "proc /proc proc rw 0 0\nsecurityfs /sys/kernel/security securityfs rw 0 0\n" };
const aafs = "sys/kernel/security/apparmor";

test("the feature tree is written depth first in byte order, with hidden names left out", (t) => {
  const root = tree(t, {
    ...mounts,
    [`${aafs}/features/policy/versions/v8`]: "yes\n",
    [`${aafs}/features/policy/set_load`]: "yes\n",
    [`${aafs}/features/caps/mask`]: "chown kill\n",
    [`${aafs}/features/.hidden`]: "no\n",
    [`${aafs}/features/capability`]: "0xffffff\n",
  });
  assert.deepEqual(nodeKernel({ root }).features(), {
    ok: true,
    value:
      "capability {0xffffff\n}\ncaps {mask {chown kill\n}\n}\n" +
      "policy {set_load {yes\n}\nversions {v8 {yes\n}\n}\n}\n",
  });
});

test("without securityfs every question is answered with no-apparmor", (t) => {
  const kernel = nodeKernel({ root: tree(t, { "proc/mounts": "proc /proc proc rw 0 0\n" }) });
  const refused = { ok: false, error: { kind: "no-apparmor" } };
  assert.equal(kernel.directory(), undefined);
  assert.equal(kernel.enabled(), undefined);
  assert.deepEqual(kernel.features(), refused);
  assert.deepEqual(kernel.profiles(), refused);
  assert.deepEqual(kernel.replace(new Uint8Array(3)), refused);
});

test("a mount point with blanks is found", (t) => {
  const root = tree(t, {
    "proc/mounts": "securityfs /sys/a\\040b securityfs rw 0 0\n",
    "sys/a b/apparmor/profiles": "x (enforce)\n",
  });
  assert.deepEqual(nodeKernel({ root }).profiles(), { ok: true, value: [{ name: "x", mode: "enforce" }] });
});

test("policy goes to the right file whole, a name with its closing NUL", (t) => {
  const root = tree(t, { ...mounts, [`${aafs}/.load`]: "", [`${aafs}/.replace`]: "", [`${aafs}/.remove`]: "" });
  const kernel = nodeKernel({ root });
  const policy = Uint8Array.from({ length: 100_000 }, (_, index) => index & 255);
  assert.ok(kernel.load(policy).ok && kernel.replace(policy).ok && kernel.remove("a//b c").ok);
  assert.deepEqual(new Uint8Array(readFileSync(join(root, aafs, ".load"))), policy);
  assert.deepEqual(new Uint8Array(readFileSync(join(root, aafs, ".replace"))), policy);
  assert.equal(readFileSync(join(root, aafs, ".remove"), "utf8"), "a//b c\0");
});

test("names with blanks, brackets and namespaces are read from the profile list", () => {
  assert.deepEqual(parseProfileList("a b (c) (complain)\n:ns:x//y (enforce)\nbroken\n\nz (mixed)\n"), [
    { name: "a b (c)", mode: "complain" },
    { name: ":ns:x//y", mode: "enforce" },
    { name: "z", mode: "mixed" },
  ]);
});

test("streams are given in the order in which they were loaded", (t) => {
  const raw = `${aafs}/policy/raw_data`;
  const root = tree(t, {
    ...mounts,
    [`${raw}/10/abi`]: "v8\n",
    [`${raw}/10/raw_data`]: "ten",
    [`${raw}/2/abi`]: "v7\n",
    [`${raw}/2/raw_data`]: "two",
  });
  const streams = nodeKernel({ root }).streams();
  assert.deepEqual(streams.ok && streams.value.map(({ id, abi }) => [id, abi]), [
    ["2", "v7"],
    ["10", "v8"],
  ]);
});

test("processes are listed by number with AppArmor's own label before the shared one", (t) => {
  const root = tree(t, {
    "proc/12/attr/apparmor/current": "/usr/bin/x (enforce)\n",
    "proc/12/attr/current": "something else\n",
    "proc/12/comm": "x\n",
    "proc/7/attr/current": "unconfined\n",
    "proc/9/comm": "hidden\n",
    "proc/self/comm": "no number\n",
  });
  symlinkSync("/usr/bin/x", join(root, "proc/12/exe"));
  assert.deepEqual(nodeProcesses({ root }).confinement(), {
    processes: [
      { pid: 7, label: "unconfined", mode: undefined, executable: undefined, command: undefined },
      { pid: 12, label: "/usr/bin/x", mode: "enforce", executable: "/usr/bin/x", command: "x" },
    ],
    hidden: 1,
  });
});

/** A system whose kernel gives no labels, or refuses that of process 9. */
const refusing = (nine: Errno): System => ({
  ...nodeSystem,
  open: (path, flags, mode) => {
    if (path.includes("/attr/apparmor/")) throw systemError("ENOENT");
    if (path.endsWith("/attr/current")) throw systemError(path.includes("/9/") ? nine : "EINVAL");
    return nodeSystem.open(path, flags, mode);
  },
});

test("where no module gives labels nothing is hidden; what may not be read is", (t) => {
  const root = tree(t, {
    "proc/7/attr/current": "",
    "proc/7/comm": "x\n",
    "proc/9/attr/current": "",
    "proc/9/comm": "y\n",
  });
  assert.deepEqual(nodeProcesses({ root }, refusing("EINVAL")).confinement(), { processes: [], hidden: 0 });
  assert.deepEqual(nodeProcesses({ root }, refusing("EACCES")).confinement(), { processes: [], hidden: 1 });
});

test("a label with brackets of its own loses only the mode", () => {
  assert.deepEqual(splitLabel("a (b) (mixed)\n"), { label: "a (b)", mode: "mixed" });
  assert.deepEqual(splitLabel("unconfined\n"), { label: "unconfined", mode: undefined });
});

/** The machine's calls, of which a write takes `most` bytes at a time; what was written is noted. */
function cutting(most: number): { readonly system: System; readonly written: number[] } {
  const written: number[] = [];
  const write: System["write"] = (descriptor, bytes, start) => {
    const part = bytes.subarray(start, start + most);
    written.push(part.length);
    return nodeSystem.write(descriptor, part, 0);
  };
  return { system: { ...nodeSystem, write }, written };
}

test("when the kernel takes a part, nothing more is written, neither the rest nor anything else, and it is said how much", (t) => {
  const root = tree(t, { ...mounts, [`${aafs}/.load`]: "", [`${aafs}/.replace`]: "", [`${aafs}/.remove`]: "" });
  const sends: readonly [string, (kernel: KernelPort) => unknown][] = [
    [".load", (kernel) => kernel.load(new Uint8Array(1000))],
    [".replace", (kernel) => kernel.replace(new Uint8Array(1000))],
    [".remove", (kernel) => kernel.remove("n".repeat(999))],
  ];
  for (const most of [0, 1, 999]) {
    for (const [name, send] of sends) {
      const { system, written } = cutting(most);
      const kernel = nodeKernel({ root }, system);
      const error = { kind: "cut-short", path: join(root, aafs, name), takenBytes: most, wantedBytes: 1000 };
      assert.deepEqual(send(kernel), { ok: false, error });
      for (const [, again] of sends) assert.deepEqual(again(kernel), { ok: false, error });
      assert.deepEqual(written, [most]);
    }
  }
});

test("what one write cannot take is not written at all", (t) => {
  const root = tree(t, { ...mounts, [`${aafs}/.replace`]: "" });
  const { system, written } = cutting(1 << 30);
  // Only its length is looked at.
  const policy = Object.defineProperty(new Uint8Array(0), "length", { value: 0x7ffff001 });
  const refused = { kind: "policy-rejected", errno: "EFBIG", info: undefined };
  assert.deepEqual(nodeKernel({ root }, system).replace(policy), { ok: false, error: refused });
  assert.deepEqual(written, []);
});

test("a command to an attribute of which a part is taken is refused and not continued", (t) => {
  const root = tree(t, { "proc/thread-self/attr/apparmor/exec": "", "proc/thread-self/attr/exec": "" });
  const { system, written } = cutting(3);
  assert.equal(writeAttribute("exec", "exec demo", { root }, system).ok, false);
  assert.deepEqual(written, [3]);
});
