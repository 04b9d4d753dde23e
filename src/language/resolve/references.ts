/** Where a text refers to variables (policy-language 3.4, "Finding references"). */
type Reference =
  | { readonly kind: "variable"; readonly name: string; readonly start: number; readonly end: number }
  /** A comma between the braces: an alternation, and the rest of the text is not looked at. */
  | { readonly kind: "comma"; readonly name: string; readonly start: number; readonly end: number }
  | { readonly kind: "malformed"; readonly name: string; readonly start: number; readonly end: number };

/** The first reference at or after `from`; `undefined` without one. */
export function findReference(text: string, from: number): Reference | undefined {
  let start = -1;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (char === "\\") at += 1;
    else if (char === "@" && text[at + 1] === "{") {
      start = at;
      at += 1;
    } else if (char === "}" && start >= 0) {
      const name = text.slice(start + 2, at);
      const found = { name, start, end: at + 1 };
      if (name === "") start = -1;
      else if (name.includes(",")) return { kind: "comma", ...found };
      else return { kind: /^[A-Za-z][A-Za-z0-9_]*$/.test(name) ? "variable" : "malformed", ...found };
    }
  }
  return undefined;
}
