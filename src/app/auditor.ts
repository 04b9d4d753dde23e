/** The reader of logs; like the compiler it is loaded when it is needed. */
import type { Outcome } from "../foundation/basics/index.ts";
import type { FileRefusal, LogOptions, LogSource, LogsPort } from "../foundation/ports/index.ts";
import type { AuditReadOptions, AuditReport, OpenedLog } from "./audit-report.ts";

interface Auditor {
  readonly openLog: (
    logs: LogsPort,
    wanted: readonly LogSource[],
    options: LogOptions,
  ) => Promise<Outcome<OpenedLog, readonly FileRefusal[]>>;
  readonly readAudit: (opened: OpenedLog, options: AuditReadOptions) => Promise<AuditReport>;
  readonly types: readonly string[];
  readonly kinds: readonly string[];
}

export async function loadAuditor(): Promise<Auditor> {
  const { openLog, readAudit, types, kinds } = await import("./audit.ts");
  return { openLog, readAudit, types, kinds };
}
