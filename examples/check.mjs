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
