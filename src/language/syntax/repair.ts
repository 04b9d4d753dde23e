/** Says what is wrong with an item and finds where to go on after it. */
import { sentence } from "../../foundation/diagnostics/index.ts";
import type { Span } from "../../foundation/text/index.ts";
import { nearestWord } from "../tables/index.ts";
import type { Cursor, Failure, Mark } from "./cursor.ts";
import type { Frame } from "./frames.ts";
import { firstSignificant, K } from "./kinds.ts";
import { limits } from "./limits.ts";
import { isQualifier } from "./prefix.ts";
import {
  areMeantAsPermissions,
  describeFailure,
  fixOf,
  type Problems,
  reportLexical,
  reportPermissions,
  reportUnexpected,
} from "./problems.ts";
import type { StopReason } from "./reader.ts";
import { Bodies, gluedBrace, type Resync, resync, standingBrace, startsLine } from "./recovery.ts";
import { ENDS_BEFORE_PATH } from "./rules/file.ts";
import type { BrokenNode, PrefixNode, WordNode } from "./tree.ts";

export class Recovery {
  readonly #cursor: Cursor;
  readonly #problems: Problems;
  /** Words reported as unknown rules: each once. */
  readonly #unknown = new Set<string>();

  readonly #bodies = new Bodies();

  constructor(cursor: Cursor, problems: Problems) {
    this.#cursor = cursor;
    this.#problems = problems;
  }

  /** Skips an item that has failed; an assignment ends with its line. */
  skip(mark: Mark, isLine = false): BrokenNode {
    const failure = this.#failure();
    const next = isLine && this.#isHere(mark, failure) ? lineBehind(mark, failure) : this.#find(mark, failure, false);
    if (!this.#reportString(mark, failure)) this.#report(failure, next);
    return this.#goOn(mark, next, undefined);
  }

  /** Skips an item that starts with a word no rule starts with. */
  skipUnknown(mark: Mark, word: WordNode): BrokenNode {
    const failure = this.#failure();
    const next = this.#find(mark, failure, false);
    if (!this.#reportString(mark, failure) && !this.#unknown.has(word.text)) {
      this.#unknown.add(word.text);
      if (
        areMeantAsPermissions(word.text) &&
        /^ +["/@]/.test(mark.source.text.slice(word.span.end, word.span.end + 20))
      ) {
        reportPermissions(this.#problems, word.span, word.text);
        return this.#goOn(mark, next, word.text);
      }
      if (word.text === "include") {
        this.#problems.report("syntax/unexpected", word.span, "expected the name of a file behind `include`");
        return this.#goOn(mark, next, word.text);
      }
      const near = nearestRule(word, mark.source.text);
      this.#problems.report("syntax/unknown-rule", word.span, sentence`no rule starts with ${{ word: word.text }}`, {
        // What the word would need if it were a path is beside the point where a keyword is meant.
        also: near === undefined ? [{ span: spanOf(failure), message: `expected ${failure.expected}` }] : [],
        help: helpFor(near),
      });
    }
    return this.#goOn(mark, next, word.text);
  }

  /** Skips qualifiers that nothing fitting follows, or a token no item starts with. */
  skipPrefixed(mark: Mark, prefix: PrefixNode): BrokenNode {
    const failure = this.#failure();
    const next = this.#find(mark, failure, false);
    const isPrefixed = prefix.span.end > prefix.span.start;
    const text = describeFailure(failure);
    const sign = failure.source.text[failure.start];
    if (
      (failure.kind === K.comma || sign === ";") &&
      !isPrefixed &&
      this.#cursor.reader.lastIncludeEnd >= 0 &&
      this.#isBehindInclude(failure)
    )
      this.#reportBehindInclude(failure, sign === ";" ? "semicolon" : "comma");
    else if (isPrefixed && isQualifier(failure.kind))
      this.#problems.report(
        "syntax/prefix",
        spanOf(failure),
        `${text} ${misplacedQualifier(failure.kind, text.slice(1, -1), prefix)}`,
        {
          help: "the order is `priority=`, `audit`, `allow`/`deny`/`prompt`, `owner`/`other`, each at most once",
        },
      );
    else if (isPrefixed && bodyStarters.has(failure.kind))
      this.#problems.report("syntax/prefix", prefix.span, `qualifiers are not allowed before ${text}`);
    else if (!this.#reportString(mark, failure)) this.#report(failure, next);
    return this.#goOn(mark, next, failure.kind === K.condition ? text.slice(1, -1) : undefined);
  }

  #reportBehindInclude(failure: Failure, name: string): void {
    this.#problems.report("syntax/unexpected", spanOf(failure), `an include takes no ${name}`, {
      fixes: [
        {
          title: `remove the ${name}`,
          edits: [{ file: failure.source.id, edit: { start: failure.start, end: failure.start + 1, newText: "" } }],
        },
      ],
    });
  }

  #isBehindInclude(failure: Failure): boolean {
    const { source, lastIncludeEnd } = this.#cursor.reader;
    const isNear = failure.source === source && failure.start - lastIncludeEnd < 1000;
    return isNear && source.text.slice(lastIncludeEnd, failure.start).trim() === "";
  }

  /**
   * Finds the body of a header that has failed: `found` when its brace comes next, `bare` when the body goes on without one,
   * else what was skipped.
   */
  skipToBody(mark: Mark): "found" | "bare" | BrokenNode {
    const failure = this.#failure();
    const { reader } = this.#cursor;
    const { text } = mark.source;
    const isHere = this.#isHere(mark, failure);
    const glued = isHere ? gluedBrace(text, mark.start, failure.end) : -1;
    const standing = isHere ? standingBrace(text, mark.start, failure.end) : -1;
    if (glued >= 0) this.#reportGlued(mark, glued);
    else if (!this.#reportString(mark, failure)) {
      if (isHere && standing < 0 && startsLine(text, failure.start)) return this.#openBare(mark, failure);
      const letters =
        isHere && standing < 0 && failure.kind === K.comma ? lettersOf(text, mark.start, failure.start) : undefined;
      if (letters !== undefined) {
        const span = { file: mark.source.id, start: letters.start, end: letters.start + letters.word.length };
        reportPermissions(this.#problems, span, letters.word);
        return this.#goOn(mark, this.#find(mark, failure, false), undefined);
      }
      const isFar = standing >= 0 && failure.start > standing;
      // The brace is what really stood in the way.
      const near = isFar ? { ...failure, kind: K.open, start: standing, end: standing + 1 } : failure;
      this.#report(near, { at: -1, missingComma: undefined, opens: false });
    }
    const at = glued >= 0 ? glued : standing;
    if (at >= 0) reader.resume(at);
    else {
      const next = this.#find(mark, failure, true);
      if (!next.opens) return this.#goOn(mark, next, undefined);
      reader.resume(next.at);
    }
    this.#cursor.failure = undefined;
    reader.longString = undefined;
    const isFound = this.#cursor.peek() === K.open;
    return isFound ? "found" : { kind: "broken", span: this.#cursor.spanFrom(mark), keyword: undefined };
  }

  #reportGlued(mark: Mark, at: number): void {
    const span = { file: mark.source.id, start: at, end: at + 1 };
    this.#problems.report("syntax/glued-brace", span, "this brace is part of the word before it", {
      help: "put a blank before and after the brace",
      fixes: [fixOf("put a blank before the brace", mark.source, at, " ")],
    });
  }

  /** A header without its brace, then a line that starts an item. */
  #openBare(mark: Mark, failure: Failure): "bare" {
    const { after } = failure;
    const span = { file: mark.source.id, start: Math.max(after - 1, mark.start), end: after };
    this.#problems.report(
      "syntax/unexpected",
      span,
      {
        text: `expected ${failure.expected} before the end of the line`,
        facts: { expected: failure.expected, found: "" },
      },
      {
        label: "expected `{` after this",
        fixes: [fixOf("open the body", mark.source, after, " {")],
      },
    );
    // Includes between the header and the line are in the body, too.
    this.#cursor.reader.resume(after);
    this.#cursor.failure = undefined;
    return "bare";
  }

  reportStop(reason: StopReason): void {
    const { source, stoppedAt } = this.#cursor.reader;
    const span = { file: source.id, start: stoppedAt, end: stoppedAt };
    if (reason === "too-large")
      this.#problems.report(
        "syntax/too-large",
        span,
        sentence`more than ${{ limit: limits.tokens }} words and signs in one text`,
      );
    if (reason === "too-deep")
      this.#problems.report(
        "syntax/too-deep",
        span,
        sentence`more than ${{ limit: limits.depth }} levels are open at once`,
      );
  }

  /** What the end of the text brings to light. */
  reportEnd(): void {
    const span = this.#cursor.reader.danglingInclude;
    if (span !== undefined)
      this.#problems.report("syntax/include-without-name", span, "the file ends before the name of what to include");
  }

  /** A body that the text ends in. A profile in it that starts in its own column was most likely meant to follow it. */
  reportUnclosed(frame: Frame): void {
    const { source } = this.#cursor.reader;
    const end = source.text.length;
    const column = columnOf(frame.mark.source.text, frame.mark.start);
    const next = frame.items.find(
      (item) =>
        item.kind === "profile" &&
        item.span.file === frame.mark.source.id &&
        columnOf(frame.mark.source.text, item.span.start) <= column,
    );
    const here = { span: { file: source.id, start: end, end }, message: "the file ends here" };
    const guess =
      next === undefined ? [] : [{ span: startOf(next.span), message: "perhaps `}` is missing before this" }];
    this.#problems.report("syntax/unclosed-body", frame.open, "this `{` is never closed", { also: [...guess, here] });
  }

  #failure(): Failure {
    const cursor = this.#cursor;
    if (cursor.failure === undefined) cursor.fail("something else");
    const { failure } = cursor;
    return failure ?? { ...cursor.mark(), kind: K.end, end: 0, expected: "", help: undefined, after: 0 };
  }

  /** Whether text alone can tell where to go on: everything is in the file being read. */
  #isHere(mark: Mark, failure: Failure): boolean {
    const { reader } = this.#cursor;
    return mark.source === failure.source && reader.source === failure.source && reader.stopped === undefined;
  }

  #find(mark: Mark, failure: Failure, wantsBody: boolean): Resync {
    if (!this.#isHere(mark, failure)) return { at: -1, missingComma: undefined, opens: false };
    const { text } = mark.source;
    const { longString } = this.#cursor.reader;
    if (longString !== undefined && longString.source === mark.source && failure.start > longString.start) {
      const line = text.indexOf("\n", longString.start);
      if (line > mark.start) return { at: line, missingComma: undefined, opens: false };
    }
    if (failure.expected === ENDS_BEFORE_PATH) return { at: failure.start, missingComma: failure.after, opens: false };
    return resync({
      text,
      start: mark.start,
      failedAt: failure.start,
      failedEnd: failure.end,
      wantsBody,
      bodies: this.#bodies,
    });
  }

  /** A string over several lines in an item that fails was most likely never meant to be one. */
  #reportString(mark: Mark, failure: Failure): boolean {
    const { longString } = this.#cursor.reader;
    if (longString === undefined || longString.source !== mark.source || failure.start <= longString.start)
      return false;
    const { start } = longString;
    const span = { file: mark.source.id, start, end: start + 1 };
    this.#problems.report("syntax/unclosed-string", span, "the double quote is not closed on its line");
    return true;
  }

  #report(failure: Failure, next: Resync): void {
    const { missingComma } = next;
    if (this.#cursor.reader.stopped !== undefined) return;
    const isNameless = missingComma !== undefined && failure.source.text.slice(0, missingComma).endsWith("->");
    // What an arrow leads to is missing, whatever comes next.
    const open = missingComma === undefined ? -1 : openParenthesis(failure, missingComma);
    if (isNameless) this.#reportNameless(failure, missingComma);
    else if (open >= 0) this.#reportOpen(failure, open);
    else if (missingComma !== undefined) this.#reportComma(failure, missingComma);
    else if (failure.kind === K.error) this.#reportLexical(failure);
    else reportUnexpected(this.#problems, failure);
  }

  #reportNameless(failure: Failure, at: number): void {
    const span: Span = { file: failure.source.id, start: at - 2, end: at };
    this.#problems.report("syntax/unexpected", span, "the line ends before a name after `->`", {
      label: "expected a name after this",
    });
  }

  #reportOpen({ source: { id: file } }: Failure, start: number): void {
    this.#problems.report("syntax/unexpected", { file, start, end: start + 1 }, "this `(` is never closed", {
      label: "expected `)` behind this",
    });
  }

  #reportLexical(failure: Failure): void {
    const { error, errorStart } = this.#cursor.reader;
    const expected = errorStart > failure.start ? "a file name" : failure.expected;
    reportLexical(this.#problems, { ...failure, start: errorStart, expected }, error);
  }

  #reportComma(failure: Failure, at: number): void {
    const { source } = failure;
    const isPath = failure.expected === ENDS_BEFORE_PATH;
    const code = isPath ? "syntax/missing-comma-after-path" : "syntax/missing-comma";
    const span: Span = { file: source.id, start: Math.max(0, at - 1), end: at };
    const message = `the rule does not end with a comma${isPath ? " before the next path" : ""}`;
    this.#problems.report(code, span, message, {
      label: "expected `,` after this",
      fixes: [fixOf("add a comma", source, at, ",")],
    });
  }

  #goOn(mark: Mark, next: Resync, keyword: string | undefined): BrokenNode {
    const { reader } = this.#cursor;
    if (next.at >= 0) reader.resume(next.at);
    else this.#skipTokens();
    this.#cursor.failure = undefined;
    reader.longString = undefined;
    const end = next.at >= 0 ? trimmedEnd(mark.source.text, mark.start, next.at) : mark.start;
    if (next.at >= 0) reader.lastEnd = Math.max(reader.lastEnd, end);
    return { kind: "broken", span: { file: mark.source.id, start: mark.start, end }, keyword };
  }

  /** Without a text to look at: past the next comma, or to the next brace. */
  #skipTokens(): void {
    const cursor = this.#cursor;
    const { failure } = cursor;
    let kind = cursor.peek();
    if (failure !== undefined && kind >= firstSignificant && (kind === K.close || kind === K.end)) return;
    while (kind !== K.end && kind !== K.close) {
      cursor.take();
      if (kind === K.comma) return;
      kind = cursor.peek();
    }
  }
}

/** What opens or belongs to no rule and takes no qualifiers. */
const bodyStarters = new Set<number>([K.profile, K.hat, K.caret, K.if, K.setKeyword, K.abi, K.alias]);

const ruleWords =
  "capability change_profile file link network unix dbus signal ptrace mqueue io_uring userns all mount remount \
umount pivot_root profile hat include abi alias audit allow deny prompt owner other set if else safe unsafe".split(
    /\s+/,
  );

/** The word a rule starts with that is near to this one; a hyphen may have been meant as `_`. */
function nearestRule({ span, text: word }: WordNode, text: string): string | undefined {
  const [hyphens = ""] = /^(?:-\w{1,64}){1,4}/.exec(text.slice(span.end, span.end + 64)) ?? [];
  return nearestWord(`${word}${hyphens}`.replaceAll("-", "_"), ruleWords);
}

function helpFor(near: string | undefined): string {
  if (near !== undefined) return `did you mean \`${near}\`?`;
  return "correct the word; syntax of a later version of the language is preserved unchanged";
}

/** What is wrong with a qualifier behind others. */
function misplacedQualifier(kind: number, word: string, { audit, mode, owner, priority }: PrefixNode): string {
  const isOwner = kind === K.owner || kind === K.other;
  const isMode = kind === K.allow || kind === K.deny || kind === K.prompt;
  const isThere =
    (isOwner && owner !== undefined) ||
    (isMode && mode !== undefined) ||
    (kind === K.audit && audit !== undefined) ||
    (kind === K.priority && priority !== undefined);
  if (!isThere) return "must come before the other qualifiers";
  const before = isOwner ? owner?.word : isMode ? mode?.word : word;
  return before === word ? "is written twice" : `cannot follow \`${before}\``;
}

function columnOf(text: string, at: number): number {
  return at - text.lastIndexOf("\n", at - 1);
}

/** The first character of a span. */
function startOf({ file, start }: Span): Span {
  return { file, start, end: start + 1 };
}

function spanOf(failure: Failure): Span {
  return { file: failure.source.id, start: failure.start, end: failure.end };
}

/** The parenthesis of a list that does not end on its line; -1: there is none. */
function openParenthesis({ expected, source: { text }, start }: Failure, end: number): number {
  if (!expected.endsWith("`)`")) return -1;
  const open = text.lastIndexOf("(", start - 1);
  const close = text.indexOf(")", open);
  return open < text.lastIndexOf("\n", end - 1) || (close >= 0 && close < end) ? -1 : open;
}

function lineBehind(mark: Mark, failure: Failure): Resync {
  const { text } = mark.source;
  const line = text.indexOf("\n", Math.max(failure.after, mark.start));
  return { at: line < 0 ? text.length : line + 1, missingComma: undefined, opens: false };
}

function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start + 1 && " \t\r\n".includes(text.charAt(at - 1))) at -= 1;
  return at;
}

/** The letters of what would be a rule about a file in a profile, and begins as the head of one here: `/etc/x rq,` */
function lettersOf(
  text: string,
  start: number,
  end: number,
): { readonly word: string; readonly start: number } | undefined {
  const [, path = "", word = ""] =
    /^((?:"[^"\n]{0,4096}"|[/@][^\s"]{0,4096})[ \t]{1,64})([A-Za-z]{2,8})[ \t]*$/.exec(text.slice(start, end)) ?? [];
  return path !== "" && areMeantAsPermissions(word) ? { word, start: start + path.length } : undefined;
}
