import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLine } from "../audit/index.ts";
import { readEvent } from "./index.ts";

function reading(record: string): unknown {
  const event = parseLine(`audit(1.1:1): apparmor="DENIED" profile="p" pid=1 comm="t" ${record}`);
  assert.ok(event !== undefined && event.type === "DENIED", record);
  return readEvent(event);
}

const file = (mask: string, more = "fsuid=1000 ouid=1000"): string =>
  `name="/a" requested_mask="${mask}" denied_mask="${mask}" ${more}`;

/** What audit-events 8 says of each record. */
const RECORDS: readonly (readonly [string, unknown])[] = [
  [`operation="open" ${file("wc")}`, { kind: "file", path: "/a", letters: ["w", "c"], owner: true, asRoot: false }],
  [`operation="file_lock" ${file("w")}`, { kind: "file", path: "/a", letters: ["w", "k"], owner: true, asRoot: false }],
  [`operation="chown" ${file("w")}`, { kind: "file", path: "/a", letters: ["w"], owner: false, asRoot: false }],
  [`operation="exec" ${file("x")}`, { kind: "exec", path: "/a", missingProfile: false }],
  [`operation="link" ${file("l")} target="/b"`, { kind: "link", path: "/a", target: "/b", owner: true }],
  // The names may be paired; what lacks are permissions of the target.
  [
    `operation="link" ${file("rw", "fsuid=0 ouid=1")} target="/b"`,
    { kind: "file", path: "/b", letters: ["r", "w"], owner: false, asRoot: true },
  ],
  [`operation="capable" capability=21 capname="sys_admin"`, { kind: "capability", name: "sys_admin", number: 21 }],
  [
    `operation="signal" requested_mask="send" denied_mask="send" signal=term peer="q"`,
    { kind: "signal", permissions: ["send"], signal: "term", number: 15, peer: "q" },
  ],
  [
    `operation="create" family="inet" sock_type="stream" protocol=6`,
    { kind: "network", family: "inet", type: "stream", permissions: ["create"] },
  ],
  // Without addresses the kernel mediated the family alone.
  [
    `operation="create" family="unix" sock_type="stream" requested_mask="create" denied_mask="create"`,
    { kind: "network", family: "unix", type: "stream", permissions: ["create"] },
  ],
  [
    `operation="mount" name="/mnt/" fstype="tmpfs" srcname="none" flags="rw, nosuid"`,
    { kind: "mount", mountPoint: "/mnt/", source: "none", fstype: "tmpfs", words: ["rw", "nosuid"] },
  ],
  // What a record carries says what it is about: to the path of a socket, older kernels write file events of these names.
  ...["connect", "sendmsg"].map(
    (operation) =>
      [
        `operation="${operation}" ${file("wr")}`,
        { kind: "file", path: "/a", letters: ["w", "r"], owner: true, asRoot: false },
      ] as const,
  ),
  [
    `operation="sendmsg" info="Failed name lookup - disconnected path" error=-13 ${file("w").replace("/a", "run/a")}`,
    {
      kind: "flag",
      flag: "attach_disconnected",
      reason: "the file cannot be reached from the program's root; the flag gives it a name",
    },
  ],
  [`operation="change_onexec" target="q"`, { kind: "change_profile", target: "q", onExec: true }],
  [`operation="change_profile" target="q"`, { kind: "change_profile", target: "q", onExec: false }],
  [
    `operation="capable" capability=41 capname="unknown"`,
    { kind: "skip", reason: "unknown-value", detail: 'capname "unknown"' },
  ],
  [
    `operation="file_inherit" family="unix" sock_type="stream" protocol=0 addr=none peer_addr=none`,
    {
      kind: "unix",
      permissions: ["send", "receive"],
      type: "stream",
      address: null,
      peerAddress: null,
      peerLabel: undefined,
    },
  ],
  // Blanks behind `=`, what got behind a number, and an empty value are no part of what is said.
  [
    `operation="signal" requested_mask=  "send" denied_mask= "send" signal=term peer=  "q"`,
    { kind: "signal", permissions: ["send"], signal: "term", number: 15, peer: "q" },
  ],
  [
    `operation="open" ${file("r", "fsuid=1000, ouid=1000)")}`,
    { kind: "file", path: "/a", letters: ["r"], owner: true, asRoot: false },
  ],
  [
    `operation="open" ${file("r", 'fsuid=1000 ouid=1000FSUID="ann" OUID="ann"')}`,
    { kind: "file", path: "/a", letters: ["r"], owner: true, asRoot: false },
  ],
  [
    `operation="create" family="inet" sock_type="stream" protocol=6 info= target=`,
    { kind: "network", family: "inet", type: "stream", permissions: ["create"] },
  ],
  [`operation="stack" name="q"`, { kind: "change_profile", target: "&q", onExec: false }],
  // The limit is not the matter: who may exceed it is.
  [
    `operation="setrlimit" info="cap_sys_resource" rlimit=nofile value=5`,
    { kind: "capability", name: "sys_resource", number: 24 },
  ],
  // No rule can be made for a name that is none.
  [
    `operation="open" info="Failed name lookup - disconnected path" error=-13 ${file("r")}`,
    {
      kind: "flag",
      flag: "attach_disconnected",
      reason: "the file cannot be reached from the program's root; the flag gives it a name",
    },
  ],
  [
    `operation="capable" capability=41 capname="unknown"`,
    { kind: "skip", reason: "unknown-value", detail: 'capname "unknown"' },
  ],
];

test("an event is read as the access that was wanted, or as the reason why there is none", () => {
  for (const [record, expected] of RECORDS) assert.deepEqual(reading(record), expected, record);
});
