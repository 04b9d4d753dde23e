import type { Diagnostic, Fix, Label } from "../../foundation/diagnostics/index.ts";
import type { Span } from "../../foundation/text/index.ts";
import type { Origin } from "../model/index.ts";
import { type ResolveCode, resolveCodes } from "./codes.ts";

/** What goes with a message; all of it may be left out. */
export interface Details {
  readonly label?: string;
  readonly also?: readonly Label[];
  readonly help?: string | undefined;
  readonly fixes?: readonly Fix[];
}

/** Says something about a place in a file that was included through `includes`. */
export type Report = (code: ResolveCode, at: Origin, message: string, details?: Details) => void;

/** As many errors, and as many other things, are told; more do not help. */
const MOST = 1000;

/** Collects diagnostics; what is said of an included file is said once, however often it is included. */
export class Reporter {
  readonly list: Diagnostic[] = [];
  readonly #said = new Set<string>();
  readonly #count = { errors: 0, others: 0 };

  readonly report: Report = (code, at, message, details = {}) => {
    const { span } = at;
    const key = `${code} ${span.file} ${span.start} ${span.end} ${message}`;
    const info = resolveCodes[code];
    const told = info.severity === "error" ? "errors" : "others";
    if (this.#said.has(key) || this.#count[told] >= MOST) return;
    this.#said.add(key);
    this.#count[told] += 1;
    this.list.push({
      code,
      severity: info.severity,
      message,
      at: { span, message: details.label ?? "" },
      also: [...(details.also ?? []), ...throughIncludes(at.includes)],
      help: details.help ?? info.help,
      fixes: details.fixes ?? [],
    });
  };

  /** Takes over what another pass had to say about a file that was included through `includes`. */
  add(diagnostics: readonly Diagnostic[], includes: readonly Span[]): void {
    for (const diagnostic of diagnostics) {
      const { span } = diagnostic.at;
      const key = `${diagnostic.code} ${span.file} ${span.start} ${span.end} ${diagnostic.message}`;
      if (this.#said.has(key)) continue;
      this.#said.add(key);
      this.list.push({ ...diagnostic, also: [...diagnostic.also, ...throughIncludes(includes)] });
    }
  }
}

function throughIncludes(includes: readonly Span[]): readonly Label[] {
  return includes.map((span) => ({ span, message: "included here" })).toReversed();
}

/** A word as messages show it: in backticks, on one line, not long. */
export function quote(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what must not reach a terminal
  const visible = text.slice(0, 61).replaceAll(/[\0-\x1f\x7f-\x9f\ud800-\udfff]/g, "·");
  return `\`${visible.length > 60 ? `${visible.slice(0, 59)}…` : visible}\``;
}

/** "did you mean" as a help text; `undefined` without a near word, so that the code's own help stands. */
export function didYouMean(near: string | undefined): string | undefined {
  return near === undefined ? undefined : `did you mean \`${near}\`?`;
}

/** A fix that replaces `span`. */
export function replaceFix(span: Span, newText: string): Fix {
  const title = newText === "" ? "remove it" : `replace it by \`${newText}\``;
  return { title, edits: [{ file: span.file, edit: { start: span.start, end: span.end, newText } }] };
}
