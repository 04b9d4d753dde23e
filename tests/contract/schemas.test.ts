import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { runCommandWith } from "../../src/cli/main.ts";
import { runArmorer } from "../../src/cli/armorer/index.ts";
import type { FileStorePort, KernelPort } from "../../src/foundation/ports/index.ts";
import { nodeFiles, nodeKernel } from "../../src/host/index.ts";
import { capturedIo } from "../support/captured-io.ts";
import { repository, sourcesBelow } from "../support/sources.ts";

const folder = join(repository, "schemas");
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

type Schema = { [key: string]: unknown };

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A schema that permits no member it does not name: what is shipped permits more, since members may be added at any time. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (!isSchema(value)) return value;
  const inside = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]));
  const isOpen = isSchema(value["properties"]) && value["type"] === "object" && !("additionalProperties" in value);
  return isOpen ? { ...inside, additionalProperties: false } : inside;
}

const schemas = new Map<string, Schema>(
  files.map((name) => [name.replace(/\.json$/, ""), JSON.parse(readFileSync(join(folder, name), "utf8"))]),
);

function checker(change: (schema: unknown) => unknown): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: false });
  for (const schema of schemas.values()) {
    const changed = change(schema);
    assert.ok(isSchema(changed));
    ajv.addSchema(changed);
  }
  return ajv;
}

const open = checker((schema) => schema);
const strict = checker(closed);

/** What a schema has against a document. */
function faults(document: unknown, ajv = strict): string {
  const named = isSchema(document) ? String(document["schema"]) : "";
  const [, name = "", version = ""] = /^armorer\/([a-z-]+)\/(\d+)$/.exec(named) ?? [];
  const validate = ajv.getSchema(`urn:armorer:${name}:${version}`);
  if (validate === undefined) return `there is no schema for ${named}`;
  return validate(document) === true ? "" : ajv.errorsText(validate.errors);
}

const root = mkdtempSync(join(tmpdir(), "armorer-schemas-"));
after(() => rmSync(root, { recursive: true, force: true }));
const at = (path: string): string => join(root, path);

const LINE =
  'type=AVC msg=audit(1764374400.123:42): apparmor="DENIED" operation="open" class="file" profile="good" name="/etc/x" pid=7 comm="good" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n';
const features = readFileSync(join(repository, "tests/corpus/features/debian-kernel-7.2"), "utf8");

const contents: Readonly<Record<string, string>> = {
  "proc/7/attr/current": "good (enforce)\n",
  "proc/mounts": "securityfs /sys/kernel/security securityfs rw 0 0\n",
  "sys/module/apparmor/parameters/enabled": "Y\n",
  "sys/kernel/security/apparmor/profiles": "old (enforce)\nother (complain)\n",
  "sys/kernel/security/apparmor/.load": "",
  "sys/kernel/security/apparmor/.replace": "",
  "sys/kernel/security/apparmor/.remove": "",
  "var/log/audit/audit.log": `${LINE}${LINE.replace(":42)", ":45)").replace("/etc/x", "/etc/y")}type=AVC msg=audit(1764374400.123:43): apparmor="DENIED"\n`,
  "etc/apparmor.d/good":
    "profile good /usr/bin/good {\n  /etc/* r,\n  deny /etc/shadow r,\n  capability chown,\n  signal send peer=good,\n  set rlimit nofile <= 64,\n  /usr/bin/other Px -> other,\n}\nprofile other { }\n",
  "etc/apparmor.d/warned":
    "profile warned {\n  /etc/{a} r,\n  include if exists <missing>\n  include if exists <abstractions/one>\n}\n",
  "etc/apparmor.d/disable/warned": "",
  "etc/apparmor.d/abstractions/one": "/srv/** r,\n",
  "etc/apparmor.d/abstractions/ubuntu-browsers.d/java": "/srv/java r,\n",
  "etc/apparmor.d/abstractions/ubuntu-browsers.d/plugins-common": "/srv/common r,\n",
  "p/browser": "profile browser {\n  include <abstractions/ubuntu-browsers.d/browser>\n}\n",
  "sandbox/abstractions/base": "/dev/null rw,\n",
  "sandbox/tunables/global": "",
  "p/bad": "profile bad {\n  bogus,\n  /x zz,\n  capability sys_admn,\n}\n",
  "p/open": "profile open flags=(unconfined) { }\nprofile plain { /srv/** rw, }\n",
  "p/next": "profile plain { /srv/* rw, }\nprofile added { }\n",
  "p/ugly": "profile ugly{/x r,}\n",
  "p/plain.aatest":
    'test "one" for plain {\n  all /srv/a rw,\n  none /srv/** w,\n  some /nowhere/** r,\n}\ntest "two" for nobody {\n  all /x r,\n}\n',
  "p/broken.aatest": "nonsense\n",
  "p/features": features,
  "marked/one": "profile one { }\n",
  "marked/force-complain/one": "",
  wanted: `${LINE.replace("/etc/x", "/srv/wanted")}${LINE.replaceAll("good", "gone")}`,
};
/** What was written is kept with what was there before; one file was changed since. */
function kept(path: string): string {
  return JSON.stringify({ files: [{ path: at(path), before: "", after: contents[path] }] });
}
const written: Readonly<Record<string, string>> = {
  "var/lib/armorer/undo/writing-000001.json": kept("p/ugly"),
  "var/lib/armorer/undo/writing-000002.json": kept("p/next"),
};
for (const [path, text] of Object.entries({ ...contents, ...written })) {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
}

mkdirSync(at("out"));

async function documentOf(argv: readonly string[]): Promise<unknown> {
  const { io, text } = capturedIo({ escapes: "always" });
  const [verb = "", ...rest] = argv;
  const status = await runArmorer([verb, "--json", "--root", root, ...rest], { ...io, environment: { HOME: root } });
  const out = text("out");
  // Only what is no call of the verb at all may be answered without a document.
  if (out === "") assert.equal(status, 2, argv.join(" "));
  return out === "" ? undefined : JSON.parse(out);
}

function kernelAt(): KernelPort {
  return nodeKernel({ root });
}

/** The files of a tool that takes the machine's own: those below the root. */
function nodeFilesUnder(): FileStorePort {
  const all = nodeFiles();
  return {
    ...all,
    read: (path) => all.read(at(path)),
    list: (path) => all.list(at(path)),
    kind: (path) => all.kind(at(path)),
    status: (path) => all.status(at(path)),
  };
}

async function toolDocumentOf([name = "", ...argv]: readonly string[]): Promise<unknown> {
  const { io, text } = capturedIo();
  const world = name === "aa-remove-unknown" ? { ...io, files: nodeFilesUnder() } : io;
  await runCommandWith(name, argv, { ...world, kernelAt, environment: { PATH: "" } });
  return JSON.parse(text("out"));
}

const given = ["--features", at("p/features"), "--no-cache"];
const asked = ["--features", at("p/features")];

/** Calls of every verb, those that go well and those that do not. */
const calls: Readonly<Record<string, readonly (readonly string[])[]>> = {
  check: [
    [],
    [at("etc/apparmor.d/abstractions/one")],
    [at("p/bad")],
    [at("p/missing"), at("p/open")],
    ["--all", at("p/bad")],
    ["--no-such-option"],
  ],
  fmt: [[at("p/ugly"), at("p/bad")], ["--check", at("p/ugly")], [at("p/missing")], []],
  compile: [
    [...given, "-o", at("compiled"), at("etc/apparmor.d/good")],
    [...given, at("p/bad"), at("p/open"), at("p/missing")],
    [...given, at("etc/apparmor.d")],
    [...given, "-b", at("marked"), at("marked")],
    ["--jobs", "many"],
  ],
  decode: [[at("compiled"), at("missing.bin"), at("p/open")], [at("compiled")], []],
  load: [[...given, at("p/open"), at("p/bad"), at("p/missing")], []],
  unload: [["old", "nobody"], []],
  status: [[], ["surplus"]],
  ps: [[], ["--all"], ["-b", at("p")], ["surplus"]],
  audit: [
    [],
    ["--group", "profile"],
    ["--group", "rule"],
    ["--log", at("p/missing")],
    ["--log", at("p/open")],
    ["--source", "nowhere"],
  ],
  learn: [
    [],
    ["--log", at("wanted")],
    ["-b", at("p"), "--log", at("wanted")],
    ["--create"],
    ["--choices", "strict"],
    ["--log", at("p/missing")],
  ],
  undo: [["--diff"], [], [], []],
  app: [
    ["plan", "/opt/x"],
    ["install", "/opt/x"],
    ["install", "/etc"],
    ["verify", "/opt/x"],
    ["status"],
    ["remove", "--dry-run", "/opt/x"],
    ["remove", "/opt/x"],
    ["remove", "/opt/x"],
    ["verify", "/opt/x"],
    ["plan", "--abi", "4.0", "/opt/x/"],
    [],
  ],
  package: [
    ["debian", "-p", "shop", "-b", at("p"), at("p/open")],
    ["docker", "-b", at("p"), at("p/open")],
    ["debian", "-p", "shop", "-o", at("out"), at("p/open")],
    ["debian", "-p", "shop", "-o", at("out"), at("p/open"), at("etc/apparmor.d/good")],
    ["rpm", "-p", "x", "-o", at("out"), "--dry-run", at("p/open")],
    ["systemd", "-u", "a.timer", at("p/open"), at("p/bad")],
    ["debian", at("p/missing")],
    ["lxc", at("p/missing")],
  ],
  tools: [["link", "--dry-run", at("p")], ["unlink", at("p")], ["link", at("p/missing")], ["link"], ["unlink", "/p"]],
  completion: [["bash"], ["fish"], ["tcsh"]],
  query: [
    [...asked, at("p/open"), "/srv/a rw"],
    [...asked, at("etc/apparmor.d"), "/etc/* r"],
    [...asked, at("p/bad"), "/etc/* r"],
    [...asked, at("p/open"), "nonsense"],
    [...asked, "--by", "plain//&added", at("p/next"), "/srv/** rw"],
    [],
  ],
  explain: [
    [...asked, at("p"), "plain", "/srv/a r"],
    [...asked, at("p/open"), "--event", LINE.replaceAll("good", "gone").trim()],
    [...asked, at("p/open"), "--event", LINE.replaceAll("good", "plain").trim(), "--event", "x"],
    [...asked, at("p/next"), "plain//&added", "/srv/** rw"],
    [...asked, at("p/open"), "plain//&open", "/srv/** rwk"],
    [...asked, at("etc/apparmor.d/good"), "good", "/etc/* r"],
    [...asked, at("p/open"), "open", "/etc/* r"],
    [...asked, at("etc/apparmor.d/good"), "--event", LINE.trim(), "--event", "nothing"],
    [...asked, at("p/open"), "nobody", "/etc/* r"],
  ],
  diff: [
    [...asked, at("p/open"), at("p/next")],
    [...asked, at("p/open"), at("p/missing")],
    [...asked, at("p/open"), at("p/bad")],
    [],
  ],
  lint: [[at("p")], [at("etc/apparmor.d/good")], [at("p/bad"), at("p/open")], [at("p/missing")], []],
  port: [["--to", "4.0", at("etc/apparmor.d/good")], ["--to", "3.0", at("p/missing")], []],
  reach: [
    [...asked, at("p"), "plain"],
    [...asked, "--others", at("etc/apparmor.d/good"), "good"],
    [...asked, at("etc/apparmor.d/good"), "good", "other"],
    [...asked, at("etc/apparmor.d/good"), "nobody"],
  ],
  test: [
    [...asked, "--coverage", "--mutations", at("p/open"), at("p/plain.aatest")],
    [...asked, at("p/open"), at("p/broken.aatest")],
    [...asked, at("p/open"), at("p/missing.aatest")],
    [],
  ],
};

/** By schema: calls of tools that print it. */
const toolCalls: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "remove-unknown": [
    ["aa-remove-unknown", "--json", "-n"],
    ["aa-remove-unknown", "--json", "surplus"],
  ],
  browsers: [
    ["aa-update-browser", "--json", "-l", "--dir", at("p/missing")],
    ["aa-update-browser", "--json"],
    ["aa-update-browser", "--json", "-l", "--dir", at("etc/apparmor.d")],
    ["aa-update-browser", "--json", "-d", "-u", "java,nosuch", "--dir", at("etc/apparmor.d"), at("p/browser")],
  ],
  sandbox: [
    ["aa-sandbox", "--dry-run", "--json", "--base", at("sandbox"), "/bin/sh", "-c", "true"],
    ["aa-sandbox", "--dry-run", "--json", at("p/missing")],
    ["aa-sandbox", "--json", "/bin/true"],
  ],
  decoded: [
    ["aa-decode", "--json", "2F", "x"],
    ["aa-decode", "--json"],
  ],
  unconfined: [
    ["aa-unconfined", "--json", "--show=all", "--root", root],
    ["aa-unconfined", "--json", "surplus"],
    ["aa-unconfined", "--json", "--root", at("p/missing")],
  ],
  modes: [
    ["aa-complain", "--json", "-d", at("p/missing"), "good"],
    ["aa-enforce", "--json", "--no-such-option"],
    ["aa-disable", "--json"],
    ["aa-complain", "--json", "--dry-run", "--root", root, "good", "nosuch"],
    ["aa-enforce", "--json", "--no-reload", "-d", at("p"), "open", at("p/bad")],
    ["aa-audit", "--json", "--root", root, "good"],
    ["aa-disable", "--json", "--root", root, "good"],
    ["aa-complain", "--json", "--root", root, "warned"],
  ],
};

test("every schema is one, and is named after what it describes", () => {
  assert.ok(files.length > 10);
  for (const [name, schema] of schemas) {
    assert.match(String(schema["$id"]), new RegExp(`^urn:armorer:${name}:\\d+$`));
    assert.ok(open.getSchema(String(schema["$id"])) !== undefined, name);
  }
});

test("everything that is printed with --json has a schema, and every verb has calls here", () => {
  const printed = new Set(
    sourcesBelow(["src/cli"])
      .filter(({ path }) => !path.endsWith(".test.ts"))
      .flatMap(({ text }) => [...text.matchAll(/"armorer\/([a-z-]+)\/\d+"/g)].map(([, name = ""]) => name)),
  );
  assert.ok(printed.size > 8);
  assert.deepEqual(
    [...printed].filter((name) => !schemas.has(name)),
    [],
  );
  const others = new Set(["event", "refusal", "answers"]);
  const verbs = [...printed].filter((name) => !others.has(name));
  assert.deepEqual(
    verbs.filter((name) => calls[name] === undefined && toolCalls[name] === undefined),
    [],
  );
});

test("the file of answers that `learn` keeps is what its schema says", async () => {
  const file = at("kept-answers");
  await documentOf(["learn", "--answers", file]);
  const document: unknown = JSON.parse(readFileSync(file, "utf8"));
  assert.equal(faults(document), "");
  const answer = { question: "a", choice: "b", variation: { path: "/x", fallsBack: true } };
  assert.equal(faults({ schema: "armorer/answers/1", answers: [answer] }), "");
  assert.notEqual(faults({ schema: "armorer/answers/1", answers: [{ ...answer, variation: { path: 1 } }] }), "");
});

/** What no call here fills: that takes a system, a log or a policy of its own. */
const UNSEEN: readonly string[] = [
  "app.apps",
  "app.problems",
  "audit.skipped",
  "audit.passedOver",
  "learn.doubtful",
  "lint.gaps",
  "lint.unused",
  "query.notes",
  "reach.plants",
  "reach.gaps",
  "remove-unknown.leave",
  "remove-unknown.removed",
  "remove-unknown.problems",
  "sandbox.display",
  "status.unconfinedWithProfile",
  "unconfined.processes",
  "unconfined.unread",
];

/** The members that documents of a schema may have. */
function membersOf(schema: Schema): readonly string[] {
  const forms = Array.isArray(schema["anyOf"]) ? schema["anyOf"] : [schema];
  return [
    ...new Set(
      forms.filter(isSchema).flatMap(({ properties }) => (isSchema(properties) ? Object.keys(properties) : [])),
    ),
  ];
}

test("what every verb prints with --json, also where something fails, is what its schema says", async () => {
  let full = 0;
  const seen = new Set<string>();
  const note = (name: string, document: unknown): void => {
    for (const [key, value] of Object.entries(isSchema(document) ? document : {}))
      if (!Array.isArray(value) || value.length > 0) seen.add(`${name}.${key}`);
  };
  for (const [verb, list] of Object.entries(calls)) {
    for (const words of list) {
      const document = await documentOf([verb, ...words]);
      if (document === undefined) continue;
      assert.equal(faults(document), "", `${verb} ${words.join(" ")}: ${JSON.stringify(document).slice(0, 2000)}`);
      assert.equal(faults(document, open), "");
      if (isSchema(document) && document["ok"] !== false) full += 1;
      note(verb, document);
    }
  }
  for (const [schema, list] of Object.entries(toolCalls)) {
    for (const words of list) {
      const document = await toolDocumentOf(words);
      assert.equal(faults(document), "", `${words.join(" ")}: ${JSON.stringify(document).slice(0, 2000)}`);
      assert.ok(isSchema(document) && String(document["schema"]).startsWith(`armorer/${schema}/`));
      note(schema, document);
    }
  }
  assert.ok(full > 25, `only ${full} documents had anything in them`);
  // What no document has says nothing about its schema; those with documents of their own are above and below.
  const apart = ["answers", "event", "refusal"];
  const named = [...schemas].filter(([name]) => !apart.includes(name));
  const unseen = named.flatMap(([name, schema]) => membersOf(schema).map((key) => `${name}.${key}`));
  assert.deepEqual(
    unseen.filter((member) => !seen.has(member)),
    UNSEEN,
  );
});

test("every line that is printed with --json-lines is what its schema says", async () => {
  const { io, text } = capturedIo({ escapes: "always" });
  await runArmorer(["audit", "--json-lines", "--root", root], { ...io, environment: { HOME: root } });
  const documents = text("out")
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  assert.deepEqual(
    documents.map((document) => (isSchema(document) ? document["schema"] : undefined)),
    ["armorer/event/1", "armorer/event/1", "armorer/audit/1"],
  );
  assert.deepEqual(
    documents.map((document) => faults(document)),
    ["", "", ""],
  );
});

test("the schemas are no formality: a member that is gone or is something else is found", async () => {
  const document = await documentOf(["query", ...asked, at("p/open"), "/srv/a rw"]);
  assert.ok(isSchema(document));
  const { answers: _, ...without } = document;
  assert.match(faults(without), /must have required property 'answers'/);
  assert.notEqual(faults({ ...document, question: 1 }), "");
  assert.notEqual(faults({ ...document, surplus: 1 }), "");
  assert.equal(faults({ ...document, surplus: 1 }, open), "");
});
