// The denials in a log that comes in pieces, however long it is: a stream, a file, or, as `nodeLogs` of armorer/host, the logs of this machine.
import { Readable } from "node:stream";
import { countLog } from "armorer/audit";

const line = (id, name) =>
  `type=AVC msg=audit(1764374400.123:${id}): apparmor="DENIED" operation="open" class="file" profile="demo" name="${name}" pid=7 comm="demo" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n`;
const stream = Readable.from([
  Buffer.from(line(42, "/etc/demo.conf") + line(43, "/etc/demo.conf")),
  Buffer.from(line(44, "/srv/x")),
]);

// Nothing of a piece is kept. With `onEvent` each event is heard of as it comes.
const log = countLog({ isWanted: (event) => event.type === "DENIED" });
for await (const piece of stream) log.feed(piece);
log.end();

const { groups, reading } = log.report();
for (const { event, count } of groups) console.log(event.profile, event.name, count);
console.log(reading.lines, "lines");

/* Prints:
demo /etc/demo.conf 2
demo /srv/x 1
3 lines
*/
