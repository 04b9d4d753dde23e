/**
 * Which profile an executable runs in (kernel-abi 6.7; compile-semantics 7). The kernel counts the bytes that a path matches before
 * the walk through the attachment's automaton first loops; the largest count wins and two equal ones are a conflict.
 *
 * The automata are the compiler's own: whether and where a walk loops depends on which states are one and how they are numbered,
 * which no law of patterns tells (`/usr/bin/*t` counts 9 for `cat`, and 10 for `tt`).
 */
import { leftMatch } from "../../compiler/compiled/index.ts";
import { encodeBytes } from "../../foundation/text/index.ts";
import { isExact, matches, parseGlob } from "../../language/globs/index.ts";
import { lastPart, type Profile } from "../../language/model/index.ts";
import { type Attaching, attachingOf } from "./attaching.ts";

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
  const bytes = encodeBytes(path);
  let best: Profile[] = [];
  let [bestCount, bestConditions] = [0, 0];
  for (const profile of profiles) {
    const attaching = attachingOfProfile(profile);
    if (attaching === undefined) {
      if (lastPart(profile.name) === path) return { kind: "found", profile };
      continue;
    }
    const count = countOf(attaching, bytes);
    if (count === undefined || count < bestCount || !attributesFit(profile, attributes)) continue;
    const conditions = profile.xattrs.length;
    if (count === bestCount && conditions <= bestConditions) {
      if (conditions === bestConditions) best.push(profile);
      continue;
    }
    best = [profile];
    [bestCount, bestConditions] = [Math.max(count, attaching.length), conditions];
  }
  const [first] = best;
  if (first === undefined) return { kind: "none" };
  return best.length > 1 ? { kind: "conflict", profiles: best } : { kind: "found", profile: first };
}

const known = new WeakMap<Profile, { readonly attaching: Attaching | undefined }>();

/** What is matched against paths; `undefined`: the kernel compares the name (compile-semantics 7.1). */
function attachingOfProfile(profile: Profile): Attaching | undefined {
  const kept = known.get(profile);
  if (kept !== undefined) return kept.attaching;
  const patterns = attachmentsOf(profile);
  const values = profile.xattrs.map(({ value }) => value ?? ANY_VALUE);
  const attaching = patterns.length === 0 ? undefined : attachingOf(patterns, values);
  known.set(profile, { attaching });
  return attaching;
}

function attachmentsOf({ attachment, aliasedAttachments = [], name, xattrs }: Profile): readonly string[] {
  if (attachment !== undefined) return [attachment.text, ...aliasedAttachments];
  const own = lastPart(name);
  const parsed = parseGlob(own, { nul: false });
  const isPattern = xattrs.length > 0 || aliasedAttachments.length > 0 || (parsed.ok && !isExact(parsed.value));
  return isPattern ? [own, ...aliasedAttachments] : [];
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

/** How well an attachment fits a path. */
export interface AttachmentScore {
  /** Bytes before the match first loops. */
  readonly count: number;
  /** The xmatch length, which stands for the count of the best so far where it is larger. */
  readonly length: number;
}

/** How well an attachment fits a path; `undefined`: not at all. */
export function attachmentScore(pattern: string, path: string): AttachmentScore | undefined {
  const attaching = attachingOf([pattern], []);
  const count = attaching === undefined ? undefined : countOf(attaching, encodeBytes(path));
  return attaching === undefined || count === undefined ? undefined : { count, length: attaching.length };
}

function countOf({ dfa }: Attaching, path: Uint8Array): number | undefined {
  const { state, count } = leftMatch({ dfa }, path);
  return dfa.outputs[state] === 0 ? undefined : count;
}
