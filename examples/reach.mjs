// What can this profile become, and by which rules?
import { reach } from "armorer";

const text = `profile door /usr/bin/door {
  /usr/bin/hall Px -> hall,
}
profile hall {
  change_profile -> cellar,
}
profile cellar { }
`;

const asked = await reach({ path: "house", text }, "door", { to: "cellar" });
if (!asked.ok) throw new Error(asked.error);
for (const { from, to, kind, rules } of asked.value.way ?? []) {
  console.log(`${from} -> ${to}: ${kind}, line ${rules[0]?.line}`);
}

/* Prints:
door -> hall: exec, line 2
hall -> cellar: change_profile, line 5
*/
