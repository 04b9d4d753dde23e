/**
 * Where to go on behind something broken. A guess from the looks of the text, made by people's habits: one rule a line, a comma
 * at its end, a brace that opens a body at the end of a line. A wrong guess costs other messages, never the verdict.
 */
import { blankEnd, CR, LF, nameEnd, SPACE, TAB } from "./shapes.ts";
import { keywords } from "./keywords.ts";
import { K } from "./kinds.ts";

export interface Resync {
  /** Go on here. */
  readonly at: number;
  /** The rule seems to end here, where its comma is missing. */
  readonly missingComma: number | undefined;
  /** A body opens at `at`. */
  readonly opens: boolean;
}

interface Broken {
  readonly text: string;
  /** Where the item starts, where the token is that did not fit, and where it ends. */
  readonly start: number;
  readonly failedAt: number;
  readonly failedEnd: number;
  /** The item ought to have a body. */
  readonly wantsBody: boolean;
  readonly bodies: Bodies;
}

const starters = new Set<number>([
  K.profile,
  K.hat,
  K.network,
  K.unix,
  K.capability,
  K.if,
  K.changeProfile,
  K.unsafe,
  K.safe,
  K.link,
  K.owner,
  K.other,
  K.audit,
  K.deny,
  K.allow,
  K.prompt,
  K.setKeyword,
  K.alias,
  K.ptrace,
  K.file,
  K.mount,
  K.remount,
  K.umount,
  K.pivotRoot,
  K.dbus,
  K.signal,
  K.abi,
  K.userns,
  K.mqueue,
  K.ioUring,
  K.all,
]);

/** Whether a line's first word looks like the start of an item. */
function startsItem(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === 0x2f || code === 0x40 || code === 0x24 || code === 0x7d || code === 0x23 || code === 0x5e) return true;
  if (code === 0x22) return text.charCodeAt(at + 1) === 0x2f || text.charCodeAt(at + 1) === 0x40;
  const end = nameEnd(text, at);
  const next = text.charAt(end);
  if (end === at || !(next === "" || " \t\r\n,{".includes(next)) || text.charAt(blankEnd(text, end)) === "=")
    return false;
  const word = text.slice(at, end);
  return word === "include" || starters.has(keywords.get(word) ?? -1);
}

function isSpace(code: number): boolean {
  return code === SPACE || code === LF || code === TAB || code === CR;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** After the last character before `at` that is not a white space. */
function endBefore(text: string, at: number): number {
  let end = at;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return end;
}

/** Decides where to go on. INVARIANT: `at` is after `start`. */
export function resync(broken: Broken): Resync {
  const within = broken.wantsBody ? undefined : brokenOffAtLine(broken);
  return within ?? scanOn(broken);
}

/** A new item starts on a line before the trouble: the item before it lacks its comma. */
function brokenOffAtLine({ text, start, failedAt }: Broken): Resync | undefined {
  const indent = start - lineStart(text, start);
  for (let line = text.indexOf("\n", start); line >= 0 && line < failedAt; line = text.indexOf("\n", line + 1)) {
    const first = blankEnd(text, line + 1);
    if (first > failedAt || !startsItem(text, first)) continue;
    const isComment = text.charCodeAt(first) === 0x23 && !text.startsWith("#include", first);
    if (isComment || (first < failedAt && first - line - 1 > indent)) continue;
    return { at: first, missingComma: endBefore(text, line), opens: false };
  }
  return undefined;
}

/** Forward from the trouble: after the comma that ends the rule, to the next line, or to a brace. */
function scanOn({ text, start, failedAt, failedEnd, wantsBody, bodies }: Broken): Resync {
  const indent = start - lineStart(text, start);
  const stop = (at: number): Resync => ({ at: Math.max(at, start + 1), missingComma: undefined, opens: false });
  let depth = openParentheses(text, start, failedAt);
  for (let at = failedAt; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isFirst = at === 0 || isSpace(text.charCodeAt(at - 1));
    const isLast = at + 1 >= text.length || isSpace(text.charCodeAt(at + 1));
    if (code === LF) {
      const first = blankEnd(text, at + 1);
      const isNext = first - at - 1 <= indent || startsItem(text, first);
      if (isNext && !(wantsBody && text.charCodeAt(first) === 0x7b)) return stop(first);
      depth = 0;
    } else if (code === 0x23 && isFirst) at = lineEnd(text, at) - 1;
    else if (code === 0x28) depth += 1;
    else if (code === 0x29) depth = Math.max(0, depth - 1);
    else if (code === 0x2c && depth === 0 && (isLast || text.charCodeAt(at + 1) === 0x7d)) {
      if (at >= failedEnd - 1 || !wantsBody) return stop(at + 1);
    } else if (code === 0x7d && isFirst) return at > start ? stop(at) : stop(at + 1);
    else if (code === 0x7b && isFirst && isLast)
      return wantsBody ? { at, missingComma: undefined, opens: true } : stop(bodies.endOf(text, at));
  }
  return stop(text.length);
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** How many parentheses are open in front of the trouble, counting those that look like a list's. */
function openParentheses(text: string, start: number, end: number): number {
  let depth = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    const before = text.charCodeAt(at - 1);
    if (code === 0x28 && (before === 0x3d || isSpace(before))) depth += 1;
    else if (code === 0x29 && depth > 0) depth -= 1;
  }
  return depth;
}

/** The `}` that seem to close the `{` of a text, looked for once: a hostile text has an open one on each line, and nothing else. */
export class Bodies {
  #text: string | undefined;
  #closers: ReadonlyMap<number, number> = new Map();

  /** Behind the `}` that seems to close the `{` at `at`; the end of its line when there is none. */
  endOf(text: string, at: number): number {
    if (text !== this.#text) this.#closers = closersIn(text);
    this.#text = text;
    const closer = this.#closers.get(at);
    return closer === undefined ? lineEnd(text, at) : closer + 1;
  }
}

/** Of each `{` outside comments that a blank precedes, the `}` on its level. */
function closersIn(text: string): ReadonlyMap<number, number> {
  const closers = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isFirst = at === 0 || isSpace(text.charCodeAt(at - 1));
    if (code === 0x23 && isFirst) at = lineEnd(text, at) - 1;
    else if (code === 0x7b && isFirst) open.push(at);
    else if (code === 0x7d && (isFirst || text.charCodeAt(at - 1) === 0x2c)) {
      const opened = open.pop();
      if (opened !== undefined) closers.set(opened, at);
    }
  }
  return closers;
}

/** The first brace that is alone between `start` and `end`: a list that is not closed has swallowed it. -1: none. */
export function standingBrace(text: string, start: number, end: number): number {
  for (let at = text.indexOf("{", start); at >= 0 && at < end; at = text.indexOf("{", at + 1)) {
    const next = text.charCodeAt(at + 1);
    if (isSpace(text.charCodeAt(at - 1)) && (next !== next || isSpace(next))) return at;
  }
  return -1;
}

/** Whether an item, or the end of the body, stands at `at` on a line of its own. */
export function startsLine(text: string, at: number): boolean {
  return text.slice(lineStart(text, at), at).trim() === "" && startsItem(text, at);
}

/**
 * A brace that opens a body but belongs to the word before it, between `start` and `end`; -1 when there is none. A brace of
 * a pattern or variable is not followed by white space.
 */
export function gluedBrace(text: string, start: number, end: number): number {
  for (let at = start; at < end; at += 1) {
    if (text.charCodeAt(at) !== 0x7b) continue;
    const before = text.charCodeAt(at - 1);
    if (isSpace(before) || before === 0x40 || before === 0x24) {
      if (text.charCodeAt(at + 1) === 0x7d) return at;
      continue;
    }
    const next = text.charCodeAt(at + 1) === 0x7d ? at + 2 : at + 1;
    if (next >= text.length || isSpace(text.charCodeAt(next))) return at;
  }
  return -1;
}
