/** Any lines are read as a log, and an event's fields are found again in whatever carries it. */
import assert from "node:assert/strict";
import { eventKey, groupEvents, parseLine, readLog } from "../../../../src/learning/audit/index.ts";
import type { Mutator, Target } from "../target.ts";
import { auditLines } from "../lines.ts";

const keys =
  `apparmor="DENIED" apparmor="ALLOWED" apparmor="STATUS" operation= profile= name= pid= comm= requested_mask= denied_mask= fsuid= ouid= peer=
target= family= sock_type= protocol= capname= capability= signal= error=-13 info= class= namespace= label= addr= peer_addr= audit(1.2:3): type=AVC
type=1400 msg= MESSAGE= 5,1,1,-; \\x41 4100 "a//b" //null-`.split(/\s+/);

/** A value becomes hexadecimal, as the kernel writes what has odd bytes. */
const hexadecimal: Mutator = (text, random) => {
  const found = [...text.matchAll(/="([^"]*)"/g)];
  if (found.length === 0) return text;
  const match = random.pick(found);
  const hex = Buffer.from(match[1] ?? "")
    .toString("hex")
    .toUpperCase();
  return text.slice(0, match.index) + `=${hex}` + text.slice(match.index + match[0].length);
};

export const audit: Target = {
  name: "audit",
  seeds: auditLines,
  words: keys,
  mutators: [hexadecimal, (text, random) => text.replace(/ (\w+)=/, () => ` ${random.pick(keys)}`)],
  dose: 6000,
  law: (input) => {
    const reading = readLog(input.split("\n"));
    const event = parseLine(input);
    assert.deepEqual(parseLine(input), event, "the same line reads differently");
    for (const group of groupEvents(reading.events.map(({ event: one }) => one))) eventKey(group.event);
    JSON.stringify(reading);
    return event !== undefined;
  },
};
