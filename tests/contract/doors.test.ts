import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { declarationOf, type Declared, declaredAs, givenNames, typesIn } from "../support/declarations.ts";
import { repository } from "../support/sources.ts";

const packageText = readFileSync(join(repository, "package.json"), "utf8");
const exported: Readonly<Record<string, { readonly types?: string }>> = JSON.parse(packageText).exports;
const doors = Object.entries(exported).flatMap(([door, { types }]) =>
  types === undefined ? [] : [{ door, file: join(repository, types) }],
);

const keyOf = ({ file, name }: Declared): string => `${file.slice(repository.length + 1)} ${name}`;

interface Given extends Declared {
  readonly door: string;
  readonly as: string;
}

const given: readonly Given[] = doors.flatMap(({ door, file }) =>
  givenNames(file).map((as) => {
    const declared = declaredAs(file, as);
    assert.ok(declared !== undefined, `${door} gives ${as}, which is declared nowhere`);
    return { ...declared, door, as };
  }),
);

test("every type that a public function takes or gives is exported from a door", () => {
  assert.ok(given.length > 400, `saw only ${given.length} names`);
  const known = new Set(given.map(keyOf));
  const missing = given.flatMap((one) =>
    typesIn(one)
      .filter((type) => !known.has(keyOf(type)))
      .map((type) => `${keyOf(type)} (used by ${one.as} of ${one.door})`),
  );
  assert.deepEqual([...new Set(missing)].toSorted(), []);
  // It did look: at a function's parameters, at what an interface is made of.
  const check = given.find(({ door, as }) => door === "." && as === "check");
  assert.ok(check !== undefined && typesIn(check).some(({ name }) => name === "PolicyInput"));
});

test("every name that a door gives is explained", () => {
  const silent = given
    .filter((one) => declarationOf(one).text.startsWith("export declare function") || one.door === ".")
    .filter((one) => declarationOf(one).comment === "" && !/^export type \w+ = typeof/.test(declarationOf(one).text))
    .map(({ door, as }) => `${door} ${as}`);
  assert.deepEqual(silent, []);
});
