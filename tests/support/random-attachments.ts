/** Random attachments, whose alternatives often end alike. The same seed gives the same ones. */
import { Random } from "./random.ts";

const ATOMS = "a b c foo bin/ / opt/ * ** ? [ab] [^z] /*/ x tool a b".split(" ");
const STARTS = ["", "a", "usr/"];

export function randomAttachments(seed: number, count: number): string[] {
  const random = new Random(seed);
  const pick = (items: readonly string[]): string => items[random.below(items.length)] ?? "";
  const sequence = (depth: number): string => {
    let text = "";
    for (let left = 1 + random.below(4); left > 0; left -= 1)
      text += depth > 0 && random.below(4) === 0 ? alternative(depth - 1) : pick(ATOMS);
    return text;
  };
  const alternative = (depth: number): string => {
    const tail = random.below(2) === 0 ? "" : sequence(0);
    const branch = (): string => (random.below(8) === 0 ? "" : sequence(depth)) + (random.below(3) === 0 ? "" : tail);
    return `{${Array.from({ length: 2 + random.below(3) }, branch).join()}}`;
  };
  return Array.from(
    { length: count },
    () => `/${pick(STARTS)}${alternative(1)}${random.below(2) === 0 ? "" : sequence(1)}`,
  );
}
