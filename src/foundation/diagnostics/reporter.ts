/** How every stage says what it has to say: one order of include chains, each thing once, an end to long lists. */
import type { Span } from "../text/index.ts";
import type { CodeInfo, Diagnostic, Fix, Label } from "./diagnostic.ts";
import { asMessage, type Message } from "./message.ts";

/** A place, and the include directives through which it was reached, the outermost first. */
interface ReportedPlace {
  readonly span: Span;
  readonly includes: readonly Span[];
}

/** What goes with a message; all of it may be left out. */
export interface Details {
  /** What to say at the place itself. */
  readonly label?: string;
  readonly also?: readonly Label[];
  readonly help?: string | undefined;
  readonly fixes?: readonly Fix[];
}

/** Says something about a place. */
export type Report<Code extends string> = (
  code: Code,
  at: ReportedPlace,
  message: string | Message,
  details?: Details,
) => void;

export interface Reporter<Code extends string> {
  readonly report: Report<Code>;
  /** Takes over what another stage had to say, about a file that was reached through `includes`. */
  readonly add: (diagnostics: readonly Diagnostic[], includes?: readonly Span[]) => void;
  /** In the order in which it was said. */
  readonly list: readonly Diagnostic[];
}

/** As many errors, and as many other things, are said of one unit; more do not help. */
const MOST = 1000;

/** The include directives behind a place, the innermost first, as one goes back from it. */
function includeChain(includes: readonly Span[]): readonly Label[] {
  return includes.map((span) => ({ span, message: "included here" })).toReversed();
}

/** One diagnostic; a code's own help is used where there is none nearer. */
export function makeDiagnostic<Code extends string>(
  codes: Readonly<Record<Code, CodeInfo>>,
  ...[code, { includes, span }, message, details = {}]: Parameters<Report<Code>>
): Diagnostic {
  const { facts, text } = asMessage(message);
  return {
    code,
    severity: codes[code].severity,
    message: text,
    facts,
    at: { span, message: details.label ?? "" },
    also: [...(details.also ?? []), ...includeChain(includes)],
    help: details.help ?? codes[code].help,
    fixes: details.fixes ?? [],
  };
}

/** Collects what one stage says; what is said of an included file is said once, however often it is included. */
export function createReporter<Code extends string>(codes: Readonly<Record<Code, CodeInfo>>): Reporter<Code> {
  const list: Diagnostic[] = [];
  const said = new Set<string>();
  const count = { errors: 0, others: 0 };
  const isNew = ({ code, at: { span }, message }: Pick<Diagnostic, "code" | "at" | "message">): boolean => {
    const key = `${code} ${span.file} ${span.start} ${span.end} ${message}`;
    if (said.has(key)) return false;
    said.add(key);
    return true;
  };
  return {
    list,
    report: (code, at, message, details) => {
      const kind = codes[code].severity === "error" ? "errors" : "others";
      if (count[kind] >= MOST) return;
      const { text } = asMessage(message);
      if (!isNew({ code, at: { span: at.span, message: "" }, message: text })) return;
      count[kind] += 1;
      list.push(makeDiagnostic(codes, code, at, message, details));
    },
    add: (diagnostics, includes = []) => {
      for (const diagnostic of diagnostics) {
        if (!isNew(diagnostic)) continue;
        const also = [...diagnostic.also, ...includeChain(includes)];
        list.push(includes.length === 0 ? diagnostic : { ...diagnostic, also });
      }
    },
  };
}
