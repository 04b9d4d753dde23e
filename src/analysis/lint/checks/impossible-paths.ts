/** Patterns of paths that no kernel asks about: it has resolved `.` and `..`, and a directory is neither run nor mapped. */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import { FilePermission, type Rule } from "../../../language/model/index.ts";
import { ownRules } from "../subject.ts";
import type { Check } from "../types.ts";

export const checkImpossiblePaths: Check = (subject, _world, report) => {
  const found = new Set<Rule>();
  for (const rule of ownRules(subject)) {
    if (rule.kind !== "file") continue;
    const component = dotsIn(rule.path.text);
    if (component !== undefined) {
      const message = sentence`no path has a component ${{ component }} where the kernel looks at it`;
      report("lint/path-impossible", rule, message, {});
      found.add(rule);
    } else if (isDirectory(rule.path.text) && rule.mode !== "deny") {
      const runs = (rule.permissions & (FilePermission.x | FilePermission.m)) !== 0;
      if (!runs) continue;
      const message = sentence`${{ pattern: rule.path.written }} matches directories only, which are not run or mapped`;
      report("lint/directory-executed", rule, message, {});
    }
  }
  return found;
};

/** A component `.` or `..` outside of braces, which every path of the pattern has. */
function dotsIn(text: string): string | undefined {
  let depth = 0;
  let component = "";
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (letter === "{" || letter === "[") depth += 1;
    if (letter === "}" || letter === "]") depth -= 1;
    if (letter === "\\") {
      at += 1;
      component += `\\${text.charAt(at)}`;
    } else if (letter === "/" && depth === 0) {
      if (isDots(component)) return component;
      component = "";
    } else component += letter;
  }
  return isDots(component) ? component : undefined;
}

function isDots(component: string): boolean {
  return component === "." || component === "..";
}

function isDirectory(text: string): boolean {
  return text.length > 1 && text.endsWith("/");
}
