/** What compiling says of sources, for people: once for a place; what is kept back is counted. */
import { createTeller } from "../../app/index.ts";
import { type FileReport, type FindSource, frameDiagnostics } from "../../foundation/diagnostics/index.ts";
import type { Invocation } from "./command.ts";

interface DiagnosticTeller {
  readonly tell: (reports: readonly FileReport[], find: FindSource) => void;
  /** Says how much was not shown. */
  readonly end: () => void;
}

/** `--quiet` leaves errors. */
export function diagnosticTeller(own: ReadonlySet<string>, call: Invocation): DiagnosticTeller {
  const teller = createTeller({ all: false, isOwn: (path) => own.has(path), repeatsErrors: false });
  return {
    tell: (reports, find) => {
      const shown = reports.map((one) => {
        const errors = one.diagnostics.filter(({ severity }) => severity === "error");
        return { ...one, diagnostics: teller.tell(call.has("quiet") ? errors : one.diagnostics) };
      });
      call.io.err(frameDiagnostics(shown, { find }));
    },
    end: () => {
      const { elsewhere, follows, repeated } = teller.withheld();
      const hidden = elsewhere + follows + repeated;
      if (hidden === 0 || call.has("quiet")) return;
      const what = hidden === 1 ? "1 more message is" : `${hidden} more messages are`;
      call.io.err(`${what} not shown; \`armorer check --all\` shows ${hidden === 1 ? "it" : "them"}\n`);
    },
  };
}
