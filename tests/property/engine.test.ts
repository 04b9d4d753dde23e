/** The two ways of running the engine, and the module that one of them runs. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { openScriptEngine, openScriptPacker } from "../../src/compiler/automata/engine/javascript.ts";
import type { Engine, EngineOptions, EngineTables, PlainRows } from "../../src/compiler/automata/engine/types.ts";
import { openWasmEngine, openWasmPacker } from "../../src/compiler/automata/engine/webassembly.ts";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

function openBoth(options: Partial<EngineOptions> = {}): readonly [Engine, Engine] {
  const whole = {
    combine: (labels: readonly number[]) => labels.length,
    maxStates: 1e6,
    maxBytes: 2 ** 28,
    ...options,
  };
  const wasm = openWasmEngine(whole);
  assert.ok(wasm !== undefined, "Node runs WebAssembly");
  return [openScriptEngine(whole), wasm];
}

/** One call; numbers are taken modulo what is there. */
type Call =
  | { readonly kind: "accept"; readonly label: number }
  | { readonly kind: "outOfBand"; readonly term: number }
  | { readonly kind: "build"; readonly term: number }
  | { readonly kind: "literal"; readonly bytes: Uint8Array; readonly term: number }
  | { readonly kind: "step" | "star"; readonly set: Uint32Array; readonly term: number }
  | { readonly kind: "union"; readonly terms: readonly number[] };

const term = fc.nat(1000);
const set = fc.oneof(
  fc.uint32Array({ minLength: 8, maxLength: 8 }),
  fc.constantFrom(
    new Uint32Array(8).fill(0xffff_ffff),
    Uint32Array.of(0xffff_fffe, 0xffff_7fff, ~0, ~0, ~0, ~0, ~0, ~0),
    Uint32Array.of(0, 0x03ff_0000, 0, 0, 0, 0, 0, 0),
    new Uint32Array(8),
  ),
);
const call: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ kind: fc.constant("accept" as const), label: fc.nat(40) }),
  fc.record({ kind: fc.constant("outOfBand" as const), term }),
  fc.record({ kind: fc.constant("build" as const), term }),
  fc.record({
    kind: fc.constant("literal" as const),
    bytes: fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ minLength: 1000, maxLength: 3000 })),
    term,
  }),
  fc.record({ kind: fc.constantFrom("step" as const, "star" as const), set, term }),
  fc.record({ kind: fc.constant("union" as const), terms: fc.array(term, { minLength: 1, maxLength: 6 }) }),
);

/** What a call gives: a term, or what was built. Terms are kept in `terms`. */
function perform(engine: Engine, one: Call, terms: number[]): unknown {
  if (one.kind === "build") return engine.build(terms[one.term % terms.length] ?? 0);
  const made = make(engine, one, (index) => terms[index % terms.length] ?? 0);
  terms.push(made);
  return made;
}

function make(engine: Engine, one: Exclude<Call, { kind: "build" }>, at: (index: number) => number): number {
  switch (one.kind) {
    case "accept":
      return engine.accept(one.label);
    case "outOfBand":
      return engine.outOfBand(at(one.term));
    case "literal":
      return engine.literal(one.bytes, at(one.term));
    case "step":
    case "star":
      return engine[one.kind](one.set, at(one.term));
    case "union":
      return engine.union(one.terms.map(at));
  }
}

test("JavaScript and WebAssembly give the same terms, automata, refusals and counts for the same calls", () => {
  let built = 0;
  let refused = 0;
  const limits = fc.record({ maxStates: fc.constantFrom(4, 20, 1e6), maxBytes: fc.constantFrom(2 ** 14, 2 ** 28) });
  fc.assert(
    fc.property(fc.array(call, { minLength: 5, maxLength: 80, size: "max" }), limits, (calls, options) => {
      const [script, wasm] = openBoth(options);
      const scriptTerms = [0];
      const wasmTerms = [0];
      for (const one of calls) {
        const expected = perform(script, one, scriptTerms);
        assert.deepEqual(perform(wasm, one, wasmTerms), expected);
        if (one.kind !== "build" || typeof expected !== "object" || expected === null) continue;
        if ("ok" in expected && expected.ok === true) built += 1;
        else refused += 1;
      }
      assert.deepEqual(wasm.statistics(), script.statistics());
    }),
    { seed: 20_260_901, numRuns: 1000 },
  );
  assert.ok(built > 500 && refused > 20, `${built} built, ${refused} refused`);
});

/** An automaton with literals, stars and classes enough for large components and shared rows. */
function someTables(engine: Engine, texts: readonly string[]): EngineTables {
  const encoder = new TextEncoder();
  const notSlash = Uint32Array.of(0xffff_fffe, 0xffff_7fff, ~0, ~0, ~0, ~0, ~0, ~0);
  const patterns = texts.map((text, index) => {
    let next = engine.accept(index % 7);
    if (index % 2 === 0) next = engine.star(notSlash, next);
    next = engine.literal(encoder.encode(text), next);
    if (index % 3 === 0) next = engine.star(notSlash, next);
    return engine.literal(encoder.encode("/"), index % 5 === 0 ? engine.outOfBand(next) : next);
  });
  const made = engine.build(engine.union(patterns));
  assert.ok(made.ok);
  return made.value;
}

test("JavaScript and WebAssembly encode the same rows differentially and pack the same comb", () => {
  const script = openScriptPacker();
  const wasm = openWasmPacker();
  assert.ok(wasm !== undefined, "Node runs WebAssembly");
  let relative = 0;
  const text = fc.string({ unit: fc.constantFrom("a", "b", "lib", "/", ".so"), maxLength: 8 });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 40 }), (texts) => {
      const [engine, other] = openBoth();
      const { stateCount, ...tables } = someTables(engine, texts);
      assert.deepEqual(someTables(other, texts), { stateCount, ...tables });
      const plain: PlainRows = { ...tables, differential: new Uint8Array(stateCount) };
      const stored = script.encodeDifferential(plain);
      relative += stored.differential.filter((flag) => flag === 1).length;
      assert.deepEqual(wasm.encodeDifferential(plain), stored);
      for (const rows of [plain, stored]) assert.deepEqual(wasm.packComb(rows), script.packComb(rows));
    }),
    { seed: 20_260_902, numRuns: 200 },
  );
  assert.ok(relative > 1000, `${relative} relative states`);
});

for (const [module, kept] of [
  ["engine", "src/compiler/automata/engine/wasm-base64.ts"],
  ["scan", "src/learning/audit/scan/wasm-base64.ts"],
] as const) {
  test(`the WebAssembly module of the ${module} is what its source compiles to`, () => {
    const directory = mkdtempSync(join(tmpdir(), "armorer-engine-"));
    try {
      const made = join(directory, "wasm-base64.ts");
      const { status, stderr } = spawnSync(process.execPath, ["scripts/wasm/build.mjs", module, made], {
        cwd: repository,
        encoding: "utf8",
      });
      assert.equal(status, 0, stderr);
      assert.ok(readFileSync(made, "utf8") === readFileSync(join(repository, kept), "utf8"), "run `npm run wasm`");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}
