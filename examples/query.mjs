// Which profiles allow this? All that the rule speaks of, some of it, or nothing; nothing is sampled.
import { query } from "armorer";

const policy = [
  { path: "reader", text: "profile reader { /srv/** r, }\n" },
  { path: "writer", text: "profile writer { /srv/data/** rw, deny /srv/data/secret w, }\n" },
];

const asked = await query(policy, "/srv/data/** w");
if (!asked.ok) throw new Error(asked.error);
for (const { profile, verdict, inside, outside } of asked.value.answers) {
  console.log(profile, verdict, inside ?? "-", outside ?? "-");
}

/* Prints:
reader none - /srv/data/a w,
writer some /srv/data/a w, /srv/data/secret w,
*/
