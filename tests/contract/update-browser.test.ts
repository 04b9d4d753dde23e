/**
 * aa-update-browser as Debian's 5.0.2 does (tools 25.2): what it printed, wrote and ended with on the same files, written down from runs of it; and where
 * ours does otherwise.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ToolFiles, type ToolRun, runOurTool } from "../support/debian-tools.ts";

const D = "d/abstractions/ubuntu-browsers.d";
const HEAD = `# This file is updated by 'aa-update-browser' and may be overwritten on
# upgrades.
#
# For site-specific adjustments, please see /etc/apparmor.d/local/<binary>

`;
const FILES: ToolFiles = {
  [`${D}/java`]: "  /usr/share/java/** r,\n",
  [`${D}/kde`]: "  /usr/share/kde/** r,\n",
  [`${D}/mailto`]: "  /usr/share/mailto r,\n",
  [`${D}/plugins-common`]: "  /usr/lib/plugins/** mr,\n",
  [`${D}/.hidden`]: "",
};

const including = (line: string): string => `profile b {\n  ${line}\n  /etc/b r,\n}\n`;
const own = including("#include <abstractions/ubuntu-browsers.d/b>");

const text = (...names: readonly string[]): string =>
  HEAD + names.map((name) => `#include <abstractions/ubuntu-browsers.d/${name}>\n`).join("");

async function call(argv: readonly string[], more: ToolFiles = {}): Promise<ToolRun> {
  const all = ["--dir", "{at}/d", ...argv];
  return runOurTool({ tool: "aa-update-browser", argv: all, files: { ...FILES, p: own, ...more } });
}

interface Case {
  readonly list: string;
  readonly names: readonly string[];
  readonly before?: string;
}

/** What is written is Debian's, to the byte, but for names that are given twice. */
const WRITTEN: readonly Case[] = [
  { list: "java", names: ["plugins-common", "java"] },
  { list: "java,kde", names: ["plugins-common", "java", "kde"] },
  { list: "kde,java", names: ["plugins-common", "kde", "java"] },
  { list: "mailto kde", names: ["plugins-common", "mailto", "kde"] },
  { list: "mailto, kde", names: ["plugins-common", "mailto", "kde"] },
  { list: "mailto,,kde,", names: ["plugins-common", "mailto", "kde"] },
  { list: "", names: [] },
  { list: "kde", names: ["plugins-common", "kde"], before: text("plugins-common", "java") },
  { list: "kde", names: ["plugins-common", "kde"], before: "# This file is updated by 'aa-update-browser'\n" },
  { list: "kde", names: ["plugins-common", "kde"], before: "" },
  // Debian's writes these twice
  { list: "kde,java,java", names: ["plugins-common", "kde", "java"] },
  { list: "plugins-common", names: ["plugins-common"] },
  { list: "java,plugins-common", names: ["plugins-common", "java"] },
];

test("the file that a profile includes as its own names what is switched on", async () => {
  for (const { before, list, names } of WRITTEN) {
    const run = await call(["-u", list, "{at}/p"], before === undefined ? {} : { [`${D}/b`]: before });
    const what = `${list}: ${run.err}`;
    assert.deepEqual({ status: run.status, out: run.out }, { status: 0, out: "" }, what);
    assert.deepEqual(run.tree, { ...FILES, p: own, [`${D}/b`]: text(...names) }, what);
  }
});

test("a dry run prints the file and writes nothing", async () => {
  for (const argv of [
    ["-du", "kde"],
    ["-d", "-u", "kde"],
    ["--dry-run", "--update=kde"],
  ]) {
    const run = await call([...argv, "{at}/p"]);
    assert.deepEqual(
      { ...run, tree: undefined },
      {
        status: 0,
        out: text("plugins-common", "kde"),
        err: `Skipping commit to '{at}/${D}/b' (dry run)\n`,
        tree: undefined,
      },
    );
    assert.deepEqual(run.tree, { ...FILES, p: own });
  }
});

test("listed are the abstractions that people have written", async () => {
  const run = await call(["-l"], { [`${D}/b`]: text("java"), [`${D}/c`]: "/c r,\n", [`${D}/c.dpkg-old`]: "/c r,\n" });
  assert.deepEqual([run.status, run.out, run.err], [0, " c java kde mailto plugins-common\n", ""]);
  assert.equal((await call(["-l", "-u", "kde", "{at}/p"])).out, " java kde mailto plugins-common\n");
});

/** What is refused: nothing is written then. */
const REFUSED: readonly (readonly [argv: readonly string[], said: RegExp, more?: ToolFiles])[] = [
  [[], /name a profile/],
  [["-x"], /invalid option/],
  [["-u"], /requires an argument/],
  [["-u", "java"], /name a profile/],
  [["-u", "java", "{at}/none"], /Could not find '\{at\}\/none'/],
  [["-u", "java", "{at}/d"], /'\{at\}\/d': /],
  [
    ["-u", "kde", "{at}/q"],
    /Could not find '#include <abstractions\/ubuntu-browsers\.d\/\.\.\.>' in \{at\}\/q\n/,
    { q: "profile q { }\n" },
  ],
  [
    ["-u", "kde", "{at}/p"],
    /^'abstractions\/ubuntu-browsers\.d\/b' is an existing abstraction$/m,
    { [`${D}/b`]: "# mine\n" },
  ],
  [
    ["-u", "kde", "{at}/p"],
    /is an existing abstraction/,
    { [`${D}/b`]: "# mine\n# This file is updated by 'aa-update-browser'\n" },
  ],
  [
    ["-u", "kde", "--dir", "{at}/e", "{at}/p"],
    /'\{at\}\/e\/abstractions\/ubuntu-browsers\.d' is not a directory/,
    { "e/x": "" },
  ],
  // Here Debian's writes a file, with status 0: an empty one, one outside of the directory, or one of two.
  [["{at}/p"], /say which abstractions/],
  [["-u", "nope", "{at}/p"], /'nope' is not an existing abstraction\. Skipping\.\nNone of these is there/],
  [["-u", "../java", "{at}/p"], /'\.\.\/java' is not an existing abstraction/],
  [
    ["-u", "kde", "{at}/q"],
    /is no file of that directory/,
    { q: including("#include <abstractions/ubuntu-browsers.d/../b>") },
  ],
  [
    ["-u", "kde", "{at}/q"],
    /is no file of that directory/,
    { q: including("#include <abstractions/ubuntu-browsers.d/x~>") },
  ],
  [["-u", "kde", "{at}/q"], /Could not find/, { q: including("# was: #include <abstractions/ubuntu-browsers.d/b>") }],
  [["-u", "kde", "{at}/p", "{at}/none"], /Could not find '\{at\}\/none'/],
  [
    ["-u", "kde", "{at}/q"],
    /2 files that may be its own: b, c/,
    { q: including("#include <abstractions/ubuntu-browsers.d/b>\n  #include <abstractions/ubuntu-browsers.d/c>") },
  ],
  [["-u", "kde", "{at}/p"], /would not compile with it/, { [`${D}/kde`]: "  /x zz,\n" }],
];

test("what is refused is said, and nothing is written", async () => {
  for (const [argv, said, more = {}] of REFUSED) {
    const run = await call(argv, more);
    assert.equal(run.status, 1, argv.join(" "));
    assert.match(run.err, said, argv.join(" "));
    assert.equal(run.out, "");
    assert.deepEqual(run.tree, { ...FILES, p: own, ...more }, argv.join(" "));
  }
});

test("an include in any form is one, and those that others share are not the profile's own", async () => {
  const lines = [
    "include <abstractions/ubuntu-browsers.d/b>",
    "include if exists <abstractions/ubuntu-browsers.d/b>",
    "#include <abstractions/ubuntu-browsers.d/java>\n  include <abstractions/ubuntu-browsers.d/b>\n  include <abstractions/ubuntu-browsers.d/kde>",
    "profile child {\n  include <abstractions/ubuntu-browsers.d/b>\n}",
  ];
  for (const line of lines) {
    const run = await call(["-u", "mailto", "{at}/q"], { q: including(line) });
    assert.equal(run.status, 0, run.err);
    assert.equal(run.tree[`${D}/b`], text("plugins-common", "mailto"), line);
  }
});

test("what is not there is left out, with status 1", async () => {
  const run = await call(["-u", "mailto,nope,kde", "{at}/p"]);
  assert.deepEqual([run.status, run.tree[`${D}/b`]], [1, text("plugins-common", "mailto", "kde")]);
  assert.match(run.err, /^'nope' is not an existing abstraction\. Skipping\.$/m);
});

test("a file that is so already is not written again, and all that is done is a document", async () => {
  const again = await call(["-u", "kde", "{at}/p"], { [`${D}/b`]: text("plugins-common", "kde") });
  assert.deepEqual([again.status, again.err], [0, `'{at}/${D}/b' is so already; nothing was written\n`]);
  const run = await call(["--json", "-u", "kde,nope", "{at}/p"]);
  assert.deepEqual(JSON.parse(run.out), {
    schema: "armorer/browsers/1",
    ok: false,
    dryRun: false,
    directory: `{at}/${D}`,
    available: ["java", "kde", "mailto", "plugins-common"],
    unknown: ["nope"],
    profiles: [{ profile: "{at}/p", path: `{at}/${D}/b`, abstractions: ["kde"], state: "written" }],
  });
});
