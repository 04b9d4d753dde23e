/** The lines of a body before they are put together: items and the comments between them. */

export interface Line {
  /** With its indentation; an item may go over several lines. */
  readonly text: string;
  /** An item with a body: a blank line goes before and after it. */
  readonly isTall: boolean;
  /** A comment on a line of its own, which belongs to what follows it. */
  readonly isComment: boolean;
  /** A comment behind something on the same line. */
  readonly isTrailing: boolean;
  /** A blank line stood before it. */
  readonly isApart: boolean;
  /** What to sort by; `undefined` for what must keep its place. */
  readonly sortKey: string | undefined;
}

/**
 * The lines as text, each ended by a line feed. At most one blank line is between two of them, none at the start, and
 * always one around what has a body; comments directly before such an item stay with it.
 */
export function writeLines(lines: readonly Line[]): string {
  // COST: added up, not joined, so that a text in a thousand bodies is not copied a thousand times.
  let text = "";
  let isAfterTall = false;
  for (const [index, line] of lines.entries()) {
    if (line.isTrailing) {
      text += ` ${line.text}\n`;
      continue;
    }
    if (index > 0) {
      if (!endsTrailing(lines, index)) text += "\n";
      const isApart = line.isApart || isAfterTall || (isFirstOfBlock(lines, index) && blockIsTall(lines, index));
      if (isApart && hasOwnLineBefore(lines, index)) text += "\n";
    }
    text += line.text;
    isAfterTall = line.isTall;
  }
  if (lines.length > 0 && lines.at(-1)?.isTrailing !== true) text += "\n";
  return text;
}

/** The line before already ended itself. */
function endsTrailing(lines: readonly Line[], index: number): boolean {
  return lines[index - 1]?.isTrailing === true;
}

/** Something other than a comment behind the opening brace comes before. */
function hasOwnLineBefore(lines: readonly Line[], index: number): boolean {
  return index > 1 || lines[0]?.isTrailing !== true;
}

/** Not preceded by a comment that belongs to the same item. */
function isFirstOfBlock(lines: readonly Line[], index: number): boolean {
  const before = lines[index - 1];
  return before === undefined || !before.isComment || lines[index]?.isApart === true;
}

/** Whether the item that this line is or leads to has a body. */
function blockIsTall(lines: readonly Line[], index: number): boolean {
  for (let at = index; ; at += 1) {
    const line = lines[at];
    if (line === undefined || (at > index && line.isApart)) return false;
    if (!line.isComment) return line.isTall;
  }
}
