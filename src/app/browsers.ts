/**
 * What browsers may do beside showing pages (tools 25.2): a browser's profile includes one file below `abstractions/ubuntu-browsers.d` that is the
 * browser's own, and that file includes those of the directory that are switched on.
 */
import { decodeBytes, sourceFile } from "../foundation/text/index.ts";
import { type IncludeNode, type ItemNode, parse } from "../language/syntax/index.ts";

/** Below the directory of profiles. */
export const BROWSERS = "abstractions/ubuntu-browsers.d";

/** All others need it. */
const COMMON = "plugins-common";

/** The first line of every file that is rewritten begins so: no other file ever is. */
const MARK = "# This file is updated by 'aa-update-browser'";

// ORACLE 5.0.2: these lines, and their ends.
const HEAD = `${MARK} and may be overwritten on
# upgrades.
#
# For site-specific adjustments, please see /etc/apparmor.d/local/<binary>

`;

/** Whether a file is one that may be rewritten. Nothing is lost of an empty one. */
export function isUpdatedFile(text: string): boolean {
  return text === "" || text.startsWith(MARK);
}

/** The text that switches on these, and no others. */
export function browserFileText(names: readonly string[]): string {
  const all = names.length === 0 ? [] : new Set([COMMON, ...names]);
  return `${HEAD}${[...all].map((name) => `#include <${BROWSERS}/${name}>\n`).join("")}`;
}

function includesOf(items: readonly ItemNode[]): readonly IncludeNode[] {
  return items.flatMap((item) => {
    if (item.kind === "include") return [item];
    if (item.kind === "profile" || item.kind === "block") return includesOf(item.items);
    return item.kind === "conditional" ? includesOf([...item.then, ...(item.otherwise ?? [])]) : [];
  });
}

/** What a profile's text includes of the directory: what is behind its name, each once, in order. */
export function browserIncludes(path: string, bytes: Uint8Array): readonly string[] {
  const paths = includesOf(parse(sourceFile(path, decodeBytes(bytes))).items)
    .filter(({ searched }) => searched)
    .map((include) => include.path.value.replaceAll(/\/+/g, "/"));
  const inside = paths.filter((one) => one.startsWith(`${BROWSERS}/`)).map((one) => one.slice(BROWSERS.length + 1));
  return [...new Set(inside)];
}
