import assert from "node:assert/strict";
import test from "node:test";
import { sourceFile } from "../../foundation/text/index.ts";
import { countSteps } from "../../../tests/support/counted-steps.ts";
import { memoryStore as filesOf } from "../../../tests/support/memory-files.ts";
import { builtInFeatures, parseFeatures } from "../features/index.ts";
import type { FileRule, Profile } from "../model/index.ts";
import {
  createResolveSession,
  resolvePolicy,
  resolvePolicySet,
  type ResolvedPolicy,
  type ResolveOptions,
} from "./index.ts";

function resolve(
  text: string,
  texts: Readonly<Record<string, string | null>> = {},
  more: Partial<ResolveOptions> = {},
): ResolvedPolicy {
  const files = filesOf(texts);
  const options: ResolveOptions = { files, search: ["/p"], policyFeatures: builtInFeatures, ...more };
  return resolvePolicy({ source: sourceFile("/p/main", text) }, options);
}

function codes(resolved: ResolvedPolicy): readonly string[] {
  return resolved.diagnostics.map(({ code, severity }) => `${severity} ${code}`);
}

function onlyProfile(resolved: ResolvedPolicy): Profile {
  const [profile] = resolved.value.profiles;
  assert.ok(profile !== undefined);
  return profile;
}

function paths(profile: Profile): readonly string[] {
  return profile.rules.filter((rule): rule is FileRule => rule.kind === "file").map(({ path }) => path.text);
}

/** The path of a rule behind the definitions. */
function expanded(definitions: string, path: string): string | undefined {
  const resolved = resolve(`${definitions}\nprofile t {\n ${path} r,\n}\n`);
  return paths(onlyProfile(resolved))[0];
}

test("variables become alternations, with one slash at the seams", () => {
  const table: readonly (readonly [string, string, string])[] = [
    ["@{x}=a b", "/@{x}/c", "/{a,b}/c"],
    ["@{x}=/a/ /b/", "@{x}/c", "{/a,/b}/c"],
    ["@{x}=/a/ /b/", "@{x}c", "{/a/,/b/}c"],
    ["@{x}=/", "/a/@{x}/c", "/a//c"],
    ["@{x}=/", "/@{x}/c", "//c"],
    ["@{x}=/ /a", "@{x}/b", "{,/a}/b"],
    ["@{x}=a/ /b/", "/@{x}/c", "/{/b,a}/c"],
    ['@{x}="" a', "/a@{x}/b", "/a{,a}/b"],
    ["@{y}=b c\n@{x}=a", "/@{x}@{y}/@{x}", "/a{b,c}/a"],
    ["@{A}=/x /y/", "/k/@{A}/q", "/k/{x,y}/q"],
  ];
  for (const [definitions, path, text] of table)
    assert.equal(expanded(definitions, path), text, `${definitions} ${path}`);
});

test("values are sets in byte order, and may mention variables defined later", () => {
  assert.equal(expanded("@{x}=b a b @{y}\n@{y}=c\n@{y}+=d", "/@{x}"), "/{a,b,c,d}");
  assert.equal(expanded("@{x}=@{y}-@{y}\n@{y}=1 2", "/@{x}"), "/{1-1,1-2,2-1,2-2}");
});

test("escaped and unclosed references stay as they are", () => {
  assert.equal(expanded("@{x}=a", "/\\@{x}/b"), "/\\@{x}/b");
  assert.equal(expanded("@{x}=a", "/@x/b"), "/@x/b");
  assert.equal(expanded("@{x}=a", "/@{q@{x}"), "/@{qa");
});

test("the profile's own variables hide the user's", () => {
  const resolved = resolve(
    "@{profile_name}=u\nprofile p /bin/{a,b} {\n /x@{profile_name} r,\n @{exec_path} r,\n profile c {\n /y@{profile_name} r,\n }\n}\n",
  );
  const profile = onlyProfile(resolved);
  assert.deepEqual(paths(profile), ["/xp", "/bin/{a,b}"]);
  assert.deepEqual(profile.children.flatMap(paths), ["/yp//c"]);
  assert.deepEqual(paths(onlyProfile(resolve("profile a{b,c} {\n /@{profile_name} r,\n}\n"))), ["/a\\{b,c\\}"]);
});

test("a name that is a path is the attachment, from its last double slash on", () => {
  assert.equal(onlyProfile(resolve("/bin/t {\n}\n")).attachment?.text, "/bin/t");
  assert.equal(onlyProfile(resolve("profile /bin/t//u {\n}\n")).attachment?.text, "u");
  // as 5.0.2 attaches them (`-D rule-exprs`): pairs of slashes are counted from the left
  const texts = ["//x", "///x", "////x", "/a///x", "/a////x"].map(
    (name) => onlyProfile(resolve(`profile ${name} {\n}\n`)).attachment?.text,
  );
  assert.deepEqual(texts, ["x", "/x", "x", "/x", "x"]);
  assert.equal(onlyProfile(resolve("profile t {\n}\n")).attachment, undefined);
  assert.equal(onlyProfile(resolve("@{b}=/bin\nprofile @{b}/t {\n}\n")).attachment?.text, "/bin/t");
});

test("each problem of a file is told, with both places of a conflict", () => {
  const text =
    "@{x}=a\n@{x}=b\nprofile t flags=(kill complain) {\n capability sys_admn,\n signal set=SIGHUP,\n /@{nope} r,\n}\n";
  const resolved = resolve(text);
  assert.deepEqual(codes(resolved), [
    "error resolve/variable-redefined",
    "error resolve/flag-conflict",
    "error resolve/capability-unknown",
    "error resolve/signal-unknown",
    "error resolve/variable-undefined",
  ]);
  const [redefined, flags, capability, signal] = resolved.diagnostics;
  assert.equal(redefined?.also[0]?.span.start, 0);
  assert.equal(text.slice(flags?.at.span.start, flags?.at.span.end), "complain");
  assert.equal(text.slice(flags?.also[0]?.span.start, flags?.also[0]?.span.end), "kill");
  assert.equal(capability?.help, "did you mean `sys_admin`?");
  assert.equal(signal?.fixes[0]?.edits[0]?.edit.newText, "hup");
});

test("a fact from an included file points there, with the includes behind it", () => {
  const texts = { "/p/a": "include <b>\n", "/p/b": "capability foo,\n" };
  const [problem] = resolve("profile t {\n include <a>\n}\n", texts).diagnostics;
  assert.equal(problem?.at.span.file, "/p/b");
  assert.deepEqual(
    problem?.also.map(({ span }) => span.file),
    ["/p/a", "/p/main"],
  );
});

test("includes are searched in order, once per body, and directories backwards", () => {
  const texts = {
    "/q/one": "/q r,\n",
    "/p/one": "/p r,\n",
    "/p/d/a": "/a r,\n",
    "/p/d/b": "/b r,\n",
    "/p/d/c~": "/c r,\n",
    "/p/d/sub/e": "/e r,\n",
  };
  const main = "profile t {\n include <one>\n include <one>\n include <d>\n profile c {\n include <one>\n }\n}\n";
  const profile = onlyProfile(resolve(main, texts, { search: ["/q/", "/p"] }));
  assert.deepEqual(paths(profile), ["/q", "/b", "/a"]);
  assert.deepEqual(profile.children.flatMap(paths), ["/q"]);
});

test("an include in the middle of a rule is read as the language reads it", () => {
  const texts = { "/p/half": "/x", "/p/rule": "/y r,\n/z r,\n" };
  const half = resolve("profile t {\n include <half>\n r,\n}\n", texts);
  assert.deepEqual(codes(half), []);
  assert.deepEqual(paths(onlyProfile(half)), ["/x"]);
  const rules = onlyProfile(resolve("profile t {\n audit include <rule>\n}\n", texts)).rules;
  assert.deepEqual(
    rules.map((rule) => rule.kind === "file" && rule.audit),
    [true, false],
  );
});

test("missing includes are errors unless they need not exist", () => {
  assert.deepEqual(codes(resolve("include <nope>\n")), ["error resolve/include-not-found"]);
  assert.deepEqual(codes(resolve("include if exists <nope>\n")), []);
});

test("a mistyped name of an included file is answered with that of a file that is there", () => {
  const texts = {
    "/p/abstractions/base": "",
    "/p/abstractions/nameservice": "",
    "/p/tunables/global": "",
    "/p/abi/5.0": "",
  };
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["include <abstractions/bsae>", "<abstractions/base>"],
    ["include <abstraction/base>", "<abstractions/base>"],
    ["include <abstracions/nameservices>", "<abstractions/nameservice>"],
    ['include "/p/tunable/global"', "/p/tunables/global"],
    ['include "tunables/globla"', "tunables/global"],
    ["abi <abi/5.1>,", "<abi/5.0>"],
    ["include <abstractions/entirely-else>", undefined],
    ["include <nowhere/base>", undefined],
    ["include <abstractions>/", undefined],
  ];
  for (const [text, near] of cases) {
    const helps = resolve(`${text}\n`, texts, { cwd: "/p" }).diagnostics.map(({ help }) => help ?? "");
    assert.equal(
      helps.some((help) => help.includes("did you mean")),
      near !== undefined,
      text,
    );
    if (near !== undefined)
      assert.ok(
        helps.some((help) => help.startsWith(`did you mean \`${near}\`?`)),
        `${text}: ${helps.join()}`,
      );
  }
});

test("conditionals choose by what is known, and both branches are checked", () => {
  const text =
    "$b = @{x} == a\nprofile t {\n if $b {\n /then r,\n } else {\n /else r,\n /@{u} r,\n capability foo,\n }\n}\n";
  const resolved = resolve(`@{x}=a\n${text}`);
  assert.deepEqual(paths(onlyProfile(resolved)), ["/then"]);
  assert.deepEqual(codes(resolved), ["error resolve/capability-unknown"]);
});

test("blocks overwrite qualifiers and lose what is no file rule", () => {
  const profile = onlyProfile(
    resolve(
      "profile t {\n deny {\n allow priority=3 /a r,\n }\n audit owner {\n deny /b r,\n other /c r,\n dbus,\n }\n}\n",
    ),
  );
  assert.deepEqual(
    profile.rules,
    profile.rules.filter(({ kind }) => kind === "file"),
  );
  const resolved = resolve(
    "profile t {\n deny {\n allow /a r,\n }\n audit owner {\n deny /b r,\n other /c r,\n dbus,\n }\n}\n",
  );
  assert.deepEqual(
    onlyProfile(resolved).rules.map(
      (rule) => rule.kind === "file" && [rule.path.text, rule.mode, rule.audit, rule.owner],
    ),
    [
      ["/a", "deny", false, "any"],
      ["/b", "implicit", true, "owner"],
      ["/c", "implicit", true, "none"],
    ],
  );
  assert.deepEqual(codes(resolved), [
    "warning resolve/block-overrides",
    "warning resolve/block-overrides",
    "warning resolve/block-dropped",
  ]);
});

test("a block speaks for changes of profile: owners, and modes the rule itself cannot have", () => {
  const text =
    "profile t {\n owner { change_profile unsafe /a -> b, }\n prompt { change_profile -> c, }\n prompt change_profile -> d,\n}\n";
  assert.deepEqual(
    onlyProfile(resolve(text)).rules.map(
      (rule) => rule.kind === "change_profile" && [rule.target?.text, rule.mode, rule.owner],
    ),
    [
      ["b", "implicit", "owner"],
      ["c", "prompt", "any"],
      ["d", "implicit", "any"],
    ],
  );
});

test("a namespace of a child stands, with a warning", () => {
  const resolved = resolve("profile t {\n profile :n:c {\n }\n}\n");
  assert.deepEqual(codes(resolved), ["warning resolve/namespace-of-child"]);
  assert.equal(onlyProfile(resolved).children[0]?.namespace, "n");
});

test("operands keep what was written beside what it means", () => {
  const rule = onlyProfile(resolve("@{x}=a\nprofile t {\n dbus send path=/@{x} peer=(label=b),\n}\n")).rules[0];
  assert.ok(rule?.kind === "dbus");
  const shown = [rule.path, rule.peerLabel].map((operand) => [operand?.text, operand?.written]);
  assert.deepEqual(shown, [
    ["/a", "/@{x}"],
    ["b", "b"],
  ]);
});

test("resource limits are in the kernel's units, and the last one counts", () => {
  const text =
    "profile t {\n set rlimit cpu <= 2 min,\n set rlimit rttime <= 3ms,\n set rlimit nice <= -5,\n set rlimit as <= 2MB,\n set rlimit nofile <= infinity,\n set rlimit nofile <= 010,\n}\n";
  assert.deepEqual(
    onlyProfile(resolve(text)).rules.map((rule) => rule.kind === "rlimit" && [rule.resource, rule.value]),
    [
      [0, 120n],
      [15, 3000n],
      [13, 15n],
      [9, 2_097_152n],
      [7, 8n],
    ],
  );
});

test("the first abi counts", () => {
  const texts = { "/p/abi/1": "mount {yes\n}\n", "/p/abi/2": "dbus {yes\n}\n" };
  const resolved = resolve("abi <abi/1>,\nabi <abi/2>,\nprofile t {\n}\n", texts);
  assert.deepEqual([...(resolved.value.abi?.features?.entries.keys() ?? [])], ["mount"]);
  assert.deepEqual(codes(resolved), ["warning resolve/abi-differs"]);
  assert.deepEqual(resolved.value.files, ["/p/main", "/p/abi/1", "/p/abi/2"]);
});

test("a directory is one set of policy: switched off files, forced complaining and duplicates", () => {
  const texts = {
    "/p/a": "profile x {\n}\n",
    "/p/b": "profile x {\n}\nprofile y {\n}\n",
    "/p/c": "profile y {\n}\n",
    "/p/d.dpkg-old": "profile x {\n}\n",
    "/p/e": "profile z {\n}\n",
    "/p/disable/c": "",
    "/p/force-complain/e": "",
    "/p/abstractions/base": "/x r,\n",
  };
  const set = resolvePolicySet("/p", { files: filesOf(texts), search: ["/p"], policyFeatures: builtInFeatures });
  assert.deepEqual(
    set.files.map(({ path, state }) => [path, state]),
    [
      ["/p/a", "enabled"],
      ["/p/b", "enabled"],
      ["/p/c", "disabled"],
      ["/p/e", "force-complain"],
    ],
  );
  assert.deepEqual(
    set.diagnostics.map(({ at, also, code }) => [code, at.span.file, also[0]?.span.file]),
    [["resolve/duplicate-across-files", "/p/b", "/p/a"]],
  );
});

function attached(texts: Readonly<Record<string, string>>): readonly string[] {
  return resolvePolicySet("/p", {
    files: filesOf(texts),
    search: ["/p"],
    policyFeatures: builtInFeatures,
  }).diagnostics.map(({ code, facts }) => `${code} ${facts["path"]}`);
}

test("two profiles that attach to the same programs are reported, in one file or two, but for what more decides", () => {
  const twice = ["resolve/attachment-twice /usr/bin/x"];
  assert.deepEqual(attached({ "/p/a": "profile x /usr/bin/x { }\nprofile y /usr/bin/x { }\n" }), twice);
  assert.deepEqual(attached({ "/p/a": "@{b}=/usr/bin\nprofile x @{b}/x { }\n", "/p/b": "/usr/bin/x { }\n" }), twice);
  for (const [one, other] of [
    ["/usr/{bin,sbin}/x", "/usr/{sbin,bin}/x"],
    ["/usr/{bin/x,sbin/x}", "/usr/{sbin,bin}/x"],
    ["/usr/bin/[ab]*", "/usr/bin/[ba]*"],
    ["/usr/bin/\\x", "/usr/bin/x"],
  ])
    assert.equal(attached({ "/p/a": `profile x ${one} { }\nprofile y ${other} { }\n` }).length, 1, `${one} ${other}`);
  assert.deepEqual(attached({ "/p/a": "profile x /usr/bin/{x,z} { }\nprofile y /usr/bin/{x,y} { }\n" }), []);
  assert.deepEqual(attached({ "/p/a": "/usr/bin/x { }\n", "/p/b": "profile :n:y /usr/bin/x { }\n" }), []);
  assert.deepEqual(
    attached({ "/p/a": "/usr/bin/x { }\n", "/p/b": "profile y /usr/bin/x xattrs=(user.a=b) { }\n" }),
    [],
  );
});

/** What reading a text gives, in no more than so many steps. */
function resolveCounted(text: string, most: number): ResolvedPolicy {
  let resolved: ResolvedPolicy | undefined;
  const steps = countSteps(() => (resolved = resolve(text)));
  assert.ok(resolved !== undefined && steps < most, `${steps} steps`);
  return resolved;
}

test("bombs end in a diagnostic", () => {
  const deep: Record<string, string> = {};
  for (let i = 0; i < 40; i += 1)
    deep[`/p/i${i}`] = `profile a {\n include <i${i + 1}>\n}\nprofile b {\n include <i${i + 1}>\n}\n`;
  deep["/p/i40"] = "/x r,\n";
  const includes = resolve("profile t {\n include <i0>\n}\n", deep, { limits: { items: 20_000 } });
  assert.ok(codes(includes).includes("error resolve/too-much"));
  const self = resolve("profile t {\n include <self>\n}\n", { "/p/self": "profile u {\n include <self>\n}\n" });
  assert.ok(
    codes(self).some((code) => /too-deep|too-much/.test(code)),
    codes(self).join(),
  );
  const product = `@{a}=${Array.from({ length: 10 }, (_, i) => `v${i}`).join(" ")}\n@{b}=${"@{a}".repeat(7)}\nprofile t {\n /@{b} r,\n}\n`;
  assert.ok(codes(resolveCounted(product, 1_000_000)).includes("error resolve/variable-too-large"));
  const tower = Array.from({ length: 30 }, (_, i) => `@{v${i}}=a@{v${i + 1}} b@{v${i + 1}}`).join("\n");
  assert.ok(
    codes(resolveCounted(`${tower}\n@{v30}=c\nprofile t {\n /@{v0} r,\n}\n`, 6_000_000)).includes(
      "error resolve/variable-too-large",
    ),
  );
  const braces = resolveCounted(`profile t {\n /${"{a,".repeat(10_000)}${"}".repeat(10_000)} r,\n}\n`, 500_000);
  assert.deepEqual(codes(braces), []);
});

test("no message has characters that a terminal acts on", () => {
  const resolved = resolve("profile t {\n io_uring (\u007f),\n}\n");
  assert.deepEqual(codes(resolved), ["warning resolve/target-unused"]);
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  assert.doesNotMatch(resolved.diagnostics[0]?.message ?? "", /[\0-\x1f\x7f]/);
});

/** Files each of which includes the next one twice, each time in a body of its own, where it counts anew: they double at every level. */
const tower = Object.fromEntries(
  Array.from({ length: 60 }, (_, at) => {
    const next = ` include <i${at + 1}>\n`;
    return [`/p/i${at}`, `profile u {\n${next}}\nprofile v {\n${next}}\n`];
  }),
);

test("files that include each other are read as often as the limits allow, and told of once", () => {
  for (const [limits, message] of [
    [{ includedFiles: 1000 }, "more than 1000 files are included, each counted every time"],
    [{ includedCharacters: 50_000 }, "more than 50000 characters are included, each counted every time"],
    [{ items: 2000 }, "more than 2000 statements and rules"],
  ] as const) {
    // Once as files that stand on their own, once as one stream of tokens.
    for (const first of ["", " audit include <rule>\n"]) {
      const texts = { ...tower, "/p/i60": "", "/p/rule": "/a r,\n" };
      const resolved = resolve(`profile t {\n${first} include <i0>\n}\n`, texts, { limits });
      const said = resolved.diagnostics.filter(({ code }) => code === "resolve/too-much");
      assert.deepEqual(
        said.map((one) => one.message),
        [message],
      );
      assert.ok(profilesIn(resolved.value.profiles) <= 2000);
    }
  }
});

function profilesIn(profiles: readonly Profile[]): number {
  return profiles.reduce((sum, { children }) => sum + 1 + profilesIn(children), 0);
}

test("a directory of thousands of files that thousands of bodies include is bounded by the default", () => {
  const texts = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`/p/d/f${at}`, ""]));
  const main = Array.from({ length: 60 }, (_, at) => `profile p${at} { include <d> }\n`).join("");
  assert.deepEqual(codes(resolve(main, texts)), ["error resolve/too-much"]);
  assert.deepEqual(codes(resolve(main.slice(0, main.indexOf("profile p50 ")), texts)), []);
});

test("files that include each other without end are read no further than the first end", () => {
  const itself = "profile u {\n include <self>\n}\nprofile v {\n include <self>\n}\n";
  for (const first of ["", " audit include <rule>\n"]) {
    const texts = { "/p/self": itself, "/p/rule": "/a r,\n" };
    const resolved = resolve(`profile t {\n${first} include <self>\n}\n`, texts);
    assert.deepEqual(codes(resolved), ["error resolve/include-too-deep"]);
    assert.ok(profilesIn(resolved.value.profiles) <= 300);
  }
});

test("what is wrong in a file is looked at once, however often it is included", () => {
  const wrong = "bogus x,\n".repeat(900);
  const main = Array.from({ length: 500 }, (_, at) => `profile p${at} { include <wrong> }\n`).join("");
  const resolved = resolve(main, { "/p/wrong": wrong });
  assert.equal(resolved.diagnostics.length, 900);
});

test("circles of variables are told once and end", () => {
  assert.deepEqual(codes(resolve("@{x}=@{y}\n@{y}=@{x}\nprofile t {\n /@{x} r,\n}\n")), [
    "error resolve/variable-recursive",
  ]);
  assert.deepEqual(codes(resolve("@{x}=@{x}\nprofile t {\n}\n")), []);
});

test("what an included rule comes to is known to a session, but not through which includes it came, nor what is to be said of it", () => {
  const texts = {
    "/p/outer": "include <inner>\n/outer/@{exe} rw,\n",
    "/p/inner":
      "/in/** r,\n/odd\\y/[a-c] r,\n/up R,\nlink /l -> /m,\n@{exe} px -> @{exe},\ncapability chown,\ncapability made_up,\nowner capability kill,\nowner { /own rw, }\n" +
      "dbus send bus=system peer=(name=org.demo),\nunix (send) peer=(addr=@x),\nif $yes { /yes r, }\nsubset /s r,\n/w aw,\n",
  };
  const session = createResolveSession(filesOf(texts));
  for (const value of ["/bin/x", "/bin/y /bin/z", "/bin/x"]) {
    for (const tail of ["", "/tail r,", "include <inner>\n"]) {
      const bodies = ["a /a { include <inner>\n include <outer>\n }", `b { include <outer>\n ${tail} }`];
      const main = `@{exe}=${value}\n$yes=true\nprofile ${bodies.join("\nprofile ")}\n`;
      // Which capabilities there are is up to who asks.
      const kernelFeatures = tail === "" ? parseFeatures("caps {mask {chown made_up}}").tree : undefined;
      const fresh = resolve(main, texts, { kernelFeatures });
      const again = resolve(main, texts, { session, kernelFeatures });
      assert.deepEqual([again.diagnostics, again.value.profiles], [fresh.diagnostics, fresh.value.profiles], main);
      assert.ok(codes(fresh).length > 5, codes(fresh).join());
      const chains = fresh.value.profiles.map(({ rules }) => rules.map(({ origin }) => origin.includes.length));
      assert.deepEqual(new Set(chains.flat()), new Set(tail === "/tail r," ? [1, 2, 0] : [1, 2]));
    }
  }
});
