/** What an include permits that nobody asked for, in lines. */

const MOST_OPENED = 12;

/** Begins as a part of a sentence; nothing where it is not known. */
export function openedText(opens: readonly string[] | undefined): readonly string[] {
  if (opens === undefined) return [];
  if (opens.length === 0) return ["it opens nothing else"];
  const left = opens.length - MOST_OPENED;
  return [
    "besides what was asked it opens:",
    ...opens.slice(0, MOST_OPENED).map((rule) => `  ${rule}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
  ];
}
