/** Which profiles a search by attachment may find, as patterns: made once for all profiles that search among the same ones. */
import { type Outcome, ok } from "../../foundation/basics/index.ts";
import type { TooManyStates } from "../../compiler/automata/index.ts";
import { decodeBytes } from "../../foundation/text/index.ts";
import { type GlobNode, hasByte, parseGlob, slashes } from "../../language/globs/index.ts";
import { literalPattern } from "../../language/edit/index.ts";
import { type Profile, lastPart } from "../../language/model/index.ts";
import type { FileAttributes } from "../monitor/index.ts";
import type { CellSession, PatternSet } from "./cells.ts";
import { refinementsOf } from "./refinements.ts";

/** Profiles that are searched, and the patterns of their attachments. */
export interface Attachments {
  readonly set: PatternSet;
  /** What tells apart how they match. */
  readonly finer: readonly GlobNode[];
  readonly profilesOf: (texts: readonly string[]) => readonly Profile[];
  /** Of several that attach to one path, not even the path says which one wins for all paths like it. */
  readonly isVague: (texts: readonly string[]) => boolean;
}

/** The pattern of what a profile attaches to; one without an attachment attaches to what its own name is. */
export function attachmentText({ attachment, name }: Profile): string | undefined {
  if (attachment !== undefined) return attachment.text;
  const own = lastPart(name);
  return own.startsWith("/") ? literalPattern(own) : undefined;
}

/**
 * The attributes that files may have as far as it matters to what attaches: none, and for each profile that asks for some the ones it asks for.
 */
export function attributesAmong(profiles: readonly Profile[]): readonly FileAttributes[] {
  const asking = profiles.filter(({ xattrs }) => xattrs.length > 0);
  return [
    new Map(),
    ...asking.map(({ xattrs }) => new Map(xattrs.map(({ name, value }) => [name, exampleOf(value ?? "")]))),
  ];
}

/** A path that a pattern matches, if it is one. */
export function examplePath(text: string): string {
  const parsed = parseGlob(slashes(text), { nul: false });
  return decodeBytes(Uint8Array.from(parsed.ok ? bytesOf(parsed.value) : []));
}

/** A text that a pattern matches. */
function exampleOf(text: string): Uint8Array {
  const parsed = parseGlob(text, { nul: true });
  return Uint8Array.from(parsed.ok ? bytesOf(parsed.value) : []);
}

const LETTERS = Array.from({ length: 256 }, (_, at) => (at + 0x61) & 0xff);

function bytesOf(node: GlobNode): readonly number[] {
  switch (node.kind) {
    case "literal":
      return [...node.bytes];
    case "set":
      return LETTERS.filter((byte) => hasByte(node.set, byte) !== node.negated).slice(0, 1);
    case "star":
      return [];
    case "sequence":
      return node.parts.flatMap(bytesOf);
    case "alternative":
      return node.branches.slice(0, 1).flatMap(bytesOf);
  }
}

/**
 * Patterns that share no path with another one need no refinement: nobody competes.
 *
 * Errors: too many states.
 */
export function createAttachments(
  profiles: readonly Profile[],
  cells: CellSession,
): Outcome<Attachments, TooManyStates> {
  const byText = new Map<string, Profile[]>();
  for (const profile of profiles) {
    const text = attachmentText(profile);
    if (text === undefined) continue;
    const known = byText.get(text);
    if (known === undefined) byText.set(text, [profile]);
    else known.push(profile);
  }
  const plain = cells.build(byText.keys());
  if (!plain.ok) return plain;
  const isRival = (text: string): boolean => (byText.get(text)?.length ?? 0) > 1;
  const rivals = new Set(
    cells.cells(plain.value).flatMap(({ texts }) => (texts.length > 1 ? texts : texts.filter(isRival))),
  );
  const refined = [...rivals].map((text) => ({ text, ...refinementsOf(text) }));
  const vague = new Set(refined.flatMap(({ text, isComplete }) => (isComplete ? [] : [text])));
  const finer = refined.flatMap(({ parts }) => parts);
  const set = finer.length === 0 ? plain : cells.build(byText.keys(), finer);
  if (!set.ok) return set;
  return ok({
    set: set.value,
    finer,
    profilesOf: (texts) => texts.flatMap((text) => byText.get(text) ?? []),
    isVague: (texts) => texts.some((text) => vague.has(text) && (texts.length > 1 || isRival(text))),
  });
}
