/** aa-sandbox on a real kernel: what runs in it is confined and its caller's, and however it ends, nothing runs on and nothing is loaded. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import type { GuestFile } from "../../lab/index.ts";
import { filesFrom, labReady, withGuest } from "../support/lab.ts";
import { repository } from "../support/sources.ts";

const SANDBOX = "/opt/armorer/bin/aa-sandbox";
const PROFILES = "/sys/kernel/security/apparmor/profiles";

/** What may start other programs. */
const TEMPLATE = `#include <tunables/global>
###PROFILEATTACH### {
  #include <abstractions/base>
  ###POLICYGROUPS###
  ###READS###
  /usr/bin/{sleep,id} rmix,
  /etc/{passwd,group,nsswitch.conf} r,
}
`;

const files: readonly GuestFile[] = [
  ...["dist", "bin"].flatMap((name) => filesFrom(join(repository, name), `/opt/armorer/${name}`)),
  ...filesFrom(join(repository, "policy/easyprof"), "/opt/armorer/policy/easyprof"),
  ...["abstractions", "tunables"].flatMap((name) =>
    filesFrom(join(repository, "policy", name), `/etc/apparmor.d/${name}`),
  ),
  { path: "/etc/passwd", data: "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n" },
  { path: "/usr/share/open", data: "open\n" },
  { path: "/srv/closed", data: "closed\n" },
  { path: "/srv/template", data: TEMPLATE },
];

before(labReady);

/** Calls within one shell, each answered by `name=status` behind what it printed. */
const SCRIPT = `
cd /
say() { echo "$1=$2"; echo "loaded: $(cat ${PROFILES})"; echo "sleeping: $(cat /proc/[0-9]*/stat 2>/dev/null | grep '(sleep)' | grep -vc ' Z ')"; }
${SANDBOX} -- cat /usr/share/open /srv/closed; say closed $?
SUDO_UID=1000 SUDO_GID=1000 ${SANDBOX} -t /srv/template --read-path '/proc/*/attr/current' -- sh -c 'id -u; id -G; echo $HOME; read label < /proc/self/attr/current; echo "$label"; sleep 300 & exit 7'; say left $?
setsid ${SANDBOX} -t /srv/template -- sh -c 'sleep 300; true' & 
for i in $(seq 300); do grep -q '^sandbox-' ${PROFILES} && cat /proc/[0-9]*/stat 2>/dev/null | grep '(sleep)' | grep -qv ' Z ' && break; done 2>/dev/null
say running $?
kill -9 $!
for i in $(seq 300); do grep -q '^sandbox-' ${PROFILES} || break; sleep 0.1; done
say killed $?
`;

test("a program in a sandbox is confined and its caller's, and ends with it, however that ends", async (context) => {
  await withGuest({ kernel: "7.2", withNode: true, memoryMebibytes: 1536, files }, async (guest) => {
    const [done] = await guest.run({
      kind: "run",
      id: "sandbox",
      argv: ["/bin/sh", "-c", SCRIPT],
      timeoutMs: 300_000,
    });
    const said = `${done?.stdout ?? ""}${done?.stderr ?? ""}`;
    context.diagnostic(said);
    assert.equal(
      done?.stdout,
      [
        "open\nclosed=1\nloaded: \nsleeping: 0",
        "1000\n1000\n/home/ann\nsandbox-ann_usr_bin_dash (enforce)\nleft=7\nloaded: \nsleeping: 0",
        "running=0\nloaded: sandbox-root_usr_bin_dash (enforce)\nsleeping: 1",
        "killed=0\nloaded: \nsleeping: 0\n",
      ].join("\n"),
      said,
    );
    assert.match(done.stderr, /closed: Permission denied/);
    assert.match(done.stderr, /a process that sh left running ended with it/);
  });
});
