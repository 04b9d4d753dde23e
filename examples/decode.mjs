// Compiled policy back to rules. `readFileSync` would do as well: it does not matter who compiled it.
import { compile, decode } from "armorer";

const { units } = await compile("profile demo { /etc/hosts r, deny /etc/shadow r, capability chown, }");

const decoded = await decode(units[0].bytes);
console.log(decoded.ok ? decoded.value : `cannot be read: ${decoded.error}`);

const refused = await decode(Uint8Array.of(1, 2, 3));
console.log(refused.ok || refused.error);

/* Prints:
profile demo {
  # mode: enforce, abi: 7
  capability chown,
  /etc/hosts r,
  deny /etc/shadow r,
  # mediated: file(2) mount(7) ptrace(9) signal(10) dbus(32)
}

this is not compiled policy: it does not start with a version (at byte 0)
*/
