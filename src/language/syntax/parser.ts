/**
 * The grammar of files and bodies (policy-language 2). Recursive descent in everything that is bounded; bodies nest on a stack
 * of frames. An item that fails is reported, becomes a `BrokenNode`, and reading goes on after it.
 */
import type { Diagnostic } from "../../foundation/diagnostics/index.ts";
import type { SourceFile, Span } from "../../foundation/text/index.ts";
import { Cursor, type Mark, type ReadEnd } from "./cursor.ts";
import { parseExpression } from "./expression.ts";
import { type Arm, bodyItems, conditionalNode, type Frame, profileNode } from "./frames.ts";
import { emptyHeader, parseHeader, type PartialHeader } from "./header.ts";
import { K } from "./kinds.ts";
import { limits } from "./limits.ts";
import { isAssignment, parseAbi, parseAlias, parseBoolean, parseVariable } from "./preamble.ts";
import { emptyPrefix, parsePrefix } from "./prefix.ts";
import { fixOf, Problems, quoteText } from "./problems.ts";
import { type Splicing, TokenReader } from "./reader.ts";
import { Recovery } from "./repair.ts";
import { parseFileFrom } from "./rules/file.ts";
import { parseRlimit } from "./rules/rlimit.ts";
import { isRuleStart, parseRule } from "./rules/rule.ts";
import type { ExpressionNode, ItemNode, SyntaxTree, Token, WordNode } from "./tree.ts";

export class Parser {
  readonly #source: SourceFile;
  readonly #reader: TokenReader;
  readonly #cursor: Cursor;
  readonly #problems = new Problems();
  readonly #recovery: Recovery;
  /** The bodies around the innermost one, `#frame`. */
  readonly #outer: Frame[] = [];
  #frame: Frame;
  #scopes = 0;
  #needsSplicing = false;

  constructor(source: SourceFile, splicing?: Splicing) {
    this.#source = source;
    this.#reader = new TokenReader(source, splicing);
    this.#cursor = new Cursor(this.#reader);
    this.#cursor.onNul = (span) =>
      this.#problems.report("syntax/nul-in-word", span, "the word contains a NUL byte, which ends it");
    this.#recovery = new Recovery(this.#cursor, this.#problems);
    const open = { file: source.id, start: 0, end: 0 };
    this.#frame = { kind: "file", mark: { source, start: 0 }, open, items: [] };
  }

  /** `refine` has the last word on what is said. */
  parse(refine: (list: readonly Diagnostic[], tokens: () => readonly Token[]) => readonly Diagnostic[]): SyntaxTree {
    const { items } = this.#frame;
    while (this.#step());
    if (this.#reader.endsInside) this.#needsSplicing = true;
    const reader = this.#reader;
    let known: readonly Token[] | undefined;
    const tokens = (): readonly Token[] => (known ??= reader.tokens());
    return {
      source: this.#source,
      get tokens() {
        return tokens();
      },
      items,
      diagnostics: refine(this.#problems.list, tokens),
      needsSplicing: this.#needsSplicing,
    };
  }

  /** Reads one item, or the end of a body; false at the end of the text. */
  #step(): boolean {
    if (this.#problems.isFull) this.#reader.stop("too-many-problems");
    this.#reader.longString = undefined;
    const kind = this.#cursor.peek();
    this.#takeIncludes();
    if (kind === K.end) return this.#end();
    if (kind === K.close) this.#close();
    else this.#item(kind, this.#cursor.mark());
    this.#takeIncludes();
    return true;
  }

  /** Puts the includes met so far where they stand; those of an item that is open come before it. */
  #takeIncludes(): void {
    // COST: asked for twice for each item, and few have any.
    if (!this.#reader.hasIncludes) return;
    for (const include of this.#reader.takeIncludes()) {
      if (include.insideRule) this.#needsSplicing = true;
      this.#frame.items.push(include);
    }
  }

  #end(): boolean {
    const { stopped } = this.#reader;
    this.#recovery.reportEnd();
    if (stopped !== undefined) this.#recovery.reportStop(stopped);
    while (this.#frame.kind !== "file") {
      if (stopped === undefined) this.#recovery.reportUnclosed(this.#frame);
      this.#pop(false);
    }
    return false;
  }

  #item(kind: number, mark: Mark): void {
    const cursor = this.#cursor;
    switch (kind) {
      case K.profile:
      case K.hat:
      case K.caret:
        return this.#profile(kind, mark);
      case K.if:
        return this.#if(mark, []);
      case K.abi:
        return this.#add(mark, parseAbi(cursor));
      case K.setKeyword:
        return this.#add(mark, parseRlimit(cursor));
      case K.alias:
        return this.#statement("an alias", mark, parseAlias(cursor));
      case K.booleanVariable:
        return this.#statement("an assignment", mark, parseBoolean(cursor));
      case K.setVariable:
        return this.#variable(mark);
      case K.id:
        return this.#named(mark);
      default:
        return this.#rule(mark);
    }
  }

  /** Adds the node, or what is left of it. */
  #add(mark: Mark, node: ItemNode | undefined): void {
    this.#frame.items.push(node ?? this.#recovery.skip(mark));
  }

  /** A statement that belongs before the profiles. */
  #statement(what: string, mark: Mark, node: ItemNode | undefined): void {
    if (node !== undefined && this.#frame.kind !== "file")
      this.#problems.report("syntax/misplaced", node.span, `${what} is not allowed inside a profile`, {
        help: "move it before the first profile",
      });
    this.#frame.items.push(node ?? this.#recovery.skip(mark, true));
  }

  #variable(mark: Mark): void {
    const cursor = this.#cursor;
    const word = cursor.word();
    if (isAssignment(cursor.peek())) this.#statement("an assignment", mark, parseVariable(cursor, mark, word));
    else this.#add(mark, parseFileFrom(cursor, mark, emptyPrefix(mark), word));
  }

  /** A path or bare word without qualifiers: a file rule, or a profile without keyword, or a rule nobody knows. */
  #named(mark: Mark): void {
    const cursor = this.#cursor;
    const word = cursor.word();
    const next = cursor.peek();
    const isBare = !word.quoted && /^[A-Za-z]/.test(word.text);
    const inFile = this.#frame.kind === "file";
    const isHeader = next === K.open || next === K.flags || next === K.conditionGroup || next === K.leftParen;
    const mayAttach = inFile && (next === K.id || next === K.setVariable || next === K.plus);
    if ((isHeader && (inFile || !isBare)) || mayAttach) {
      const header = emptyHeader("");
      header.name = word;
      parseHeader(cursor, header);
      if (cursor.failure === undefined || !isBare) return this.#openProfile(mark, header);
      this.#add(mark, this.#recovery.skipUnknown(mark, word));
      return;
    }
    const rule = parseFileFrom(cursor, mark, emptyPrefix(mark), word);
    this.#add(mark, rule ?? (isBare ? this.#recovery.skipUnknown(mark, word) : undefined));
  }

  #rule(mark: Mark): void {
    const cursor = this.#cursor;
    const prefix = parsePrefix(cursor);
    if (prefix === undefined) return this.#add(mark, undefined);
    const kind = cursor.peek();
    if (kind === K.open) return this.#open({ kind: "block", mark, open: cursor.tokenSpan(), items: [], prefix });
    if (isRuleStart(kind)) return this.#add(mark, parseRule(cursor, mark, prefix));
    cursor.fail(prefix.span.start === prefix.span.end ? "a rule" : "a rule or `{`");
    this.#add(mark, this.#recovery.skipPrefixed(mark, prefix));
  }

  #profile(kind: number, mark: Mark): void {
    const header = emptyHeader(kind === K.profile ? "profile" : kind === K.hat ? "hat" : "^");
    this.#cursor.take();
    parseHeader(this.#cursor, header);
    this.#openProfile(mark, header);
  }

  /** Opens the body behind a header, if there is one to be found. */
  #openProfile(mark: Mark, header: PartialHeader): void {
    const cursor = this.#cursor;
    let isBare = false;
    if (cursor.failure !== undefined) {
      const body = this.#skipToBody(mark);
      if (typeof body === "object") return this.#add(mark, body);
      trimName(header, cursor.mark().start);
      isBare = body === "bare";
    }
    if (this.#frame.kind !== "file" && header.keyword === "") this.#reportChild(mark, header);
    const outerScope = this.#reader.scope;
    this.#scopes += 1;
    this.#reader.scope = this.#scopes;
    this.#open({ kind: "profile", mark, open: this.#braceSpan(isBare), items: [], header, outerScope });
  }

  /** Behind a head without a brace the includes that come next are in the body; those before are of the head. */
  #skipToBody(mark: Mark): ReturnType<Recovery["skipToBody"]> {
    const body = this.#recovery.skipToBody(mark);
    if (body === "bare") this.#takeIncludes();
    return body;
  }

  #reportChild(mark: Mark, header: PartialHeader): void {
    const name = header.name?.text ?? "";
    this.#problems.report(
      "syntax/misplaced",
      this.#cursor.spanFrom(mark),
      "a profile inside a profile needs a keyword",
      {
        help: `write \`profile ${quoteText(name).slice(1, -1)} {\``,
        fixes: [fixOf("add `profile`", mark.source, mark.start, "profile ")],
      },
    );
  }

  /** `end`: where the arms before this one end. */
  #if(mark: Mark, arms: readonly Arm[], end?: ReadEnd): void {
    const cursor = this.#cursor;
    cursor.take();
    let condition = parseExpression(cursor);
    if (condition !== undefined && cursor.peek() !== K.open) cursor.fail("`{` or an operator");
    const body = cursor.failure === undefined ? "found" : this.#skipToBody(mark);
    if (typeof body === "object") {
      this.#finishChain(arms, undefined, end);
      return this.#add(mark, body);
    }
    // A brace within what was read as the condition: there was none.
    if (condition === undefined || this.#isBefore(condition.span)) condition = placeholder(cursor);
    this.#open({ kind: "then", mark, open: this.#braceSpan(body === "bare"), items: [], arms, condition });
  }

  /** Whether what comes next stands before the end of what was read already. */
  #isBefore({ file, end }: Span): boolean {
    const { source, start } = this.#cursor.mark();
    return source.id === file && start < end;
  }

  /** The brace that comes next; the place where it ought to be when it is missing. */
  #braceSpan(isMissing: boolean): Span {
    const span = this.#cursor.tokenSpan();
    return isMissing ? { ...span, end: span.start } : span;
  }

  /** Takes the brace, if there is one, and makes its body the innermost one. */
  #open(frame: Frame): void {
    const arms = "arms" in frame ? frame.arms.length : 0;
    const isTooDeep = this.#outer.length + arms >= limits.depth;
    if (isTooDeep) {
      this.#reader.stop("too-deep");
      if ("arms" in frame) this.#finishChain(frame.arms, undefined);
      return;
    }
    if (frame.open.end > frame.open.start) {
      this.#cursor.take();
      // Those of the head come before the brace, so inside the item, and belong to the body around it.
      this.#takeIncludes();
    }
    this.#outer.push(this.#frame);
    this.#frame = frame;
  }

  #close(): void {
    const { kind } = this.#frame;
    const span = this.#cursor.tokenSpan();
    this.#cursor.take();
    if (kind === "file") {
      this.#problems.report("syntax/stray-close", span, "this `}` closes nothing");
      this.#frame.items.push({ kind: "broken", span, keyword: undefined });
    } else this.#pop(true);
  }

  /** Ends the innermost body and adds its node to the one around it. */
  #pop(isClosed: boolean): void {
    const frame = this.#frame;
    const cursor = this.#cursor;
    const { lastSource, lastEnd } = this.#reader;
    this.#frame = this.#outer.pop() ?? frame;
    switch (frame.kind) {
      case "file":
        return;
      case "profile": {
        const close = { file: lastSource.id, start: lastEnd - 1, end: lastEnd };
        this.#reader.scope = frame.outerScope;
        this.#frame.items.push(profileNode(frame, cursor, isClosed ? close : undefined));
        return;
      }
      case "block": {
        const { prefix } = frame;
        this.#frame.items.push({
          kind: "block",
          span: cursor.spanFrom(frame.mark),
          prefix,
          items: bodyItems(frame.items),
        });
        return;
      }
      case "then": {
        const arm = { mark: frame.mark, condition: frame.condition, items: bodyItems(frame.items) };
        const arms = [...frame.arms, arm];
        if (isClosed && cursor.peek() === K.else) this.#else(arms);
        else this.#finishChain(arms, undefined);
        return;
      }
      case "else":
        this.#finishChain(frame.arms, frame.items);
    }
  }

  #else(arms: readonly Arm[]): void {
    const cursor = this.#cursor;
    const { lastEnd, lastSource } = this.#reader;
    const end = { lastEnd, lastSource };
    const mark = cursor.mark();
    cursor.take();
    const kind = cursor.peek();
    if (kind === K.if) return this.#if(cursor.mark(), arms, end);
    if (kind !== K.open) cursor.fail("`{` or `if`");
    const body = kind === K.open ? "found" : this.#skipToBody(mark);
    if (typeof body === "object") {
      this.#finishChain(arms, undefined, end);
      return this.#add(mark, body);
    }
    this.#open({ kind: "else", mark, open: this.#braceSpan(body === "bare"), items: [], arms });
  }

  #finishChain(arms: readonly Arm[], otherwise: readonly ItemNode[] | undefined, end?: ReadEnd): void {
    const rest = otherwise === undefined ? undefined : bodyItems(otherwise);
    const node = conditionalNode(arms, rest, this.#cursor, end);
    if (node !== undefined) this.#frame.items.push(node);
  }
}

/** Takes a brace that was glued to the name off it. */
function trimName(header: PartialHeader, brace: number): void {
  const trim = (word: WordNode): WordNode | undefined => {
    const { span } = word;
    if (span.end <= brace) return word;
    const keep = brace - span.start;
    if (keep <= 0) return undefined;
    const text = word.text.slice(0, keep);
    return { ...word, span: { ...span, end: brace }, text, value: text };
  };
  if (header.attachment !== undefined) header.attachment = trim(header.attachment);
  if (header.name !== undefined) header.name = trim(header.name);
}

/** Stands in for a condition that could not be read. */
function placeholder(cursor: Cursor): ExpressionNode {
  const span = { ...cursor.tokenSpan() };
  const at = { ...span, end: span.start };
  return { kind: "operand", span: at, operand: { kind: "word", span: at, text: "", value: "true", quoted: false } };
}
