import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Diagnostic,
  type FileReport,
  jsonReport,
  renderHuman,
  renderLines,
  sarifLog,
} from "../../src/foundation/diagnostics/index.ts";
import { decodeBytes, fileId, sourceFile } from "../../src/foundation/text/index.ts";
import { parse, syntaxCodes } from "../../src/language/syntax/index.ts";
import { matchGolden } from "../support/golden.ts";

const broken = sourceFile(
  "etc/apparmor.d/demo file",
  `include <tunables/global>,
profile demo /usr/bin/demo {
\t/etc/demo r
\t/var/日本語/b!c w,
  capability kill
  deny audit /x r,
  quiet /y r,
  if $a{
    /z r,
  }
  profile child {
`,
);

function reportOf(file: FileReport["file"]): FileReport {
  const { diagnostics } = parse(file);
  return { file, ok: false, diagnostics };
}

const reports: readonly FileReport[] = [
  reportOf(broken),
  { file: sourceFile("/etc/apparmor.d/fine", ""), ok: true, diagnostics: [] },
];

test("a person reads each problem with its line and marks under it", () => {
  matchGolden("diagnostics/human.txt", renderHuman(reports));
});

test("colours come only when they are asked for", () => {
  matchGolden("diagnostics/human-colors.txt", renderHuman(reports, { colors: true }));
  assert.ok(!renderHuman(reports).includes("\u001b"));
});

test("compilers' lines name file, line, column, severity, message and code", () => {
  matchGolden("diagnostics/lines.txt", renderLines(reports));
});

test("the JSON report keeps every file and tells which are fine", () => {
  matchGolden("diagnostics/report.json", `${JSON.stringify(jsonReport(reports), undefined, 2)}\n`);
});

test("the SARIF log names its rules, places and fixes", () => {
  const log = sarifLog(reports, { name: "armorer", version: "0.0.0", codes: syntaxCodes });
  matchGolden("diagnostics/log.sarif", `${JSON.stringify(log, undefined, 2)}\n`);
});

/** Everything that must never reach a terminal as it is. */
// oxlint-disable-next-line no-control-regex -- controls are what it looks for
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]/u;

test("nothing hostile in a file, its name or a message reaches the terminal", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => (byte === 10 ? 32 : byte));
  const nasty = `${decodeBytes(bytes)}\u202e\u2066\u200b\ufeff\u009b31m\u001b]0;x\u0007`;
  const file = sourceFile(`a${nasty}`, `x ${nasty}\n`);
  const span = { file: file.id, start: 0, end: file.text.length - 1 };
  const item: Diagnostic = {
    code: "syntax/unexpected",
    severity: "error",
    message: nasty,
    facts: { name: nasty },
    at: { span, message: nasty },
    also: [{ span: { file: fileId(`gone${nasty}`), start: 3, end: 4 }, message: nasty }],
    help: nasty,
    fixes: [{ title: nasty, edits: [] }],
  };
  const hostile = [{ file, ok: false, diagnostics: [item] }];
  assert.ok(!unsafe.test(renderHuman(hostile)));
  assert.ok(!unsafe.test(renderLines(hostile)));
});

test("marks stand under what they mean, behind tabs and wide characters, and long lines are cut", () => {
  const line = `\t日本 ${"a".repeat(400)} here ${"b".repeat(400)}`;
  const file = sourceFile("wide", `${line}\n`);
  const start = line.indexOf("here");
  const item: Diagnostic = {
    code: "syntax/unexpected",
    severity: "warning",
    message: "look",
    facts: {},
    at: { span: { file: file.id, start, end: start + 4 }, message: "" },
    also: [{ span: { file: file.id, start: 1, end: 3 }, message: "two wide characters" }],
    help: undefined,
    fixes: [],
  };
  const text = renderHuman([{ file, ok: true, diagnostics: [item] }], { width: 80 });
  const lines = text.split("\n");
  const marked = lines.findIndex((one) => one.includes("^^^^"));
  assert.equal(lines[marked]?.indexOf("^"), lines[marked - 1]?.indexOf("here"));
  assert.ok(lines.every((one) => one.length < 100));
  matchGolden("diagnostics/wide.txt", text);
});

test("diagnostics come sorted by file, place and code, whatever their order was", () => {
  const file = reports[0]?.file ?? broken;
  const diagnostics = [...parse(file).diagnostics];
  const turned = [{ file, ok: false, diagnostics: diagnostics.toReversed() }];
  assert.ok(diagnostics.length > 3);
  assert.equal(renderHuman(turned), renderHuman([{ file, ok: false, diagnostics }]));
});
