/** What is about to be written is not believed, and what a new file is called harms nobody. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type LearnedProposal, type LearnResult, loadLearner, type PolicySettings } from "../../src/app/index.ts";
import { type PlannedFile, refusedFiles } from "../../src/app/learned-policy.ts";
import { newFileNames } from "../../src/app/new-file-names.ts";
import { fail } from "../../src/foundation/basics/index.ts";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { FilePermission } from "../../src/language/model/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { createResolveSession, resolvePolicySet } from "../../src/language/resolve/index.ts";
import { parse } from "../../src/language/syntax/index.ts";
import { groupEvents, readLog } from "../../src/learning/audit/index.ts";
import { answerEach } from "../support/dialogues.ts";
import type { FilesPort } from "../../src/foundation/ports/index.ts";
import { memoryStore } from "../support/memory-files.ts";

const features = readFileSync(new URL("../../../policy/abi/5.0", import.meta.url), "utf8");
const WEB =
  "@{DIR}=/srv\nprofile web {\n  include <abstractions/base>\n  /etc/web r,\n  deny /etc/no w,\n}\nprofile db {\n  @{DIR}/db r,\n}\n";
const TEXTS = { "/p/web": WEB, "/p/mail": "profile mail { }\n", "/p/abstractions/base": "/lib/** r,\n" };

/** What is said of a text for `/p/web` that is to be `WEB` with `/new r,` in the profile `web`. */
function refusal(after: string, compile: () => string | undefined = () => undefined): string | undefined {
  const files = memoryStore(TEXTS);
  const session = createResolveSession(files);
  const options = { files, session, search: ["/p"], cwd: "/", kernelFeatures: parseFeatures(features).tree };
  const before = resolvePolicySet("/p", options);
  const web = before.files.flatMap(({ policy }) => policy.value.profiles).find(({ name }) => name === "web");
  assert.ok(web !== undefined);
  const rule = { kind: "file", path: "/new", permissions: FilePermission.r } as const;
  const changes = [{ kind: "add-rule", rule, profile: web.origin.span }] as const;
  const planned: PlannedFile = {
    path: "/p/web",
    profiles: [],
    before: WEB,
    after,
    intent: { kind: "changes", changes },
  };
  const check = {
    before,
    abstractions: () => [],
    resolveAgain: (changed: FilesPort) =>
      resolvePolicySet("/p", { ...options, files: changed, session: session.renew(changed) }),
    files,
    compile,
  };
  return refusedFiles([planned], check).get("/p/web");
}

const MEANT = WEB.replace("  deny", "  /new r,\n  deny");

test("the text that was meant may be written", () => {
  assert.equal(refusal(MEANT), undefined);
  assert.equal(refusal(MEANT.replace("/new r,", '"/new" r, # said otherwise')), undefined);
});

const LIES: readonly (readonly [string, string, RegExp])[] = [
  ["more than was meant", MEANT.replace("/new r,", "/new rw,"), /hold a rule that nobody asked for/],
  ["one more rule", MEANT.replace("/new r,", "/new r, capability sys_admin,"), /hold a rule that nobody asked for/],
  ["nothing", WEB, /lack a rule that was asked for/],
  ["another profile, too", MEANT.replace("/db r,", "/db r, /new r,"), /profile `db` would hold a rule/],
  ["another profile instead", WEB.replace("/db r,", "/db r, /new r,"), /profile `web` would lack a rule/],
  ["a pattern", MEANT.replace("/new r,", "/new* r,"), /hold a rule that nobody asked for/],
  ["a lost rule", MEANT.replace("  /etc/web r,\n", ""), /lose a rule/],
  ["a lost denial", MEANT.replace("  deny /etc/no w,\n", ""), /lose a rule/],
  ["a denial turned round", MEANT.replace("deny /etc/no", "/etc/no"), /hold a rule that nobody asked for/],
  ["a new profile", `${MEANT}profile evil /bin/sh { }\n`, /profile `evil`, which nobody asked for, would appear/],
  [
    "a child",
    MEANT.replace("/new r,", "/new r, profile evil { }"),
    /profile `web\/\/evil`, which nobody asked for, would appear/,
  ],
  ["a lost profile", MEANT.slice(0, MEANT.indexOf("profile db")), /profile `db` would be lost/],
  ["a flag", MEANT.replace("profile web {", "profile web flags=(complain) {"), /the header of the profile `web`/],
  ["an attachment", MEANT.replace("profile web {", "profile web /bin/sh {"), /the header of the profile `web`/],
  ["a variable", MEANT.replace("=/srv", "=/srv /etc"), /variables, aliases or the abi would change|lose|hold/],
  ["an alias", `alias /etc -> /mnt,\n${MEANT}`, /variables, aliases or the abi would change/],
  ["an include", MEANT.replace("/new r,", "/new r,\n  include <abstractions/missing>"), /missing/],
  ["a syntax error", MEANT.replace("/new r,", "/new r"), /./],
];

for (const [what, after, reason] of LIES)
  test(`a printer that lies is found out: ${what}`, () => {
    assert.notEqual(after, MEANT);
    assert.match(refusal(after) ?? "nothing", reason);
  });

test("what does not compile is not written", () => {
  assert.equal(
    refusal(MEANT, () => "too large"),
    "too large",
  );
});

const OTHERS: readonly string[] = ["README", ".hidden", "x~", "x.dpkg-new", "x.rpmnew", "x.orig", "x.rej", "x.pacnew"];
const PROFILES: readonly string[] = [
  ...OTHERS,
  "..",
  ".",
  "",
  "/",
  "../../etc/cron.d/x",
  "/usr/bin/api",
  "usr.bin.api",
  "usr/bin/api",
  "web",
  "WEB",
  "ＷＥＢ",
  "disabled",
  "complaining",
  "abstractions",
  "dangling",
  "-rf",
  "a b",
  "a\nb",
  "a\u001b[31mb",
  "a\u202eb",
  "stray\udcff",
  "x".repeat(300),
  `${"x".repeat(299)}y`,
  "é".repeat(200),
  "*",
  "~",
  "#x",
];

test("a new profile's file is a name that was free, that every tool reads and that no tool reads otherwise", () => {
  const there: Record<string, string | null> = {
    ...Object.fromEntries(OTHERS.map((name) => [`/p/${name}`, ""])),
    "/p/web": WEB,
    "/p/disable/disabled": "",
    "/p/force-complain/complaining": "",
    "/p/abstractions/base": "",
    "/p/dangling": null,
  };
  const names = newFileNames("/p", memoryStore(there));
  const given = PROFILES.map((profile) => names.nameFor(profile) ?? "none");
  const taken = ["web", "disable", "disabled", "force-complain", "complaining", "abstractions", "dangling", ...OTHERS];
  const folded = [...given, ...taken].map((name) => name.normalize("NFKC").toLowerCase());
  assert.equal(new Set(folded).size, folded.length, given.join(" "));
  for (const name of given) {
    assert.match(name, /^[^-.\s/\\"'*?$~#\p{C}][^\s/\\"'*?$~#\p{C}]*$/u);
    assert.ok(Buffer.byteLength(name) <= 212, name);
    assert.doesNotMatch(name, /\.(?:dpkg-\w+|pac(?:save|new)|rpm(?:new|save)|orig|rej)$|^README$/);
  }
});

test("a name that tools pass over is not given out, also where nobody has it", () => {
  const given = OTHERS.map((profile) => newFileNames("/p", memoryStore({})).nameFor(profile));
  for (const name of given) assert.match(name ?? "", /\.profile$|^_hidden$|^x_$/);
});

test("where the directory cannot be listed there is no name", () => {
  const files = memoryStore(TEXTS);
  const blind = { ...files, list: (path: string) => fail({ path, errno: "EACCES" }) };
  assert.equal(newFileNames("/p", blind).nameFor("api"), undefined);
  assert.equal(newFileNames("/p", blind).unlisted?.path, "/p");
  const half = { ...memoryStore({ ...TEXTS, "/p/disable/x": "" }) };
  const shadowless = { ...half, list: (path: string) => (path === "/p" ? half.list(path) : blind.list(path)) };
  assert.equal(newFileNames("/p", shadowless).nameFor("api"), undefined);
});

const settings: PolicySettings = {
  base: "/p",
  includePath: [],
  kernelFeatures: features,
  policyFeatures: { kind: "kernel" },
  overrideAbi: false,
  namespace: undefined,
  forceComplain: false,
  readImpliesExec: false,
  workingDirectory: "/",
  encoding: {},
};
const learner = await loadLearner();
const SERVER = "profile web /usr/bin/web {\n  /etc/web r,\n}\n";
const FILE = 'pid=1 comm="t" fsuid=0 ouid=0';
const CHAIN = [
  `type=AVC msg=audit(1.1:1): apparmor="ALLOWED" operation="exec" profile="web" name="/usr/bin/helper" requested_mask="x" denied_mask="x" target="web//null-/usr/bin/helper" ${FILE}`,
  `type=AVC msg=audit(1.1:2): apparmor="ALLOWED" operation="open" profile="web//null-/usr/bin/helper" name="/etc/secret" requested_mask="r" denied_mask="r" ${FILE}`,
];

/** What is written when the question of the helper is answered so; every other question gets its first answer. */
function answered(kind: string): { result: LearnResult; texts: Record<string, string> } {
  const store = memoryStore({ "/p/web": SERVER });
  const events = readLog(CHAIN).events.map(({ event }) => event);
  const choose = ({ candidates, taken }: LearnedProposal): number | undefined => {
    const index = candidates.findIndex((candidate) => candidate.kind === kind);
    return index < 0 ? taken : index;
  };
  const request = { groups: groupEvents(events, learner.keyOf), profile: undefined, createProfiles: true };
  const result = answerEach(learner.open(request, settings, store), choose).result();
  assert.deepEqual(learner.write(result.files, store, undefined), []);
  return { result, texts: store.texts() };
}

/** Where a text stands in a policy: the labels of the profiles whose own rules speak of it. */
function labelsWith(word: string, texts: Readonly<Record<string, string>>): readonly string[] {
  const found: string[] = [];
  const visit = (items: readonly unknown[], above: string, text: string): void => {
    for (const item of items) {
      if (!isProfile(item)) continue;
      const label = above === "" ? item.name.value : `${above}//${item.name.value}`;
      const own = item.items.filter((one) => !isProfile(one)).map((one) => text.slice(one.span.start, one.span.end));
      if (own.some((rule) => rule.includes(word))) found.push(label);
      visit(item.items, label, text);
    }
  };
  for (const [path, text] of Object.entries(texts)) visit(parse(sourceFile(path, text)).items, "", text);
  return found;
}

type ProfileItem = Extract<ReturnType<typeof parse>["items"][number], { kind: "profile" }>;

function isProfile(item: unknown): item is ProfileItem {
  return typeof item === "object" && item !== null && "kind" in item && item.kind === "profile";
}

test("what a program did whose start was just answered goes where the answer says, and nowhere else", () => {
  const homes = { child: ["web///usr/bin/helper"], unconfined: [], deny: [], inherit: ["web"] };
  for (const [kind, labels] of Object.entries(homes))
    assert.deepEqual(labelsWith("/etc/secret", answered(kind).texts), labels, kind);
  const { texts } = answered("profile");
  const [label, ...others] = labelsWith("/etc/secret", texts);
  assert.ok(label !== undefined && !label.startsWith("web") && others.length === 0, label);
  assert.equal(Object.keys(texts).length, 2);
});
