/**
 * Comments that silence lint: `# lint: allow rule-covered, letter-covered -- REASON`, at the end of the line or on a line of its own
 * before it. What was silenced is counted, a missing reason and a comment that silences nothing are reported.
 */
import { type Diagnostic, makeDiagnostic, sentence } from "../../foundation/diagnostics/index.ts";
import { type SourceFile, lineStarts, positionAt } from "../../foundation/text/index.ts";
import { lintCodes } from "./codes.ts";

interface Silence {
  readonly codes: readonly string[];
  readonly reason: string;
  /** The lines it may be about, from 1: what is found in a comment is in the line below. */
  readonly lines: readonly number[];
  readonly start: number;
  readonly end: number;
}

const COMMENT = /#[ \t]*lint:[ \t]*allow[ \t]+([a-z-]+(?:[ \t]*,[ \t]*[a-z-]+)*)[ \t]*(?:--[ \t]*(.*))?$/;

function silencesIn({ text }: SourceFile): readonly Silence[] {
  const lines = text.split("\n");
  let offset = 0;
  return lines.flatMap((line, at): readonly Silence[] => {
    const start = offset;
    offset += line.length + 1;
    const found = COMMENT.exec(line);
    if (found === null) return [];
    const [, codes = "", reason = ""] = found;
    const isAlone = line.slice(0, found.index).trim() === "";
    return [
      {
        codes: codes.split(",").map((code) => code.trim()),
        reason: reason.trim(),
        lines: isAlone ? [at + 2, nextRule(lines, at)] : [at + 1],
        start: start + found.index,
        end: start + line.length,
      },
    ];
  });
}

/** The line of what follows, past comments and empty lines. */
function nextRule(lines: readonly string[], at: number): number {
  const next = lines.findIndex((line, index) => index > at && !/^\s*(?:#.*)?$/.test(line));
  return next < 0 ? at + 1 : next + 1;
}

interface Found {
  readonly diagnostic: Diagnostic;
  readonly profile: string | undefined;
}

/** Takes out what comments of the file silence. */
export function silence(
  file: SourceFile,
  found: readonly Found[],
): { readonly findings: readonly Found[]; readonly silenced: number } {
  const silences = silencesIn(file);
  if (silences.length === 0) return { findings: found, silenced: 0 };
  const starts = lineStarts(file.text);
  const used = new Set<Silence>();
  const left = found.filter(({ diagnostic: { at, code } }) => {
    if (at.span.file !== file.id) return true;
    const { line } = positionAt(starts, at.span.start);
    const by = silences.filter(
      (one) => one.lines.includes(line) && one.codes.some((short) => `lint/${short}` === code),
    );
    for (const one of by) used.add(one);
    return by.length === 0;
  });
  const own = silences.flatMap((one): readonly Diagnostic[] => {
    const place = { span: { file: file.id, start: one.start, end: one.end }, includes: [] };
    if (!used.has(one)) {
      const message = sentence`nothing is found here that ${{ word: one.codes.join(", ") }} silences`;
      return [makeDiagnostic(lintCodes, "lint/silence-unused", place, message)];
    }
    if (one.reason !== "") return [];
    return [makeDiagnostic(lintCodes, "lint/silence-without-reason", place, "the comment gives no reason")];
  });
  const told = own.map((diagnostic): Found => ({ diagnostic, profile: undefined }));
  return { findings: [...left, ...told], silenced: found.length - left.length };
}
