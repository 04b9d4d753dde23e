/** Lines of logs for comparisons: recorded events behind four kinds of heads, most of them with something changed. */
import { readFileSync } from "node:fs";
import type { Random } from "./random.ts";

/** Bodies of recorded events on one line, without the escapes of a carrier. */
const bodies = readFileSync(new URL("../../../tests/corpus/audit-events.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line): unknown => JSON.parse(line))
  .map((entry) => (Array.isArray(entry) ? String(entry[2]) : ""))
  .filter((line) => line.includes('apparmor="') && !/MESSAGE|\n|\\x|msg='/.test(line))
  .map((line) => line.slice(line.indexOf('apparmor="')));

const FRAMES: readonly ((id: string) => string)[] = [
  (id) => `type=AVC msg=${id}: `,
  (id) => `Nov 22 08:52:44 myhost kernel: [ 1911.569682] audit: type=1400 ${id}: `,
  (id) => `2026-11-22T08:52:44.703105+00:00 myhost kernel: [ 1911.569682] audit: type=1400 ${id}: `,
  (id) => `[ 1911.569682] audit: type=1400 ${id}: `,
];

const VALUES = [
  '"/etc/passwd"',
  "2F6120",
  '"r"',
  '"rw"',
  "0",
  "1000",
  '"unconfined"',
  '"a//b"',
  '""',
  "4294967295",
  '"/f/{a,b}"',
];

const OTHER_KEYS = [
  "peer",
  "target",
  "addr",
  "lport",
  "name2",
  "error",
  "peer_pid",
  "tcontext",
  "xattr",
  "method",
  "ns",
];

/** A field gets another value, goes, comes twice or elsewhere, something is put between or behind, or the line ends. */
function mutated(body: string, random: Random): string {
  const fields = body.match(/[a-z_0-9]+=(?:"[^"]*"|\S*)/g) ?? [];
  const at = 1 + random.below(Math.max(1, fields.length - 1));
  const field = fields[at] ?? "";
  const key = field.slice(0, field.indexOf("="));
  switch (random.below(9)) {
    case 0:
      fields[at] = `${key}=${random.pick(VALUES)}`;
      break;
    case 1:
      fields.splice(at, 1);
      break;
    case 2:
      fields.splice(1 + random.below(fields.length), 0, ...fields.splice(at, 1));
      break;
    case 3:
      return body.slice(0, Math.max(20, random.below(body.length)));
    case 4:
      fields[0] = `apparmor="${random.pick(["DENIED", "ALLOWED", "AUDIT", "STATUS", "HINT", "ERROR", "KILLED"])}"`;
      break;
    case 5:
      fields.splice(1 + random.below(fields.length), 0, `${key}=${random.pick(VALUES)}`);
      break;
    case 6:
      fields[at] = `${field}${random.pick([",", '"', ")", "x", " x", ".", ";"])}`;
      break;
    case 7:
      fields.splice(1 + random.below(fields.length), 0, `${random.pick(OTHER_KEYS)}=${random.pick(VALUES)}`);
      break;
    default:
      return body.replace(/\d+/g, (digits) => (random.chance(0.3) ? String(random.below(70_000)) : digits));
  }
  return fields.join(" ");
}

/** A line as some carrier brings it. */
export function logLine(random: Random): string {
  const id = `audit(${1_700_000_000 + random.below(1_000_000)}.${String(random.below(1000)).padStart(3, "0")}:${random.below(100_000)})`;
  const body = random.pick(bodies);
  return random.pick(FRAMES)(id) + (random.chance(0.3) ? body : mutated(body, random));
}
