/** aa-notify beside Debian's own on the same logs: what it counts and prints, byte for byte but for the time of the count. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openNotifier } from "../../lab/index.ts";
import { dose } from "../support/dose.ts";
import { type ToolCase, type ToolRun, runDebianTools, runOurTool } from "../support/debian-tools.ts";

const record = (serial: number, fields: string, type = "DENIED"): string =>
  `type=AVC msg=audit(1795338034.254:${serial}): apparmor="${type}" ${fields}\n`;

const EVENTS: readonly string[] = [
  'operation="open" class="file" profile="notes" name="/etc/shadow" pid=1 comm="cat" requested_mask="r" denied_mask="r" fsuid=0 ouid=0',
  'operation="open" class="file" profile="/usr/bin/x" name="/srv/a" pid=1 comm="x" requested_mask="wc" denied_mask="wc" fsuid=0 ouid=0',
  'operation="exec" class="file" profile="notes" name="/usr/bin/less" pid=1 comm="cat" requested_mask="x" denied_mask="x" fsuid=0 ouid=0 target="other"',
  'operation="signal" class="signal" profile="notes" pid=1 comm="cat" requested_mask="send" denied_mask="send" signal=term peer="unconfined"',
  'operation="ptrace" class="ptrace" profile="notes" pid=1 comm="cat" requested_mask="read" denied_mask="read" peer="unconfined"',
  'operation="create" class="net" profile="notes" pid=1 comm="cat" family="inet" sock_type="stream" protocol=6 requested_mask="create" denied_mask="create"',
  'operation="capable" class="cap" profile="notes" pid=1 comm="cat" capability=21  capname="sys_admin"',
  'operation="capable" class="cap" profile="notes" pid=1 comm="sudo" capability=5  capname="kill"',
  'operation="mount" class="mount" profile="notes" name="/mnt/" pid=1 comm="mount" fstype="tmpfs" srcname="none"',
];

const FILTERS: readonly (readonly string[])[] = [
  [],
  ["--filter.profile=notes"],
  ["--filter.profile=/usr"],
  ["--filter.operation=open|exec"],
  ["--filter.name=/etc"],
  ["--filter.name=.*s"],
  ["--filter.denied=r"],
  ["--filter.family=inet"],
  ["--filter.family=unix"],
  ["--filter.socket=dgram"],
  ["--filter.mode=DENIED"],
  ["--filter.mode=ALLOWED"],
  ["--filter.profile=notes", "--filter.denied=x"],
];

const LOGS: Readonly<Record<string, string>> = {
  all: EVENTS.map((fields, index) => record(index + 1, fields)).join(""),
  allowed: EVENTS.map((fields, index) => record(index + 1, fields, index % 2 === 0 ? "ALLOWED" : "DENIED")).join(""),
  none: "",
  nonsense: "nonsense\napparmor=\n\u0000\u0001\n",
};

const conf = { "conf/notify.conf": "# nothing\n", "conf/logprof.conf": "[settings]\n" };

const counted: readonly ToolCase[] = Object.entries(LOGS).flatMap(([name, log]) =>
  FILTERS.filter((_, index) => name === "all" || name === "allowed" || index < 2).map((filter): ToolCase => ({
    tool: "aa-notify",
    argv: ["-f", "{at}/log", "-s", "9000", "-v", ...filter],
    files: { log, ...conf },
  })),
);

/** With the status that both end with, or each. */
const WRONG: readonly (readonly [argv: readonly string[], theirs: number, ours: number])[] = [
  [["-s", "x"], 2, 2],
  [["-s"], 2, 2],
  [["surplus"], 2, 2],
  [["--nonsense"], 2, 2],
  [["-L", "maybe", "-s", "1"], 2, 2],
  [["-w", "x", "-p"], 2, 2],
  [["-s", "1", "-f", "{at}/none"], 1, 1],
  [["-s", "1", "-f", "{at}"], 1, 1],
  [["-s", "1", "-f", "{at}/log", "--prompt-filter", "zz"], 1, 1],
  // theirs ends with a traceback
  [["-s", "1", "-f", "{at}/log", "--filter.name=("], 1, 1],
  [["-l", "-f", "{at}/log"], 1, 1],
  [["--help"], 0, 0],
];

const withoutTime = (text: string): string => text.replaceAll(/\(since [^)]*\)/g, "(since)");
/** Debian's footer is in its own notify.conf. */
const withoutFooter = (text: string): string => text.replace(/^For more information.*\n/m, "");

async function openReady(): ReturnType<typeof openNotifier> {
  const opened = await openNotifier();
  if (!opened.ok) return opened;
  // it asks who it is
  mkdirSync(join(opened.value.root, "etc"), { recursive: true });
  writeFileSync(join(opened.value.root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  writeFileSync(join(opened.value.root, "etc/group"), "root:x:0:\n");
  return opened;
}

const wrong = WRONG.map(([argv]): ToolCase => ({
  tool: "aa-notify",
  argv,
  files: { log: LOGS["all"] ?? "", ...conf },
}));

test("wrong uses of aa-notify end as Debian's were seen to", async () => {
  for (const [index, [argv, , own]] of WRONG.entries()) {
    const one = wrong[index];
    assert.ok(one);
    assert.deepEqual([argv, (await runOurTool(one)).status], [argv, own]);
  }
});

async function besideDebians(): Promise<void> {
  const theirs = await runDebianTools([...counted, ...wrong], openReady);
  for (const [index, one] of counted.entries()) {
    const ours = await runOurTool(one);
    const about = (run: ToolRun | undefined): object => ({
      case: [one.argv.slice(5), one.files["log"]],
      status: run?.status,
      out: withoutFooter(withoutTime(run?.out ?? "")),
    });
    assert.deepEqual(about(ours), about(theirs[index]));
  }
  for (const [index, [argv, foreign]] of WRONG.entries()) {
    assert.deepEqual([argv, theirs[counted.length + index]?.status], [argv, foreign]);
  }
}

/** Debian's aa-notify comes with 160 MB of what it reads in: in whole runs alone. */
if (dose(false, true)) {
  test(
    `aa-notify: ${counted.length} counts and ${WRONG.length} wrong uses end as Debian's do`,
    { skip: process.env["ARMORER_ORACLE"] === undefined && "needs the lab" },
    besideDebians,
  );
}
