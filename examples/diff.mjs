// What a change newly allows, as rules: for reviews.
import { diff } from "armorer";

const before = "profile demo {\n  /etc/hosts r,\n  /srv/*.log w,\n}\n";
const after = "profile demo {\n  /etc/h* r,\n}\n";

const report = await diff(before, after);
console.log(report.verdict);
for (const { name, rules } of report.profiles) {
  for (const { sign, rule, witness } of rules) console.log(name, sign, rule, "for example", witness);
}

/* Prints:
both
demo - /srv/*.log w, for example /srv/a.log w,
demo + /etc/h* r, for example /etc/h r,
*/
