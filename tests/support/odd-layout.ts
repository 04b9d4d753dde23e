/**
 * The same tokens laid out as nobody would, and words that look like layout: where a formatter takes one for the other, it changes
 * what a text means. Most texts that come out are still policy.
 */
import { sourceFile } from "../../src/foundation/text/index.ts";
import { parse, type Token } from "../../src/language/syntax/index.ts";

type Numbers = () => number;

const between = [" ", "  ", "\t", "\n", "\n\n", "\r\n", " # c\n", " #c \t\r\n", "\\\n", " \\\n ", "#\n", ""];
const values = [
  "#",
  "#a",
  "#include",
  "# b",
  '"#"',
  '"a  # b"',
  '" "',
  '""',
  "\\#",
  "a\\",
  "=",
  "+=",
  "a=",
  "(",
  "{a,}",
  "\u00a0",
  "a\u00a0",
  "\udcff",
  "include",
  "profile",
  "\\\n",
  "@{y}",
  "if",
  "\ufeff",
];
const ends = [
  "",
  " ",
  "\t",
  " #",
  " # c",
  "#",
  "\\",
  "\\\n",
  "\n\n \n",
  " \r\n",
  "\r",
  " #include <a>",
  "\n# c",
  "\n#",
  "\u00a0\n",
];
const tails = [
  "@{z}=a #",
  "@{z} = #",
  "@{z}+=  a   # b",
  "$z=true #",
  "$z  =  true",
  "@{z}=a",
  '@{z}="#" #\n',
  "@{z}=a\\\n #\n",
  "@{z}=a,b #c\n",
  "# c",
];

/** A text whose tokens are, as a rule, those of `text`. */
export function layOutOddly(text: string, random: Numbers): string {
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? "";
  const rate = random() * 0.3;
  const parts: string[] = [];
  for (const token of parse(sourceFile("x", text)).tokens) {
    if (random() < rate) parts.push(...layoutFor(token, text, pick));
    else parts.push(text.slice(token.start, token.end));
    if (token.kind === "assign" || token.kind === "addAssign")
      while (random() < 0.15) parts.push(pick(["", " "]), pick(values), pick([" ", ""]));
  }
  let result = parts.join("");
  if (random() < 0.2) result += pick(["", "\n"]) + pick(tails);
  if (random() < 0.3) result = result.replace(/\n$/, "") + pick(ends);
  return result;
}

function layoutFor(token: Token, text: string, pick: (list: readonly string[]) => string): readonly string[] {
  const own = text.slice(token.start, token.end);
  switch (token.kind) {
    case "blank":
      return [pick(between) || " "];
    case "newline":
      return [pick(["\n", "\r\n", "\n\n\n", " \n", " # c\n", "\t\r\n", "  # c  \n"])];
    case "comment":
      return [own, pick(["", " ", "\t", "\r", "\u00a0"])];
    default:
      return [pick(between), own];
  }
}
