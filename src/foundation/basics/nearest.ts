import { compareText } from "./order.ts";

/**
 * The known word nearest to a mistyped one, for "did you mean": least edits (insert, delete, replace, swap neighbours), at most
 * a third of the word's length; of several the first with the same letters, else the first. Cost: O(words × length²), words longer than 64 are not tried.
 */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined;
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) > bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    const isTie = best !== undefined && distance === bestDistance;
    if (distance < bestDistance || (isTie && hasLettersOf(wanted, candidate) && !hasLettersOf(wanted, best ?? ""))) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function hasLettersOf(word: string, candidate: string): boolean {
  return sortedLetters(word) === sortedLetters(candidate);
}

function sortedLetters(text: string): string {
  return text.toLowerCase().split("").toSorted(compareText).join("");
}

function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}
