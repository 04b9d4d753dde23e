/** Flat patterns in the spelling of the language. */
import type { Alphabet, FlatPattern, Item } from "./flat-patterns.ts";

/**
 * How a pattern is written: as a path, as one that kernels ask about, with no two slashes in a row, or as a text in which slashes are bytes like
 * any other; `closed`: where NUL has to be left out of every class, since what stands around the text may be any bytes. `branch`: a path, or parts of it,
 * in an alternation, where a star that is all of a component is read as one that may stand for nothing.
 */
export type Spelling = "path" | "kernel path" | "branch" | "text" | "closed text";

/** The text of a pattern that holds no NUL. */
export function patternText(pattern: FlatPattern, { component, slash }: Alphabet, spelling: Spelling): string {
  const items = pattern.filter(
    (item, place) => !(item.star && pattern[place - 1]?.star === true && isWithin(item, pattern[place - 1]!)),
  );
  const isText = spelling === "text" || spelling === "closed text";
  const setText = ({ set }: Item): string => (spelling === "closed text" ? set.closedText : set.text);
  let text = "";
  let isBehindSlash = false;
  const isEnd = (place: number): boolean => {
    const item = items[place];
    return item === undefined || (isOnce(item) && item.set.members.length === 1 && item.set.has[slash] === 1);
  };
  for (let place = 0; place < items.length; place += 1) {
    const item = items[place]!;
    const isSlash = isEnd(place);
    // two slashes in a row would be read as one
    if (isSlash) text += isBehindSlash && !isText ? "[/]" : "/";
    else if (item.isOptional === true) text += `{,${setText(item)}}`;
    else if (item.star) {
      const star = item.set === component ? "*" : "**";
      // behind a slash and before another or the end a bare star is one byte or more
      const isBare = spelling === "kernel path" && place + 1 < items.length;
      text += isBehindSlash && isEnd(place + 1) && !isBare ? `{,${star}}` : star;
    } else if (
      spelling !== "branch" &&
      item.set === component &&
      isBehindSlash &&
      items[place + 1]?.star === true &&
      isEnd(place + 2)
    ) {
      place += 1;
      text += items[place]!.set === component ? "*" : "**";
    } else text += setText(item);
    isBehindSlash = text.endsWith("/");
  }
  return text;
}

function isOnce({ star, isOptional }: Item): boolean {
  return !star && isOptional !== true;
}

function isWithin({ set }: FlatPattern[number], other: FlatPattern[number]): boolean {
  return set.members.every((member) => other.set.has[member] === 1);
}

/**
 * The path of a rule that names a profile to change to, so that the profile is meant: to compilers a path that is written like the second part
 * of the name (`/a px -> b///a`) asks for a child (compile-semantics 5). The same path is written in another way then.
 */
export function pathBesideTarget(path: string, target: string): string {
  const at = target.indexOf("//");
  if (at <= 0 || target.slice(at + 2) !== path) return path;
  return path.replace(/\\?[^\]})*?]$/, (last) => `{${last},${last}}`);
}
