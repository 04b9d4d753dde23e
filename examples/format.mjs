// One style; comments and order stay. What cannot be read is left as it is, and the reason said.
import { format } from "armorer";

const good = await format("profile demo { # a comment\n/etc/hosts   r,\n}");
console.log(good.after);

const bad = await format("profile demo { /etc/hosts");
console.log(bad.refusal?.message);

/* Prints:
profile demo { # a comment
  /etc/hosts r,
}

expected permissions after the path, found the end of the file
*/
