/**
 * Which profile an executable runs in (kernel-abi 6.7; compile-semantics 7). The kernel counts the bytes a pattern matches
 * before it first loops; the largest count wins and two equal ones are a conflict. Here the count is taken from the pattern's
 * tree: bytes before the first star that takes something, the best way through alternatives.
 */
import { encodeBytes } from "../../foundation/text/index.ts";
import {
  type GlobNode,
  hasByte,
  isExact,
  matches,
  minimalLength,
  parseGlob,
  slashes,
} from "../../language/globs/index.ts";
import { lastPart, type Profile } from "../../language/model/index.ts";

export type Attachment =
  | { readonly kind: "found"; readonly profile: Profile }
  | { readonly kind: "none" }
  /** Equally good ones: the kernel takes none of them. */
  | { readonly kind: "conflict"; readonly profiles: readonly Profile[] };

/** Extended attributes of a file, by name. */
export type FileAttributes = ReadonlyMap<string, Uint8Array>;

const noAttributes: FileAttributes = new Map();

/**
 * Chooses among profiles of one namespace, or among the children of one profile; those loaded last come first.
 *
 * A pattern that fits longer before its first loop wins; of two that fit as long, the one with more conditions on extended
 * attributes, all of which must hold.
 */
export function attach(
  profiles: readonly Profile[],
  path: string,
  attributes: FileAttributes = noAttributes,
): Attachment {
  let best: Profile[] = [];
  let bestCount = -1;
  let bestConditions = 0;
  for (const profile of profiles) {
    const pattern = attachmentOf(profile);
    if (pattern === undefined) {
      if (lastPart(profile.name) === path) return { kind: "found", profile };
      continue;
    }
    const score = attachmentScore(pattern, path);
    if (score === undefined || score.count < bestCount || !attributesFit(profile, attributes)) continue;
    const conditions = profile.xattrs.length;
    if (score.count === bestCount && conditions <= bestConditions) {
      if (conditions === bestConditions) best.push(profile);
      continue;
    }
    best = [profile];
    bestCount = Math.max(score.count, score.minimal);
    bestConditions = conditions;
  }
  const [first] = best;
  if (first === undefined) return { kind: "none" };
  return best.length > 1 ? { kind: "conflict", profiles: best } : { kind: "found", profile: first };
}

/** What is matched against paths; `undefined`: the kernel compares the name (compile-semantics 7.1). */
function attachmentOf({ attachment, name, xattrs }: Profile): string | undefined {
  if (attachment !== undefined) return attachment.text;
  const own = lastPart(name);
  const parsed = parseGlob(own, { nul: false });
  return xattrs.length > 0 || (parsed.ok && !isExact(parsed.value)) ? own : undefined;
}

const ANY_VALUE = "**";

/** Every condition names an attribute that is there and has a value that fits, in which globs match NUL (compile-semantics 7.3). */
function attributesFit({ xattrs }: Profile, attributes: FileAttributes): boolean {
  return xattrs.every(({ name, value = ANY_VALUE }) => {
    const found = attributes.get(name);
    const pattern = parseGlob(value, { nul: true });
    return found !== undefined && pattern.ok && matches(pattern.value, found);
  });
}

/** How well an attachment fits a path; `undefined`: not at all. */
export function attachmentScore(
  pattern: string,
  path: string,
): { readonly count: number; readonly minimal: number } | undefined {
  const parsed = parseGlob(slashes(pattern), { nul: false });
  if (!parsed.ok) return undefined;
  const bytes = encodeBytes(path);
  const count = reach(parsed.value, bytes, new Map([[0, UNLOOPED]])).get(bytes.length);
  if (count === undefined) return undefined;
  return { count: Math.min(count, bytes.length), minimal: minimalLength(parsed.value) };
}

/** For each offset a match may have come to: the bytes before its first loop, or that there was none. */
type Reached = ReadonlyMap<number, number>;

const UNLOOPED = Number.MAX_SAFE_INTEGER;

function reach(node: GlobNode, bytes: Uint8Array, from: Reached): Reached {
  switch (node.kind) {
    case "sequence":
      return node.parts.reduce((at, part) => reach(part, bytes, at), from);
    case "alternative":
      return merge(node.branches.map((branch) => reach(branch, bytes, from)));
    case "literal":
      return step(from, (at) =>
        node.bytes.every((byte, i) => bytes[at + i] === byte) ? at + node.bytes.length : undefined,
      );
    case "set":
      return step(from, (at) => (takes(node, bytes, at) ? at + 1 : undefined));
    case "star":
      return merge([from, ...[...from].map(([at, count]) => loop(node, bytes, at, count))]);
  }
}

function takes(node: Extract<GlobNode, { kind: "set" | "star" }>, bytes: Uint8Array, at: number): boolean {
  return at < bytes.length && hasByte(node.set, bytes[at] ?? 0) !== node.negated;
}

function step(from: Reached, next: (at: number) => number | undefined): Reached {
  return merge(
    [...from].map(([at, count]) => {
      const to = next(at);
      return to === undefined ? new Map<number, number>() : new Map([[to, count]]);
    }),
  );
}

function loop(node: Extract<GlobNode, { kind: "star" }>, bytes: Uint8Array, start: number, count: number): Reached {
  const reached = new Map<number, number>();
  for (let at = start; takes(node, bytes, at); at += 1) reached.set(at + 1, Math.min(count, start));
  return reached;
}

function merge(parts: readonly Reached[]): Reached {
  const all = new Map<number, number>();
  for (const part of parts) {
    for (const [at, count] of part) all.set(at, Math.max(count, all.get(at) ?? 0));
  }
  return all;
}
