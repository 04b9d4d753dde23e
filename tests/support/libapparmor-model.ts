/**
 * What libapparmor's parser makes of a line that is an event to us (audit-events 10), told from the line alone: that it rejects it, and why, or
 * in what its record differs from ours. Each reason is an exact condition, and holds both ways: where it is so, the parser does so.
 */
import { isDeepStrictEqual } from "node:util";
import { type AuditEvent, parseLine } from "../../src/learning/audit/index.ts";
import { type View, viewOf } from "./libapparmor-view.ts";

/** `text`: only quoted; `encoded`: that, or whole bytes in hexadecimal; `word`, `address`: never quoted. */
type Form = "text" | "encoded" | "number" | "signed" | "word" | "address" | "encoded-word" | "number-or-text";

const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ...[
    "apparmor operation class info family sock_type requested_mask denied_mask requested denied flags execpath peer target",
    "srcname fstype capname bus path interface member mask peer_label peer_profile method exe FSUID OUID",
  ].flatMap((keys) => keys.split(" ").map((key) => [key, "text"] as const)),
  ...["name", "profile", "comm", "label", "namespace", "tcontext", "name2"].map((key) => [key, "encoded"] as const),
  ...["pid", "fsuid", "ouid", "lport", "fport", "capability", "offset", "peer_pid"].map(
    (key) => [key, "number"] as const,
  ),
  ["error", "signed"],
  ["protocol", "number-or-text"],
  ["addr", "encoded-word"],
  ["peer_addr", "encoded-word"],
  ["laddr", "address"],
  ["faddr", "address"],
  ["signal", "word"],
]);

const PATTERNS: Readonly<Record<Form, RegExp>> = {
  text: /^"[^"]*"$/,
  encoded: /^(?:"[^"]*"|(?:[0-9A-F]{2})+)$/,
  number: /^\d+$/,
  signed: /^-?\d+$/,
  word: /^[A-Za-z0-9+.,;]+$/,
  address: /^[0-9a-f.:]{3,}$/,
  "encoded-word": /^(?:"[^"]*"|(?:[0-9A-F]{2})+|none|\?)$/,
  "number-or-text": /^(?:\d+|"[^"]*")$/,
};

/** Why one of its forms is not met. */
const MISSED: Readonly<Record<Form, string>> = {
  text: "it wants quotes there",
  encoded: "it wants quotes or whole bytes there",
  number: "it wants a number there",
  signed: "it wants a number there",
  word: "it wants a bare word there",
  address: "it wants a bare address there",
  "encoded-word": "it wants quotes or whole bytes there",
  "number-or-text": "it wants a number or quotes there",
};

interface ForeignField {
  readonly key: string;
  /** With its quotes. */
  readonly value: string;
}

/** What auditd puts before the names of ids: a blank to the parser. */
const SEPARATOR = "\u001d";
const FIELD = /\s*([A-Za-z_0-9]+)=("[^"]*"?|[^\s"]*)/y;

/** The fields of a record; what follows that is none. */
function fieldsOf(record: string): { readonly fields: readonly ForeignField[]; readonly rest: string } {
  const fields: ForeignField[] = [];
  let at = 0;
  for (;;) {
    FIELD.lastIndex = at;
    const found = FIELD.exec(record);
    if (found === null) return { fields, rest: record.slice(at) };
    fields.push({ key: found[1] ?? "", value: found[2] ?? "" });
    at = FIELD.lastIndex;
  }
}

function recordOf(line: string): string {
  return line.slice(line.indexOf("apparmor=")).replaceAll(SEPARATOR, " ");
}

/** Why the parser rejects a line; `undefined`: it does not. */
export function rejection(line: string): string | undefined {
  const { fields, rest } = fieldsOf(recordOf(line));
  if (!/^(?:\s*|"[^"]*)$/.test(rest)) return "it takes no cut line";
  for (const { key, value } of fields) {
    if (key === "apparmor" && value === '"KILLED"') return "it does not know KILLED";
    const form = FORMS.get(key);
    if (form === undefined) return `it does not know the key ${key}`;
    if (/^"[^"]*$/.test(value)) return "it takes no cut line";
    if (value === "") return "it takes no empty bare value";
    if (!PATTERNS[form].test(value)) return MISSED[form];
  }
  return undefined;
}

/** Keys of one field of the parser's record. */
const SAME: ReadonlyMap<string, string> = new Map([
  ["name2", "target"],
  ["requested", "requested_mask"],
  ["denied", "denied_mask"],
  ["mask", "denied_mask"],
  ["exe", "comm"],
  ["capname", "name"],
  ["label", "profile"],
  ["method", "member"],
]);

/** The line with each key but once, the last time. */
function withoutEarlier(line: string): string {
  const { fields } = fieldsOf(recordOf(line));
  const said = fields.map(({ key, value }, index) => [SAME.get(key) ?? key, value, index] as const);
  // no address takes nothing back
  const inOrder = said.toSorted((a, b) => Number(isNothing(b[1])) - Number(isNothing(a[1])));
  const last = new Map(inOrder.map(([key, , index]) => [key, index]));
  const kept = fields.filter(({ key }, index) => last.get(SAME.get(key) ?? key) === index);
  if (kept.length === fields.length) return line;
  return line.slice(0, line.indexOf("apparmor=")) + kept.map(({ key, value }) => `${key}=${value}`).join(" ");
}

function isNothing(value: string): boolean {
  return value === "none" || value === "?";
}

/** The line up to a text that is begun and never ends. */
function withoutOpenText(line: string): string {
  const { rest } = fieldsOf(recordOf(line));
  return /^"[^"]*$/.test(rest) ? line.slice(0, line.length - rest.length) : line;
}

const ADDED_NAMES = new RegExp(`${SEPARATOR}.*?(?= [a-z_0-9]+=|$)`);

/** A line that says to us what another says to the parser. */
const REWRITTEN: readonly (readonly [reason: string, rewrite: (line: string) => string])[] = [
  ["it reads on behind the separator of auditd", (line) => line.replace(ADDED_NAMES, "")],
  ["it passes over a text that never ends", withoutOpenText],
  ["it drops backslashes", (line) => line.replaceAll("\\", "")],
  ["of what comes twice it takes the last", withoutEarlier],
  ["ours reads execpath to the last quote", (line) => line.replace(/( execpath="[^"]*")( .*)$/, "$2$1")],
];

type Draft = Record<string, string | number>;

/** What the parser sees otherwise in an event. */
const CHANGED: readonly (readonly [reason: string, change: (view: Draft, event: AuditEvent, line: string) => void])[] =
  [
    [
      "a NUL ends its texts",
      (view) => {
        for (const [key, value] of Object.entries(view))
          if (typeof value === "string") view[key] = value.split("\0", 1)[0] ?? "";
      },
    ],
    [
      "its errors have 32 bits",
      (view, { error }) => {
        if (error !== undefined && error > 0x7fffffff) view["error_code"] = error | 0;
      },
    ],
    [
      "ours knows a capability by its number",
      (view, _, line) => {
        if (/ capability=\d/.test(line) && !/ (?:capname|name)=/.test(line)) delete view["name"];
      },
    ],
  ];

function eventOf(line: string): AuditEvent | undefined {
  const item = parseLine(line);
  return item === undefined || item.type === "LOSS" || item.type === "PROBLEM" ? undefined : item;
}

/** What the parser's record of a line holds, and for what reasons that is not what ours holds; `undefined`: it is no event to us. */
export function foreignView(line: string): { readonly view: View; readonly reasons: readonly string[] } | undefined {
  const reasons: string[] = [];
  let [text, event] = [line, eventOf(line)];
  for (const [reason, rewrite] of REWRITTEN) {
    const other = rewrite(text);
    const read = other === text ? undefined : eventOf(other);
    if (read === undefined || event === undefined) continue;
    if (!isDeepStrictEqual(viewOf(read), viewOf(event))) reasons.push(reason);
    [text, event] = [other, read];
  }
  if (event === undefined) return undefined;
  const view = { ...viewOf(event) };
  for (const [reason, change] of CHANGED) {
    const before = { ...view };
    change(view, event, text);
    if (!isDeepStrictEqual(view, before)) reasons.push(reason);
  }
  return { view, reasons };
}
