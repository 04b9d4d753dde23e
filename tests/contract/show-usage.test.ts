/** aa-show-usage beside Debian's own on the same files (tools 21): JSON and text byte for byte, but for the order of the directory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ToolCase, type ToolFiles, runDebianTools, runOurTool } from "../support/debian-tools.ts";
import { sample } from "../support/dose.ts";

const skip = process.env["ARMORER_ORACLE"] === undefined && "needs the lab";

/** Attachments, and whether something of the case's own tree is there for them. */
const ATTACHMENTS: readonly string[] = [
  "{at}/bin/one",
  "{at}/bin/none",
  "{at}/{bin,sbin}/one",
  "{at}/{sbin,bin}/{one,two}",
  "{at}/{,bin/}one",
  "{at}/bin/o*",
  "{at}/bin/[oz]ne",
  "{at}/bin/[^o]ne",
  "{at}/bin/?ne",
  "{at}/b*n/one",
  "{at}/*/one",
  "{at}/bin/link",
  "{at}/linked/one",
  '"{at}/bin/a b"',
  "{at}/bin/a\\ b",
  "{at}/bin/q\\?",
  "@{BIN}/one",
  "@{BIN}/{one,none}",
  "{at}/bin/é",
  "{at}/bin/{o,t}{ne,wo}",
];

const PROGRAMS: ToolFiles = {
  "bin/one": "#!/bin/sh\n",
  "bin/a b": "",
  "bin/q?": "",
  "bin/é": "",
  "bin/link": { linkTo: "one" },
  linked: { linkTo: "bin" },
  "bin/sub/deep": "",
  "p/tunables/global": "@{BIN}={at}/bin\n",
};

const FLAGS = ["", " flags=(complain)", " flags=(unconfined)", " flags=(audit)"];
const OPTIONS: readonly (readonly string[])[] = [
  ["-j"],
  [],
  ["--show-matching-path"],
  ["-s", "used", "-j"],
  ["-s", "unused"],
  ["--json", "--filter.flags", "complain"],
  ["-j", "--filter.flags=^$"],
  ["-j", "--filter.profile_name", "a"],
  ["-j", "--filter.profile_path", "nothing"],
];

const cases: readonly ToolCase[] = ATTACHMENTS.flatMap((attachment, place) =>
  OPTIONS.map((options, index): ToolCase => {
    const flags = FLAGS[(place + index) % FLAGS.length] ?? "";
    const text = `include <tunables/global>\nprofile about ${attachment}${flags} {\n}\nprofile nothing {\n}\n`;
    return { tool: "aa-show-usage", argv: ["-d", "{at}/p", ...options], files: { ...PROGRAMS, "p/f": text } };
  }),
);

test("aa-show-usage finds and prints what Debian's does", { skip }, async (t) => {
  const chosen = sample(cases, 9, 4);
  const theirs = await runDebianTools(chosen);
  const differ: string[] = [];
  for (const [index, one] of chosen.entries()) {
    const ours = await runOurTool(one);
    const foreign = theirs[index];
    const what = JSON.stringify([one.argv, one.files["p/f"]]);
    assert.equal(ours.status, 0, what + ours.err);
    // a kernel sees no links on the way to a program
    if (what.includes("linked") || (foreign?.out !== ours.out && what.includes("\\\\"))) differ.push(what);
    else assert.deepEqual([what, foreign?.status, foreign?.out], [what, 0, ours.out], foreign?.err);
  }
  t.diagnostic(`${chosen.length} of ${cases.length} cases; not compared: ${differ.length}`);
});

const WRONG: readonly (readonly [argv: readonly string[], theirs: number, ours: number])[] = [
  [["-d", "{at}/none"], 1, 1],
  [["-d", "{at}/p", "-s", "foo"], 2, 2],
  [["-d", "{at}/p", "operand"], 2, 2],
  [["--nonsense"], 2, 2],
  [["-d", "{at}/p", "--filter.flags", "["], 1, 1],
  [["-d", "{at}/p", "--filter.profile_name", "(?P<a"], 1, 1],
  [["-s"], 2, 2],
  [["-h"], 0, 0],
  [["-j", "-d", "{at}/bin/sub"], 0, 0],
];

test("wrong use of aa-show-usage", { skip }, async (t) => {
  const bad = WRONG.map(([argv]): ToolCase => ({ tool: "aa-show-usage", argv, files: PROGRAMS }));
  const theirs = await runDebianTools(bad);
  for (const [index, [argv, status, own]] of WRONG.entries()) {
    const ours = await runOurTool({ tool: "aa-show-usage", argv, files: PROGRAMS });
    assert.deepEqual([argv, theirs[index]?.status, ours.status], [argv, status, own], ours.err);
  }
  t.diagnostic(`${WRONG.length} cases`);
});
