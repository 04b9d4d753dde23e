/**
 * First half of reading a glob: AARE text to a regular expression (policy-language 4.2, compile-semantics 2.3), byte by byte, with
 * the state the specification names: `escaped` (the byte before was an unescaped backslash), `inClass`, and one comma counter per
 * open brace. Text here is a "byte string": one character below U+0100 per byte.
 *
 * The expression is made in one of two ways. "oracle" is what apparmor_parser 5.0.2 makes, quirks included; it decides whether a
 * text is a pattern at all. "mended" takes `*` and `?` inside a class, and an escaped `-` there, as the bytes they are (compile-semantics D3,
 * D4); it decides what a pattern means.
 */
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { GlobProblem } from "./problem.ts";

interface ExpressionOptions {
  /** Globs match NUL too: unix addresses and xattr values. */
  readonly nul: boolean;
  readonly reading: "oracle" | "mended";
}

interface Expression {
  readonly text: string;
  /** Offsets of backslashes that escape nothing. */
  readonly needless: readonly number[];
  /** Offsets where the two readings differ. */
  readonly mended: readonly number[];
}

/** The deepest nesting of braces. ORACLE 5.0.2: the 50th is refused. */
const DEEPEST = 49;

class Converter {
  readonly #source: string;
  readonly #options: ExpressionOptions;
  readonly #braces: { readonly start: number; commas: number }[] = [];
  readonly #needless: number[] = [];
  readonly #mended: number[] = [];
  #classStart = -1;
  #out = "";

  constructor(source: string, options: ExpressionOptions) {
    this.#source = source;
    this.#options = options;
  }

  convert(): Outcome<Expression, GlobProblem> {
    const source = this.#source;
    let at = 0;
    while (at < source.length) {
      if (source[at] === "\\") {
        if (at + 1 === source.length) {
          return fail({ kind: "trailing-escape", reason: "the pattern ends in a backslash", offset: at });
        }
        this.#escaped(source.charAt(at + 1), at);
        at += 2;
        continue;
      }
      const problem = this.#plain(source.charAt(at), at);
      if (problem !== undefined) return fail(problem);
      at += source[at] === "*" && source[at + 1] === "*" && !this.#literalInClass() ? 2 : 1;
    }
    const problem = this.#unclosed();
    return problem === undefined
      ? ok({ text: this.#out, needless: this.#needless, mended: this.#mended })
      : fail(problem);
  }

  #literalInClass(): boolean {
    return this.#classStart >= 0 && this.#options.reading === "mended";
  }

  #plain(char: string, at: number): GlobProblem | undefined {
    switch (char) {
      case "*":
        this.#star(at);
        return undefined;
      case "?":
        this.#questionMark(at);
        return undefined;
      case "[":
        if (this.#classStart < 0) this.#classStart = at;
        this.#out += "[";
        return undefined;
      case "]":
        if (this.#classStart < 0) return this.#closesNothing(at);
        this.#classStart = -1;
        this.#out += "]";
        return undefined;
      case "{":
      case "}":
      case ",":
        return this.#classStart >= 0 ? this.#emit(char) : this.#alternation(char, at);
      case "^":
      case "$":
        return this.#emit(this.#classStart >= 0 ? char : `\\${char}`);
      case ".":
      case "+":
      case "|":
      case "(":
      case ")":
        return this.#emit(`\\${char}`);
      default:
        return this.#emit(char);
    }
  }

  #emit(text: string): undefined {
    this.#out += text;
  }

  #star(at: number): void {
    if (this.#classStart >= 0) this.#mended.push(at);
    if (this.#literalInClass()) {
      this.#out += "\\*";
      return;
    }
    const { nul } = this.#options;
    const notSlash = nul ? "[^/]" : "[^/\\x00]";
    const any = nul ? "." : "[^\\x00]";
    let after = at;
    while (this.#source[after] === "*") after += 1;
    const standsAlone = after === this.#source.length || this.#source[after] === "/";
    if (standsAlone && this.#out.endsWith("/")) this.#out += notSlash;
    this.#out += this.#source[at + 1] === "*" ? `${any}*` : `${notSlash}*`;
  }

  #questionMark(at: number): void {
    if (this.#classStart >= 0) this.#mended.push(at);
    if (this.#literalInClass()) this.#out += "?";
    else this.#out += this.#options.nul ? "[^/]" : "[^/\\x00]";
  }

  #alternation(char: "{" | "}" | ",", at: number): GlobProblem | undefined {
    const open = this.#braces.at(-1);
    if (char === "{") {
      if (this.#braces.length === DEEPEST) {
        return { kind: "depth", reason: `braces are nested more than ${DEEPEST} deep`, offset: at };
      }
      this.#braces.push({ start: at, commas: 0 });
      return this.#emit("(");
    }
    if (char === ",") {
      if (open === undefined) return this.#emit(",");
      open.commas += 1;
      return this.#emit("|");
    }
    if (open === undefined) return { kind: "brace", reason: "`}` closes no `{`", offset: at };
    if (open.commas === 0) {
      return this.#oneAlternative(open.start, at);
    }
    this.#braces.pop();
    return this.#emit(")");
  }

  #closesNothing(at: number): GlobProblem {
    const problem: GlobProblem = { kind: "class", reason: "`]` closes no `[`", offset: at };
    return this.#braces.length > 0 ? problem : { ...problem, remainder: `${this.#source.slice(0, at)}\\]` };
  }

  #oneAlternative(start: number, at: number): GlobProblem {
    const reason = "the braces hold one alternative only, a comma is needed";
    const problem: GlobProblem = { kind: "brace", reason, offset: start };
    if (this.#braces.length > 1) return problem;
    return { ...problem, remainder: this.#source.slice(0, start) + this.#source.slice(start + 1, at) };
  }

  #escaped(char: string, at: number): void {
    const inClass = this.#classStart >= 0;
    switch (char) {
      case "\\":
      case "*":
      case "[":
      case "]":
      case "{":
      case "}":
        this.#out += `\\${char}`;
        break;
      case "?":
        this.#out += "?";
        break;
      case ",":
        this.#out += inClass ? "\\," : ",";
        break;
      case "^":
      case "$":
        this.#out += inClass ? char : `\\${char}`;
        break;
      default:
        this.#otherEscape(char, at);
    }
  }

  #otherEscape(char: string, at: number): void {
    if (isEscape(this.#source, at)) {
      this.#out += `\\${char}`;
      return;
    }
    this.#needless.push(at);
    if (".+|()".includes(char)) this.#out += `\\${char}`;
    else if (char === "-" && this.#classStart >= 0) {
      this.#mended.push(at);
      this.#out += this.#options.reading === "mended" ? "\\-" : "-";
    } else this.#out += char;
  }

  #unclosed(): GlobProblem | undefined {
    if (this.#classStart >= 0) return { kind: "class", reason: "`[` is never closed", offset: this.#classStart };
    const open = this.#braces.at(-1);
    return open === undefined ? undefined : { kind: "brace", reason: "`{` is never closed", offset: open.start };
  }
}

/** Whether the backslash at `at` starts one of the value escapes of policy-language 1.9. */
function isEscape(source: string, at: number): boolean {
  const next = source.charAt(at + 1);
  if (/[0-7aefnrt]/.test(next)) return true;
  if (next === "x") return /[0-9A-Fa-f]/.test(source.charAt(at + 2));
  return next === "d" && /[0-9]/.test(source.charAt(at + 2));
}

/** The expression of a glob. Errors: re.class, re.brace, re.depth, re.trail; offsets count bytes. Cost: O(n). */
export function convertGlob(source: string, options: ExpressionOptions): Outcome<Expression, GlobProblem> {
  return new Converter(source, options).convert();
}
