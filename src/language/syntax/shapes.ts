/**
 * The shapes of words (policy-language 1.3). Each function looks at `text` from `at` and gives the end of the longest match,
 * or `at` itself when there is none. Characters above U+007F stand for bytes above 0x7f, which are ordinary everywhere.
 */

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

// What ends words: one bit for each family, so that a shape is one table look-up for each character.
const NOT_ID = 1; // IDC
const NOT_VARIABLE = 2; // first alternative of VUNIT
const NOT_GLUED = 4; // VUNIT before `?`
const NOT_CONDITION_FIRST = 8; // CWORD, first byte (`:` apart)
const NOT_CONDITION = 16; // CWORD, further bytes (`:` and `,` apart)
const ESCAPABLE = 32;

const classes = new Uint8Array(128);

function mark(characters: string, bit: number): void {
  for (let i = 0; i < characters.length; i += 1) {
    const code = characters.charCodeAt(i);
    classes[code] = (classes[code] ?? 0) | bit;
  }
}
mark(' \t\r\n"!,', NOT_ID);
mark(' \t\n"!,=+?', NOT_VARIABLE);
mark(' \t\n"!,=+', NOT_GLUED);
mark(' \t\n"!,=()+&:', NOT_CONDITION_FIRST);
mark(' \t\n"!,=:)', NOT_CONDITION);
mark(' \t"!,', ESCAPABLE);

// COST: a run of plain characters is left to a regular expression of one class: a loop over characters is interpreted until
// it is hot, and a cold process reads a whole policy tree before that (22 ms against 17 ms for 340 kB). Nothing more than
// one class is in them, so that a run of any length needs no stack.
const BLANKS = /[ \t]*/y;
const NAME = /[A-Za-z0-9_]*/y;
const UNITS = /[^ \t\r\n"!,\\]*/y;
const INCLUDE_UNITS = /[^ \t\r\n"!,\\<>]*/y;
const CONDITION_UNITS = /[^ \t\n"!,=:)]*/y;
const LIST_UNITS = /[^ \t\n"!,()\\]*/y;

/** The end of the characters at `at` that a class holds. */
function runEnd(run: RegExp, text: string, at: number): number {
  run.lastIndex = at;
  run.test(text);
  return run.lastIndex;
}

function has(code: number, bit: number): boolean {
  return code < 128 && ((classes[code] ?? 0) & bit) !== 0;
}

/** A byte of the class, where NaN (behind the end) is none. */
function lacks(code: number, bit: number): boolean {
  return code >= 128 || (code === code && ((classes[code] ?? 0) & bit) === 0);
}

export function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The end of letters, digits and `_`. */
export function nameEnd(text: string, at: number): number {
  return runEnd(NAME, text, at);
}

export function blankEnd(text: string, at: number): number {
  return runEnd(BLANKS, text, at);
}

/** Any number of UNIT. */
function unitsEnd(text: string, at: number): number {
  for (let end = runEnd(UNITS, text, at); ; end = runEnd(UNITS, text, end)) {
    const code = text.charCodeAt(end);
    if (code === 0x5c) end += has(text.charCodeAt(end + 1), ESCAPABLE) ? 2 : 1;
    else if (code === 0x2c && lacks(text.charCodeAt(end + 1), NOT_ID)) end += 2;
    else return end;
  }
}

/** WORD. */
export function wordEnd(text: string, at: number): number {
  return unitsEnd(text, at);
}

/** INCWORD: WORD without `<` and `>`. */
export function includeWordEnd(text: string, at: number): number {
  for (let end = runEnd(INCLUDE_UNITS, text, at); ; end = runEnd(INCLUDE_UNITS, text, end)) {
    const code = text.charCodeAt(end);
    if (code === 0x5c) end += has(text.charCodeAt(end + 1), ESCAPABLE) ? 2 : 1;
    else if (code === 0x2c && isIncludeByte(text.charCodeAt(end + 1))) end += 2;
    else return end;
  }
}

function isIncludeByte(code: number): boolean {
  return lacks(code, NOT_ID) && code !== 0x3c && code !== 0x3e;
}

/** CWORD. */
export function conditionWordEnd(text: string, at: number): number {
  const first = text.charCodeAt(at);
  let end = at;
  if (first === 0x3a) {
    const next = text.charCodeAt(at + 1);
    if (next !== 0x3a && !lacks(next, NOT_CONDITION_FIRST)) return at;
    end += 2;
  } else if (lacks(first, NOT_CONDITION_FIRST)) end += 1;
  else return at;
  for (;;) {
    end = runEnd(CONDITION_UNITS, text, end);
    const code = text.charCodeAt(end);
    if (code === 0x2c && lacks(text.charCodeAt(end + 1), NOT_CONDITION)) end += 2;
    else if (code === 0x3a && isAfterColon(text.charCodeAt(end + 1))) end += 2;
    else return end;
  }
}

/** What may follow `:` inside a CWORD: everything a further byte may be, and another `:`. */
function isAfterColon(code: number): boolean {
  return code === 0x3a || lacks(code, NOT_CONDITION);
}

/** LWORD. */
export function listWordEnd(text: string, at: number): number {
  for (let end = runEnd(LIST_UNITS, text, at); ; end = runEnd(LIST_UNITS, text, end)) {
    if (text.charCodeAt(end) !== 0x5c) return end;
    const next = text.charCodeAt(end + 1);
    end += has(next, ESCAPABLE) || next === 0x28 || next === 0x29 ? 2 : 1;
  }
}

/** SETVAR and BOOLVAR without their first byte: `{` NAME `}` or NAME. */
export function variableEnd(text: string, at: number): number {
  const first = text.charCodeAt(at + 1);
  if (first === 0x7b) {
    if (!isLetter(text.charCodeAt(at + 2))) return at;
    const end = nameEnd(text, at + 2);
    return text.charCodeAt(end) === 0x7d ? end + 1 : at;
  }
  return isLetter(first) ? nameEnd(text, at + 1) : at;
}

/** The end of one VUNIT, the longest. */
function variableUnitEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const next = text.charCodeAt(at + 1);
  if (code === 0x5c && (has(next, ESCAPABLE) || next === 0x28 || next === 0x29)) return at + 2;
  if (next === 0x3f && lacks(code, NOT_GLUED)) return at + 2;
  if (code === 0x2c && lacks(next, NOT_VARIABLE)) return at + 2;
  return lacks(code, NOT_VARIABLE) ? at + 1 : at;
}

/** PATHTOK. */
export function pathEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 0x2f || code === 0x26) return unitsEnd(text, at);
  if (code === 0x3a) {
    const next = text.charCodeAt(at + 1);
    return next !== next || next === 0x3d ? at : unitsEnd(text, at + 2);
  }
  return code === 0x40 ? variablePathEnd(text, at) : at;
}

/** A variable reference and one VUNIT at least. `@name` may give its own last letters away: `@foo=` is `@fo`, `o`, `=`. */
function variablePathEnd(text: string, at: number): number {
  const reference = variableEnd(text, at);
  if (reference === at) return at;
  const unit = variableUnitEnd(text, reference);
  if (unit > reference) return unitsEnd(text, unit);
  const canSplit = text.charCodeAt(at + 1) !== 0x7b && reference - at > 2;
  return canSplit ? unitsEnd(text, reference) : at;
}

/**
 * QSTR. The closing quote is the last one that can be reached while every quote passed over has a backslash before it;
 * a NUL is never passed.
 */
export function quotedEnd(text: string, at: number): number {
  let last = at;
  for (let quote = text.indexOf('"', at + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    const from = last === at ? at + 1 : last;
    if (holdsNul(text, from, quote)) return last;
    last = quote + 1;
    if (text.charCodeAt(quote - 1) !== 0x5c) return last;
  }
  return last;
}

function holdsNul(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1) if (text.charCodeAt(i) === 0) return true;
  return false;
}

/** `(?:[RrWwaLlMmkXx]|[PpCc][Xx]|[PpCc]?[IiUu][Xx])+` and nothing else between `start` and `end`. */
export function isPermissionString(text: string, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const code = text.charCodeAt(at);
    const lower = code | 0x20;
    if (code === 0x61 || code === 0x6b || lower === 0x72 || lower === 0x77 || lower === 0x6c || lower === 0x6d) at += 1;
    else if (lower === 0x78) at += 1;
    else if (lower === 0x70 || lower === 0x63) {
      at += 1;
      const middle = text.charCodeAt(at) | 0x20;
      if (middle === 0x69 || middle === 0x75) at += 1;
      if ((text.charCodeAt(at) | 0x20) !== 0x78) return false;
      at += 1;
    } else if (lower === 0x69 || lower === 0x75) {
      if ((text.charCodeAt(at + 1) | 0x20) !== 0x78) return false;
      at += 2;
    } else return false;
  }
  return at === end && end > start;
}

/** White space (C's `[[:space:]]`) or a comma: what must follow PERMS. */
export function endsPermissions(code: number): boolean {
  return code === SPACE || (code >= TAB && code <= CR) || code === 0x2c;
}

export { CR, LF, SPACE, TAB };
