/**
 * A quick proof that a rule counts: a path that it matches, and a decision for it that is another one without the rule. COST: most
 * rules count, and this is decided in a fraction of the time that compiling takes; what it cannot prove is compiled.
 */
import { decodeBytes } from "../../foundation/text/index.ts";
import { type GlobNode, hasByte, parseGlob, slashes } from "../../language/globs/index.ts";
import type { FileRule, Profile, Rule } from "../../language/model/index.ts";
import { type Decision, decide, fit, subject } from "../monitor/index.ts";

const LETTERS = ["r", "w", "a", "k", "m", "l"] as const;

/** How many paths are tried. */
const VARIANTS = 6;
/** Bytes that few patterns name come first; then what is left of the printable ones, then all others. */
const UNUSUAL = Array.from("qzQ7~,^jxa0_-.", (letter) => letter.charCodeAt(0));

const known = new Map<string, readonly string[]>();
const MOST_KNOWN = 20_000;

/** Some paths that a rule's pattern matches, unlike those that others name. */
export function samplePaths({ path: { text } }: FileRule): readonly string[] {
  const before = known.get(text);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const parsed = parseGlob(slashes(text), { nul: false });
  const paths = parsed.ok
    ? Array.from({ length: VARIANTS }, (_, variant) => decodeBytes(Uint8Array.from(spell(parsed.value, variant))))
    : [];
  const different = [...new Set(paths)];
  known.set(text, different);
  return different;
}

/** The bytes of one match; `variant` chooses among branches and letters, and how long stars are. */
function spell(node: GlobNode, variant: number): readonly number[] {
  switch (node.kind) {
    case "literal":
      return [...node.bytes];
    case "set":
      return byteOf(node, variant).slice(0, 1);
    case "star":
      return byteOf(node, variant).slice(0, variant % 3);
    case "sequence":
      return node.parts.flatMap((part) => spell(part, variant));
    case "alternative": {
      const branch = node.branches[variant % Math.max(1, node.branches.length)];
      return branch === undefined ? [] : spell(branch, variant);
    }
  }
}

/** Two bytes of a set, or none where it is empty. */
function byteOf({ negated, set }: Extract<GlobNode, { kind: "set" | "star" }>, variant: number): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at < UNUSUAL.length + 255 && found.length < 2; at += 1) {
    const byte = UNUSUAL[(at + variant) % UNUSUAL.length] ?? 0;
    const one = at < UNUSUAL.length ? byte : ((at - UNUSUAL.length + 32) % 255) + 1;
    if (hasByte(set, one) !== negated) found.push(one);
  }
  return found;
}

/** Whether some sample is decided otherwise by the rules after a change than by those before. */
export function isDecidedOtherwise(
  profile: Profile,
  rules: { readonly before: readonly Rule[]; readonly after: readonly Rule[] },
  paths: readonly string[],
): boolean {
  return paths.some((path) => {
    const input = subject(path);
    const matched = new Map<string, boolean>();
    const matches = (rule: Rule): boolean => {
      if (rule.kind !== "file") return true;
      const { text } = rule.path;
      const does = matched.get(text) ?? fit(text, "path", input) !== "no";
      matched.set(text, does);
      return does;
    };
    const before = { ...profile, rules: rules.before.filter(matches) };
    const after = { ...profile, rules: rules.after.filter(matches) };
    return [false, true].some((owner) => spoken(before, path, owner) !== spoken(after, path, owner));
  });
}

/** All that is decided for a path, as a text. */
function spoken(profile: Profile, path: string, owner: boolean): string {
  const file = decide(profile, { kind: "file", path, letters: LETTERS, owner });
  return JSON.stringify([summary(file), summary(decide(profile, { kind: "exec", path, owner }))]);
}

/** What a kernel is told of each letter: that nobody mentions a permission is the same to it as a deny rule that logs. */
function summary({ verdicts, exec, prompted }: Decision): unknown {
  return [verdicts, prompted, exec?.choice];
}
