import assert from "node:assert/strict";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { hookedSystem } from "../../../tests/support/hooked-system.ts";
import { machineOf } from "../io.ts";
import { tool as aaAudit } from "./aa-audit.ts";
import { tool as aaComplain } from "./aa-complain.ts";
import { tool as aaDisable } from "./aa-disable.ts";
import { tool as aaEnforce } from "./aa-enforce.ts";
import { type Tool, runTool } from "./tool.ts";

function directoryOf(context: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "armorer-modes-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (text.startsWith("-> ")) symlinkSync(text.slice(3), join(root, path));
    else writeFileSync(join(root, path), text);
  }
  return root;
}

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function call(tool: Tool, argv: readonly string[], machine: object = {}): Promise<Ended> {
  const { io, text } = capturedIo();
  const status = await runTool(tool, argv, { ...io, ...machine, environment: { PATH: "" } });
  return { status, out: text("out"), err: text("err") };
}

const FAMILIES = `profile one /usr/bin/one { # first
  /a r,
  ^HAT {
    /b r,
  }
  profile kid flags=(attach_disconnected) { /c r, }
}
profile two /usr/bin/two flags=(kill) { /d r, ^HAT { /e r, } }
`;

test("a profile that is named stands for its hats and children, and for nothing else of the file", async (t) => {
  const root = directoryOf(t, { f: FAMILIES });
  const { err, status } = await call(aaComplain, ["-d", root, "--no-reload", "one"]);
  assert.equal(status, 0, err);
  const expected = FAMILIES.replace("/usr/bin/one {", "/usr/bin/one flags=(complain) {")
    .replace("  ^HAT {", "  ^HAT flags=(complain) {")
    .replace("(attach_disconnected)", "(attach_disconnected, complain)");
  assert.equal(readFileSync(join(root, "f"), "utf8"), expected);
  const kid = await call(aaAudit, ["-d", root, "--no-reload", "one//kid"]);
  assert.equal(kid.status, 0);
  const audited = expected.replace("(attach_disconnected, complain)", "(attach_disconnected, complain, audit)");
  assert.equal(readFileSync(join(root, "f"), "utf8"), audited);
  await call(aaAudit, ["-r", "-d", root, "--no-reload", "f"]);
  await call(aaEnforce, ["-d", root, "--no-reload", "one"]);
  assert.equal(readFileSync(join(root, "f"), "utf8"), FAMILIES);
});

test("a profile that is meant to be in a mode of its own stays in it, and that is said, unless it is forced", async (t) => {
  const root = directoryOf(t, { f: FAMILIES });
  const kept = await call(aaEnforce, ["-d", root, "--no-reload", "two"]);
  assert.deepEqual(
    [kept.status, kept.out],
    [0, "Profile two is in kill mode. Use --force to switch it to enforce mode.\n"],
  );
  assert.equal(readFileSync(join(root, "f"), "utf8"), FAMILIES);
  const forced = await call(aaEnforce, ["--force", "-d", root, "--no-reload", "two"]);
  assert.equal(forced.status, 0);
  assert.equal(readFileSync(join(root, "f"), "utf8"), FAMILIES.replace(" flags=(kill)", ""));
});

test("any syntax keeps its layout: one line, old forms, quoted names, namespaces, conditionals", async (t) => {
  const texts = [
    'profile "a b" { /x r, }\n',
    "/usr/bin/x (complain) { /x r, }\n",
    "profile x /{usr/,}bin/x xattrs=(user.a=b) flags=(audit complain) { /x r, }\n",
    "@{A}=/usr\nprofile @{A}/x { prompt /y r, priority=3 deny /z w, }\n",
    "$b = true\nprofile c { if $b { /x r, } else { /y r, } }\n",
    "profile :ns:x { /a r, }\n",
    "profile crlf {\r\n  /a r, # é\r\n}\r\n",
  ];
  for (const text of texts) {
    const root = directoryOf(t, { f: text });
    const first = await call(aaComplain, ["-d", root, "--no-reload", join(root, "f")]);
    assert.equal(first.status, 0, text + first.err + first.out);
    const changed = readFileSync(join(root, "f"), "utf8");
    assert.match(changed, /complain/);
    await call(aaEnforce, ["-d", root, "--no-reload", join(root, "f")]);
    const before = text.replace(/ \(complain\)| complain/, "");
    assert.equal(readFileSync(join(root, "f"), "utf8"), before);
  }
});

test("what a file that is switched off or on has beside what was named is said", async (t) => {
  const root = directoryOf(t, { f: FAMILIES });
  const off = await call(aaDisable, ["-d", root, "--no-reload", "one"]);
  assert.deepEqual([off.status, off.out], [0, "Disabling one.\nWith it goes what else is in the file: two.\n"]);
  assert.equal(readlinkSync(join(root, "disable/f")), join(root, "f"));
  const again = await call(aaDisable, ["-d", root, "--no-reload", "one"]);
  assert.equal(again.status, 0);
  const audited = await call(aaAudit, ["-d", root, "--no-reload", "one"]);
  assert.match(audited.out, /^Warning: the profile f is disabled\. Use aa-enforce or aa-complain to enable it\.$/m);
  const on = await call(aaEnforce, ["-d", root, "--no-reload", "two"]);
  assert.match(on.out, /^With it comes what else is in the file: one\.$/m);
  assert.deepEqual(readdirSync(join(root, "disable")), []);
});

test("an entry that is no link stays, and nothing is done to a profile that would not come into force", async (t) => {
  const root = directoryOf(t, { f: FAMILIES, "disable/f": "", g: "profile g { }\n", "force-complain/g": "words" });
  for (const name of ["f", "g"]) {
    const { err, out, status } = await call(aaEnforce, ["-d", root, "--no-reload", join(root, name)]);
    assert.equal(status, 1, out);
    assert.match(err, /is no symbolic link: remove it/);
  }
  assert.equal(readFileSync(join(root, "f"), "utf8"), FAMILIES);
  assert.equal(readFileSync(join(root, "force-complain/g"), "utf8"), "words");
});

test("a link that leads nowhere switches nothing off; it is put right, or goes", async (t) => {
  const root = directoryOf(t, { f: "profile f { }\n", "disable/f": "-> gone" });
  assert.equal((await call(aaDisable, ["-d", root, "--no-reload", "f"])).status, 0);
  assert.equal(readlinkSync(join(root, "disable/f")), join(root, "f"));
  rmSync(join(root, "disable/f"));
  symlinkSync("gone", join(root, "disable/f"));
  assert.equal((await call(aaEnforce, ["-d", root, "--no-reload", "f"])).status, 0);
  assert.equal(lstatSync(join(root, "disable/f"), { throwIfNoEntry: false }), undefined);
});

test("a dry run says what would change, and changes nothing", async (t) => {
  const root = directoryOf(t, { f: FAMILIES, "disable/f": "-> ../f" });
  const { out, status } = await call(aaComplain, ["--dry-run", "-d", root, "one"]);
  assert.equal(status, 0);
  assert.match(out, /^\+profile one \/usr\/bin\/one flags=\(complain\) \{ # first$/m);
  assert.ok(out.includes(`Would remove the link ${root}/disable/f\n`), out);
  assert.equal(readFileSync(join(root, "f"), "utf8"), FAMILIES);
  const off = await call(aaDisable, ["--dry-run", "-d", root, "f"]);
  assert.equal(off.status, 0);
  assert.equal(readlinkSync(join(root, "disable/f")), "../f");
});

test("a tree of another system gets links that lead where they should there, and nothing is loaded", async (t) => {
  const root = directoryOf(t, { "etc/apparmor.d/f": "profile f { }\n" });
  const { err, status } = await call(aaDisable, ["--root", root, "f"]);
  assert.equal(status, 0, err);
  assert.equal(readlinkSync(join(root, "etc/apparmor.d/disable/f")), "../f");
});

test("hats in an included file are not changed, and that is no success", async (t) => {
  const root = directoryOf(t, { f: "profile f {\n  include <hats>\n}\n", "hats/x": "^x { /a r, }\n" });
  const { err, status } = await call(aaComplain, ["-d", root, "--no-reload", "f"]);
  assert.equal(status, 1);
  assert.match(err, /^Profile f\/\/x is written in .*hats\/x, which was left as it is\.$/m);
  assert.equal(readFileSync(join(root, "hats/x"), "utf8"), "^x { /a r, }\n");
  assert.match(readFileSync(join(root, "f"), "utf8"), /flags=\(complain\)/);
});

test("what does not compile is left as it is", async (t) => {
  const text = "profile f {\n  /bin/x Px,\n  /bin/x ix,\n}\n";
  const root = directoryOf(t, { f: text });
  const { err, status } = await call(aaComplain, ["-d", root, "--no-reload", "f"]);
  assert.equal(status, 1);
  assert.match(err, /was left as it is: it would not compile/);
  assert.equal(readFileSync(join(root, "f"), "utf8"), text);
});

test("of the steps for a file all are taken, or none: whichever is refused", async (t) => {
  const text = "profile f flags=(complain) { }\n";
  let refusals = 0;
  for (const name of ["rename", "unlink", "symlink", "mkdir"] as const) {
    for (const [tool, marks] of [
      [aaEnforce, { "disable/f": "-> ../f", "force-complain/f": "-> ../f" }],
      [aaDisable, {}],
    ] as const) {
      for (let nth = 0; nth < 3; nth += 1) {
        const root = directoryOf(t, { f: text, ...marks });
        let count = 0;
        const system = hookedSystem((one) => {
          if (
            one.name !== name ||
            !one.args.some((arg) => String(arg).endsWith("/f") || String(arg).endsWith("/disable"))
          )
            return undefined;
          count += 1;
          return count - 1 === nth ? { errno: "ENOSPC" } : undefined;
        });
        const { status, err } = await call(tool, ["-d", root, "--no-reload", "f"], machineOf(system));
        if (status === 0) continue;
        refusals += 1;
        assert.match(err, /nothing was changed: .*No space left on device/);
        assert.equal(readFileSync(join(root, "f"), "utf8"), text);
        for (const mark of Object.keys(marks)) assert.equal(readlinkSync(join(root, mark)), "../f");
        assert.equal(lstatSync(join(root, "disable"), { throwIfNoEntry: false }) !== undefined, tool === aaEnforce);
      }
    }
  }
  assert.ok(refusals > 3, `only ${refusals} steps were refused`);
});

test("--root: links lead where they lead that system, and to no file of this one", async (t) => {
  const text = "include <tunables/mine>\nprofile f { @{MINE} r, }\n";
  const host = directoryOf(t, { f: text, mine: "@{MINE}=/host\n" });
  const image = directoryOf(t, {
    "etc/apparmor.d/tunables/x": "",
    "srv/f": text,
    "srv/mine": "@{MINE}=/image\n",
    "srv/off/x": "",
  });
  const below = (name: string): string => join(image, "etc/apparmor.d", name);
  for (const [name, target] of [
    ["f", "/srv/f"],
    ["tunables/mine", "/../srv/mine"],
    ["disable", "/srv/off"],
    ["host", join(host, "f")],
  ] as const)
    symlinkSync(target, below(name));
  const complained = await call(aaComplain, ["--root", image, "f"]);
  assert.equal(complained.status, 0, complained.err);
  assert.match(readFileSync(join(image, "srv/f"), "utf8"), /flags=\(complain\)/);
  const disabled = await call(aaDisable, ["--root", image, "f"]);
  assert.equal(disabled.status, 0, disabled.err);
  assert.ok(lstatSync(join(image, "srv/off/f")).isSymbolicLink());
  // As that system has it, there is nothing behind these two.
  const led = await call(aaComplain, ["--root", image, below("host")]);
  assert.match(led.out + led.err, /apparmor\.d\/host/);
  unlinkSync(below("disable"));
  symlinkSync(host, below("disable"));
  await call(aaDisable, ["--root", image, "f"]);
  assert.deepEqual(readdirSync(host).toSorted(), ["f", "mine"]);
  assert.equal(readFileSync(join(host, "f"), "utf8"), text);
});

test("--root: a program and a file are what that system calls so, or this one, and the links of this one lead nowhere", async (t) => {
  // Of this machine, where it is a link to another program.
  const here = join(directoryOf(t, { "real-tool": "" }), "tool");
  symlinkSync("real-tool", here);
  const profiles = { led: "/bin/led", named: here, other: join(dirname(here), "real-tool") };
  const files = Object.entries(profiles).map(([name, path]) => [
    `etc/apparmor.d/${name}`,
    `profile ${name} ${path} { }\n`,
  ]);
  const image = directoryOf(t, { ...Object.fromEntries(files), "bin/led": "", "usr/place/x": "" });
  symlinkSync("/bin/led", join(image, "usr/place/command"));
  const isComplaining = (name: string): boolean =>
    readFileSync(join(image, "etc/apparmor.d", name), "utf8").includes("complain");
  const means = async (name: string, ...argv: readonly string[]): Promise<void> => {
    const { err, out, status } = await call(aaComplain, ["--root", image, ...argv]);
    assert.equal(status, 0, `${argv.join(" ")}: ${out}${err}`);
    assert.deepEqual(Object.keys(profiles).filter(isComplaining), [name], argv.join(" "));
    await call(aaEnforce, ["--root", image, name]);
  };
  for (const selector of [[], ["--executable-file"]]) {
    await means("named", ...selector, here);
    await means("led", ...selector, "/usr/place/command");
    await means("led", ...selector, join(image, "usr/place/command"));
  }
  for (const selector of [[], ["--profile-file"]]) {
    await means("led", ...selector, "/etc/apparmor.d/led");
    await means("led", ...selector, join(image, "etc/apparmor.d/led"));
  }
});

test("--json prints one document, whatever is said", async (t) => {
  const root = directoryOf(t, { f: FAMILIES, bad: "profile bad {\n" });
  const { out, status } = await call(aaComplain, [
    "--json",
    "-d",
    root,
    "--no-reload",
    "one",
    "two",
    "nosuch",
    "--force",
  ]);
  assert.equal(status, 1);
  const document = JSON.parse(out);
  assert.deepEqual([document.schema, document.ok, document.loaded], ["armorer/modes/1", false, null]);
  assert.deepEqual(document.files[0].changed, ["one", "one//HAT", "one//kid", "two", "two//HAT"]);
  assert.equal(document.missing[0].operand, "nosuch");
});

/** What is asked of the disk about the files of a directory. */
function questionsAbout(): { readonly machine: object; readonly asked: Map<string, number> } {
  const { io } = capturedIo();
  const asked = new Map<string, number>();
  const read: typeof io.files.read = (path, options) => {
    asked.set(path, (asked.get(path) ?? 0) + 1);
    return io.files.read(path, options);
  };
  return { machine: { files: { ...io.files, read } }, asked };
}

test("what all profiles include is read once for all of them, and once more for each that changes", async (t) => {
  const names = Array.from({ length: 30 }, (_, index) => `p${index}`);
  const files = Object.fromEntries(
    names.map((name) => [name, `include <tunables/all>\nprofile ${name} /usr/bin/${name} {\n  include <shared>\n}\n`]),
  );
  const root = directoryOf(t, { ...files, "tunables/all": "@{ALL}=/a\n", shared: "/shared r,\n" });
  rmSync(join(root, "shared"));
  mkdirSync(join(root, "shared"));
  writeFileSync(join(root, "shared/one"), "/shared r,\n");
  const { asked, machine } = questionsAbout();
  const { err, status } = await call(aaComplain, ["-d", root, "--no-reload", "p7"], machine);
  assert.equal(status, 0, err);
  assert.match(readFileSync(join(root, "p7"), "utf8"), /flags=\(complain\)/);
  for (const path of ["tunables/all", "shared/one"]) {
    const times = asked.get(join(root, path)) ?? 0;
    assert.ok(times >= 1 && times <= 5, `${path} was read ${times} times`);
  }
});

const WRONG_RULE = "profile wrong /usr/bin/wrong {\n  /a rx,\n  /b pxux,\n}\n";

test("a file whose rules are wrong is left when it is meant, however it is named, and stops nothing else", async (t) => {
  const root = directoryOf(t, { wrong: WRONG_RULE, right: "profile right /usr/bin/right {\n  /a r,\n}\n" });
  for (const words of [["wrong"], ["/usr/bin/wrong"], [join(root, "wrong")], ["--profile", "wrong"]]) {
    const { out, status } = await call(aaComplain, ["-d", root, "--no-reload", ...words]);
    assert.equal(status, 1, out);
    assert.equal(out.match(/^skipping unparseable profile .*wrong \(/gm)?.length, 1, out);
    assert.equal(readFileSync(join(root, "wrong"), "utf8"), WRONG_RULE);
  }
  const { out, status } = await call(aaComplain, ["-d", root, "--no-reload", "right"]);
  assert.deepEqual([status, out], [0, "Setting right to complain mode.\n"]);
});

test("a profile whose name comes from a variable, or that is in an included file, is found by its name", async (t) => {
  const root = directoryOf(t, {
    variable: "@{what}=named\nprofile @{what} /usr/bin/@{what} {\n  /a r,\n}\n",
    outer: 'include "inner.d/one"\n',
    "inner.d/one": "profile inside /usr/bin/inside {\n  /b r,\n}\n",
  });
  writeFileSync(join(root, "outer"), `include "${root}/inner.d/one"\n`);
  for (const name of ["named", "/usr/bin/named"]) {
    const { err, out, status } = await call(aaComplain, ["-d", root, "--no-reload", name]);
    assert.deepEqual([status, err], [0, ""], out);
  }
  assert.match(readFileSync(join(root, "variable"), "utf8"), /flags=\(complain\)/);
  const inside = await call(aaComplain, ["-d", root, "--no-reload", "inside"]);
  assert.match(inside.err, /inside is written in .*inner\.d\/one, which was left as it is/);
});
