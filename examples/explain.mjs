// Why is this refused, by which lines, and what would turn the answer?
import { explain } from "armorer";

const text = `profile demo {
  /etc/* r,
  deny /etc/shadow r,
}
`;

const explained = await explain({ path: "demo", text }, "demo", "/etc/shadow r");
if (!explained.ok) throw new Error(explained.error);
const [answer] = explained.value;
for (const { outcome, rules, outranked } of answer.parts) {
  console.log(outcome);
  for (const { line, text: rule } of rules) console.log(`  by line ${line}: ${rule}`);
  for (const { line, text: rule, reason } of outranked) console.log(`  not by line ${line}: ${rule} (${reason})`);
}
console.log(answer.edit?.diff);

/* Prints:
denied
  by line 3: deny /etc/shadow r,
  not by line 2: /etc/* r, (deny)
--- demo
+++ demo
@@ -1,4 +1,3 @@
 profile demo {
   /etc/* r,
-  deny /etc/shadow r,
 }
*/
