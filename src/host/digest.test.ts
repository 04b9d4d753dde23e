import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeBytes } from "../foundation/text/index.ts";
import { nodeDigest } from "./digest.ts";

test("a text has the digest of the bytes that it stands for, in one part or in several", () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.nat({ max: 3 }), (parts, bytesAt) => {
      const expected = createHash("sha256").update(Buffer.concat(parts)).digest("hex");
      const texts = parts.map((bytes) => decodeBytes(bytes));
      assert.equal(nodeDigest.sha256(...texts), expected);
      assert.equal(
        nodeDigest.sha256(...texts.map((text, at) => (at === bytesAt ? (parts[at] ?? text) : text))),
        expected,
      );
    }),
    { seed: 1, numRuns: 1000 },
  );
});
