/** What one event asks for by itself, as the text of a rule: no policy, no other events, no pattern. */
import { literalPattern, printRule } from "../../language/edit/index.ts";
import { readEvent } from "../access/index.ts";
import type { AuditEvent } from "../audit/index.ts";
import { execSubject } from "./execs.ts";
import { needOf } from "./needs/index.ts";

/** The rule; of an exec without how it is to start, of a hat and a flag what the profile is to have. `undefined`: no rule can answer it. */
export function ruleOfEvent(event: AuditEvent): string | undefined {
  const reading = readEvent(event);
  if (reading.kind === "skip" || reading.kind === "advice") return undefined;
  if (reading.kind === "flag") return `flags=(${reading.flag})`;
  const need = needOf(reading);
  switch (need.kind) {
    case "rule":
      return printRule(need.draft);
    case "file": {
      const owner = need.owner && !need.plainRoot ? "owner" : "any";
      return printRule({ kind: "file", path: literalPattern(need.path), permissions: need.permissions, owner });
    }
    case "exec":
      return execSubject(need.path);
    case "hat":
      return `hat ${need.hat}`;
    case "skip":
      return undefined;
  }
}
