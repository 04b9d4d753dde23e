import assert from "node:assert/strict";
import { test } from "node:test";
import { SIGNAL, decodeMessage, encodeMessage } from "./wire.ts";

const message = {
  type: SIGNAL,
  serial: 7,
  path: "/a/b",
  interface: "a.b",
  member: "c",
  signature: "aau",
  body: [[[1, 2], [3]]],
} as const;

test("a message is read back as it was sent", () => {
  const bytes = encodeMessage(message);
  const read = decodeMessage(bytes);
  assert.equal(read?.length, bytes.length);
  assert.deepEqual(read?.message.body, message.body);
  assert.equal(read?.message.member, "c");
  assert.equal(decodeMessage(bytes.subarray(0, -1)), undefined);
});

test("an array of what takes no bytes is no message, and ends", () => {
  const bytes = encodeMessage(message);
  const at = bytes.indexOf("aau\0");
  assert.ok(at > 0);
  bytes.write("a()", at, "latin1");
  assert.throws(() => decodeMessage(bytes), RangeError);
  bytes.write("aaa", at, "latin1");
  assert.throws(() => decodeMessage(bytes), RangeError);
});
