import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { tool as aaAutodep } from "./aa-autodep.ts";
import { tool as aaCleanprof } from "./aa-cleanprof.ts";
import { type Tool, runTool } from "./tool.ts";

type Files = Readonly<Record<string, string>>;

/** A directory with these files; programs may be run. */
function directoryOf(context: TestContext, files: Files): string {
  const root = mkdtempSync(join(tmpdir(), "armorer-tools-"));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    if (text.startsWith("#!")) chmodSync(join(root, path), 0o755);
  }
  return root;
}

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function call(tool: Tool, argv: readonly string[], answers: readonly string[] = [], path = ""): Promise<Ended> {
  const { io, text } = capturedIo();
  const left = [...answers];
  const world = { ...io, inputLine: () => left.shift(), environment: { PATH: path } };
  const status = await runTool(tool, argv, world);
  return { status, out: text("out"), err: text("err") };
}

const NOTES = `# Notes daemon
profile notes /usr/bin/notes {
  # keep this
  /etc/notes r, # and this
  /etc/notes r,

  /srv/** rw,
  /srv/a w,
  profile kid {
    /a r,
    /{a,b} r,
  }
}
`;
const CLEAN = NOTES.replace("  /etc/notes r,\n", "").replace("  /srv/a w,\n", "").replace("    /a r,\n", "");

test("aa-cleanprof takes out what others say, in children too, and leaves comments and layout", async (t) => {
  const root = directoryOf(t, { notes: NOTES });
  const { status, out } = await call(aaCleanprof, ["-d", root, "--no-reload", "-s", "notes"]);
  assert.equal(status, 0);
  assert.match(out, /^Deleted 3 rules\.$/m);
  assert.equal(readFileSync(join(root, "notes"), "utf8"), CLEAN);
  const again = await call(aaCleanprof, ["-d", root, "--no-reload", "notes"]);
  assert.deepEqual([again.status, again.out], [0, "\nDeleted 0 rules.\n"]);
});

test("aa-cleanprof cleans only the profile that is named, by name, file or program", async (t) => {
  const root = directoryOf(t, { notes: NOTES });
  const kid = await call(aaCleanprof, ["-d", root, "--no-reload", "-s", "--profile", "notes//kid"]);
  assert.equal(kid.status, 0, kid.err);
  assert.equal(readFileSync(join(root, "notes"), "utf8"), NOTES.replace("    /a r,\n", ""));
  const program = await call(aaCleanprof, ["-d", root, "--no-reload", "-s", "--executable-file", "/usr/bin/notes"]);
  assert.equal(program.status, 0, program.err);
  assert.equal(readFileSync(join(root, "notes"), "utf8"), CLEAN);
});

test("aa-cleanprof writes nothing before it is told to: not at the end of the input, and not when it is aborted", async (t) => {
  const root = directoryOf(t, { notes: NOTES });
  for (const answers of [[], ["v"], ["r"], ["x", "R"]]) {
    const { status, out } = await call(aaCleanprof, ["-d", root, "--no-reload", "notes"], answers);
    assert.equal(status, 1);
    assert.match(out, /Nothing was written\.\n$/);
    assert.equal(readFileSync(join(root, "notes"), "utf8"), NOTES);
  }
  const { status, out } = await call(aaCleanprof, ["-d", root, "--no-reload", "notes"], ["v", "s"]);
  assert.equal(status, 0);
  assert.match(out, /^-  \/srv\/a w,$/m);
  assert.equal(readFileSync(join(root, "notes"), "utf8"), CLEAN);
});

test("aa-cleanprof says what it cannot read or find, and that is no success", async (t) => {
  const root = directoryOf(t, { notes: NOTES, broken: "profile broken {\n  /a r\n" });
  const { status, out } = await call(aaCleanprof, ["-d", root, "--no-reload", "-s", "broken", "notes"]);
  assert.equal(status, 1);
  assert.match(out, /^skipping unparseable profile .*broken \(/m);
  assert.equal(readFileSync(join(root, "notes"), "utf8"), CLEAN);
});

const PROGRAMS: Files = {
  "bin/python3": "ELF",
  "bin/env.py": "#!/usr/bin/env python3\n",
  "bin/split.py": "#!/usr/bin/env -S A=b python3 -I\n",
  "bin/new.py": "#!/usr/bin/python3.14 -I\n",
  "pol/abstractions/base": "/b r,\n",
  "pol/abstractions/python": "/p r,\n",
};

test("aa-autodep finds what runs a script, also behind env and in versions that are to come", async (t) => {
  const root = directoryOf(t, PROGRAMS);
  for (const name of ["env.py", "split.py", "new.py"]) {
    const { status, err } = await call(
      aaAutodep,
      ["-d", join(root, "pol"), "--no-reload", join(root, "bin", name)],
      [],
      join(root, "bin"),
    );
    assert.equal(status, 0, err);
    const file = `${root.slice(1).replaceAll("/", ".")}.bin.${name}`;
    const text = readFileSync(join(root, "pol", file), "utf8");
    assert.match(text, /^ {2}include <abstractions\/python>$/m);
    if (name !== "new.py") assert.ok(text.includes(`  ${root}/bin/python3 ix,\n`), text);
    assert.ok(text.includes(`  ${root}/bin/${name} r,\n`), text);
  }
});

test("aa-autodep replaces no profile that is there, wherever it is, unless it is told to", async (t) => {
  const root = directoryOf(t, { ...PROGRAMS, "bin/tool": "ELF" });
  const program = join(root, "bin/tool");
  const file = join(root, "pol", `${root.slice(1).replaceAll("/", ".")}.bin.tool`);
  writeFileSync(file, `profile ${program} {\n}\n`);
  const skipped = await call(aaAutodep, ["-d", join(root, "pol"), "--no-reload", program]);
  assert.match(skipped.out, /already exists - skipping\.\n$/);
  assert.equal(readFileSync(file, "utf8"), `profile ${program} {\n}\n`);
  const forced = await call(aaAutodep, ["-d", join(root, "pol"), "--no-reload", "--force", program]);
  assert.equal(forced.status, 0, forced.err);
  assert.match(readFileSync(file, "utf8"), /flags=\(complain\)/);
  rmSync(file);
  writeFileSync(join(root, "pol/other"), `profile other ${program} {\n}\n`);
  const elsewhere = await call(aaAutodep, ["-d", join(root, "pol"), "--no-reload", program]);
  assert.match(elsewhere.out, /already exists in .*\/other - skipping\.\n$/);
  assert.ok(!readdirSync(join(root, "pol")).some((name) => name.endsWith("tool")));
});

test("aa-autodep heeds logprof.conf: programs without a profile of their own, hats", async (t) => {
  const root = directoryOf(t, { ...PROGRAMS, "bin/shell": "ELF", "bin/web": "ELF" });
  const conf = `# a word\n[qualifiers]\n  ${root}/bin/shell = icnu\n${root}/bin/web = p\n[required_hats]\n^.+/web$ = ROOT OTHER\n`;
  writeFileSync(join(root, "logprof.conf"), conf);
  const argv = ["-d", join(root, "pol"), "--configdir", root, "--no-reload"];
  const { status, err, out } = await call(aaAutodep, [...argv, join(root, "bin/shell"), join(root, "bin/web")]);
  assert.equal(status, 1);
  assert.match(err, /shell is to have no profile of its own/);
  assert.match(out, /Writing updated profile for .*web\./);
  const text = readFileSync(join(root, "pol", `${root.slice(1).replaceAll("/", ".")}.bin.web`), "utf8");
  assert.match(text, /hat ROOT flags=\(complain\)|\^ROOT flags=\(complain\)/);
  assert.match(text, /OTHER/);
});

test("a logprof.conf that cannot be read, or holds no pattern where one belongs, is told", async (t) => {
  const root = directoryOf(t, { ...PROGRAMS, "bin/web": "ELF" });
  const argv = ["-d", join(root, "pol"), "--configdir", root, "--no-reload", join(root, "bin/web")];
  mkdirSync(join(root, "logprof.conf"));
  const unread = await call(aaAutodep, argv);
  assert.equal(unread.status, 1);
  assert.match(unread.err, /logprof\.conf: Is a directory/);
  assert.doesNotMatch(unread.out, /Writing/);
  rmSync(join(root, "logprof.conf"), { recursive: true });
  writeFileSync(join(root, "logprof.conf"), "[required_hats]\n(^.+ = ROOT\n");
  const odd = await call(aaAutodep, argv);
  assert.equal(odd.status, 1);
  assert.match(odd.err, /\[required_hats\] holds `\(\^\.\+`, which is no regular expression/);
  assert.match(odd.out, /Writing/);
});
