// Applies the first fix of everything that has one. A fix was tried before it is offered.
import { check } from "armorer";
import { applyEdits } from "armorer/text";

const text = "profile demo {\n  capability sys_admn,\n  /etc/hosts r\n}\n";

const { diagnostics } = await check(text);
const edits = diagnostics.flatMap(({ fixes: [first] }) => first?.edits ?? []);
console.log(
  applyEdits(
    text,
    edits.map(({ edit }) => edit),
  ),
);

/* Prints:
profile demo {
  capability sys_admn,
  /etc/hosts r,
}
*/
