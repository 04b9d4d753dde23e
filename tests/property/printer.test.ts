/** The printer of the commands: what reaches a terminal, and what programs get. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Refused } from "../../src/foundation/basics/index.ts";
import { type Piece, decodeBytes, encodeBytes, say } from "../../src/foundation/text/index.ts";
import { createOutput } from "../../src/cli/output.ts";
import { type Captured, capturedIo } from "../support/captured-io.ts";
import { dangers, hostileSigns } from "../support/hostile-names.ts";

const seed = { seed: 18, numRuns: 400 };

/** Any bytes, with what is dangerous far more often than chance would have it. */
const bytes = fc
  .array(
    fc.oneof(
      fc.string().map((text) => encodeBytes(text)),
      fc.uint8Array({ maxLength: 12 }),
      fc.constantFrom(...hostileSigns),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Buffer.concat(parts));
const text = bytes.map((some) => decodeBytes(some));
const piece: fc.Arbitrary<Piece> = fc.oneof(
  text,
  text.map((name) => ({ name })),
  fc.record({ style: fc.constantFrom("error", "frame", "bold"), text }),
);

function sayAll({ io }: Captured, pieces: readonly Piece[], some: string): void {
  io.out(pieces);
  io.err(pieces);
  io.out(some);
  io.err(some);
  io.verbatim(some);
  io.json(`${JSON.stringify({ [some]: pieces })}\n`);
}

test("whatever is said, nothing but our own colours steers the terminal", () => {
  for (const escapes of ["always", "on-terminals"] as const) {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), text, (pieces, some) => {
        const captured = capturedIo({ isTerminal: true, escapes });
        sayAll(captured, pieces, some);
        assert.deepEqual(dangers(captured.bytes()), []);
      }),
      seed,
    );
  }
});

test("a name never begins a line of its own on a terminal", () => {
  fc.assert(
    fc.property(text, (name) => {
      const { io, text: shown } = capturedIo({ isTerminal: true });
      io.err(say`Cache hit: ${name}\n`);
      assert.equal(shown().split("\n").length, 2);
      assert.ok(!shown().includes("\t"));
    }),
    seed,
  );
});

test("what our verbs say to a person is escaped elsewhere, too, and has no colours there", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), text, (pieces, some) => {
      const captured = capturedIo({ escapes: "always" });
      captured.io.out(pieces);
      captured.io.err(some);
      assert.deepEqual(dangers(captured.bytes()), []);
      assert.ok(!captured.text().includes("\u001b"));
    }),
    seed,
  );
});

test("programs get every byte from the drop-in commands, from what is verbatim, and from compiled policy", () => {
  fc.assert(
    fc.property(bytes, (some) => {
      const captured = capturedIo();
      const whole = decodeBytes(some);
      captured.io.out(whole);
      captured.io.out(say`${whole}`);
      captured.io.binary(some);
      assert.deepEqual(captured.bytes("out"), Buffer.concat([some, some, some]));
      const ours = capturedIo({ escapes: "always" });
      ours.io.verbatim(whole);
      assert.deepEqual(ours.bytes("out"), some);
    }),
    seed,
  );
});

test("a JSON document says the same on a terminal", () => {
  fc.assert(
    fc.property(fc.jsonValue(), text, (value, key) => {
      const { io, text: shown } = capturedIo({ isTerminal: true });
      const document = JSON.stringify({ [key]: value, key });
      io.json(document);
      assert.deepEqual(JSON.parse(shown()), JSON.parse(document));
    }),
    seed,
  );
});

test("compiled policy never reaches a terminal, and that is said", () => {
  const { io, bytes: written } = capturedIo({ isTerminal: true });
  assert.throws(() => io.binary(Buffer.from("\u0004\b\0version")), Refused);
  assert.equal(written().length, 0);
});

function refuse(): never {
  throw new Refused("write", "standard error", "ENOSPC");
}

test("a message that gets lost stops nothing and is remembered", () => {
  const output = createOutput(
    { write: refuse, isTerminal: () => false },
    { escapes: "always", colors: "on-terminals" },
  );
  output.err("lost\n");
  assert.equal(output.hasLost(), true);
  assert.throws(() => output.out("lost\n"), Refused);
});
