/** Policy texts for tests of the reader: those of the corpus, taken apart and put together wrongly. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "../../src/foundation/diagnostics/index.ts";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { checkPlace, parse, type Place, type SyntaxTree } from "../../src/language/syntax/index.ts";
import { Random } from "./random.ts";

/** The errors of a text that is a whole policy and includes nothing. */
export function errorsAlone(text: string): readonly Diagnostic[] {
  return errorsOf(parse(sourceFile("policy", text)));
}

/** The errors of a tree that is a whole policy, what stands in the wrong place among them. */
export function errorsOf(tree: SyntaxTree): readonly Diagnostic[] {
  const errors = tree.diagnostics.filter((item) => item.severity === "error");
  let place: Place = "preamble";
  for (const item of tree.items) {
    const misplaced = checkPlace(item, place);
    if (misplaced !== undefined) errors.push(misplaced);
    if (item.kind === "profile") place = "profiles";
  }
  return errors;
}

/** What the grammar sees of a text, and its comments: kinds and spelling, without blanks, line ends and the commas of lists. */
export function significantTokens(tree: SyntaxTree): readonly string[] {
  const spacing = new Set(["blank", "newline", "continuation", "separator"]);
  const { text } = tree.source;
  return tree.tokens
    .filter((token) => !spacing.has(token.kind))
    .map(({ kind, start, end }) => `${kind} ${spelling(kind, text.slice(start, end))}`);
}

/** Blanks mean nothing in `if exists`, behind `=`, and at the end of a comment. */
function spelling(kind: string, text: string): string {
  if (kind === "include") return text.replaceAll(/[ \t]+/g, " ");
  return kind === "equals" || kind === "set" || kind === "comment" ? text.replace(/(?<![ \t\r])[ \t\r]+$/, "") : text;
}

const corpus = join(import.meta.dirname, "../../../tests/corpus/policy-language.json");

/** The corpus' texts that name no other file. */
export function textsAlone(): readonly string[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
  const cases = JSON.parse(readFileSync(corpus, "utf8")) as readonly { readonly text: string }[];
  return cases.map((item) => item.text).filter((text) => text.length < 2000 && !/include|\babi\b/.test(text));
}

/** A stream of numbers below 1 that depends on the seed alone. */
export function randomFrom(seed: number): () => number {
  const random = new Random(seed);
  return () => random.next();
}

const scraps =
  `profile hat ^h if else not defined and or in @{x} $t \${t} @x = += ?= := == != < >= <= > ( ) { } , -> r rw px ix
/a /b/** "/c" "x" & &a :n:a : audit deny allow prompt owner other priority=1 priority= all all, open file link subset safe unsafe
network inet stream unix dbus send receive bind bus=system peer=(name=a) peer=a peer=( xattrs=(user.a=b) flags=(complain) flags=
(complain) + identities=(a) signal set=(hup) ptrace trace mount remount umount options=(rw,ro) fstype=ext4 pivot_root oldroot=/b
mqueue create posix type=posix userns io_uring sqpoll override_creds label=a rlimit nofile 10 infinity K change_profile
capability kill alias rewrite #c \\ ! " ' ; [ ] * ~ true false foo port=80 ip=1.1.1.1 x a quiet é name {} < | =( \\" \\, @{ $ a=b =b`
    .split(/\s+/)
    .concat([
      " ",
      "\n",
      "\t",
      "\r\n",
      "\\\n",
      "# c\n",
      "set rlimit nofile <= 10",
      "in (a)",
      "include if exists <x>",
      "\0",
    ]);

/** A text of the corpus with one to three changes, made from the numbers given. */
export function mutate(texts: readonly string[], random: () => number): string {
  const below = (count: number): number => Math.floor(random() * count);
  const pick = (list: readonly string[]): string => list[below(list.length)] ?? "";
  let text = pick(texts);
  for (let left = 1 + below(3); left > 0; left -= 1) {
    const tokens = text.match(/\s+|\w+|[^\s\w]/g) ?? [];
    const at = below(tokens.length);
    const other = tokens[below(tokens.length)] ?? "";
    const choice = below(7);
    if (choice === 0) tokens.splice(at, 1 + below(2));
    else if (choice === 1) tokens.splice(at, 0, other);
    else if (choice === 2) tokens[at] = other;
    else if (choice === 3) tokens.splice(at, 0, pick(scraps));
    else if (choice === 4) tokens.splice(at, 0, ` ${pick(scraps)} `);
    else if (choice === 5) tokens[at] = pick(scraps);
    else {
      const foreign = pick(texts).match(/\s+|\w+|[^\s\w]/g) ?? [];
      const start = below(foreign.length);
      tokens.splice(at, below(3), ...foreign.slice(start, start + 1 + below(12)));
    }
    text = tokens.join("");
  }
  return text;
}

/**
 * A text of the corpus with stretches of it moved into files of their own, which it includes at the same place, however odd.
 * The files are named after `prefix`.
 */
export function scatter(
  texts: readonly string[],
  random: () => number,
  prefix: string,
): { readonly main: string; readonly files: ReadonlyMap<string, string> } {
  const below = (count: number): number => Math.floor(random() * count);
  const pick = (list: readonly string[]): string => list[below(list.length)] ?? "";
  const files = new Map<string, string>();
  const split = (text: string, depth: number): string => {
    const tokens = text.match(/\s+|\w+|[^\s\w]/g) ?? [];
    if (tokens.length < 4 || depth > 2) return text;
    const start = below(tokens.length);
    const end = start + 1 + below(8);
    const name = `${prefix}${files.size}`;
    files.set(name, "");
    files.set(name, split(tokens.slice(start, end).join(""), depth + 1) + pick(["", "\n", " "]));
    const before = tokens.slice(0, start).join("") + pick([" ", "\n", ""]);
    const keyword = pick(["include", "include", "#include", "include if exists"]);
    return `${before}${keyword} "${name}"${pick([" ", "\n"])}${tokens.slice(end).join("")}`;
  };
  return { main: split(split(pick(texts), 0), 0), files };
}
