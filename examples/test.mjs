// Expectations about policy. `none` holds if not one access of the rule is allowed; every access is looked at, none is tried.
import { runTests } from "armorer";

const policy = "profile demo {\n  /srv/** rw,\n  deny /srv/keys/** w,\n}\n";
const suite = `test "keys stay private" for demo {
  all /srv/data/** rw,
  none /srv/keys/** w,
  none /srv/keys/** r,
}
`;

const { ok, tests, troubles } = await runTests(policy, suite);
console.log(ok);
// What is wrong in the suite itself.
for (const { line, message } of troubles) console.log(line, message);
for (const { name, outcome: whole, results } of tests) {
  console.log(whole, name);
  for (const { outcome, text, witness } of results) console.log(outcome, text, witness ?? "");
}

/* Prints:
false
failed keys stay private
passed all /srv/data/** rw,
passed none /srv/keys/** w,
failed none /srv/keys/** r, /srv/keys/a r,
*/
