// The denials in a log. Equal ones are counted; copies that came by two ways count once.
import { readEvents } from "armorer";

const log = [
  'type=AVC msg=audit(1764374400.123:42): apparmor="DENIED" operation="open" class="file" profile="demo" name="/etc/demo.conf" pid=7 comm="demo" requested_mask="r" denied_mask="r" fsuid=0 ouid=0',
  'type=AVC msg=audit(1764374401.123:43): apparmor="DENIED" operation="open" class="file" profile="demo" name="/etc/demo.conf" pid=8 comm="demo" requested_mask="r" denied_mask="r" fsuid=0 ouid=0',
  "something else",
];

for (const { event, count } of readEvents(log).groups) {
  console.log(event.profile, event.operation, event.name, event.denied, count);
}

/* Prints:
demo open /etc/demo.conf [ 'r' ] 2
*/
