/** aa-easyprof beside Debian's own with the same templates and groups (tools 24): what is printed and written, byte for byte. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type ToolCase, type ToolFiles, type ToolRun, runDebianTools, runOurTool } from "../support/debian-tools.ts";
import { sample } from "../support/dose.ts";
import { repository } from "../support/sources.ts";

const skip = process.env["ARMORER_ORACLE"] === undefined && "needs the lab";

const MARKS = "PROFILEATTACH NAME AUTHOR COPYRIGHT COMMENT VAR ABSTRACTIONS POLICYGROUPS READS WRITES".split(" ");

const own = join(repository, "policy/easyprof");

const FILES: ToolFiles = {
  "t/default":
    "# how to\n###ENDUSAGE###\n# ###NAME###\n# ###AUTHOR### ###COPYRIGHT###\n# ###COMMENT###\n\n###VAR###\n\n###PROFILEATTACH### {\n  #include <abstractions/base>\n\n  ###ABSTRACTIONS###\n\n    ###POLICYGROUPS###\n\n  ###READS###\n\n  ###WRITES###\n}\n",
  "t/odd": `[###POLICYGROUPS###]\n  ###POLICYGROUPS###\nx ###VAR### ###NAME###\n\t###READS###\n${MARKS.map((mark) => `###${mark}###`).join("")}`,
  "t/bare": "###PROFILEATTACH### { }",
  "g/one": "# Group one\n/one/@{APPNAME}/** r,\n",
  "g/two": "  /two w,\n",
  "g/three": "/three r,",
  "g/four": "\n/four r,\n\n/four w,\n\n",
  "g/five": "###NAME### $& $1\n",
  "base/abstractions/openssl": "",
  "base/abstractions/python": "",
  "m/one": JSON.stringify({
    security: {
      profiles: {
        notes: {
          binary: "/opt/notes",
          name: "Notes",
          author: "A",
          template_variables: { APPNAME: "notes", B: "b" },
          policy_groups: ["two", "one"],
          read_path: ["/srv/in/"],
        },
        "/usr/bin/two": { profile_name: "two", template: "bare" },
      },
    },
  }),
  "m/plain": '{"profiles":{"/opt/x":{"comment":"C"}}}',
  "m/none": '{"profiles":{}}',
  "m/broken": "{nope",
  "m/key": '{"profiles":{"xx":{"binary":"/opt/x","bogus":1}}}',
  "m/binary": '{"profiles":{"xx":{"binary":"rel"}}}',
  "m/name": '{"profiles":{"zz":{"binary":"/z","profile_name":"q/r"}}}',
  "m/list": '{"profiles":{"/opt/x":{"read_path":"/x"}}}',
  "m/safe": '{"profiles":{"xx":{"binary":"/opt/x","abstractions":["openssl"]}}}',
  "out/opt.x": "there",
};

/** Where both print, or write, the same. */
const GOOD: readonly (readonly string[])[] = [
  ["/opt/x"],
  ["/opt/x y"],
  ["--profile-name", "pn", "/opt/x"],
  ["--profile-name", "pn"],
  ["-n", "N", "--author", "A a", "--comment", "C $& c", "--copyright", "Y", "/opt/x"],
  ...[
    "one",
    "two",
    "three",
    "four",
    "five",
    "one,two",
    "two,three",
    "three,one",
    "four,one",
    "one,one",
    "five,four,three",
  ].flatMap((groups) => [
    ["-p", groups, "/opt/x"],
    ["-t", "odd", "-p", groups, "/opt/x"],
  ]),
  ...["@{A}=b", "@{A}=b c", "@{A}=", "@{A}=/x/*", "@{A_1}=é"].map((set) => ["--template-var", set, "/opt/x"]),
  ["--template-var", "@{B}=1", "--template-var", "@{A}=2", "/opt/x"],
  ...["/a", "/a/", "/a/*", "/a/**", "/home/x/", "@{HOME}/y/**", "@{HOMEDIRS}x", "@{X}/y", "/a//b", "/", "/*"].flatMap(
    (path) => [
      ["--read-path", path, "/opt/x"],
      ["--write-path", path, "--write-path", "/b", "/opt/x"],
    ],
  ),
  ["-a", "python,openssl", "/opt/x"],
  ["-a", "openssl", "-t", "odd", "/opt/x"],
  ["-t", "bare", "/opt/x"],
  ["-t", "{at}/t/bare", "/opt/x"],
  ["--list-templates"],
  ["--list-policy-groups"],
  ["--show-template"],
  ["--show-template", "-t", "odd"],
  ["--show-policy-group", "-p", "two,one"],
  ["-m", "{at}/m/one"],
  ["-m", "{at}/m/plain"],
  ["-m", "{at}/m/none"],
  ["--verify-manifest", "-m", "{at}/m/plain"],
  ["--output-format", "json", "--profile-name", "pn", "/opt/x"],
  [
    "--output-format",
    "json",
    "-n",
    "N",
    "--author",
    "A",
    "-t",
    "default",
    "--template-var",
    "@{B}=2",
    "--template-var",
    "@{A}=1",
    "/opt/x",
  ],
  ["--output-format", "json", "-p", "one", "-a", "openssl", "--read-path", "/r", "--write-path", "/w", "/opt/x"],
  ["--output-directory", "{at}/new", "/opt/y"],
  ["--output-directory", "{at}/out", "--profile-name", "pn", "/opt/x"],
  ["--output-directory", "{at}/new", "-m", "{at}/m/one"],
];

/** How each ends. */
const BAD: readonly (readonly [argv: readonly string[], theirs: number, ours: number])[] = [
  [[], 1, 1],
  [["relative"], 1, 1],
  [["/opt/x/"], 1, 1],
  [["/opt//x"], 1, 1],
  [["-t", "nosuch", "/opt/x"], 1, 1],
  [["-t", "../t/bare", "/opt/x"], 1, 1],
  [["-t", "", "/opt/x"], 1, 1],
  [["-p", "nosuch", "/opt/x"], 1, 1],
  [["-p", "one,", "/opt/x"], 1, 1],
  [["-p", "../g/one", "/opt/x"], 1, 1],
  [["-p", " one", "/opt/x"], 1, 1],
  [["-a", "nosuch", "/opt/x"], 1, 1],
  [["-a", "../x", "/opt/x"], 1, 1],
  [["-a", "openssl,", "/opt/x"], 1, 1],
  [["--read-path", "rel", "/opt/x"], 1, 1],
  [["--read-path", "", "/opt/x"], 1, 1],
  [["--write-path", "~/x", "/opt/x"], 1, 1],
  [["--template-var", "A=b", "/opt/x"], 1, 1],
  [["--template-var", "@{A}=b/../c", "/opt/x"], 1, 1],
  [["--template-var", '@{A}=b"c', "/opt/x"], 1, 1],
  [["--template-var", "@{A}=a=b", "/opt/x"], 1, 1],
  [["--template-var", "@{A-B}=c", "/opt/x"], 1, 1],
  [["--template-var", "@{}=c", "/opt/x"], 1, 1],
  [["--profile-name", "a/b", "/opt/x"], 1, 1],
  [["--profile-name", 'a"b', "/opt/x"], 1, 1],
  [["--policy-vendor", "v", "/opt/x"], 1, 1],
  [["--policy-vendor", "v", "--policy-version", "1", "/opt/x"], 1, 1],
  [["--show-policy-group"], 1, 1],
  [["--output-directory", "{at}/out", "/opt/x"], 1, 1],
  [["-m", "{at}/m/nosuch"], 1, 1],
  [["-m", "{at}/m/broken"], 1, 1],
  [["-m", "{at}/m/key"], 1, 1],
  [["-m", "{at}/m/binary"], 1, 1],
  [["-m", "{at}/m/name"], 1, 1],
  [["-m", "{at}/m/list"], 1, 1],
  [["--verify-manifest", "-m", "{at}/m/one"], 1, 1],
  [["--verify-manifest", "-m", "{at}/m/safe"], 1, 1],
  [["-m", "{at}/m/plain", "-a", "openssl"], 2, 2],
  [["-m", "{at}/m/plain", "--read-path", "/x"], 2, 2],
  [["--bogus"], 2, 2],
  [["-t"], 2, 2],
  [["--no-verify=x", "/opt/x"], 2, 2],
  // what would be a rule of its own, or the end of the profile's name
  [["-n", "a\nb", "/opt/x"], 0, 1],
  [["--comment", "a\n/etc/shadow rw,", "/opt/x"], 0, 1],
  [['/opt/x"y'], 0, 1],
  [["--read-path", '/a"b', "/opt/x"], 0, 1],
  [["/opt/x", "/opt/y"], 0, 2],
  [["--output-format", "xml", "/opt/x"], 0, 2],
  [["-h"], 0, 0],
];

function caseOf(argv: readonly string[]): ToolCase {
  const places = ["--templates-dir", "{at}/t", "--policy-groups-dir", "{at}/g", "--no-verify", "-b", "{at}/base"];
  return { tool: "aa-easyprof", argv: [...places, ...argv], files: FILES };
}

function seen({ out, status, tree }: ToolRun): object {
  const files = Object.entries(tree).filter(([name]) => /^(?:new|out)\//.test(name));
  return { status, out, files };
}

test("aa-easyprof prints and writes what Debian's does", { skip }, async (t) => {
  const good = sample(GOOD, 7, 2);
  const bad = sample(BAD, 7, 3);
  const theirs = await runDebianTools([...good, ...bad.map(([argv]) => argv)].map(caseOf));
  for (const [index, argv] of good.entries()) {
    const foreign = theirs[index];
    assert.ok(foreign);
    const ours = await runOurTool(caseOf(argv));
    assert.deepEqual({ argv, ...seen(ours) }, { argv, ...seen(foreign) }, ours.err);
  }
  for (const [index, [argv, status, own_]] of bad.entries()) {
    const ours = await runOurTool(caseOf(argv));
    assert.deepEqual([argv, theirs[good.length + index]?.status, ours.status], [argv, status, own_], ours.err);
    assert.equal(ours.tree["out/opt.x"], "there");
  }
  t.diagnostic(`${good.length + bad.length} of ${GOOD.length + BAD.length} cases`);
});

test("every template and group of our own makes a profile that compiles, with the abstractions of the package", async () => {
  const [templates, groups] = ["templates", "policygroups"].map((name) => readdirSync(join(own, name)));
  assert.deepEqual(templates?.toSorted(), ["default", "sandbox", "sandbox-x", "user-application"]);
  for (const template of templates ?? []) {
    for (const group of [[], ...(groups ?? []).map((name) => ["-p", name])]) {
      const argv = ["-c", "{at}/conf", "-b", join(repository, "policy"), "-t", template, ...group];
      const files = { conf: "" };
      const words = [...argv, "--template-var", "@{APPNAME}=notes", "--read-path", "/srv/in/", "/opt/notes/bin/notes"];
      const { err, out, status } = await runOurTool({ tool: "aa-easyprof", argv: words, files });
      assert.deepEqual([template, group, status, err], [template, group, 0, ""]);
      assert.match(out, /^"\/opt\/notes\/bin\/notes" \{$/m);
      assert.doesNotMatch(out, /ENDUSAGE|###(?:VAR|READS|WRITES|POLICYGROUPS|ABSTRACTIONS|NAME|PROFILEATTACH)###/);
    }
  }
});

test("a profile that does not compile is shown, and is no success; a dry run writes nothing", async () => {
  const files = { conf: "", "t/bad": "###PROFILEATTACH### {\n  /x zz,\n}\n", "t/default": "###PROFILEATTACH### { }\n" };
  const argv = ["-c", "{at}/conf", "--templates-dir", "{at}/t", "-b", "{at}"];
  const bad = await runOurTool({ tool: "aa-easyprof", argv: [...argv, "-t", "bad", "/opt/x"], files });
  assert.equal(bad.status, 1);
  assert.match(bad.out, /^ {2}\/x zz,$/m);
  assert.match(bad.err, /ERROR: Invalid policy: /);
  const dry = await runOurTool({
    tool: "aa-easyprof",
    argv: [...argv, "--dry-run", "--output-directory", "{at}/new", "/opt/x"],
    files,
  });
  assert.deepEqual([dry.status, dry.out], [0, "Would write {at}/new/opt.x\n"]);
  assert.equal(dry.tree["new/opt.x"], undefined);
});
