import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import {
  citationFaults,
  citationsIn,
  fileNamesIn,
  fileNamesInComments,
  isKnownName,
  lawOf,
  type Laws,
  ownFaults,
} from "./citations.ts";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const SOURCES = ["src", "lab", "tests", "bench", "scripts", "policy", "bin"];
const PAGES = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "lab/README.md"];
/** These two talk about citations. */
const OWN = new Set(["tests/citations.ts", "tests/citations.test.ts"]);

const read = (path: string): string => readFileSync(join(repository, path), "utf8");

function filesBelow(folder: string, ending: RegExp): readonly string[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .map((path) => `${folder}/${path}`)
    .filter((path) => ending.test(path) && !OWN.has(path))
    .toSorted();
}

const specification = filesBelow("docs/spec", /\.md$/).filter((path) => !path.endsWith("/README.md"));
const laws: Laws = new Map(
  specification.map((path) => [path.slice("docs/spec/".length, -".md".length), lawOf(read(path))]),
);
const sources = SOURCES.flatMap((folder) => filesBelow(folder, /\.(?:ts|mjs|js|md)$/));
const pages = [...filesBelow("docs", /\.md$/), ...PAGES];

/** Every file and folder of ours. */
function everyPath(): ReadonlySet<string> {
  const top = readdirSync(repository, { withFileTypes: true }).filter(
    ({ name }) => !/^(?:\.git|build|dist|node_modules)$/.test(name),
  );
  return new Set(
    top.flatMap((entry) => [
      entry.name,
      ...(entry.isDirectory()
        ? readdirSync(join(repository, entry.name), { recursive: true, encoding: "utf8" }).map(
            (path) => `${entry.name}/${path}`,
          )
        : []),
    ]),
  );
}

describe("citations of the specification", () => {
  it("each document has places to cite", () => {
    assert.equal(laws.size, 7);
    for (const [document, { places }] of laws) assert.ok(places.size >= 5, document);
  });

  it("every citation of the sources leads to a place", () => {
    const faults = sources.flatMap((path) => citationFaults(read(path), laws).map((fault) => `${path}: ${fault}`));
    assert.deepEqual(faults, []);
    const seen = sources.flatMap((path) => citationsIn(read(path), laws.keys()));
    assert.ok(seen.length > 250, `only ${seen.length} citations were seen`);
    for (const document of laws.keys())
      assert.ok(
        seen.some((citation) => citation.document === document),
        document,
      );
  });

  it("every document that a source names is there", () => {
    const named = sources.flatMap((path) =>
      [...read(path).matchAll(/(?<![\w/])docs\/[\w./-]+\.md/g)].map(([name]) => ({ path, name })),
    );
    assert.ok(named.length > 0);
    assert.deepEqual(
      named.filter(({ name }) => !existsSync(join(repository, name))),
      [],
    );
  });

  it("every citation of the documents leads to a place, within a document and from one to another", () => {
    const across = pages.flatMap((path) =>
      citationsIn(read(path), laws.keys())
        .filter(({ document, place }) => laws.get(document)?.places.has(place) !== true)
        .map(({ document, place }) => `${path}: ${document} ${place}`),
    );
    const within = specification.flatMap((path) =>
      ownFaults(read(path), lawOf(read(path))).map((fault) => `${path}: ${fault}`),
    );
    assert.deepEqual([...across, ...within], []);
  });

  it("no number is given twice in a document", () => {
    for (const path of specification) {
      const headings = [
        ...read(path)
          .replaceAll(/^```.*?^```/gms, "")
          .matchAll(/^#{2,4} (\d+(?:\.\d+)*)\.? /gm),
      ].map(([, number]) => number);
      assert.deepEqual(headings.length, new Set(headings).size, path);
    }
  });
});

describe("rule files", () => {
  const rules = filesBelow("src", /\/(?:rules|kinds|needs)\/(?!index\.)[\w-]+(?<!\.test)\.ts$/);

  it("say at their top which law they obey", () => {
    assert.ok(rules.length > 50, `only ${rules.length} rule files were seen`);
    const silent = rules.filter(
      (path) => citationsIn(/^\/\*\*.*?\*\//s.exec(read(path))?.[0] ?? "", laws.keys()).length === 0,
    );
    assert.deepEqual(silent, []);
  });

  it("show the layout of what they write", () => {
    const writing = rules.filter((path) => path.includes("/compile/rules/") && !path.endsWith("/ip-address.ts"));
    assert.ok(writing.length > 15, `only ${writing.length} were seen`);
    assert.deepEqual(
      writing.filter((path) => !/^\/\*\*[^/]*?\n \* {5}\S/.test(read(path))),
      [],
    );
  });
});

describe("file names in documents", () => {
  it("name files that are there", () => {
    const paths = everyPath();
    const named = pages
      .flatMap((path) => fileNamesIn(read(path)).map((name) => ({ path, name })))
      // The specification also names files of other programs, and kernels' and features' own paths.
      .filter(({ path, name }) => !specification.includes(path) || /^(?:tests|docs|lab)\/|\.md$/.test(name));
    assert.ok(named.length > 50, `only ${named.length} names were seen`);
    assert.deepEqual(
      named.filter(({ path, name }) => !isKnownName(name, dirname(path), paths)),
      [],
    );
  });
});

describe("file names in comments", () => {
  it("name files that are there", () => {
    const paths = everyPath();
    const named = sources
      .filter((path) => /\.(?:ts|mjs)$/.test(path))
      .flatMap((path) => fileNamesInComments(read(path)).map((name) => ({ path, name })));
    assert.ok(named.length > 50, `only ${named.length} names were seen`);
    assert.deepEqual(
      named.filter(({ path, name }) => !isKnownName(name, dirname(path), paths)),
      [],
    );
  });
});

describe("what the checks see", () => {
  const some: Laws = new Map([
    [
      "kernel-abi",
      lawOf("## 7. Permissions\n### 7.1 Bits\n### 7.5 Exec\n| D2 | a defect |\n```\n### 7.9 no heading\n```\n"),
    ],
    ["tools", lawOf("## 3. apparmor_parser\n| C1 | a defect |\n")],
  ]);
  const right = [
    "/** Words (kernel-abi 7.1). */",
    " * Words (kernel-abi 7.1-7.5, 7; tools 3, C1)",
    "// see kernel-abi\n//   7.5 and kernel-abi D2",
    '"docs/spec/kernel-abi.md"',
    '"tests/corpus/policy-language.json"',
  ];
  const wrong: readonly (readonly [string, string])[] = [
    ["a section that is not there", "/** (kernel-abi 7.2) */"],
    ["a section that is not there, after a line break", "/**\n * Words (kernel-abi\n * 7.9).\n */"],
    ["the end of a range", "// kernel-abi 7.1-7.6"],
    ["one of a list", "// kernel-abi 7.1, 8.1"],
    ["a defect that is not there", "// kernel-abi D3"],
    ["another document's defect", "// tools D2"],
    ["in a string", 'it("kernel-abi 9: loads", () => undefined);'],
    ["another form", "// kernel-abi section 7"],
    ["the file's name", "// tools.md 3"],
    ["no number", "// as kernel-abi says"],
    ["no document", "// as section 7.1 says"],
    ["a name over two lines", "/**\n * Words (kernel-\n * abi 7.1).\n */"],
    ["a sign instead of a word", "// §7.1"],
    ["a defect without its document", "// ORACLE 5.0.2 (D2): both"],
    ["a list in words", "// kernel-abi 7.1 and 7.5"],
    ["a range with another dash", "// kernel-abi 7.1–7.5"],
    ["a defect behind a comma", "// compile as 5.0.2 does, D2"],
  ];

  for (const text of right)
    it(`nothing in ${JSON.stringify(text)}`, () => {
      assert.deepEqual(citationFaults(text, some), []);
    });
  for (const [what, text] of wrong)
    it(what, () => {
      assert.notDeepEqual(citationFaults(text, some), [], text);
    });

  it("references of a document to itself", () => {
    const law = lawOf("## 7. Permissions\n");
    assert.deepEqual(ownFaults("as section 7 says, not section 7.1, nor §8", law), [
      "section 7.1: no such place",
      "§8: no such place",
    ]);
  });

  it("file names in comments, and nowhere else", () => {
    const text =
      '/** See `gone.ts`, a/b.test.ts and *.md. */\nimport "./here.ts"; // as docs/gone.md says\nconst url = "x//y.ts";\n';
    assert.deepEqual(fileNamesInComments(text), ["gone.ts", "a/b.test.ts", "docs/gone.md"]);
  });

  it("file names that lead nowhere", () => {
    const text =
      "[a](./spec/README.md) [b](https://example.org) `src/host/gone.ts` `kernel.ts` `npm test` `dist/x.js` `lab/gone/`";
    const names = fileNamesIn(text);
    assert.deepEqual(names, ["./spec/README.md", "src/host/gone.ts", "kernel.ts", "lab/gone/"]);
    const paths = new Set(["docs/spec/README.md", "src/host/kernel.ts", "lab"]);
    assert.deepEqual(
      names.filter((name) => !isKnownName(name, "docs", paths)),
      ["src/host/gone.ts", "lab/gone/"],
    );
  });
});
