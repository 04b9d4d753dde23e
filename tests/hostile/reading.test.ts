/** Reading where others can put whatever they like: pipes, devices, endless files; nothing hangs and nothing grows without end. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type ReadOptions, MOST_TEXT_BYTES, troubleText } from "../../src/foundation/ports/index.ts";
import { decodeBytes } from "../../src/foundation/text/index.ts";
import { type System, nodeFiles, nodeKernel, nodeSystem } from "../../src/host/index.ts";
import { atCall, hookedSystem } from "../support/hooked-system.ts";

function workplace(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "armorer-hostile-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function makePipe(path: string): string {
  assert.equal(spawnSync("mkfifo", [path]).status, 0);
  return path;
}

/** The words for why a file is not read, or its text. */
function read(path: string, options: ReadOptions = {}, system: System = nodeSystem): string {
  const outcome = nodeFiles(system).read(path, options);
  if (outcome.ok) return decodeBytes(outcome.value);
  return outcome.error.trouble === undefined ? outcome.error.errno : troubleText(outcome.error.trouble);
}

test("whatever is no plain file is not opened, and it is said what it is, also through links", async (t) => {
  const directory = workplace(t);
  const socket = join(directory, "socket");
  const server = createServer().listen(socket);
  await once(server, "listening");
  t.after(() => server.close());
  mkdirSync(join(directory, "directory"));
  const paths: readonly [string, string][] = [
    [join(directory, "directory"), "Is a directory"],
    [makePipe(join(directory, "pipe")), "Is a FIFO"],
    [socket, "Is a socket"],
    ["/dev/zero", "Is a character device"],
    ["/dev/random", "Is a character device"],
    ["/proc/kmsg", "Is a file of the kernel"],
    ["/proc/self/environ", "Is a file of the kernel"],
  ];
  const opened: unknown[] = [];
  const system = hookedSystem(({ name, args }) => {
    if (name === "open" && !String(args[0]).startsWith("/proc")) opened.push(args[0]);
  });
  for (const [index, [path, words]] of paths.entries()) {
    const link = join(directory, `link-${index}`);
    symlinkSync(path, link);
    assert.equal(read(path, {}, system), words);
    assert.equal(read(link, { isOperand: true }, system), words);
  }
  assert.deepEqual(
    opened.filter((path) => !String(path).includes("link-")),
    [],
  );
});

test("a plain file that a pipe takes the place of before it is opened is not waited for", (t) => {
  const directory = workplace(t);
  const path = join(directory, "profile");
  writeFileSync(path, "text");
  const system = atCall(
    ({ name }) => name === "open",
    () => {
      rmSync(path);
      makePipe(path);
    },
  );
  assert.equal(read(path, {}, system), "Is a FIFO");
});

test("a file over its limit is not read, and one that grows past its size is told of", (t) => {
  const path = join(workplace(t), "profile");
  writeFileSync(path, "");
  truncateSync(path, MOST_TEXT_BYTES + 1);
  let reads = 0;
  const counting = hookedSystem(({ name }) => void (reads += name === "read" ? 1 : 0));
  assert.equal(read(path, {}, counting), "Is larger than 64 MiB");
  assert.equal(reads, 0);
  writeFileSync(path, "12345");
  assert.equal(read(path, { mostBytes: 5 }), "12345");
  assert.equal(read(path, { mostBytes: 4 }), "Is larger than 4 bytes");
  const growing = atCall(
    ({ name }) => name === "read",
    () => appendFileSync(path, "more"),
  );
  assert.equal(read(path, {}, growing), "Grew while it was read");
});

test("a file that shrinks while it is read gives what is left, and reads that stop half-way go on", (t) => {
  const path = join(workplace(t), "profile");
  writeFileSync(path, "12345");
  const byByte: System = {
    ...nodeSystem,
    read: (descriptor, buffer, start) => nodeSystem.read(descriptor, buffer.subarray(0, start + 1), start),
  };
  assert.equal(read(path, {}, byByte), "12345");
  const shrinking = atCall(
    ({ name }) => name === "read",
    () => truncateSync(path, 2),
  );
  assert.equal(read(path, {}, shrinking), "12");
});

test("a pipe that the user handed over is read as an operand, up to the limit, and never as an include", (t) => {
  const pipe = makePipe(join(workplace(t), "pipe"));
  const descriptor = openSync(pipe, "r+");
  t.after(() => nodeSystem.close(descriptor));
  const path = `/dev/fd/${descriptor}`;
  assert.equal(read(path), "Is a FIFO");
  assert.equal(read(`/proc/self/fd/${descriptor}`), "Is a FIFO");
  const endless: System = { ...nodeSystem, read: (_, buffer) => buffer.length };
  assert.equal(read(path, { isOperand: true, mostBytes: 1 << 20 }, endless), "Is larger than 1 MiB");
  const parts = ["pro", "file"];
  const speaking: System = {
    ...nodeSystem,
    read: (_, buffer) => Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length).write(parts.shift() ?? ""),
  };
  let reads = 0;
  const slow = hookedSystem(
    ({ name }) => (name === "read" && (reads += 1) % 2 === 1 ? { errno: "EAGAIN" } : undefined),
    speaking,
  );
  assert.equal(read(path, { isOperand: true }, slow), "profile");
});

test("a directory without end is not listed to its end", (t) => {
  const directory = workplace(t);
  writeFileSync(join(directory, "a"), "");
  writeFileSync(join(directory, "b"), "");
  assert.equal(nodeSystem.readdir(directory, 1).length, 2);
  const endless: System = {
    ...nodeSystem,
    readdir: (_, most) => Array.from({ length: most + 1 }, (__, index) => ({ name: `${index}`, kind: "file" })),
  };
  const listed = nodeFiles(endless).list(directory);
  assert.ok(!listed.ok && listed.error.trouble !== undefined);
  assert.equal(troubleText(listed.error.trouble), "Holds more than 1000000 entries");
});

test("a tree that stands for a kernel may hold pipes; nothing waits for them", (t) => {
  const root = workplace(t);
  mkdirSync(join(root, "proc"));
  writeFileSync(join(root, "proc/mounts"), "securityfs /s securityfs rw 0 0\n");
  mkdirSync(join(root, "s/apparmor/features"), { recursive: true });
  makePipe(join(root, "s/apparmor/profiles"));
  makePipe(join(root, "s/apparmor/features/mask"));
  const kernel = nodeKernel({ root });
  assert.equal(kernel.profiles().ok, false);
  assert.equal(kernel.features().ok, false);
});
