import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { countJoined } from "../../../tests/support/joined-bytes.ts";
import { type Bus, openBus } from "./bus.ts";
import { METHOD_RETURN, encodeMessage } from "./wire.ts";

/** A test that waits for what never comes must end. */
const ENDS = { timeout: 300_000 } as const;
const SOON = { answerMs: 100 } as const;

/** A bus whose every connection `serve` has. */
async function busAt(context: TestContext, serve: (socket: Socket) => void): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "armorer-bus-"));
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    serve(socket);
  });
  const path = join(directory, "bus");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(directory, { recursive: true });
  });
  return `unix:path=${path}`;
}

/** Greets, answers the first call, which is Hello, and gives what is said afterwards to `then`. */
function greeting(then: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    let said = 0;
    socket.on("data", (bytes: Buffer) => {
      said += 1;
      if (said === 1) socket.write("OK 0123456789abcdef0123456789abcdef\r\n");
      else if (bytes.includes("Hello"))
        socket.write(encodeMessage({ type: METHOD_RETURN, serial: 1, replySerial: 1, signature: "s", body: [":1.1"] }));
      else then(socket);
    });
  };
}

async function opened(address: string, answerMs = 20_000): Promise<Bus> {
  const bus = await openBus(address, 0, { answerMs });
  assert.ok(bus.ok, bus.ok ? "" : bus.error);
  return bus.value;
}

const asked = { destination: "a.b", path: "/a", interface: "a.b", member: "c" } as const;

test("a bus that says nothing is not waited for", ENDS, async (t) => {
  const silent = await busAt(t, () => undefined);
  assert.deepEqual(await openBus(silent, 0, SOON), { ok: false, error: "the bus does not answer" });
});

test("a bus that greets and then says nothing is not waited for", ENDS, async (t) => {
  const address = await busAt(t, (socket) => void socket.once("data", () => socket.write("OK 00\r\n")));
  assert.deepEqual(await openBus(address, 0, SOON), { ok: false, error: "the bus does not answer" });
});

test("a greeting without an end is none", ENDS, async (t) => {
  const address = await busAt(t, (socket) => void socket.once("data", () => socket.write("O".repeat(10_000))));
  assert.deepEqual(await openBus(address, 0, SOON), { ok: false, error: "the bus does not accept this user" });
});

test("a call that nobody answers ends, and the next one is heard", ENDS, async (t) => {
  let calls = 0;
  const address = await busAt(
    t,
    greeting((socket) => {
      calls += 1;
      if (calls === 1) return;
      socket.write(encodeMessage({ type: METHOD_RETURN, serial: 2, replySerial: 3, signature: "s", body: ["yes"] }));
    }),
  );
  const bus = await opened(address, 3000);
  assert.deepEqual(await bus.call(asked), { ok: false, error: "the bus does not answer" });
  assert.deepEqual(await bus.call(asked), { ok: true, value: ["yes"] });
  bus.close();
});

test("a message larger than any of ours ends the connection before it is taken in", ENDS, async (t) => {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(0x01000002 | 0x6c, 0);
  head.writeUInt8(0x6c, 0);
  head.writeUInt32LE(2 << 20, 4);
  const address = await busAt(
    t,
    greeting((socket) => void socket.write(head)),
  );
  const bus = await opened(address);
  assert.deepEqual(await bus.call(asked), { ok: false, error: "it cannot be read: a message is too long" });
  assert.equal(await bus.ended, "it cannot be read: a message is too long");
});

test("a message in many pieces is joined once", ENDS, async (t) => {
  const text = "x".repeat(400_000);
  const address = await busAt(
    t,
    greeting((socket) => {
      const bytes = encodeMessage({ type: METHOD_RETURN, serial: 2, replySerial: 2, signature: "s", body: [text] });
      for (let at = 0; at < bytes.length; at += 1000) socket.write(bytes.subarray(at, at + 1000));
    }),
  );
  const bus = await opened(address);
  const joined = countJoined(t);
  const answer = await bus.call({ ...asked });
  const count = joined();
  assert.deepEqual(answer, { ok: true, value: [text] });
  assert.ok(count < 4 * text.length, `${count} bytes were joined`);
  bus.close();
});
