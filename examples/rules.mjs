// What the profiles of a file say, as data: includes read, variables expanded, each rule with where it comes from.
import { memoryFiles, readModel } from "armorer";
import { starterPolicy } from "armorer/starter-policy";
import { printFilePermissions } from "armorer/tables";

const text = `include <tunables/global>

@{STORE}=/srv/a /srv/b
profile demo /usr/bin/demo {
  @{STORE}/** rw,
  deny /srv/a/key r,
  capability chown,
  include if exists <local/demo>
}
`;

// Files of one's own beside the starter policy of the package: one table of both.
const files = memoryFiles({ ...starterPolicy, "/etc/apparmor.d/local/demo": "/var/log/demo.log w,\n" });

const { model } = await readModel({ path: "demo", text }, { files });
for (const profile of model.profiles) {
  for (const rule of profile.rules) {
    if (rule.kind !== "file") continue;
    const permissions = printFilePermissions(rule.permissions, rule.exec);
    console.log(
      `${rule.mode === "deny" ? "deny" : "allow"} ${rule.path.text} ${permissions} (${rule.origin.span.file})`,
    );
  }
}

/* Prints:
allow {/srv/a,/srv/b}/** rw (demo)
deny /srv/a/key r (demo)
allow /var/log/demo.log w (/etc/apparmor.d/local/demo)
*/
