import {
  createReporter as createAnyReporter,
  type Diagnostic,
  type Label,
  type Message,
} from "../../foundation/diagnostics/index.ts";
import type { Origin } from "../../language/model/index.ts";
import { type CompileCode, compileCodes } from "./codes.ts";

/** What a stage has to say beside the code. */
interface Complaint {
  readonly code: CompileCode;
  readonly message: string | Message;
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
  const reporter = createAnyReporter(compileCodes);
  return {
    diagnostics: reporter.list,
    report: ({ code, message, at, note = "", also = [] }) => reporter.report(code, at, message, { label: note, also }),
  };
}
