// Everything that is wrong with a profile: for people, and as data.
import { check, renderDiagnostics } from "armorer";

const text = `include <tunables/global>

profile demo /usr/bin/demo {
  capability sys_admn,
  @{HOME}/.demo/** rw,
}
`;

const checked = await check({ path: "demo", text });
console.log(checked.ok ? "can be compiled" : "cannot be compiled");
for (const { code, severity, message } of checked.diagnostics) console.log(`${severity} ${code}: ${message}`);
console.log(renderDiagnostics(checked));

/* Prints:
cannot be compiled
warning resolve/abi-missing: there is no `abi` line before the first profile
error resolve/capability-unknown: unknown capability `sys_admn`
warning[resolve/abi-missing]: there is no `abi` line before the first profile
 --> demo:3:9
  |
3 | profile demo /usr/bin/demo {
  |         ^^^^
  = help: Start the file with an `abi` line.

error[resolve/capability-unknown]: unknown capability `sys_admn`
 --> demo:4:14
  |
4 |   capability sys_admn,
  |              ^^^^^^^^
  = help: did you mean `sys_admin`?
*/
