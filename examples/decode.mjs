// Compiled policy back to rules. `readFileSync` would do as well: it does not matter who compiled it.
import { compile, decode } from "armorer";

const { units } = await compile("profile demo { /etc/hosts r, deny /etc/shadow r, capability chown, }");

const decoded = await decode(units[0].bytes);
console.log(decoded.ok ? decoded.value : `cannot be read: ${decoded.error}`);

const refused = await decode(Uint8Array.of(1, 2, 3));
console.log(refused.ok || refused.error);
