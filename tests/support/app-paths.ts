/** Paths of programs as authors and users choose them, odd ones first, and paths that are nearly the same; for tests only. */
import { Random } from "./random.ts";

const PLAIN = Array.from("abcxyzABZ0189._-+");
/** What means something somewhere: to globs, quotes, shells, tables, other alphabets. */
const ODD = [
  ...Array.from(" \"'()[]{}*?^\\,@#$`~!=:;&|<>%/"),
  "@{",
  "@{HOME}",
  "**",
  "[^/]",
  "{a,b}",
  "\\*",
  "\\x41",
  "\\101",
  "${x}",
  "->",
  "//&",
  "#include",
  "ä",
  "ß",
  "é",
  "e\u0301",
  "日本",
  "😀",
  "\u00a0",
  "\u200b",
  "\t",
  "\n",
  "\r",
  "\u007f",
  "\u0001",
];
const HEADS = ["/opt", "/usr/lib", "/home/ann/Apps", "/tmp/.mount_AppXyz", "/snap", "", "/My Programs"];

function component(random: Random): string {
  const length = random.chance(0.02) ? 1 + random.below(200) : 1 + random.below(12);
  let name = "";
  while (name.length < length) name += random.chance(0.4) ? random.pick(ODD) : random.pick(PLAIN);
  return name.replaceAll("/", "").replaceAll("\0", "");
}

/** A path that a file can have. */
function onePath(random: Random): string {
  const depth = random.chance(0.01) ? 15 + random.below(20) : 1 + random.below(4);
  const names = Array.from({ length: depth }, () => component(random));
  const path = random.pick(HEADS) + names.map((name) => `/${/^\.{0,2}$/.test(name) ? "x" : name}`).join("");
  return Buffer.byteLength(path) > 4000 || names.some((name) => Buffer.byteLength(name) > 255) ? "/opt/x" : path;
}

/** Different paths of programs. */
export function appPaths(seed: number, count: number): readonly string[] {
  const random = new Random(seed);
  const paths = new Set<string>();
  while (paths.size < count) paths.add(onePath(random));
  return [...paths];
}

/** What a pattern that is not quoted well would hold as well. */
const CONFUSED: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\*\*/, ["", "x", "x/y"]],
  [/\*/, ["", "x", "xy", "\\*", "/"]],
  [/\?/, ["x", "", "\\?"]],
  [/\[[^\]]*\]/, ["a", "^", "]", ""]],
  [/\{([^,}]*),[^}]*\}/, ["$1", "a", "b"]],
  [/@\{[^}]*\}/, ["/home/ann", "", "@", "x"]],
  [/\\(.)/s, ["$1", "\\\\$1", "\\"]],
  [/"/, ["", '\\"']],
  [/ /, ["", "  ", "\\ ", "\\040"]],
  [/,/, ["", "\\,"]],
  [/#.*/s, [""]],
];

/** A text that differs from these characters in one place. */
function mutated(random: Random, characters: readonly string[]): string {
  const at = 1 + random.below(Math.max(1, characters.length - 1));
  const other = random.pick(random.chance(0.5) ? ODD : PLAIN);
  const [before, behind] = [characters.slice(0, at).join(""), characters.slice(at + 1).join("")];
  const own = characters[at] ?? "";
  switch (random.below(7)) {
    case 0:
      return before + behind;
    case 1:
      return before + other + own + behind;
    case 2:
      return before + other + behind;
    case 3:
      return before + own + behind + other;
    case 4:
      return before;
    case 5: {
      const [pattern, texts] = random.pick(CONFUSED);
      return (before + own + behind).replace(pattern, random.pick(texts));
    }
    default:
      return before + (characters[at - 1] ?? "") + behind;
  }
}

/** Paths that are none of this program. */
export function nearMisses(seed: number, path: string, count: number): readonly string[] {
  const random = new Random(seed);
  const characters = Array.from(path);
  const found = new Set<string>();
  const confused = CONFUSED.flatMap(([pattern, texts]) => texts.map((text) => path.replace(pattern, text)));
  for (const one of [...confused, `${path}/`, `${path}/x`, `${path} `, path.toLowerCase(), path.toUpperCase()]) {
    if (one !== path) found.add(one);
  }
  for (let tries = 0; found.size < count && tries < 20 * count; tries += 1) {
    let one = mutated(random, characters);
    if (random.chance(0.2)) one = mutated(random, Array.from(one));
    if (one !== path) found.add(one);
  }
  return [...found];
}
