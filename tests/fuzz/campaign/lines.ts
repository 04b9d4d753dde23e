/** Recorded lines of logs. */
import { corpusFile } from "./texts.ts";

export function auditLines(): readonly string[] {
  return corpusFile("audit-events.jsonl")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line))
    .map((entry) => (Array.isArray(entry) ? String(entry[2]) : ""));
}
