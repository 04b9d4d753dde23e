/**
 * The text form of a feature tree: `NAME {` content `}` newline, where content is entries or the words of a leaf with their
 * newline (confinement-api 7, kernel-abi 10.3). Reading is lenient, because nobody validates ABI files: what is broken
 * is reported once, and what could be read is kept.
 */
import { compareText } from "../../foundation/basics/index.ts";
import { type FeatureTree, isLeaf } from "./tree.ts";

/** What is wrong with a feature text, and where. Units: UTF-16 offset. */
export interface FeatureProblem {
  readonly offset: number;
  readonly message: string;
}

export interface ParsedFeatures {
  readonly tree: FeatureTree;
  readonly problem: FeatureProblem | undefined;
  /** Those of the top level that are no entries. */
  readonly words: readonly string[];
}

const MAX_DEPTH = 32;
const TOKEN = /[{}]|[^\s{}]+/g;

type Entries = Map<string, FeatureTree | readonly string[]>;

interface OpenEntry {
  readonly name: string;
  readonly entries: Entries;
  readonly words: string[];
}

/**
 * Reads the text form of a feature tree.
 *
 * Errors: never fails; unbalanced braces, a nameless brace or more than 32 levels are the `problem` (the first one counts);
 * behind a brace too many nothing is read.
 * Cost: O(n).
 */
export function parseFeatures(text: string): ParsedFeatures {
  const root: OpenEntry = { name: "", entries: new Map(), words: [] };
  const open: OpenEntry[] = [root];
  let problem: FeatureProblem | undefined;
  for (const match of text.matchAll(TOKEN)) {
    const top = open.at(-1) ?? root;
    const complaint = acceptToken(match[0], top, open);
    if (complaint === undefined) continue;
    problem ??= { offset: match.index, message: complaint };
    // ORACLE 5.0.2: nothing behind a brace too many is found (so in the shipped abi/kernel-5.4-vanilla).
    if (match[0] === "}") break;
  }
  if (open.length > 1) problem ??= { offset: text.length, message: "a brace is not closed" };
  for (let last = open.pop(); last !== undefined && open.length > 0; last = open.pop()) closeEntry(last, open);
  return { tree: { entries: withStrayWords(root) }, problem, words: root.words };
}

/** What kernels say of themselves at the top level: no kernel says nothing of these. */
const KERNEL_ENTRIES = new Set(
  "caps dbus domain file io_uring ipc mount namespaces network network_v8 network_v9 policy ptrace query rlimit signal".split(
    " ",
  ),
);

/**
 * Whether a text can be what a kernel says of itself: it has an entry that kernels have, and no loose words between its entries, as
 * profiles do. Reading is as lenient as `parseFeatures` otherwise.
 *
 * @example
 * isFeatureText("profile file {\n  /etc/hosts r,\n}\n"); // false
 */
export function isFeatureText(text: string): boolean {
  const { tree, words } = parseFeatures(text);
  return words.length === 0 && [...tree.entries.keys()].some((name) => KERNEL_ENTRIES.has(name));
}

/**
 * Whether a text is what a kernel says of itself, to the last brace: nobody who writes it down by hand gets it this way by accident.
 *
 * @example
 * isKernelText("file {\n}\n}\n"); // false
 */
export function isKernelText(text: string): boolean {
  return parseFeatures(text).problem === undefined && isFeatureText(text);
}

/** Takes one token; gives what is wrong with it. */
function acceptToken(token: string, top: OpenEntry, open: OpenEntry[]): string | undefined {
  if (token === "{") {
    const name = top.words.pop();
    if (open.length > MAX_DEPTH) return "more than 32 levels of braces";
    open.push({ name: name ?? "", entries: new Map(), words: [] });
    return name === undefined ? "a brace without a name" : undefined;
  }
  if (token === "}") {
    if (open.length === 1) return "a brace is closed that was not opened";
    open.pop();
    closeEntry(top, open);
    return undefined;
  }
  top.words.push(token);
  return undefined;
}

function closeEntry(entry: OpenEntry, open: readonly OpenEntry[]): void {
  if (entry.name === "") return;
  const leaf = entry.entries.size === 0;
  open.at(-1)?.entries.set(entry.name, leaf ? entry.words : { entries: withStrayWords(entry) });
}

/** Words between the entries of a directory count as entries without content: a look-up finds them. */
function withStrayWords(entry: OpenEntry): Entries {
  for (const word of entry.words) if (!entry.entries.has(word)) entry.entries.set(word, []);
  return entry.entries;
}

/** The text form of a tree, entries in their order. `parseFeatures` reads it back. */
export function printFeatures(tree: FeatureTree): string {
  const parts: string[] = [];
  for (const [name, entry] of tree.entries) {
    parts.push(name, " {", isLeaf(entry) ? `${entry.join(" ")}\n` : printFeatures(entry), "}\n");
  }
  return parts.join("");
}

/** The same tree with entries sorted by name on every level: what libapparmor prints for a directory. */
export function sortFeatures(tree: FeatureTree): FeatureTree {
  const names = [...tree.entries.keys()].toSorted(compareText);
  const entries: Entries = new Map();
  for (const name of names) {
    const entry = tree.entries.get(name);
    if (entry !== undefined) entries.set(name, isLeaf(entry) ? entry : sortFeatures(entry));
  }
  return { entries };
}
