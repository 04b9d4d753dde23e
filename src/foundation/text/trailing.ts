/**
 * A text without the characters of a set at its end.
 *
 * COST: linear, where a regular expression like `/\/+$/` tries again from every one of a long run that is not at the end: a megabyte of slashes takes
 * it minutes.
 */
export function withoutTrailing(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
