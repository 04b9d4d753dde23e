/**
 * aa-cleanprof and aa-autodep beside Debian's own on the same files. Theirs delete what a comparison of texts finds, ours what compiles to the same:
 * ours must delete all that theirs may, and what it leaves must be the same policy to 5.0.2.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { openProfileTools, renderLabProblem } from "../../lab/index.ts";
import { tool as aaAutodep } from "../../src/cli/drop-in/aa-autodep.ts";
import { tool as aaCleanprof } from "../../src/cli/drop-in/aa-cleanprof.ts";
import { type Tool, runTool } from "../../src/cli/drop-in/tool.ts";
import { capturedIo } from "../support/captured-io.ts";
import { type ToolCase, type ToolRun, runDebianTools, runOurTool } from "../support/debian-tools.ts";

const skip = process.env["ARMORER_ORACLE"] === undefined && "needs the lab";

type Tools = Extract<Awaited<ReturnType<typeof openProfileTools>>, { ok: true }>["value"];

async function debian(): Promise<Tools> {
  const tools = await openProfileTools();
  if (!tools.ok) assert.fail(renderLabProblem(tools.error));
  // they look there for a kernel with AppArmor
  put(join(tools.value.root, "proc"), { filesystems: "", mounts: "" });
  return tools.value;
}

/** A directory that both see: ours by its whole path, theirs from within their root. */
function place(context: TestContext, { root }: Tools): { readonly ours: string; readonly theirs: string } {
  mkdirSync(join(root, "tmp"), { recursive: true });
  const directory = mkdtempSync(join(root, "tmp/profile-tools-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return { ours: directory, theirs: directory.slice(root.length) };
}

function put(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
}

async function ours(tool: Tool, argv: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const { io, text } = capturedIo();
  const status = await runTool(tool, argv, io);
  return { status, out: text("out"), err: text("err") };
}

const POLICY = {
  "tunables/global": "@{etc_ro}=/etc /usr/etc\n@{HOME}=/home/*/ /root/\n",
  "abstractions/base": "@{etc_ro}/ld.so.cache mr,\n/usr/lib/** mr,\n/dev/null rw,\nsignal (receive) peer=unconfined,\n",
  "abstractions/nss": "/etc/passwd r,\n/etc/group r,\nnetwork inet stream,\nunix (send, receive) type=stream,\n",
};

/** What is between the braces of one profile. */
const BODIES: readonly string[] = [
  "/etc/a r,\n/etc/a r,",
  "/etc/a r,\n/etc/a rw,",
  "/etc/a w,\n/etc/a a,",
  "/srv/** r,\n/srv/a r,\nowner /srv/b r,",
  "owner /srv/** r,\n/srv/a r,",
  "/srv/** rw,\ndeny /srv/a w,\n/srv/a w,",
  "include <abstractions/base>\n/etc/ld.so.cache r,\n/dev/null rw,",
  "include <abstractions/base>\n/usr/lib/x.so mr,\n/usr/lib/x.so mrk,",
  "include <abstractions/nss>\n/etc/passwd r,\n/etc/shadow r,",
  "include <abstractions/nss>\nnetwork inet stream,\nnetwork inet dgram,",
  "network,\nnetwork inet,\nnetwork unix,",
  "network inet stream,\nnetwork inet,",
  "capability,\ncapability kill,",
  "capability kill,\ncapability kill chown,",
  "audit /etc/a r,\n/etc/a r,",
  "/etc/a r,\naudit /etc/a r,",
  "/usr/bin/x ix,\n/usr/bin/x rix,",
  "/usr/bin/x px,\n/usr/bin/* r,\n/usr/bin/x r,",
  "/usr/bin/* cx -> kid,\nprofile kid {\n/a r,\n/{a,b} r,\n}",
  "signal,\nsignal (send) set=(term),",
  "signal (send),\nsignal (send, receive) peer=other,",
  "ptrace (read),\nptrace (read) peer=other,",
  "ptrace,\nptrace (trace) peer=x,",
  "unix,\nunix (send) type=stream,",
  "dbus,\ndbus send bus=system path=/a,",
  "dbus (send) bus=system,\ndbus (send) bus=session,",
  "mount,\nmount fstype=tmpfs,\numount /mnt/,",
  "umount,\numount /mnt/,",
  "change_profile,\nchange_profile -> other,",
  "change_profile -> other,\nchange_profile -> other,",
  "userns,\nuserns create,",
  "set rlimit nproc <= 10,\n/a r,",
  "link /a -> /b,\nlink /a -> /**,",
  "/a l,\n/b r,\n/{a,b} rl,",
  "@{HOME}/x r,\n/home/*/x r,\nowner @{HOME}/x r,",
  "deny /etc/shadow r,\ndeny /etc/shadow rw,",
  "deny /etc/** w,\n/etc/a rw,\n/etc/a r,",
  "# a word\n/a r, # here\n\n# another\n/a r, # there",
  "^hat {\n/a r,\n/a r,\n}\n/a r,",
  "priority=1 /a r,\n/a r,",
  "/a r,\n/b w,\ncapability kill,",
  '"/a b" r,\n/a\\ b r,',
  "all,\n/a r,",
  "file,\n/a rw,\n/b ix,",
];

/** Lines that are rules. */
function ruleCount(text: string): number {
  return text.split("\n").filter((line) => /,\s*(?:#.*)?$/.test(line) && !/^\s*#/.test(line)).length;
}

/** What 5.0.2 compiles a file of each directory to, as a digest; `bad`: nothing. */
async function compiled({ run }: Tools, paths: readonly string[]): Promise<readonly string[]> {
  const script = paths
    .map(
      (path) =>
        `if apparmor_parser -S -K -Q -M {dir}/features --base ${dirname(path)} ${path} >{dir}/blob 2>{dir}/why; then sha256sum <{dir}/blob; else echo bad $(head -c 300 {dir}/why); fi`,
    )
    .join("\n");
  const features = readFileSync(new URL("../../../policy/abi/5.0", import.meta.url));
  const { stdout } = await run(["sh", "-c", script], { files: { features }, timeoutMs: 300_000 });
  return stdout.toString().trim().split("\n");
}

test(
  `aa-cleanprof: ${BODIES.length} profiles mean the same afterwards, and hold no rule that Debian's may delete`,
  { skip },
  async (t) => {
    const tools = await debian();
    const { ours: here, theirs: there } = place(t, tools);
    const cases = BODIES.map((body, index) => ({ body, name: `case${index}` }));
    const texts = cases.map(({ body, name }) => [name, `include <tunables/global>\n/usr/bin/${name} {\n${body}\n}\n`]);
    for (const side of ["before", "ours", "theirs"]) put(join(here, side), { ...POLICY, ...Object.fromEntries(texts) });
    const files = (side: string): readonly string[] => cases.map(({ name }) => `${side}/${name}`);
    const asked = await tools.run(
      ["aa-cleanprof", "-s", "--no-reload", "-d", `${there}/theirs`, ...files(`${there}/theirs`)],
      {
        timeoutMs: 300_000,
      },
    );
    assert.equal(asked.status, 0, asked.stderr);
    const done = await ours(aaCleanprof, ["-s", "--no-reload", "-d", `${here}/ours`, ...files(`${here}/ours`)]);
    assert.deepEqual({ status: done.status, err: done.err }, { status: 0, err: "" });
    const before = await compiled(tools, files(`${there}/before`));
    const after = await compiled(tools, files(`${there}/ours`));
    const foreign = await compiled(tools, files(`${there}/theirs`));
    const lost: string[] = [];
    const more: string[] = [];
    for (const [index, { body, name }] of cases.entries()) {
      assert.doesNotMatch(before[index] ?? "bad", /^bad/, body);
      assert.equal(after[index], before[index], `ours means something else: ${body}`);
      const [own, other] = ["ours", "theirs"].map((side) => ruleCount(readFileSync(join(here, side, name), "utf8")));
      if (foreign[index] !== before[index]) lost.push(body);
      else if ((own ?? 0) > (other ?? 0)) more.push(`${body}: ${own} > ${other}`);
    }
    assert.deepEqual(more, []);
    t.diagnostic(`Debian's changes the meaning of ${lost.length} of them: ${JSON.stringify(lost)}`);
  },
);

const PROGRAMS: Readonly<Record<string, string>> = {
  "shell.sh": "#!/bin/sh -e\necho\n",
  "bash tool": "#!/bin/bash\n",
  "perl.pl": "#!/usr/bin/perl -w\n",
  "awk.awk": "#!/usr/bin/mawk -f\n",
  "plain-text": "hello\n",
  binary: "\u007fELF\u0002\u0001",
  "spaces.sh": "#!  /bin/sh\n",
};

/** Rules of a profile, whatever their order. */
function rulesOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trim().replace(/ mr,$/, " rm,"));
  return lines.filter((line) => line.endsWith(",")).toSorted();
}

test("aa-autodep writes what Debian's writes for a program", { skip }, async (t) => {
  const tools = await debian();
  const { ours: here, theirs: there } = place(t, tools);
  const policy = { ...POLICY, "abi/5.0": readFileSync(new URL("../../../policy/abi/5.0", import.meta.url), "utf8") };
  const abstractions = Object.fromEntries(
    ["bash", "perl", "python"].map((name) => [`abstractions/${name}`, "/x r,\n"]),
  );
  for (const side of ["ours", "theirs"]) put(join(here, side), { ...policy, ...abstractions });
  for (const [name, text] of Object.entries(PROGRAMS)) {
    put(here, { [name]: text });
    chmodSync(join(here, name), 0o755);
  }
  const names = Object.keys(PROGRAMS);
  const operands = names.map((name) => `"${there}/${name}"`).join(" ");
  const asked = await tools.run(["sh", "-c", `aa-autodep --no-reload -d ${there}/theirs ${operands}`]);
  assert.equal(asked.status, 0, asked.stderr);
  const done = await ours(aaAutodep, ["--no-reload", "-d", `${here}/ours`, ...names.map((name) => join(here, name))]);
  assert.equal(done.status, 0, done.err);
  const made = (side: string, root: string): Readonly<Record<string, readonly string[]>> =>
    Object.fromEntries(
      readdirSync(join(here, side))
        .filter((name) => name.includes("profile-tools-"))
        .toSorted()
        .map((name) => {
          const text = readFileSync(join(here, side, name), "utf8").replaceAll(root, "");
          return [name.replace(/^.*profile-tools-\w+\./, ""), rulesOf(text)];
        }),
    );
  assert.deepEqual(made("ours", tools.root), made("theirs", "\0"));
});

/** What of a profile that is not in force is asked, with these keys. */
function inactiveCase(keys: string, profile = "profile {at}/bin/count"): ToolCase {
  const conf =
    "[settings]\n  inactive_profiledir = {at}/none {at}/extra\n[qualifiers]\n[required_hats]\n[defaulthat]\n[globs]\n";
  return {
    tool: "aa-autodep",
    argv: ["-d", "{at}/p", "--configdir", "{at}/conf", "--no-reload", "{at}/bin/count"],
    files: {
      "p/abstractions/base": "/b r,\n",
      "p/tunables/global": "@{a}=b\n",
      "conf/logprof.conf": conf,
      "extra/count": `include <tunables/global>\n# kept\n${profile} {\n  include <abstractions/base>\n  {at}/bin/count mr,\n  /srv/b r,\n}\n`,
      "extra/other": "profile other {\n  /x r,\n}\n",
      "bin/count": "#!/bin/true\n",
    },
    keys,
  };
}

/** What was written into the policy: its heads and rules. */
function writtenIn({ tree }: ToolRun): readonly string[] {
  return Object.entries(tree).flatMap(([path, text]) =>
    /^p\/[^/]+$/.test(path) ? [...(text.match(/.*(?= \{$)/gm) ?? []), ...rulesOf(text)] : [],
  );
}

/** Our new profiles have the keyword, and `true` is a link elsewhere. */
function plain(all: readonly string[]): readonly string[] {
  return all.map((text) => text.replace(/^profile (?=\{at\})/, "")).filter((text) => !text.includes("/true"));
}

/** A key that is none has Debian's print the menu again. */
function said(text: string): readonly string[] {
  return [...new Set(text.match(/^.*(?:Inactive local|Abo\(r\)t|^Writing|^Abandon).*$/gm))];
}

test("of a profile that is there and not in force aa-autodep asks what Debian's asks", { skip }, async () => {
  const cases = [
    ...["u", "c", "ry", "rnc", "xu"].map((keys) => inactiveCase(keys)),
    inactiveCase("u", "{at}/bin/count flags=(complain)"),
    inactiveCase("", "profile count {at}/bin/count"),
  ];
  const theirs = await runDebianTools(cases);
  for (const [index, one] of cases.entries()) {
    const [own, foreign] = [await runOurTool(one), theirs[index]];
    assert.ok(foreign !== undefined);
    assert.deepEqual(plain(writtenIn(own)), plain(writtenIn(foreign)), `${one.keys}${foreign.err}${own.err}`);
    assert.equal(own.status, foreign.status, own.err);
    assert.deepEqual(said(own.out), said(foreign.out));
  }
});

test(
  "wrong use and what is not there end as Debian's do, but that what is skipped is no success",
  { skip },
  async (t) => {
    const tools = await debian();
    const { ours: here, theirs: there } = place(t, tools);
    put(here, { ...POLICY, p: "/usr/bin/p {\n/a r,\n}\n", q: "profile named /usr/bin/q {\n/a r,\n}\n" });
    const cases: readonly (readonly [tool: Tool, argv: readonly string[], theirs: number, ours: number])[] = [
      [aaCleanprof, [], 2, 2],
      [aaCleanprof, ["--nonsense"], 2, 2],
      [aaCleanprof, ["-d", "{at}/none", "p"], 1, 1],
      [aaCleanprof, ["-d", "{at}", "--no-reload", "-s", "no-such-program"], 0, 1],
      // theirs crashes where a profile is not called like its program
      [aaCleanprof, ["-d", "{at}", "--no-reload", "-s", "named"], 1, 0],
      [aaAutodep, ["-d", "{at}", "--no-reload", "{at}/p"], 0, 1],
      [aaAutodep, ["-d", "{at}", "--no-reload", "/no/such/program"], 0, 1],
    ];
    for (const [tool, argv, theirStatus, ownStatus] of cases) {
      const at = (place_: string): readonly string[] => argv.map((word) => word.replaceAll("{at}", place_));
      const { status: foreign, stderr } = await tools.run([tool.name, ...at(there)]);
      const { status, err } = await ours(tool, at(here));
      assert.deepEqual([tool.name, argv, foreign, status], [tool.name, argv, theirStatus, ownStatus], stderr + err);
    }
  },
);
