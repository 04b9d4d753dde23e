/**
 * Debian's libapparmor reads the same lines: what its parser accepts, ours understands alike, field by field; where the two differ, the reason
 * is one of a list (audit-events 10). `ARMORER_LOG_LINES` is the dose.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type AuditEvent, parseLine } from "../../src/learning/audit/index.ts";
import { type View, viewOf } from "../support/libapparmor-view.ts";
import { type ForeignRecord, parseForeign } from "../support/log-readers.ts";
import { Random } from "../support/random.ts";

const dose = Number(process.env["ARMORER_LOG_LINES"] ?? "4000");
const BATCH = 20_000;

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

/** A field gets another value, goes, comes twice or elsewhere, or the line ends. */
function mutated(body: string, random: Random): string {
  const fields = body.match(/[a-z_0-9]+=(?:"[^"]*"|\S*)/g) ?? [];
  const at = 1 + random.below(Math.max(1, fields.length - 1));
  const field = fields[at] ?? "";
  const key = field.slice(0, field.indexOf("="));
  switch (random.below(6)) {
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
    default:
      return body.replace(/\d+/g, (digits) => (random.chance(0.3) ? String(random.below(70_000)) : digits));
  }
  return fields.join(" ");
}

function lineOf(random: Random): string {
  const id = `audit(${1_700_000_000 + random.below(1_000_000)}.${String(random.below(1000)).padStart(3, "0")}:${random.below(100_000)})`;
  const body = random.pick(bodies);
  return random.pick(FRAMES)(id) + (random.chance(0.3) ? body : mutated(body, random));
}

/** Keys whose values the kernel always quotes, with one that is not. */
const QUOTED =
  / (?:operation|class|info|family|sock_type|requested_mask|denied_mask|requested|denied|flags|execpath|bus|path|interface|member|mask|label|peer_label|peer|target|srcname|fstype|capname|namespace)=[^" ]| (?:peer_)?addr=(?!none|\?)[^" ]/;

/** Keys whose values the kernel never quotes, with one that is, or that is no number where it always is one. */
const BARE =
  / (?:(?:laddr|faddr|signal)=(?:"|[0-9A-F]+(?: |$))|(?:error|pid|peer_pid|fsuid|ouid|capability|lport|fport|protocol|offset)=(?:"|-?[0-9]*[A-Za-z]))/;

/** Why libapparmor may reject what is an event to us, or not agree; the first that is so. */
const REASONS: readonly (readonly [reason: string, isSo: (event: AuditEvent, line: string) => boolean])[] = [
  ["it does not know KILLED", ({ type }) => type === "KILLED"],
  ["it does not know rlimit", (_, line) => /\b(?:rlimit|value)=/.test(line)],
  ["it does not know ns", (_, line) => / ns=/.test(line)],
  ["it does not know this key", ({ extra }) => extra !== undefined],
  ["it takes no cut line", ({ truncated }, line) => truncated === true || / [a-z_0-9]*$/.test(line)],
  ["ours reads execpath to the last quote", ({ execPath }) => execPath?.includes('"') === true],
  ["it decodes fewer fields", (_, line) => / (?:target|srcname|fstype|peer|capname)=[0-9A-F]{2}/.test(line)],
  ["it drops backslashes", (_, line) => line.includes("\\")],
  [
    "of a key that comes twice it takes the last",
    ({ duplicates, duplicateName }) => duplicates !== undefined || duplicateName !== undefined,
  ],
  ["a NUL ends its texts", (event) => Object.values(viewOf(event)).some((value) => String(value).includes("\0"))],
  ["ours knows a capability by its number", (_, line) => line.includes(" capability=") && !line.includes(" capname=")],
  ["its numbers have 32 bits", (_, line) => / [a-z_]+=-?\d{10}/.test(line)],
  ["it reads on behind the separator of auditd", (_, line) => line.includes("\u001d")],
  ["it wants quotes there", (_, line) => QUOTED.test(line)],
  ["it wants no quotes, and numbers, there", (_, line) => BARE.test(line)],
  ["it wants whole bytes", (_, line) => / (?:name|profile|comm|label)=(?:[0-9A-F]{2})*[0-9A-F](?: |$)/.test(line)],
  ["an empty bare value", (_, line) => /=(?: |$)/.test(line)],
];

/** Not compared: without a counterpart, or derived from several of ours. */
const OTHERS: ReadonlySet<string> = new Set([
  "version",
  "bitmask",
  "audit_id",
  "magic_token",
  "parent",
  "task",
  "net_protocol",
  "peer",
  "peer_profile",
]);

function differences(ours: View, theirs: ForeignRecord): readonly string[] {
  return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter((key) => {
    if (OTHERS.has(key)) return false;
    const [own, other] = [ours[key], theirs[key]];
    const isUnset = own === undefined && typeof other === "number" && (other === 0 || other > 2 ** 63);
    return own !== other && !isUnset;
  });
}

function compare(line: string, theirs: ForeignRecord | null): string {
  const event = parseLine(line);
  const isOurs = event !== undefined && event.type !== "LOSS" && event.type !== "PROBLEM";
  const isTheirs = theirs !== null && theirs["event"] !== 0;
  if (!isOurs) return isTheirs ? "unexplained: theirs alone" : "neither";
  const wrong = isTheirs ? differences(viewOf(event), theirs) : ["all"];
  if (wrong.length === 0) return "same";
  return REASONS.find(([, isSo]) => isSo(event, line))?.[0] ?? `unexplained: ${wrong.join(" ")}`;
}

test(`${dose} lines are read as libapparmor reads them, or for a known reason otherwise`, async (t) => {
  const random = new Random(Number(process.env["ARMORER_LOG_SEED"] ?? "20261129"));
  const counts = new Map<string, number>();
  const examples = new Map<string, string>();
  for (let done = 0; done < dose; done += BATCH) {
    const lines = Array.from({ length: Math.min(BATCH, dose - done) }, () => lineOf(random));
    const records = await parseForeign(lines);
    for (const [index, line] of lines.entries()) {
      const what = compare(line, records[index] ?? null);
      counts.set(what, (counts.get(what) ?? 0) + 1);
      if (!examples.has(what)) examples.set(what, line);
    }
  }
  for (const [what, count] of [...counts].toSorted((a, b) => b[1] - a[1])) t.diagnostic(`${count} ${what}`);
  const unexplained = [...examples].filter(([what]) => what.startsWith("unexplained"));
  assert.deepEqual(unexplained, []);
  assert.ok((counts.get("same") ?? 0) > dose / 4);
});
