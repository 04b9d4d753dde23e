// Changes by rule and profile. What is not changed stays to the byte.
import { plan } from "armorer/edit";
import { parse } from "armorer/syntax";
import { FilePermission } from "armorer/tables";
import { applyEdits, sourceFile } from "armorer/text";

const text = "profile demo {\n  /etc/hosts r, # names\n}\n";

const { edits, problems } = plan(parse(sourceFile("demo", text)), [
  { kind: "add-rule", profile: ["demo"], rule: { kind: "capability", names: ["chown"] } },
  {
    kind: "add-rule",
    profile: ["demo"],
    rule: { kind: "file", path: "/srv/**", permissions: FilePermission.r | FilePermission.w },
  },
  { kind: "add-rule", profile: ["demo"], rule: "owner @{HOME}/.demo r" },
  { kind: "set-mode", profile: ["demo"], mode: "complain" },
]);
console.log(problems);
console.log(applyEdits(text, edits));

/* Prints:
[]
profile demo flags=(complain) {
  capability chown,
  /etc/hosts r, # names
  /srv/** rw,
  owner @{HOME}/.demo r,
}
*/
