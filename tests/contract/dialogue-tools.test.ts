/**
 * aa-logprof, aa-mergeprof and aa-notify beside Debian's own on the same files, with the same keys pressed. What is compared is what the profiles
 * mean afterwards, by what 5.0.2 compiles of them; of aa-notify what it prints. Where Debian's crash or lose what was answered, ours must not.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { openProfileTools, renderLabProblem } from "../../lab/index.ts";
import { type ToolCase, type ToolRun, runDebianTools, runOurTool } from "../support/debian-tools.ts";
import { sample } from "../support/dose.ts";

const skip = process.env["ARMORER_ORACLE"] === undefined && "needs the lab";

const POLICY = {
  "p/tunables/global": "@{HOME}=/home/*/ /root/\n",
  "p/abstractions/base": "/dev/null rw,\n",
  "p/abi/5.0": "x {y\n}\n",
};
const NOTES =
  "include <tunables/global>\nprofile notes /usr/bin/notes {\n  include <abstractions/base>\n\n  /etc/notes.conf r,\n  /usr/bin/cat Cx -> reader,\n\n  profile reader {\n    /usr/bin/cat mr,\n  }\n}\n";

let serial = 0;
const line = (fields: string, type = "DENIED"): string =>
  `type=AVC msg=audit(1795338034.254:${(serial += 1)}): apparmor="${type}" profile="notes" pid=12 comm="notes" ${fields}\n`;
const opened = (name: string, mask = "r", owner = false): string =>
  line(
    `operation="open" class="file" name="${name}" requested_mask="${mask}" denied_mask="${mask}" fsuid=1000 ouid=${owner ? 1000 : 0}`,
  );

/** Logs, and the keys that answer what they ask. */
const LOGS: readonly (readonly [log: string, keys: readonly string[]])[] = [
  ...["/srv/a", "/etc/x.d/10-a.conf", "/var/lib/notes/data.db", "/opt/n/lib.so"].map(
    (name) => [opened(name), ["as", "ds", "i", "gas", "eas", "tas", "ary", "f"]] as const,
  ),
  ...["w", "rw", "a", "k", "m", "wc", "wd"].map((mask) => [opened("/srv/a", mask), ["as", "ds"]] as const),
  [opened("/srv/own", "r", true), ["as", "oas", "gas", "i"]],
  [opened("/srv/own", "wc", true), ["as", "oas"]],
  [opened("/etc/notes.conf", "w"), ["as", "ds"]],
  [opened("/srv/a") + opened("/srv/b"), ["aas", "ais", "ii", "dds"]],
  [opened("/srv/a") + opened("/srv/a", "w"), ["as"]],
  [opened("/srv/a b"), ["as"]],
  [line('operation="capable" class="cap" capability=5  capname="kill"'), ["as", "ds", "i", "tas"]],
  [line('operation="capable" class="cap" capability=21  capname="sys_admin"'), ["as", "ds"]],
  [
    line(
      'operation="create" class="net" family="inet" sock_type="stream" protocol=6 requested_mask="create" denied_mask="create"',
    ),
    ["as", "ds", "i"],
  ],
  [
    line('operation="signal" class="signal" requested_mask="send" denied_mask="send" signal=term peer="unconfined"'),
    ["as", "ds", "i"],
  ],
  [line('operation="ptrace" class="ptrace" requested_mask="read" denied_mask="read" peer="unconfined"'), ["as", "ds"]],
  [line('operation="open" class="file" name="/x" requested_mask="r" denied_mask="r" fsuid=0 ouid=0', "AUDIT"), [""]],
  [line('operation="profile_replace" name="notes"', "STATUS"), [""]],
  ["nonsense\napparmor= \n", [""]],
  ["", [""]],
];

interface DialogueCase extends ToolCase {
  readonly keys: string;
}

const logCases: readonly DialogueCase[] = LOGS.flatMap(([log, keySets]) =>
  keySets.map((keys) => ({
    tool: "aa-logprof",
    argv: ["-d", "{at}/p", "-f", "{at}/log", "--no-check-mountpoint"],
    files: { ...POLICY, "p/notes": NOTES, log },
    keys,
  })),
);

/** What the other file says inside its profile, and the keys that answer what that asks where `a` does not. */
const MERGED: readonly (string | readonly [body: string, keys: string])[] = [
  "/etc/notes.conf r,",
  "/etc/notes.conf rw,",
  "/srv/** r,\n/srv/a w,",
  "owner /srv/a rw,",
  "/usr/bin/cat Cx -> reader,",
  "/usr/bin/cat ix,",
  "/usr/bin/less ix,",
  "/usr/bin/less Px,",
  "capability kill,",
  "capability kill,\ncapability chown,",
  "network inet stream,",
  "network,",
  "signal (send) set=(term) peer=x,",
  "ptrace (read) peer=x,",
  "unix (send, receive) type=stream peer=(label=x),",
  "dbus send bus=system path=/a interface=b member=c,",
  "mount fstype=tmpfs -> /mnt/,",
  "umount /mnt/,",
  "change_profile -> other,",
  "set rlimit nproc <= 10,",
  "userns create,",
  ["deny /etc/shadow r,", "ds"],
  "audit /etc/x r,",
  ["audit deny /etc/x w,", "ds"],
  ["audit deny /etc/x w,", "tds"],
  ["audit /etc/x r,", "tas"],
  ["audit network inet,", "tas"],
  ["priority=3 audit /etc/x r,", "ds"],
  "include <abstractions/base>",
  "@{HOME}/.notes r,",
  "/dev/null rw,",
  "profile reader {\n/usr/bin/cat mr,\n/etc/cat r,\n}",
  "profile extra {\n/x r,\n}",
  "^hat {\n/x r,\n}",
  "all,",
  "/a r,\n/b r,\n/c r,",
];

const mergeCases: readonly DialogueCase[] = MERGED.map((one) =>
  typeof one === "string" ? ([one, "aaaaaaaas"] as const) : one,
).map(([body, keys]) => ({
  tool: "aa-mergeprof",
  argv: ["-d", "{at}/p", "{at}/other"],
  files: {
    ...POLICY,
    "p/notes": NOTES,
    other: `include <tunables/global>\nprofile notes /usr/bin/notes {\n${body}\n}\n`,
  },
  keys,
}));

/** A profile as 5.0.2 compiles it, as a digest; `bad`: it does not. */
async function compiled(texts: readonly string[]): Promise<readonly string[]> {
  const tools = await openProfileTools();
  if (!tools.ok) assert.fail(renderLabProblem(tools.error));
  const { root, run } = tools.value;
  mkdirSync(join(root, "tmp"), { recursive: true });
  const work = mkdtempSync(join(root, "tmp/dialogues-"));
  try {
    const inside = work.slice(root.length);
    const script = texts.map((text, index) => {
      for (const [name, content] of Object.entries({ ...POLICY, "p/notes": text })) {
        const path = join(work, String(index), name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
      }
      const base = `${inside}/${index}/p`;
      return `if apparmor_parser -S -K -Q -M {dir}/features --base ${base} ${base}/notes >{dir}/blob 2>/dev/null; then sha256sum <{dir}/blob; else echo bad; fi`;
    });
    const features = readFileSync(new URL("../../../policy/abi/5.0", import.meta.url));
    const { stdout } = await run(["sh", "-c", script.join("\n")], { files: { features }, timeoutMs: 300_000 });
    return stdout.toString().trim().split("\n");
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Theirs died: of a traceback, or waiting for a key that no question of ours needs. */
function isLost({ err, status }: ToolRun): boolean {
  return status < 0 || /Traceback|ERROR:/.test(err);
}

interface Compared {
  readonly one: DialogueCase;
  readonly theirs: ToolRun;
  readonly ours: ToolRun;
  readonly isSame: boolean;
}

async function compareAll(cases: readonly DialogueCase[]): Promise<readonly Compared[]> {
  const theirs = await runDebianTools(cases);
  const ours: ToolRun[] = [];
  for (const one of cases) ours.push(await runOurTool(one));
  const digests = await compiled([...theirs, ...ours].map(textOf));
  return cases.flatMap((one, index): readonly Compared[] => {
    const [foreign, own] = [theirs[index], ours[index]];
    if (foreign === undefined || own === undefined) return [];
    return [{ one, theirs: foreign, ours: own, isSame: digests[index] === digests[cases.length + index] }];
  });
}

function textOf({ tree }: ToolRun): string {
  return tree["p/notes"] ?? "";
}

/** The lines that were not there. */
function added(run: ToolRun): string {
  return textOf(run)
    .split("\n")
    .filter((row) => !NOTES.includes(row))
    .join(" ");
}

function shown({ one, ours, theirs }: Compared): string {
  const asked = JSON.stringify(one.files["log"] ?? one.files["other"]);
  return `${one.keys} ${asked}\n  theirs ${theirs.status}: ${added(theirs)}${theirs.err.slice(-200)}\n  ours ${ours.status}: ${added(ours)}${ours.err}`;
}

test(`aa-logprof and aa-mergeprof: ${logCases.length + mergeCases.length} dialogues`, { skip }, async (t) => {
  const compared = await compareAll(sample([...logCases, ...mergeCases], 16, 0));
  const different = compared.filter(({ isSame, theirs }) => !isSame && !isLost(theirs));
  for (const one of different) t.diagnostic(shown(one));
  for (const one of compared) if (isLost(one.theirs)) t.diagnostic(`lost: ${shown(one)}`);
  assert.deepEqual(different.map(shown), []);
});
