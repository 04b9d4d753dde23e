import type { CodeInfo } from "../../foundation/diagnostics/index.ts";

/** The classes by which apparmor_parser's `--warn` and `--Werror` know warnings (policy-language 3.8). */
export type WarningClass =
  | "abi"
  | "dangerous"
  | "deprecated"
  | "format"
  | "missing"
  | "override"
  | "pound-include"
  | "rule-downgraded";

export interface ResolveCodeInfo extends CodeInfo {
  /** The rejection's name in the language's catalogue (policy-language 3.9). */
  readonly spec?: string;
  /** The warning class that turns it on and off in the drop-in parser. Absent: an error, or ours alone. */
  readonly class?: WarningClass;
}

export function error(spec: string | undefined, title: string, help: string): ResolveCodeInfo {
  return spec === undefined ? { severity: "error", title, help } : { severity: "error", title, help, spec };
}

export function warning(named: WarningClass | undefined, title: string, help: string): ResolveCodeInfo {
  return named === undefined
    ? { severity: "warning", title, help }
    : { severity: "warning", title, help, class: named };
}

export function hint(_class: undefined, title: string, help: string): ResolveCodeInfo {
  return { severity: "hint", title, help };
}
