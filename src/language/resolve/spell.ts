/** A policy text written out with all it includes, as the other parser does it: as one stream of tokens (policy-language 1.8). */
import type { Diagnostic } from "../../foundation/diagnostics/index.ts";
import type { SourceFile } from "../../foundation/text/index.ts";
import { Echo, type IncludeNode, type Noticed, type Noticing, parseSpliced } from "../syntax/index.ts";
import { type Found, findInclude, type LookUp } from "./includes.ts";

/** Where the errors are noticed that are not noticed at the end of a rule. */
const noticing: Readonly<Record<string, Noticing>> = {
  "syntax/misplaced": "start",
  "syntax/stray-close": "there",
  "resolve/include-not-found": "there",
  "resolve/include-refused": "there",
  "resolve/include-directory": "there",
  "resolve/include-too-deep": "there",
  "resolve/abi-not-found": "there",
  "resolve/abi-unusable": "there",
  "resolve/abi-already-included": "there",
  "resolve/capability-unknown": "there",
  "resolve/condition-mixed": "there",
  "resolve/condition-variable": "there",
  "resolve/boolean-unset": "there",
  "resolve/permission-unknown": "there",
  "resolve/condition-range": "there",
  "resolve/flag-unknown": "there",
  "resolve/flag-conflict": "there",
  "resolve/flag-signal": "there",
  "resolve/flag-error": "there",
  "resolve/flag-path": "there",
  "resolve/identity-space": "there",
  "resolve/priority-range": "there",
  "resolve/append-and-write": "there",
  "resolve/exec-modes": "there",
  "resolve/variable-redefined": "assignment",
  "resolve/variable-append-undefined": "assignment",
  "resolve/boolean-append": "assignment",
  "resolve/boolean-value": "assignment",
  "resolve/name-start": "body",
  "resolve/name-stacked": "body",
  "resolve/name-empty": "body",
  "resolve/namespace-empty": "body",
  "resolve/namespace-unterminated": "body",
  "resolve/attachment-start": "body",
  "resolve/group-name": "body",
  "resolve/hat-xattrs": "body",
  "resolve/duplicate-profile": "body",
  "resolve/duplicate-hat": "body",
  "resolve/priority-block": "body",
};

function noticedAt({ at: { span }, code, severity }: Diagnostic): readonly Noticed[] {
  if (severity !== "error") return [];
  // Of what does not fit the grammar the reader has stopped the echo itself.
  const by = noticing[code] ?? (code.startsWith("syntax/") ? undefined : "rule");
  return by === undefined ? [] : [{ span, by }];
}

/** The text, up to where the first error ends it. */
export function spell(main: SourceFile, diagnostics: readonly Diagnostic[], where: LookUp): string {
  const echo = new Echo();
  const scopes = new Map<number, Set<string>>();
  const opened = new Map<string, SourceFile>([[main.id, main]]);
  parseSpliced(main, {
    echo,
    include: ({ node, scope }) => {
      const seen = scopes.get(scope) ?? new Set<string>();
      scopes.set(scope, seen);
      const found = findInclude(node.path.value, node.searched, seen, where);
      const source = opened.get(node.span.file);
      if (source !== undefined) echo.say(announce(node, found), { source, start: node.span.start, end: node.span.end });
      if (found.kind !== "files") return [];
      const files = found.paths
        .map((path) => where.session.source(path))
        .flatMap((read) => (read.ok ? [read.value] : []));
      for (const file of files) opened.set(file.id, file);
      return files;
    },
  });
  return echo.text(diagnostics.flatMap(noticedAt));
}

/** ORACLE 5.0.2: a name in quotes counts as included before it is opened, and is shown in brackets when it is left out. */
function announce({ path, searched }: IncludeNode, found: Found): string {
  if (found.kind === "skipped") return `\n\n##skipped duplicate include <${path.value}>\n`;
  if (!searched) return `\n\n##included "${path.value}"\n`;
  return `\n\n##${found.kind === "missing" || found.kind === "refused" ? "failed include" : "included"} <${path.value}>\n`;
}
