/** Names of profiles: namespaces, and what may be one (policy-language 3.6). */
import { sentence } from "../../foundation/diagnostics/index.ts";
import type { Origin } from "../model/index.ts";
import type { ProfileNode } from "../syntax/index.ts";
import { type Report } from "./report.ts";

interface ProfileName {
  readonly namespace: string | undefined;
  /** After escapes, before variables. */
  readonly name: string;
}

/** Splits `:namespace:name` and checks it. What is wrong is reported; a name comes back nevertheless. */
export function splitName(node: ProfileNode, origin: Origin, report: Report): ProfileName {
  const { value } = node.name;
  const at: Origin = { ...origin, span: node.name.span };
  if (value.startsWith("&")) {
    report("resolve/name-stacked", at, sentence`the name ${{ value }} starts with \`&\``);
    return { namespace: undefined, name: value };
  }
  if (!value.startsWith(":")) {
    if (value === "") report("resolve/name-empty", at, "the profile has no name");
    else if (node.keyword === "" && !value.startsWith("/")) {
      const fixes = [{ title: "add `profile`", edits: [insertBefore(at, "profile ")] }];
      report("resolve/name-start", at, sentence`the name ${{ value }} needs the keyword \`profile\``, { fixes });
    }
    return { namespace: undefined, name: value };
  }
  const end = value.indexOf(":", 1);
  if (end < 0) {
    report("resolve/namespace-unterminated", at, sentence`the namespace in ${{ value }} is not ended by \`:\``);
    return { namespace: value.slice(1), name: "" };
  }
  const namespace = value.slice(1, end);
  const rest = value.slice(end + 1);
  const name = rest.startsWith("//") ? rest.slice(2) : rest;
  if (namespace === "") report("resolve/namespace-empty", at, sentence`the namespace in ${{ value }} is empty`);
  else if (name === "") report("resolve/name-empty", at, sentence`${{ value }} names a namespace and no profile`);
  return { namespace, name };
}

function insertBefore(
  { span }: Origin,
  newText: string,
): {
  readonly file: Origin["span"]["file"];
  readonly edit: { readonly start: number; readonly end: number; readonly newText: string };
} {
  return { file: span.file, edit: { start: span.start, end: span.start, newText } };
}
