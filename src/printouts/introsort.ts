/**
 * GNU libstdc++'s `std::sort`: quicksort by the median of three down to pieces of 16, then one insertion sort. Equal elements do
 * not keep their order, which is all this is for: apparmor_parser 5.0.2 shows it. (Its way out of bad pivots, heapsort, is left
 * out; insertion sort finishes what is unsorted then.)
 */
type Less<T> = (a: T, b: T) => boolean;

const SMALL = 16;

/** Sorts in place. */
export function introsort<T>(list: T[], less: Less<T>): void {
  // Quicksort that goes wrong stops here.
  const depth = 2 * Math.floor(Math.log2(Math.max(list.length, 1)));
  quicksort(list, less, { first: 0, last: list.length, depth });
  for (let at = 1; at < list.length; at += 1) insert(list, less, at);
}

function quicksort<T>(list: T[], less: Less<T>, range: { first: number; last: number; depth: number }): void {
  const { first } = range;
  let { depth, last } = range;
  while (last - first > SMALL && depth > 0) {
    depth -= 1;
    const middle = first + ((last - first) >> 1);
    swap(list, first, median(list, less, [first + 1, middle, last - 1]));
    const cut = partition(list, less, first, last);
    quicksort(list, less, { first: cut, last, depth });
    last = cut;
  }
}

function swap(list: unknown[], a: number, b: number): void {
  const [first, second] = [list[a], list[b]];
  if (first === undefined || second === undefined) return;
  list[a] = second;
  list[b] = first;
}

function isLess<T>(list: readonly T[], less: Less<T>, a: number, b: number): boolean {
  const [first, second] = [list[a], list[b]];
  return first !== undefined && second !== undefined && less(first, second);
}

function median<T>(list: readonly T[], less: Less<T>, [a, b, c]: readonly [number, number, number]): number {
  if (isLess(list, less, a, b)) {
    if (isLess(list, less, b, c)) return b;
    return isLess(list, less, a, c) ? c : a;
  }
  if (isLess(list, less, a, c)) return a;
  return isLess(list, less, b, c) ? c : b;
}

/** The pivot is at `first`; gives where the elements that are not before it start. */
function partition<T>(list: T[], less: Less<T>, first: number, last: number): number {
  let low = first + 1;
  let high = last;
  for (;;) {
    while (isLess(list, less, low, first)) low += 1;
    high -= 1;
    while (isLess(list, less, first, high)) high -= 1;
    if (low >= high) return low;
    swap(list, low, high);
    low += 1;
  }
}

function insert<T>(list: T[], less: Less<T>, at: number): void {
  for (let place = at; place > 0 && isLess(list, less, place, place - 1); place -= 1) swap(list, place, place - 1);
}
