// Applies the first fix of everything that has one. A fix was tried before it is offered.
import { check } from "armorer";
import { applyEdits } from "armorer/text";

const text = "profile demo {\n  capability sys_admn,\n  /etc/hosts r\n}\n";

const { diagnostics, path } = await check(text);
const edits = diagnostics.flatMap(({ fixes: [first] }) => first?.edits ?? []);
// A fix may be for a file that is included: its edits are not for this text.
const own = edits.filter(({ file }) => file === path).map(({ edit }) => edit);
console.log(applyEdits(text, own));

/* Prints:
profile demo {
  capability sys_admn,
  /etc/hosts r,
}
*/
