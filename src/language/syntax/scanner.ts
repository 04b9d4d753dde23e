/**
 * The modal scanner (policy-language 1.2-1.6). The same bytes give different tokens in different modes; modes form a
 * stack that tokens push and pop, never the parser. In a mode the longest match wins, look-ahead counted, and the first of
 * equals. `scan` gives one token at a time, trivia too, so that the tokens of a text tile it; a comment's token ends before
 * its line end. What no rule of the mode fits gives `K.error`, of one character, and the mode stays.
 */
import { keywords, modeAfter, permissionWords } from "./keywords.ts";
import { K, M } from "./kinds.ts";
import {
  blankEnd,
  conditionWordEnd,
  CR,
  endsPermissions,
  includeWordEnd,
  isDigit,
  isLetter,
  isPermissionString,
  LF,
  listWordEnd,
  nameEnd,
  pathEnd,
  quotedEnd,
  SPACE,
  TAB,
  variableEnd,
  wordEnd,
} from "./shapes.ts";

/** Why there is no token: a byte that fits nothing, a string or comment without end, a stray comma, the other parser's jam. */
export type LexicalError = "character" | "string" | "comment" | "comma" | "jam";

export class Scanner {
  text: string;
  /** Where the next token starts. */
  at = 0;
  /** Where the last token started; it ended at `at`. */
  start = 0;
  error: LexicalError = "character";
  mode: number = M.top;
  readonly #stack: number[] = [];
  #nextLf = -1;
  /** Where the last `profile` or `hat` ended. */
  #keywordEnd = -1;

  constructor(text: string) {
    this.text = text;
  }

  /** Goes on in another text, in the same mode. */
  switchTo(text: string, at: number): void {
    this.text = text;
    this.at = at;
    this.#nextLf = -1;
    this.#keywordEnd = -1;
  }

  /** Forgets all modes and goes on at `at`: after an error only the top mode is a safe place to start from (recovery.ts). */
  restart(at: number): void {
    this.at = at;
    this.mode = M.top;
    this.#stack.length = 0;
    if (this.#nextLf < at) this.#nextLf = -1;
  }

  /** The kind of the next token, which lies between `start` and `at`. */
  scan(): number {
    const { text } = this;
    const at = this.at;
    this.start = at;
    if (at >= text.length) return K.end;
    const code = text.charCodeAt(at);
    if ((code === SPACE || code === TAB) && this.#mayBlank(at)) return this.#take(K.blank, blankEnd(text, at + 1));
    // INVARIANT: modes are numbered so that those that treat line ends alike are neighbours (kinds.ts, policy-language 1.4). The others take a
    // carriage return as a byte of a word, since the longest match wins.
    if (code === LF || (code === CR && text.charCodeAt(at + 1) === LF)) {
      const end = code === LF ? at + 1 : at + 2;
      if (this.mode <= M.assignExpression) return this.#lineEnd(end);
      if (this.mode < M.subValue || (this.mode > M.subValue && this.mode !== M.integer && this.mode !== M.identity))
        return this.#take(K.newline, end);
    }
    return this.#inMode(code, at);
  }

  /** Blanks may come before a name after `profile` and `hat`, which swallow them, but not after `^`, nor before a value. */
  #mayBlank(at: number): boolean {
    if (this.mode === M.subId) return at === this.#keywordEnd;
    return this.mode !== M.subValue;
  }

  #lineEnd(end: number): number {
    switch (this.mode) {
      case M.subId:
        return this.#fail("character");
      case M.assign:
      case M.assignExpression:
        return this.#takePop(K.newline, end);
      default:
        return this.#take(K.newline, end);
    }
  }

  #inMode(code: number, at: number): number {
    switch (this.mode) {
      case M.top:
        return this.#top(code, at);
      case M.subId:
      case M.subIdBlank:
        return this.#oneWord(K.id);
      case M.subValue:
        return this.#oneWord(K.value);
      case M.assign:
        return this.#assign(code, at);
      case M.expressionStart:
        return this.#expressionStart(code, at);
      case M.assignExpression:
      case M.expression:
        return this.#expression(code, at);
      case M.include:
      case M.abi:
        return this.#fileName(code, at);
      case M.condition:
        return this.#condition(code, at);
      case M.list:
        return this.#list(code, at);
      case M.groupStart:
      case M.group:
        return this.#group(code, at);
      case M.groupValue:
      case M.groupList:
        return this.#groupValue(code, at);
      case M.integer:
      case M.identity:
        return this.mode === M.integer ? this.#integer(code, at) : this.#identity(code, at);
      case M.changeProfile:
        return this.#changeProfile(code, at);
      case M.rlimit:
        return this.#rlimit(code, at);
      case M.userns:
        return this.#userns(code, at);
      default:
        return this.#rule(code, at);
    }
  }

  #take(kind: number, end: number): number {
    this.at = end;
    return kind;
  }

  #takePush(kind: number, end: number, mode: number): number {
    this.at = end;
    this.#stack.push(this.mode);
    this.mode = mode;
    return kind;
  }

  #takePop(kind: number, end: number): number {
    this.at = end;
    this.mode = this.#stack.pop() ?? M.top;
    return kind;
  }

  #takeSwitch(kind: number, end: number, mode: number): number {
    this.at = end;
    this.mode = mode;
    return kind;
  }

  #fail(error: LexicalError): number {
    this.at = this.start + 1;
    this.error = error;
    return K.error;
  }

  /** Whether a line feed follows. INVARIANT: `#nextLf` is the first at or after where it was asked last. */
  #hasLineFeed(at: number): boolean {
    if (this.#nextLf < at) {
      const found = this.text.indexOf("\n", at);
      this.#nextLf = found < 0 ? this.text.length : found;
    }
    return this.#nextLf < this.text.length;
  }

  #top(code: number, at: number): number {
    if (isLetter(code)) return this.#name(at);
    switch (code) {
      case 0x2f: // /
      case 0x26: // &
        return this.#take(K.id, pathEnd(this.text, at));
      case 0x40: // @
        return this.#at(at);
      case 0x2c:
        return this.#take(K.comma, at + 1);
      case 0x23:
        return this.#hash(at);
      case 0x7b:
        return this.#take(K.open, at + 1);
      case 0x7d:
        return this.#take(K.close, at + 1);
      case 0x22: {
        const end = quotedEnd(this.text, at);
        if (end === at) return this.#fail("string");
        const first = this.text.charCodeAt(at + 1);
        const fits = first === 0x2f || first === 0x40 || first === 0x3a || first === 0x26;
        return fits ? this.#take(K.id, end) : this.#fail("character");
      }
      default:
        return this.#topSign(code, at);
    }
  }

  #topSign(code: number, at: number): number {
    const next = this.text.charCodeAt(at + 1);
    switch (code) {
      case 0x5e: // ^
        return this.#takePush(K.caret, at + 1, M.subId);
      case 0x2d: // -
        return next === 0x3e ? this.#takePush(K.arrow, at + 2, M.subIdBlank) : this.#fail("character");
      case 0x28:
        return this.#takePush(K.leftParen, at + 1, M.list);
      case 0x3d:
        return this.#takePush(K.assign, at + 1, M.assign);
      case 0x2b:
        if (next === 0x3d) return this.#takePush(K.addAssign, at + 2, M.assign);
        return this.#takePush(K.plus, at + 1, M.identity);
      case 0x3f:
        return next === 0x3d ? this.#takePush(K.elseAssign, at + 2, M.assign) : this.#fail("character");
      case 0x3a: {
        if (next === 0x3d) return this.#takePush(K.overrideAssign, at + 2, M.assign);
        const end = pathEnd(this.text, at);
        return end > at ? this.#take(K.id, end) : this.#take(K.colon, at + 1);
      }
      case 0x24:
        return this.#boolean(at);
      default:
        return this.#fail("character");
    }
  }

  #at(at: number): number {
    const end = variableEnd(this.text, at);
    if (end === at) return this.#fail("character");
    const path = pathEnd(this.text, at);
    return path > end ? this.#take(K.id, path) : this.#take(K.setVariable, end);
  }

  #boolean(at: number): number {
    const end = variableEnd(this.text, at);
    if (end === at) return this.#fail("character");
    const sign = blankEnd(this.text, end);
    const code = this.text.charCodeAt(sign);
    const isTwo = (code === 0x2b || code === 0x3f || code === 0x3a) && this.text.charCodeAt(sign + 1) === 0x3d;
    if (code === 0x3d || isTwo) return this.#takePush(K.booleanVariable, end, M.expressionStart);
    return this.#take(K.booleanVariable, end);
  }

  /** `#`: an include or a comment. Both need a line feed somewhere after them. */
  #hash(at: number): number {
    if (this.text.startsWith("include", at + 1) && this.#hasLineFeed(at))
      return this.#takePush(K.include, this.#existsEnd(at + 8) ?? at + 8, M.include);
    return this.#comment(at) ?? this.#fail("comment");
  }

  #comment(at: number): number | undefined {
    if (!this.#hasLineFeed(at)) return undefined;
    const end = this.#nextLf;
    return this.#take(K.comment, this.text.charCodeAt(end - 1) === CR && end - 1 > at ? end - 1 : end);
  }

  /** The end of ` if exists` behind an include keyword; a blank must follow. */
  #existsEnd(at: number): number | undefined {
    const word = blankEnd(this.text, at);
    if (word === at || !this.text.startsWith("if", word)) return undefined;
    const second = blankEnd(this.text, word + 2);
    if (second === word + 2 || !this.text.startsWith("exists", second)) return undefined;
    return blankEnd(this.text, second + 6) > second + 6 ? second + 6 : undefined;
  }

  #name(at: number): number {
    const { text } = this;
    const end = nameEnd(text, at);
    const condition = this.#conditionName(at, end);
    if (condition >= 0) return condition;
    const next = text.charCodeAt(end);
    // the letters of `all` are permissions, too; the keyword comes before them (policy-language 1.6)
    if (endsPermissions(next) && isPermissionString(text, at, end) && !(end - at === 3 && text.startsWith("all", at)))
      return this.#take(K.perms, end);
    const word = text.slice(at, end);
    if (word === "include" && (next === SPACE || next === TAB))
      return this.#takePush(K.include, this.#existsEnd(end) ?? end, M.include);
    const kind = keywords.get(word);
    if (kind === undefined) return this.#take(K.id, end);
    const mode = modeAfter.get(kind);
    if (mode === undefined) return this.#take(kind, end);
    this.#keywordEnd = end;
    return this.#takePush(kind, end, mode);
  }

  /** Rows 1 to 6: a name that a `=` or `in (` follows. */
  #conditionName(at: number, end: number): number {
    const { text } = this;
    const sign = blankEnd(text, end);
    const code = text.charCodeAt(sign);
    if (code !== 0x3d) {
      const isIn = code === 0x69 && sign > end && text.charCodeAt(sign + 1) === 0x6e;
      if (isIn && text.charCodeAt(blankEnd(text, sign + 2)) === 0x28)
        return this.#takePush(K.condition, end, M.condition);
      return -1;
    }
    switch (text.slice(at, end)) {
      case "identities":
        return this.#takePush(K.identities, end, M.condition);
      case "flags":
        return this.#takePush(K.flags, end, M.condition);
      case "priority":
        return this.#takePush(K.priority, end, M.integer);
      case "peer":
      case "xattrs":
        if (text.charCodeAt(blankEnd(text, sign + 1)) === 0x28)
          return this.#takePush(K.conditionGroup, end, M.groupStart);
        break;
      default:
    }
    return this.#takePush(K.condition, end, M.condition);
  }

  #word(): number {
    const { text, start } = this;
    return text.charCodeAt(start) === 0x22 ? quotedEnd(text, start) : wordEnd(text, start);
  }

  /** The error for text where a word is expected. */
  #noWord(): number {
    return this.#fail(this.text.charCodeAt(this.start) === 0x22 ? "string" : "character");
  }

  #oneWord(kind: number): number {
    const end = this.#word();
    return end > this.start ? this.#takePop(kind, end) : this.#noWord();
  }

  #assign(code: number, at: number): number {
    if (code === 0x2c && this.#word() <= at + 1) return this.#fail("comma");
    if (code === 0x23) {
      const comment = this.#comment(at);
      if (comment !== undefined) return comment;
    }
    if (code === 0x5c && this.text.charCodeAt(at + 1) === LF) return this.#take(K.continuation, at + 2);
    const end = this.#word();
    return end > at ? this.#take(K.value, end) : this.#noWord();
  }

  #expressionStart(code: number, at: number): number {
    const isTwo = this.text.charCodeAt(at + 1) === 0x3d;
    switch (code) {
      case 0x3d:
        return this.#takeSwitch(K.assign, at + 1, M.assignExpression);
      case 0x2b:
        return isTwo ? this.#takeSwitch(K.addAssign, at + 2, M.assignExpression) : this.#fail("character");
      case 0x3f:
        return isTwo ? this.#takeSwitch(K.elseAssign, at + 2, M.assignExpression) : this.#fail("character");
      case 0x3a:
        return isTwo ? this.#takeSwitch(K.overrideAssign, at + 2, M.assignExpression) : this.#fail("character");
      default:
        return this.#fail("character");
    }
  }

  #expression(code: number, at: number): number {
    const isAssign = this.mode === M.assignExpression;
    if (isAssign) {
      if (code === 0x2c) return this.#fail("comma");
      const comment = code === 0x23 ? this.#comment(at) : undefined;
      if (comment !== undefined) return comment;
      if (code === 0x5c && this.text.charCodeAt(at + 1) === LF) return this.#take(K.continuation, at + 2);
    }
    if (code === 0x28) return this.#take(K.leftParen, at + 1);
    if (code === 0x29) return this.#take(K.rightParen, at + 1);
    const word = this.#ruleWord(code);
    const [kind, end] = this.#operator(code, at);
    if (end > at && end >= word) {
      if (kind === K.open) return this.#takePop(K.open, end);
      return this.#take(kind, end);
    }
    return word > at ? this.#take(K.id, word) : this.#noWord();
  }

  /** Operators, words and references of expressions that a longer word may still swallow. */
  #operator(code: number, at: number): readonly [number, number] {
    const isTwo = this.text.charCodeAt(at + 1) === 0x3d;
    switch (code) {
      case 0x7b:
        return this.mode === M.expression ? [K.open, at + 1] : [K.error, at];
      case 0x3d:
        return isTwo ? [K.equalTo, at + 2] : [K.error, at];
      case 0x21:
        return isTwo ? [K.notEqual, at + 2] : [K.error, at];
      case 0x3e:
        return isTwo ? [K.greaterEqual, at + 2] : [K.greater, at + 1];
      case 0x3c:
        return isTwo ? [K.lessEqual, at + 2] : [K.less, at + 1];
      case 0x40:
        return [K.setVariable, variableEnd(this.text, at)];
      case 0x24:
        return [K.booleanVariable, variableEnd(this.text, at)];
      default: {
        const end = nameEnd(this.text, at);
        if (end - at > 7 || end === at) return [K.error, at];
        const kind = keywords.get(this.text.slice(at, end));
        const fits = kind === K.and || kind === K.or || kind === K.not || kind === K.defined || kind === K.in;
        return fits ? [kind, end] : [K.error, at];
      }
    }
  }

  /** The longest of CWORD, PATHTOK and QSTR. */
  #ruleWord(code: number): number {
    const { text, start } = this;
    if (code === 0x22) return quotedEnd(text, start);
    const word = conditionWordEnd(text, start);
    if (code !== 0x2f && code !== 0x26 && code !== 0x3a && code !== 0x40) return word;
    return Math.max(word, pathEnd(text, start));
  }

  #fileName(code: number, at: number): number {
    const { text } = this;
    if (code === 0x2c && this.mode === M.abi && includeWordEnd(text, at) === at) return this.#takePop(K.comma, at + 1);
    const end = code === 0x3c ? this.#angleEnd(at) : code === 0x22 ? quotedEnd(text, at) : includeWordEnd(text, at);
    if (end === at) return this.#noWord();
    return this.mode === M.abi ? this.#take(K.fileName, end) : this.#takePop(K.fileName, end);
  }

  /** `<name>` or `<"name">`. */
  #angleEnd(at: number): number {
    const { text } = this;
    if (text.charCodeAt(at + 1) === 0x22) {
      const end = quotedEnd(text, at + 1);
      return end > at + 1 && text.charCodeAt(end) === 0x3e ? end + 1 : at;
    }
    let end = at + 1;
    for (; end < text.length; end += 1) {
      const code = text.charCodeAt(end);
      if (code === 0x3e) return end > at + 1 ? end + 1 : at;
      if (code === 0x22 || code === TAB || code === CR || code === LF) return at;
    }
    return at;
  }

  #condition(code: number, at: number): number {
    const { text } = this;
    const next = text.charCodeAt(at + 1);
    if (code === 0x28) return this.#takeSwitch(K.leftParen, at + 1, M.list);
    if (code === 0x69 && next === 0x6e) return this.#take(K.in, at + 2);
    const isSet = code === 0x3a && next === 0x3d;
    if (code !== 0x3d && !isSet) return this.#fail("character");
    const end = isSet ? at + 2 : at + 1;
    const kind = isSet ? K.set : K.equals;
    const value = text.charCodeAt(blankEnd(text, end));
    if (value !== value || value === 0x28 || value === LF) return this.#take(kind, end);
    // The blanks behind the sign belong to it: SUB_VALUE itself knows none.
    return this.#takeSwitch(kind, blankEnd(text, end), M.subValue);
  }

  #list(code: number, at: number): number {
    if (code === 0x29) return this.#takePop(K.rightParen, at + 1);
    if (code === 0x2c) return this.#take(K.separator, at + 1);
    const end = code === 0x22 ? quotedEnd(this.text, at) : listWordEnd(this.text, at);
    return end > at ? this.#take(K.value, end) : this.#noWord();
  }

  #group(code: number, at: number): number {
    const { text } = this;
    if (this.mode === M.groupStart) {
      if (code === 0x3d) return this.#take(K.equals, at + 1);
      return code === 0x28 ? this.#takeSwitch(K.leftParen, at + 1, M.group) : this.#fail("character");
    }
    if (code === 0x29) return this.#takePop(K.rightParen, at + 1);
    if (code === 0x2c) return this.#take(K.separator, at + 1);
    const isSet = code === 0x3a && text.charCodeAt(at + 1) === 0x3d;
    if (code === 0x3d || isSet) {
      const end = at + (isSet ? 2 : 1);
      const isList = text.charCodeAt(blankEnd(text, end)) === 0x28;
      return this.#takePush(isSet ? K.set : K.equals, end, isList ? M.groupList : M.groupValue);
    }
    const end = conditionWordEnd(text, at);
    return end > at ? this.#take(K.condition, end) : this.#noWord();
  }

  #groupValue(code: number, at: number): number {
    const isList = this.mode === M.groupList;
    if (isList && code === 0x28) return this.#take(K.leftParen, at + 1);
    if (isList && code === 0x29) return this.#takePop(K.rightParen, at + 1);
    const end = code === 0x22 ? quotedEnd(this.text, at) : listWordEnd(this.text, at);
    if (end === at || (code === 0x22 && end === at + 2)) return this.#noWord();
    return isList ? this.#take(K.value, end) : this.#takePop(K.value, end);
  }

  #integer(code: number, at: number): number {
    if (code === 0x3d) return this.#take(K.equals, at + 1);
    let end = code === 0x2b || code === 0x2d ? at + 1 : at;
    const digits = end;
    while (isDigit(this.text.charCodeAt(end))) end += 1;
    return end > digits ? this.#takePop(K.value, end) : this.#fail("jam");
  }

  #identity(code: number, at: number): number {
    const { text } = this;
    const name = text.startsWith("identities", at) ? at + 10 : at;
    if (name > at && text.charCodeAt(blankEnd(text, name)) === 0x3d)
      return this.#takeSwitch(K.identities, name, M.condition);
    let end = at;
    if (code === 0x22) end = quotedEnd(text, at);
    else while (end < text.length && !' \t\r\n"!,{}\\='.includes(text.charAt(end))) end += 1;
    return end > at ? this.#takePop(K.value, end) : this.#fail("jam");
  }

  #changeProfile(code: number, at: number): number {
    const end = this.#word();
    if (end === at) return code === 0x2c ? this.#takePop(K.comma, at + 1) : this.#noWord();
    if (code === 0x2d && end === at + 2 && this.text.charCodeAt(at + 1) === 0x3e)
      return this.#takePush(K.arrow, end, M.subIdBlank);
    const word = end - at <= 6 ? this.text.slice(at, end) : "";
    if (word === "safe" || word === "unsafe") return this.#take(word === "safe" ? K.safe : K.unsafe, end);
    return this.#take(K.id, end);
  }

  #rlimit(code: number, at: number): number {
    const { text } = this;
    if (code === 0x2c) return this.#takePop(K.comma, at + 1);
    if (code === 0x3c && text.charCodeAt(at + 1) === 0x3d) return this.#take(K.lessEqual, at + 2);
    let end = code === 0x2d ? at + 1 : at;
    const digits = end;
    while (isDigit(text.charCodeAt(end))) end += 1;
    if (end > digits) return this.#take(K.value, end);
    end = at;
    for (let next = code; isLetter(next) || next === 0x5f; next = text.charCodeAt(end)) end += 1;
    if (end === at) return this.#fail("character");
    return this.#take(text.slice(at, end) === "infinity" ? K.value : K.id, end);
  }

  #userns(code: number, at: number): number {
    if (code === 0x2c) return this.#takePop(K.comma, at + 1);
    return this.text.startsWith("create", at) ? this.#take(K.permission, at + 6) : this.#fail("character");
  }

  /** The modes of network, unix, dbus, signal, ptrace, mqueue and mount rules. */
  #rule(code: number, at: number): number {
    const { text } = this;
    if (code === 0x2c) return this.#takePop(K.comma, at + 1);
    const isMount = this.mode === M.mount;
    if (code === 0x28 && !isMount) return this.#takePush(K.leftParen, at + 1, M.list);
    if (isLetter(code)) {
      const condition = this.#conditionName(at, nameEnd(text, at));
      if (condition >= 0) return condition;
    }
    const end = this.#ruleWord(code);
    if (end === at) return this.#noWord();
    if (isMount) {
      const isArrow = code === 0x2d && end === at + 2 && text.charCodeAt(at + 1) === 0x3e;
      return this.#take(isArrow ? K.arrow : K.id, end);
    }
    if (end - at <= 9) {
      const word = text.slice(at, end);
      if (permissionWords.get(this.mode)?.has(word) === true) return this.#take(K.permission, end);
      const isLetters = word === "r" || word === "w" || word === "rw" || word === "wr";
      if (isLetters && endsPermissions(text.charCodeAt(end))) return this.#take(K.perms, end);
    }
    return this.#take(K.id, end);
  }
}
