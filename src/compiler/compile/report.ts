import type { Diagnostic, Label } from "../../foundation/diagnostics/index.ts";
import type { Origin } from "../../language/model/index.ts";
import { type CompileCode, compileCodes } from "./codes.ts";

/** What a stage has to say beside the code. */
interface Complaint {
  readonly code: CompileCode;
  readonly message: string;
  readonly at: Origin;
  /** What to say at the place itself; nothing is fine. */
  readonly note?: string;
  readonly also?: readonly Label[];
}

export interface Reporter {
  readonly report: (complaint: Complaint) => void;
  readonly diagnostics: readonly Diagnostic[];
}

/** Collects diagnostics. The same complaint about the same place is made once. */
export function createReporter(): Reporter {
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  return {
    diagnostics,
    report: ({ code, message, at, note, also }) => {
      const key = `${code} ${at.span.file} ${at.span.start} ${message}`;
      if (seen.has(key)) return;
      seen.add(key);
      const { severity, help } = compileCodes[code];
      const through = at.includes.map((span): Label => ({ span, message: "included here" }));
      diagnostics.push({
        code,
        severity,
        message,
        at: { span: at.span, message: note ?? "" },
        also: [...(also ?? []), ...through],
        help,
        fixes: [],
      });
    },
  };
}
