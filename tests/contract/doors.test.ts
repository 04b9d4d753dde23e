import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { constantsIn, declarationOf, type Declared, declaredAs, givenNames, typesIn } from "../support/declarations.ts";
import { matchGolden } from "../support/golden.ts";
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

/** Whether somebody calls it, or writes it to call something. */
function isAsked(one: Declared): boolean {
  return declarationOf(one).text.startsWith("export declare function") || one.name.endsWith("Options");
}

test("what a job takes and gives is in the same door as the job, and so is what its options are made of", () => {
  const jobs = given.filter(({ door }) => door === ".");
  const known = new Set(jobs.map(keyOf));
  const missing = jobs
    .filter(isAsked)
    .flatMap((one) => typesIn(one).map((type) => ({ one, type })))
    .filter(({ type }) => !known.has(keyOf(type)))
    .map(({ one, type }) => `${type.name} (of ${one.name})`);
  assert.deepEqual([...new Set(missing)].toSorted(), []);
  assert.ok(jobs.some(({ as }) => as === "FilesPort") && jobs.some(({ as }) => as === "Outcome"));
});

test("a constant that a type is made of is given by a door, or the reference says that its words are what is shown", () => {
  const script = readFileSync(join(repository, "scripts/docs/build.mjs"), "utf8");
  const [, list = ""] = /intentionallyNotExported: \[([^\]]*)\]/.exec(script) ?? [];
  const shown = [...list.matchAll(/"(\w+)"/g)].map(([, name = ""]) => name);
  assert.ok(shown.length > 5);
  const known = new Set([...given.map(({ name }) => name), ...shown]);
  const missing = given.flatMap((one) =>
    constantsIn(one).flatMap((name) => (known.has(name) ? [] : [`${name} (used by ${one.as} of ${one.door})`])),
  );
  assert.deepEqual([...new Set(missing)].toSorted(), []);
});

test("every name that a door gives is explained", () => {
  const silent = given
    .filter((one) => declarationOf(one).text.startsWith("export declare function") || one.door === ".")
    .filter((one) => declarationOf(one).comment === "" && !/^export type \w+ = typeof/.test(declarationOf(one).text))
    .map(({ door, as }) => `${door} ${as}`);
  assert.deepEqual(silent, []);
});

test("what a door gives is what it is known to give: nothing that somebody uses goes without a word", () => {
  const listed = doors.map(({ door }) => {
    const names = given.filter((one) => one.door === door).map(({ as }) => as);
    assert.ok(names.length > 0, door);
    return `armorer${door.slice(1)}\n${names
      .toSorted()
      .map((name) => `  ${name}\n`)
      .join("")}`;
  });
  matchGolden("doors.txt", listed.join("\n"));
});

test("what has no function of its own is there as data: features, tables, settings, starter policy", async () => {
  const [main, features, tables, starter] = await Promise.all([
    import("armorer"),
    import("armorer/features"),
    import("armorer/tables"),
    import("armorer/starter-policy"),
  ]);
  for (const [name, table, least] of [
    ["featureSets", features.featureSets, 6],
    ["capabilities", tables.capabilities, 41],
    ["signals", tables.signals, 30],
    ["socketFamilies", tables.socketFamilies, 40],
    ["rlimits", tables.rlimits, 15],
    ["mountOptions", tables.mountOptions, 30],
    ["networkTypes", tables.networkTypes, 5],
    ["permissionWords", tables.permissionWords, 5],
    ["errnos", tables.errnos, 100],
    ["starterPolicy", starter.starterPolicy, 20],
    ["defaultPolicySettings", main.defaultPolicySettings(), 8],
  ] as const) {
    const count = table instanceof Map ? table.size : Object.keys(table).length;
    assert.ok(count >= least, `${name} has ${count}`);
  }
  const files = main.memoryFiles({ "/etc/apparmor.d/demo": "profile demo { }\n" });
  assert.deepEqual(files.texts(), { "/etc/apparmor.d/demo": "profile demo { }\n" });
});
