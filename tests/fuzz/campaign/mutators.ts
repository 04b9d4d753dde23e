/** Changes that need to know nothing of the language: characters, tokens, pieces of two inputs, words of a dictionary, numbers. */
import type { Random } from "../../support/random.ts";
import type { Mutator } from "./target.ts";

/** Longer inputs are not made longer. */
const LONGEST = 20_000;

const numbers = [
  "0",
  "-1",
  "1",
  "255",
  "256",
  "65535",
  "65536",
  "2147483648",
  "4294967295",
  "99999999999999999999",
  "1e9",
];
const odd = [
  "\0",
  "\u0001",
  "\u007f",
  "\r",
  "\u00a0",
  "\u2028",
  "\ufeff",
  "\udc80",
  "\udcff",
  "\ud800",
  "é",
  "😀",
  "\u001b[31m",
  "\v",
];
const signs = Array.from(" \n\t\"'\\/,;:=+-*?!()[]{}<>@$#&^~|.%0azAZ");

function split(text: string): string[] {
  return text.match(/\s+|[\w.-]+|[^\s\w]/gu) ?? [""];
}

/** Half open, at most `most` long. */
function stretch(length: number, random: Random, most: number): readonly [number, number] {
  const start = random.below(length + 1);
  return [start, Math.min(length, start + 1 + random.below(most))];
}

function character(random: Random): string {
  if (random.chance(0.5)) return random.pick(signs);
  return random.chance(0.5) ? random.pick(odd) : String.fromCharCode(random.below(256));
}

const flip: Mutator = (text, random) => {
  if (text === "") return text;
  const at = random.below(text.length);
  const code = text.charCodeAt(at) ^ (1 << random.below(8));
  return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
};

const replaceCharacter: Mutator = (text, random) => {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + character(random) + text.slice(at + random.below(2));
};

const remove: Mutator = (text, random) => {
  const [start, end] = stretch(text.length, random, random.chance(0.7) ? 8 : text.length);
  return text.slice(0, start) + text.slice(end);
};

const cut: Mutator = (text, random) => text.slice(0, random.below(text.length + 1));

const double: Mutator = (text, random) => {
  const [start, end] = stretch(text.length, random, 40);
  const at = random.below(text.length + 1);
  return text.slice(0, at) + text.slice(start, end) + text.slice(at);
};

const repeat: Mutator = (text, random) => {
  const [start, end] = stretch(text.length, random, random.chance(0.5) ? 3 : 30);
  const count = 2 + random.below(random.chance(0.95) ? 20 : 2000);
  const piece = text.slice(start, end).repeat(count).slice(0, LONGEST);
  return text.slice(0, start) + piece + text.slice(end);
};

const token: Mutator = (text, random) => {
  const tokens = split(text);
  const at = random.below(tokens.length);
  const other = random.below(tokens.length);
  const [here = "", there = ""] = [tokens[at], tokens[other]];
  switch (random.below(4)) {
    case 0:
      tokens.splice(at, 1);
      break;
    case 1:
      tokens.splice(at, 0, there);
      break;
    case 2:
      tokens[at] = there;
      break;
    default:
      tokens[at] = there;
      tokens[other] = here;
  }
  return tokens.join("");
};

const number: Mutator = (text, random) => {
  const found = [...text.matchAll(/\d+/g)];
  if (found.length === 0) return text + random.pick(numbers);
  const match = random.pick(found);
  return text.slice(0, match.index) + random.pick(numbers) + text.slice(match.index + match[0].length);
};

function splice(seeds: readonly string[]): Mutator {
  return (text, random) => {
    const other = random.pick(seeds);
    if (random.chance(0.5))
      return text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length + 1));
    const [start, end] = stretch(other.length, random, 200);
    const [from, to] = stretch(text.length, random, random.chance(0.5) ? 1 : 40);
    return text.slice(0, from) + other.slice(start, end) + text.slice(to);
  };
}

function dictionary(words: readonly string[]): Mutator {
  return (text, random) => {
    const tokens = split(text);
    const at = random.below(tokens.length);
    const word = random.pick(words);
    if (random.chance(0.5)) tokens[at] = word;
    else tokens.splice(at, 0, random.chance(0.5) ? ` ${word} ` : word);
    return tokens.join("");
  };
}

/** All of them, over these seeds and words; those that know the structure count as much as the others together. */
export function mutatorsOf(seeds: readonly string[], words: readonly string[], own: readonly Mutator[]): Mutator {
  const plain = [flip, replaceCharacter, remove, cut, double, repeat, token, number, splice(seeds), dictionary(words)];
  return (text, random) => {
    let result = text;
    for (let left = 1 + random.below(4); left > 0; left -= 1) {
      const list = own.length > 0 && random.chance(0.5) ? own : plain;
      const next = random.pick(list)(result, random);
      result = next.length > LONGEST && next.length > result.length ? result : next;
    }
    return result;
  };
}
