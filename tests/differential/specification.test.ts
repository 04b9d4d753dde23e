/** The tables of docs/spec that give a pattern, bits or a verdict: each row is put to `apparmor_parser` 5.0.2. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { repository } from "../support/check-policy.ts";
import { askVerdicts } from "../support/verdicts.ts";
import { compileWithOracle, findOracle, type Oracle } from "../support/oracle.ts";

const oracle = await findOracle();
const skip = oracle.ok ? false : oracle.error;

const document = (path: string): string => readFileSync(join(repository, path), "utf8");
const language = document("docs/spec/policy-language.md");
const semantics = document("docs/spec/compile-semantics.md");
const kernel = (name: string): string =>
  readFileSync(join(repository, `tests/corpus/features/debian-kernel-${name}`), "utf8");
const latest = kernel("7.2");

interface Rule {
  readonly pattern: string;
  readonly permissions: number;
  readonly audit: number;
  readonly deny: boolean;
}

/** The patterns of a text, markers left out; `undefined` when it is refused. */
function patternsOf(tool: Oracle, text: string, features: string): readonly Rule[] | undefined {
  const { status, stderr } = compileWithOracle(tool, `${text}\n`, features, ["-D", "rule-exprs"]);
  if (status !== 0) return undefined;
  const lines = [...stderr.matchAll(/^rule: (.*?) {2}->.* priority=-?\d+ (deny )?\(0x([0-9a-f]+)\/([0-9a-f]+)\)/gm)];
  return lines
    .map(([, pattern = "", deny, permissions = "", audit = ""]) => ({
      pattern,
      permissions: Number.parseInt(permissions, 16),
      audit: Number.parseInt(audit, 16),
      deny: deny !== undefined,
    }))
    .filter(({ pattern }) => !pattern.startsWith(String.raw`\d`));
}

/** The rows of the table that starts with a line: the texts of its cells, `\|` read as a bar. */
function tableAfter(text: string, head: string): readonly (readonly string[])[] {
  const at = text.indexOf(`\n${head}`);
  assert.notEqual(at, -1, head);
  const lines = text.slice(at + 1).split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(2, end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll(String.raw`\|`, "|")),
  );
}

const code = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]*)`/g)].map(([, inside = ""]) => inside);

/** The one pattern of each rule: every rule in a profile of its own, all in one text. */
function patternOfEach(tool: Oracle, rules: readonly string[]): readonly (Rule | undefined)[] {
  const profiles = rules.map((rule, index) => `profile p${String(index).padStart(3, "0")} { ${rule} }`);
  const patterns = patternsOf(tool, profiles.join("\n"), latest) ?? [];
  assert.equal(patterns.length, rules.length);
  return patterns;
}

describe("the specification's tables are what 5.0.2 does", { skip }, () => {
  if (!oracle.ok) return;
  const tool = oracle.value;

  it("patterns of globs (compile-semantics 2.3)", () => {
    const rows = tableAfter(semantics, "| text | pattern | notes |");
    assert.ok(rows.length >= 10);
    const patterns = patternOfEach(
      tool,
      rows.map(([text = ""]) => `${code(text)[0]} r,`),
    );
    assert.deepEqual(
      patterns.map((rule) => rule?.pattern),
      rows.map(([, pattern = ""]) => code(pattern)[0]),
    );
  });

  it("patterns of globs (policy-language 4.2)", () => {
    const block = language.slice(language.indexOf("Examples (path → regex")).split("```")[1] ?? "";
    const lines = block.replaceAll("(format warning)", "").trim().split("\n");
    const cells = lines.flatMap((line) => line.trim().split(/\s{2,}/));
    assert.ok(cells.length > 40 && cells.length % 2 === 0, String(cells.length));
    const patterns = patternOfEach(
      tool,
      cells.filter((_, at) => at % 2 === 0).map((glob) => `${glob} r,`),
    );
    assert.deepEqual(
      patterns.map((rule) => rule?.pattern),
      cells.filter((_, at) => at % 2 === 1),
    );
  });

  it("bits of exec letters (compile-semantics 3.0)", () => {
    const wanted = tableAfter(semantics, "| letters | half |").flatMap((cells) =>
      [cells.slice(0, 2), cells.slice(3)].flatMap(([names = "", bits = ""]) => {
        const modes = [...names.matchAll(/\b[A-Za-z]+x\b/g)].map(([mode]) => mode);
        const halves = [...bits.matchAll(/0x[0-9a-f]+/g)].map(([hex]) => Number(hex));
        return modes.map((mode, index) => ({ mode, permissions: halves[index] }));
      }),
    );
    assert.ok(wanted.length >= 14, `only ${wanted.length} modes were seen`);
    const rules = patternOfEach(
      tool,
      wanted.map(({ mode }) => `owner /a ${mode},`),
    );
    assert.deepEqual(
      wanted.map(({ mode }, index) => ({ mode, permissions: rules[index]?.permissions })),
      wanted,
    );
  });

  it("bits of file rules (compile-semantics 3.2)", () => {
    const rows = tableAfter(semantics, "| rule | emitted |");
    assert.ok(rows.length >= 7);
    for (const [rule = "", emitted = ""] of rows) {
      const wanted = emitted.split("; ").map((part) => {
        const quiet = /quiet (0x[0-9a-f]+|0)/.exec(part)?.[1];
        const bits = [...part.matchAll(/ (0x[0-9a-f]+)/g)].map(([, hex]) => Number(hex));
        return {
          pattern: code(part)[0],
          permissions: bits[0],
          audit: Number(quiet ?? 0),
          deny: part.includes(" deny "),
        };
      });
      assert.deepEqual(patternsOf(tool, `profile t { ${code(rule)[0]?.replace(/,$/, "")}, }`, latest), wanted, rule);
    }
  });

  it("attachments by name (compile-semantics 1.3)", () => {
    const rows = tableAfter(semantics, "| name | attachment |").map((cells) =>
      cells.map((cell) => code(cell)[0] ?? ""),
    );
    assert.ok(rows.length >= 5);
    for (const [name = "", attachment] of rows) {
      assert.equal(patternsOf(tool, `profile ${name} { }`, latest)?.[0]?.pattern, attachment, name);
    }
  });

  it("attachment lengths (compile-semantics 7.2)", () => {
    const section = semantics.slice(semantics.indexOf("### 7.2 "), semantics.indexOf("### 7.3 "));
    const claims = [...section.matchAll(/`(\/[^`\s]+)` (?:is )?(\d+)/g)];
    assert.ok(claims.length >= 10, `only ${claims.length} lengths were seen`);
    for (const [, attachment = "", length] of claims) {
      const { stdout } = compileWithOracle(tool, `profile t ${attachment} { }\n`, kernel("6.1"));
      const stream = Buffer.from(stdout);
      // The length is the unnamed number before `flags` (kernel-abi 3); a plain path has an attachment automaton, too.
      assert.equal(
        stream.readUInt32LE(stream.indexOf("\u0004\u0006\0flags\0", 0, "latin1") - 4),
        Number(length),
        attachment,
      );
    }
  });

  it("what references become (policy-language 3.4)", () => {
    const rows = tableAfter(language, "| definition | rule text | result |");
    assert.ok(rows.length >= 9);
    for (const [definitions = "", rule = "", result = ""] of rows) {
      const expected = code(result)[result.includes("slash filtering") ? 1 : 0] ?? "";
      const pattern = expected.replaceAll("{", "(").replaceAll(",", "|").replaceAll("}", ")");
      const text = `${code(definitions).join("\n")}\nprofile t { ${code(rule)[0]} r, }`;
      assert.equal(patternsOf(tool, text, latest)?.[0]?.pattern, pattern, rule);
    }
  });

  it("rejections (policy-language 3.9)", () => {
    const refused = [
      ...language.matchAll(
        /^\| ((?:re|file|dbus|unix|mount|rlimit|cap|net|sock|mq)\.[\w.]+)[^|]* \| ((?:[^|\\]|\\.)*) \|/gm,
      ),
    ];
    // `net.label` makes 5.0.2 abort.
    const examples = refused.flatMap(([, name = "", cell = ""]) =>
      name === "net.label" ? [] : code(cell).filter((text) => /^[^@$].*,$/.test(text) && !text.startsWith("peer=")),
    );
    assert.ok(examples.length > 45, `only ${examples.length} examples were seen`);
    const verdicts = askVerdicts(
      tool,
      examples.map((example) => `profile t { ${example} }\n`),
    );
    assert.deepEqual(
      examples.filter((_, index) => verdicts[index]?.status === 0),
      [],
    );
  });

  it("what each rule needs (compile-semantics 6.2)", () => {
    const head = "| rule | k6.1 none |";
    const columns =
      semantics
        .slice(semantics.indexOf(head))
        .split("\n")[0]
        ?.split("|")
        .slice(2, -1)
        .map((cell) => cell.trim()) ?? [];
    assert.equal(columns.length, 8);
    const special: Readonly<Record<string, string>> = {
      "unix send … peer=()": "unix send peer=(label=x)",
      "signal, ptrace": "signal",
    };
    for (const [rule = "", ...cells] of tableAfter(semantics, head).filter(([rule_]) => rule_ !== "xattrs")) {
      // COST: a run each; the columns left out differ from these in one feature at most.
      for (const [index, cell] of cells.entries()) {
        if (!["k6.1 4.0", "k6.12 5.0", "k7.2 none", "k7.2 5.0"].includes(columns[index] ?? "")) continue;
        const [version = "", abi] = (columns[index] ?? "").slice(1).split(" ");
        const text = `${abi === "none" ? "" : `abi <abi/${abi}>,\n`}profile t { ${special[rule] ?? rule}, }\n`;
        const run = tool.run(
          [
            "-q",
            "-Q",
            "-K",
            "--config-file",
            "config",
            "--kernel-features",
            "features",
            "-S",
            "-D",
            "rule-exprs",
            "profile",
          ],
          { profile: text, features: kernel(version), config: "" },
        );
        const lines = [...run.stderr.matchAll(/^rule: (?!\\d|\/)/gm)];
        const what = `${rule} ${columns[index]}`;
        if (cell === "error") assert.notEqual(run.status, 0, what);
        else if (cell === "ok") assert.equal(run.status, 0, what);
        else assert.equal(lines.length, cell === "–" ? 0 : Number(/\d+/.exec(cell)?.[0]), what);
      }
    }
  });
});
