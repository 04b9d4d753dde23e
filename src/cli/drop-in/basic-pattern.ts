/** POSIX basic regular expressions as JavaScript has them. */

/** Where a bracket expression that starts at `at` ends; -1 when it does not. */
function bracketEnd(text: string, at: number): number {
  let end = at + 1;
  if (text[end] === "^") end += 1;
  // A closing bracket that comes first is a member.
  if (text[end] === "]") end += 1;
  for (; end < text.length; end += 1) {
    if (text[end] === "[" && /[:.=]/.test(text[end + 1] ?? "")) {
      end = text.indexOf(`${text[end + 1]}]`, end + 2) + 1;
      if (end === 0) return -1;
    } else if (text[end] === "]") return end;
  }
  return -1;
}

/**
 * A pattern from a basic regular expression; `undefined` when it is none. Unanchored, as `regexec` searches.
 *
 * @example
 * basicPattern("a\\(b\\)*+")?.source; // "a(b)*\\+"
 */
export function basicPattern(text: string): RegExp | undefined {
  let source = "";
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    const next = text[at + 1] ?? "";
    if (char === "\\") {
      if (next === "") return undefined;
      source += "(){}|?+".includes(next) ? next : /[0-9]/.test(next) ? `\\${next}` : next.replace(/\W/, "\\$&");
      at += 1;
    } else if (char === "[") {
      const end = bracketEnd(text, at);
      if (end < 0) return undefined;
      const inside = text
        .slice(at + 1, end)
        .replaceAll("\\", "\\\\")
        .replaceAll("[:digit:]", "0-9")
        .replaceAll("[:alpha:]", "A-Za-z")
        .replaceAll("[:alnum:]", "0-9A-Za-z")
        .replaceAll("[:space:]", "\\s");
      source += `[${inside.replace(/^(\^?)\]/, "$1\\]")}]`;
      at = end;
    } else if (char === "*" && /^\^?$|(?:^|[^\\])[(|]\^?$/.test(source)) source += "\\*";
    else source += "(){}|?+".includes(char) ? `\\${char}` : char;
  }
  try {
    return new RegExp(source);
  } catch {
    return undefined;
  }
}
