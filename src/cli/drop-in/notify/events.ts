/** Events as aa-notify speaks of them (tools 23): their fields by name, which of them are wanted, and as lines. */
import type { AuditEvent } from "../../../app/index.ts";
import { type Outcome, fail, ok } from "../../../foundation/basics/index.ts";

export const FIELDS = ["profile", "mode", "operation", "name", "denied", "family", "socket"] as const;
export type Field = (typeof FIELDS)[number];

function fieldOf(event: AuditEvent, field: Field): string | undefined {
  switch (field) {
    case "profile":
      return event.profile ?? event.label;
    case "mode":
      return event.type;
    case "operation":
      return event.operation;
    case "name":
      return event.name ?? event.capability;
    case "denied":
      return event.deniedMask;
    case "family":
      return event.family;
    case "socket":
      return event.sockType;
  }
}

/** Patterns by field, each tried at the beginning of the value. */
export type Filters = ReadonlyMap<Field, RegExp>;

/** Errors: what is no regular expression, in a sentence. */
export function filtersOf(given: (field: Field) => string | undefined): Outcome<Filters, string> {
  const filters = new Map<Field, RegExp>();
  for (const field of FIELDS) {
    const text = given(field);
    if (text === undefined || text === "") continue;
    try {
      filters.set(field, new RegExp(`^(?:${text})`));
    } catch {
      return fail(`the filter for ${field} is no regular expression: ${text}`);
    }
  }
  return ok(filters);
}

const DENIALS: ReadonlySet<AuditEvent["type"]> = new Set(["DENIED", "ALLOWED", "KILLED"]);

/** Whether an event is one to speak of. What an event has no value for is not asked of it. */
export function isWanted(event: AuditEvent, filters: Filters, quietPrograms: ReadonlySet<string>): boolean {
  if (!DENIALS.has(event.type)) return false;
  if (event.kind === "capability" && quietPrograms.has(event.comm ?? "")) return false;
  for (const [field, pattern] of filters) {
    const value = fieldOf(event, field);
    if (value !== undefined && !pattern.test(value)) return false;
  }
  return true;
}

const LABELS: readonly (readonly [label: string, field: Field])[] = [
  ["Profile", "profile"],
  ["Operation", "operation"],
  ["Name", "name"],
  ["Denied", "denied"],
  ["Family", "family"],
  ["Socket", "socket"],
];

/** One line for each field that there is. */
export function eventLines(event: AuditEvent): readonly string[] {
  return LABELS.flatMap(([label, field]) => {
    const value = fieldOf(event, field);
    return value === undefined || value === "" ? [] : [`${label}: ${value}`];
  });
}
