/**
 * Files of expectations: the grammar of a profile and four words. What stands outside of tests (includes, variables, `abi`) is what stands in
 * front of every rule that is asked; a statement ends with a comma that is in no braces, brackets or quotes.
 *
 *     test "NAME" for PROFILE, PROFILE | * [except PROFILE, …] { STATEMENT … }
 *     STATEMENT: all RULE, | none RULE, | some RULE, | never reach LABEL,
 */

/** What is expected of a rule. */
export type ExpectationKind = "all" | "none" | "some" | "never-reach";

export interface Expectation {
  readonly kind: ExpectationKind;
  /** The rule with its comma; of `never reach` the label. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** The profiles a test is about. */
interface Selection {
  /** `undefined`: all but those of `except`. */
  readonly names: readonly string[] | undefined;
  readonly except: readonly string[];
}

export interface ExpectationTest {
  readonly name: string;
  readonly line: number;
  readonly selection: Selection;
  readonly expectations: readonly Expectation[];
}

interface SuiteProblem {
  readonly line: number;
  readonly message: string;
}

interface Suite {
  /** Includes, variables and the ABI, as text. */
  readonly preamble: string;
  readonly tests: readonly ExpectationTest[];
  readonly problems: readonly SuiteProblem[];
}

const HEAD = /^test\s+("(?:[^"\\\n]|\\.)*"|[^\s{"]+)\s+for\s+([^{}\n]*[^\s{}])\s*\{/;

/** Parses a file of expectations; what is wrong costs the statement it is in. */
export function parseSuite(text: string): Suite {
  const reader = new Reader(text);
  const preamble: string[] = [];
  const tests: ExpectationTest[] = [];
  const problems: SuiteProblem[] = [];
  for (;;) {
    reader.skipBlank();
    if (reader.isAtEnd) break;
    const line = reader.line;
    const head = reader.take(HEAD);
    if (head !== undefined) {
      const selection = parseSelection(head[2] ?? "");
      const name = (head[1] ?? "").replace(/^"|"$/g, "").replaceAll(/\\(.)/g, "$1");
      const known = problems.length;
      const expectations = readStatements(reader, problems);
      if (expectations.length === 0 && problems.length === known)
        problems.push({ line, message: "the test expects nothing" });
      tests.push({ name, line, selection, expectations });
    } else if (reader.take(/^test\b[^\n]*/) !== undefined) {
      problems.push({ line, message: 'a test begins with `test "NAME" for PROFILE {`' });
    } else preamble.push(reader.restOfLine());
  }
  return { preamble: preamble.join("\n"), tests, problems };
}

function parseSelection(text: string): Selection {
  const all = /^\*(?:\s+except\s+(.*))?$/.exec(text);
  if (all !== null) return { names: undefined, except: names(all[1] ?? "") };
  return { names: names(text), except: [] };
}

function names(list: string): readonly string[] {
  const words = list.split(",").map((word) => word.trim().replace(/^"(.*)"$/, "$1"));
  return words.filter((word) => word !== "");
}

/** Whether a test is about a profile. */
export function isSelected({ names: wanted, except }: Selection, profile: string): boolean {
  return wanted === undefined ? !except.includes(profile) : wanted.includes(profile);
}

function readStatements(reader: Reader, problems: SuiteProblem[]): readonly Expectation[] {
  const found: Expectation[] = [];
  for (;;) {
    reader.skipBlank();
    const line = reader.line;
    if (reader.isAtEnd) {
      problems.push({ line, message: "the `{` of this test is never closed" });
      return found;
    }
    if (reader.take(/^\}/) !== undefined) return found;
    const statement = reader.statement();
    const [, word = "", rest = ""] = /^(all|none|some|never\s+reach)\s+([^]*)$/.exec(statement) ?? [];
    if (word === "") {
      problems.push({ line, message: `\`${statement}\` does not begin with all, none, some or never reach` });
    } else if (!statement.endsWith(",")) {
      problems.push({ line, message: `\`${statement}\` has no comma at its end` });
    } else found.push(expectationOf(word, rest, line));
  }
}

function expectationOf(word: string, rest: string, line: number): Expectation {
  if (word === "all" || word === "none" || word === "some") return { kind: word, text: rest, line };
  return { kind: "never-reach", text: (rest.endsWith(",") ? rest.slice(0, -1) : rest).trimEnd(), line };
}

/** Walks a text. */
class Reader {
  private readonly text: string;
  private at = 0;
  line = 1;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    const found = pattern.exec(this.text.slice(this.at)) ?? undefined;
    if (found !== undefined) this.advance(found[0].length);
    return found;
  }

  /** Blanks and comments; `#include` is none. */
  skipBlank(): void {
    this.take(/^(?:\s+|#(?!include\b)[^\n]*)+/);
  }

  restOfLine(): string {
    return this.take(/^[^\n]*/)?.[0] ?? "";
  }

  /** Up to the comma that ends it, or to the brace that closes the test. */
  statement(): string {
    const { text } = this;
    let depth = 0;
    let isQuoted = false;
    let end = this.at;
    for (; end < text.length; end += 1) {
      const byte = text[end] ?? "";
      if (byte === "\\") end += 1;
      else if (byte === '"') isQuoted = !isQuoted;
      else if (isQuoted) continue;
      else if (byte === "{" || byte === "(" || byte === "[") depth += 1;
      else if (byte === ")" || byte === "]") depth -= 1;
      else if (byte === "}") {
        if (depth <= 0) break;
        depth -= 1;
      } else if (byte === "," && depth <= 0) {
        end += 1;
        break;
      }
    }
    const statement = text.slice(this.at, end);
    this.advance(Math.max(statement.length, 1));
    return statement.replaceAll(/\s+/g, " ").trim();
  }

  private advance(length: number): void {
    const end = Math.min(this.at + length, this.text.length);
    for (let at = this.at; at < end; at += 1) if (this.text[at] === "\n") this.line += 1;
    this.at = end;
  }
}
