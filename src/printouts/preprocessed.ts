/** A policy text written out with all it includes, as the other parser does it: as one stream of tokens (policy-language 1.8). */
import type { Diagnostic } from "../foundation/diagnostics/index.ts";
import type { FoundInclude, ReadPolicy } from "../language/resolve/index.ts";
import type { IncludeNode } from "../language/syntax/index.ts";
import { Echo, type Noticed, type Noticing } from "./echo.ts";

/** Where the errors are noticed that are not noticed at the end of a rule. */
const noticing: Readonly<Record<string, Noticing>> = {
  "syntax/misplaced": "start",
  "syntax/stray-close": "there",
  "resolve/include-not-found": "there",
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

/** The text with all it includes, up to where the first error ends it. */
export function renderPreprocessed({ diagnostics, splice }: Pick<ReadPolicy, "diagnostics" | "splice">): string {
  const echo = new Echo();
  splice({
    token: (kind, mode, place) => echo.token(kind, mode, place),
    stop: () => echo.stop(),
    include: (node, found, place) => echo.say(announce(node, found), place),
  });
  return echo.text(diagnostics.flatMap(noticedAt));
}

/** ORACLE 5.0.2: a name in quotes counts as included before it is opened, and is shown in brackets when it is left out. */
function announce({ path, searched }: IncludeNode, found: FoundInclude): string {
  if (found.kind === "skipped") return `\n\n##skipped duplicate include <${path.value}>\n`;
  if (!searched) return `\n\n##included "${path.value}"\n`;
  return `\n\n##${found.kind === "missing" ? "failed include" : "included"} <${path.value}>\n`;
}
