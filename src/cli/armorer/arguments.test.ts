/** Laws over the tables of all verbs: what an option takes, what is printed with `--json`, what help shows, where colours are. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Refused } from "../../foundation/basics/index.ts";
import { optionTable } from "../drop-in/apparmor-parser/option-table.ts";
import { parserExamples } from "../drop-in/apparmor-parser/help.ts";
import { tools } from "../drop-in/index.ts";
import { scanOptions } from "../getopt.ts";
import type { CliIo } from "../io.ts";
import { runCommandWith } from "../main.ts";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { type Command, type CommandOption, baseOption } from "./command.ts";
import { loadVerb, verbNames } from "./index.ts";

const directory = mkdtempSync(join(tmpdir(), "armorer-arguments-"));
after(() => rmSync(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);
mkdirSync(at("empty"));
mkdirSync(at("root"));
writeFileSync(at("profile"), "abi <kernel>,\nprofile file /x {\n  /etc/hosts r,\n}\n");
writeFileSync(at("broken"), "profile broken {\n  bogus,\n}\n");

async function commandOf(name: string): Promise<Command> {
  const command = await loadVerb(name);
  assert.ok(command !== undefined);
  return command;
}

interface Answer {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function run(argv: readonly string[], change: Partial<CliIo> = {}): Promise<Answer> {
  const { io, text } = capturedIo({ escapes: "always" });
  const changed = {
    ...io,
    input: () => ({ ok: true, value: new Uint8Array() }) as const,
    inputLine: () => undefined,
    inputKey: () => undefined,
  };
  const status = await runCommandWith("armorer", argv, { ...changed, ...change });
  return { status, out: text("out"), err: text("err") };
}

/** Words that are none of what an option needs, by what it needs. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  DIR: [at("missing"), at("profile"), "/dev/null"],
  FILE: [],
  ABI: ["2.0", "4", "abi/4.0"],
  N: ["many", "-1", "1.5", "0x10", "10000", "0", " 1", "9".repeat(30)],
  NAME: [],
  TIME: ["notatime", "2026-02-30", "25:00", "yesterdays", "-2", "@", "2026-13-01 00:00", "-2 parsecs"],
  CODE: ["nonsense", "resolve/include-not-foun"],
};

/** Of options whose value is a name or a file, those that are looked at. */
const WRONG_BY_OPTION: Readonly<Record<string, readonly string[]>> = {
  features: [at("missing"), at("profile"), at("broken"), at("empty")],
  "policy-features": [at("missing"), at("profile"), at("broken"), at("empty")],
  namespace: ["a b", ":a:", "a/b", "/"],
  source: ["system-log", "Journal"],
  kernel: ["5.10"],
  to: ["2.13", "5"],
  type: ["denyed"],
  kind: ["flie"],
  group: ["colour"],
  choices: ["loose"],
  format: ["xml"],
  "fail-on": ["everything"],
  cache: [at("profile")],
};
/** Options that take any text but an empty one. */
const FREE = [
  "answers",
  "config",
  "unit",
  "unit-file",
  "image",
  "package",
  "log",
  "operation",
  "program",
  "name",
  "output",
  "report",
  "profile",
  "by",
  "init",
  "event",
  "git",
];

function wrongValues({ long, type }: CommandOption): readonly string[] {
  return WRONG_BY_OPTION[long] ?? WRONG[type?.name ?? ""] ?? [];
}

/** Operands that a verb can begin with, so that it is the option that stops it. */
const OPERANDS: Readonly<Record<string, readonly string[]>> = {
  query: [at("profile"), "/x r"],
  explain: [at("profile"), "file", "/x r"],
  reach: [at("profile"), "file"],
  port: ["--to", "3.0", at("profile")],
  diff: [at("profile"), at("profile")],
  status: [],
  audit: [],
  learn: [],
  undo: [],
  app: ["plan", "/opt/x"],
  package: ["debian", "-p", "shop", at("profile")],
  tools: ["link", "--dry-run", "/tmp"],
  completion: ["bash"],
  lab: ["features"],
};

test("a value that is none of what its option needs is refused, by every verb, with what was expected", async () => {
  let tried = 0;
  for (const name of verbNames) {
    const { options } = await commandOf(name);
    const root: CommandOption = { ...baseOption, key: "root", long: "root" };
    for (const option of [...options, root].filter(({ type }) => type !== undefined)) {
      const values = wrongValues(option);
      assert.ok(values.length > 0 || FREE.includes(option.long), `${name} --${option.long} has no wrong value to try`);
      for (const value of ["", ...values]) {
        const { err, out, status } = await run([
          name,
          `--${option.long}=${value}`,
          ...(OPERANDS[name] ?? [at("profile")]),
        ]);
        const call = `${name} --${option.long}=${value}`;
        assert.deepEqual({ status, out }, { status: 2, out: "" }, `${call}: ${err}`);
        assert.match(
          err,
          new RegExp(`^armorer ${name}: (?:--${option.long} needs |\\S+ holds no features |cannot read )`),
          call,
        );
        assert.match(err, /\nTry `armorer [a-z]+ --help`\.\n$/, call);
        tried += 1;
      }
    }
  }
  assert.ok(tried > 150, String(tried));
});

test("a word that is near one that an option knows is answered with that", async () => {
  for (const [argv, near] of [
    [["audit", "--source", "jurnal"], "journal"],
    [["diff", "--fail-on", "loser", "a", "b"], "looser"],
    [["check", "--allow", "resolve/include-not-foun", at("profile")], "resolve/include-not-found"],
  ] as const) {
    const { err } = await run(argv);
    assert.ok(err.includes(`\nDid you mean \`${near}\`?\n`), err);
  }
});

/** Calls that go wrong in every way that a caller can make them. */
function failures(name: string, options: readonly CommandOption[]): readonly (readonly string[])[] {
  const valued = options.filter(({ type }) => type !== undefined);
  return [
    ["--no-such-option"],
    ["surplus", "surplus", "surplus", "surplus"],
    [],
    [at("missing")],
    [at("missing"), at("profile")],
    [at("broken")],
    [at("empty")],
    [at("profile")],
    ...[
      ["--log", at("missing")],
      ["--log", at("empty")],
    ].filter(() => name === "audit" || name === "learn"),
    ...valued.map(({ long }) => [`--${long}=`]),
    ...valued.map(({ long }) => [`--${long}`]),
    ...options.filter(({ type }) => type === undefined).map(({ long }) => [`--${long}=x`]),
    ...["-", "-o-", "--dot", "--sarif", "--gcc", "--tap", "--junit", "--markdown", "--init=x"].map((word) => [
      word,
      at("profile"),
    ]),
  ];
}

test("with --json every verb prints one document with its schema, whatever goes wrong", async () => {
  let count = 0;
  for (const name of verbNames) {
    const { options } = await commandOf(name);
    const valueless = options.filter(({ type }) => type !== undefined).map(({ long }) => long);
    for (const words of failures(name, options)) {
      if (words.some((word) => word.startsWith("--watch") || word.startsWith("--follow"))) continue;
      for (const argv of [
        [name, "--json", "--root", at("root"), ...words],
        [name, "--root", at("root"), ...words, "--json"],
      ]) {
        // An option without its value takes the last word for it.
        if (argv.at(-1) === "--json" && valueless.some((long) => words.at(-1) === `--${long}`)) continue;
        const { out, status } = await run(argv);
        const call = argv.join(" ");
        const document: unknown = JSON.parse(out);
        assert.ok(typeof document === "object" && document !== null && "schema" in document, call);
        assert.equal(document.schema, `armorer/${name}/1`, call);
        if ("ok" in document && document.ok === false && "refusals" in document) {
          assert.notEqual(status, 0, call);
          assert.ok(Array.isArray(document.refusals) && document.refusals.length > 0, call);
        }
        count += 1;
      }
    }
  }
  assert.ok(count > 300, String(count));
  assert.equal(JSON.parse((await run(["chekc", "--json"])).out).schema, "armorer/refusal/1");
});

test("with --json there is a document also where the system refuses in the middle", async () => {
  const refusing = {
    kernelAt: () => {
      throw new Refused("read", "/sys/kernel/security", "EIO");
    },
  };
  const { err, out, status } = await run(["status", "--json"], refusing);
  assert.equal(status, 1);
  assert.match(err, /^armorer: cannot read /);
  assert.deepEqual(JSON.parse(out), {
    schema: "armorer/status/1",
    ok: false,
    refusals: ["cannot read /sys/kernel/security: Input/output error"],
  });
});

/** A command line with quotes, up to what a shell does with its output. */
function wordsOf(call: string, program = "armorer"): readonly string[] {
  const [own = ""] = call
    .split(/ (?:[|<>]|&&)(?: |$)/)
    .filter((part) => part === program || part.startsWith(`${program} `));
  return [...own.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

test("the examples in the help of every verb are calls that it understands", async () => {
  for (const name of verbNames) {
    const { examples, options } = await commandOf(name);
    assert.ok(examples.length > 0, name);
    for (const [call] of examples) {
      const [program, verb, ...argv] = wordsOf(call);
      assert.deepEqual([program, verb], ["armorer", name], call);
      const specs = [...options, { key: "json", long: "json" }].map((option) => ({
        ...option,
        value: "type" in option && option.type !== undefined ? ("required" as const) : ("nothing" as const),
      }));
      for (const event of scanOptions(specs, argv)) {
        assert.notEqual(event.kind, "error", call);
        if (event.kind !== "option" || event.value === undefined) continue;
        const type = options.find(({ key }) => key === event.key)?.type;
        if (type !== undefined && !["DIR", "FILE"].includes(type.name)) {
          assert.equal(await type.problemOf(event.value, capturedIo().io), undefined, call);
        }
      }
    }
  }
});

test("the examples in the help of every command under Debian's names are calls that it understands", async () => {
  for (const { load, name } of tools) {
    const { examples, operands: taken, options } = (await load()).tool;
    assert.ok(examples.length > 0, name);
    for (const [call] of examples) {
      const [program, ...argv] = wordsOf(call, name);
      assert.equal(program, name, call);
      const events = scanOptions(options, argv, { stopAt: taken === "program" ? "first-operand" : "end" });
      assert.ok(
        events.every(({ kind }) => kind !== "error" && (kind !== "operand" || taken !== "none")),
        call,
      );
    }
  }
  for (const [call] of parserExamples) {
    const [program, ...argv] = wordsOf(call, "apparmor_parser");
    assert.equal(program, "apparmor_parser", call);
    assert.ok(
      scanOptions(optionTable, argv).every(({ kind }) => kind !== "error"),
      call,
    );
  }
});
