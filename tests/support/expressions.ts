/** The regular expressions that are written as literals in the sources. */
import { sourcesBelow } from "./sources.ts";

/** Behind these a slash begins an expression, and divides nothing. */
const BEFORE = /(?:^|[=(,[{}:;!&|?+\-*~^<>%]|\b(?:return|typeof|case|of|in|yield|await|void|delete))$/;

/** The end of a string that begins at `start`; of a template, where `${` begins or it ends. */
function endOfQuoted(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === quote || (quote === "`" && text.startsWith("${", at))) return at;
  }
  return text.length;
}

function endOfExpression(text: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < text.length && text[at] !== "\n"; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "[") inClass = true;
    else if (text[at] === "]") inClass = false;
    else if (text[at] === "/" && !inClass)
      return at + 1 + (/^[a-z]*/.exec(text.slice(at + 1, at + 10))?.[0].length ?? 0);
  }
  return start + 1;
}

/** Expressions of one text, with their flags. */
export function expressionsIn(text: string): readonly string[] {
  const found: string[] = [];
  /** Braces that are open inside of each template that is open. */
  const templates: number[] = [];
  let before = "";
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (/\s/.test(character)) continue;
    if (text.startsWith("//", at)) at = text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at);
    else if (text.startsWith("/*", at)) at = text.indexOf("*/", at) + 1;
    else if (character === "/" && BEFORE.test(before)) {
      const end = endOfExpression(text, at);
      found.push(text.slice(at, end));
      at = end - 1;
      before = ")";
    } else if (
      character === '"' ||
      character === "'" ||
      character === "`" ||
      (character === "}" && templates.at(-1) === 0)
    ) {
      if (character === "}") templates.pop();
      at = endOfQuoted(text, at, character === "}" ? "`" : character);
      if (text[at] === "$") {
        templates.push(0);
        at += 1;
        before = "{";
      } else before = ")";
    } else {
      const depth = templates.length - 1;
      if (depth >= 0 && character === "{") templates[depth] = (templates[depth] ?? 0) + 1;
      if (depth >= 0 && character === "}") templates[depth] = (templates[depth] ?? 0) - 1;
      before = (before + character).slice(-12);
      if (!/[\w$]/.test(character)) before = character;
      else if (/\W/.test(before.slice(0, -1))) before = before.replace(/^.*\W(?=\w+$)/, "");
    }
  }
  return found;
}

/** Expressions of the product, each once, in order. */
export function allExpressions(): readonly string[] {
  const sources = sourcesBelow(["src"]).filter(({ path }) => !path.endsWith(".test.ts"));
  return [...new Set(sources.flatMap(({ text }) => expressionsIn(text)))].toSorted();
}
