/**
 * Patterns that tell paths apart by how an attachment matches them. Which of several attachments wins depends on how many bytes each
 * matched before its first loop, so paths that the same attachments match may still lead to different profiles. Here an attachment is
 * taken apart: one branch of each alternative at a time, and the first one, two … of its stars left out. Paths that the same parts match
 * are matched in the same way.
 */
import { type GlobNode, parseGlob, slashes } from "../../language/globs/index.ts";

const MOST_BRANCHES = 24;
const MOST_STARS = 4;

interface Refinements {
  readonly parts: readonly GlobNode[];
  /** All paths of a cell are matched in the same way; else the pattern has too many branches or stars to say so. */
  readonly isComplete: boolean;
}

/** The parts of a pattern; none where there is one way to match it. */
export function refinementsOf(text: string): Refinements {
  const parsed = parseGlob(slashes(text), { nul: false });
  if (!parsed.ok) return { parts: [], isComplete: true };
  const plain = choices(parsed.value);
  if (plain.length > MOST_BRANCHES) return { parts: [], isComplete: false };
  const parts = plain.length > 1 ? plain : [];
  return { parts: [...parts, ...plain.flatMap(withoutFirstStars)], isComplete: plain.every(hasFewStars) };
}

function hasFewStars(node: GlobNode): boolean {
  return flat(node).filter(({ kind }) => kind === "star").length <= MOST_STARS;
}

function choices(node: GlobNode): readonly GlobNode[] {
  if (node.kind === "alternative") return node.branches.flatMap(choices);
  if (node.kind !== "sequence") return [node];
  let ways: readonly (readonly GlobNode[])[] = [[]];
  for (const part of node.parts) {
    const own = choices(part);
    if (ways.length * own.length > MOST_BRANCHES) return Array.from({ length: MOST_BRANCHES + 1 }, () => node);
    ways = ways.flatMap((way) => own.map((one) => [...way, one]));
  }
  return ways.map((parts) => ({ kind: "sequence", parts }));
}

function withoutFirstStars(node: GlobNode): readonly GlobNode[] {
  const parts = flat(node);
  const stars = parts.flatMap((part, at) => (part.kind === "star" ? [at] : [])).slice(0, MOST_STARS);
  return stars.map((last) => ({
    kind: "sequence",
    parts: parts.filter((part, at) => part.kind !== "star" || at > last),
  }));
}

function flat(node: GlobNode): readonly GlobNode[] {
  return node.kind === "sequence" ? node.parts.flatMap(flat) : [node];
}
