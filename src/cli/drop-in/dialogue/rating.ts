/**
 * How bad it is if a program may do something, of ten: what `severity.db` says (tools 19.4), where the administrator keeps one; otherwise
 * nine for what deserves a second look, and unknown for all else.
 */
import type { LearnQuestion } from "../../../app/index.ts";

type Rating = number | "unknown";

interface PathRating {
  readonly pattern: RegExp | undefined;
  readonly path: string;
  readonly ranks: Readonly<Record<"r" | "w" | "x", number>>;
}

export interface Ratings {
  readonly capabilities: ReadonlyMap<string, number>;
  readonly paths: readonly PathRating[];
}

/** Lines that say nothing we know are passed over: no question must fail for a comment somebody forgot to mark. */
export function readRatings(text: string): Ratings {
  const capabilities = new Map<string, number>();
  const paths: PathRating[] = [];
  for (const line of text.split("\n")) {
    const capability = /^\s*(CAP_[A-Z_]+)\s+(\d+)/.exec(line);
    const path = /^\s*(\/\S*|@\{\S*)\s+(\d+)\s+(\d+)\s+(\d+)/.exec(line);
    if (capability !== null) capabilities.set(capability[1]?.slice(4).toLowerCase() ?? "", Number(capability[2]));
    if (path !== null) {
      const [, name = "", r, w, x] = path;
      paths.push({ path: name, pattern: patternOf(name), ranks: { r: Number(r), w: Number(w), x: Number(x) } });
    }
  }
  return { capabilities, paths };
}

/** `**` is anything, `*` all but a slash. */
function patternOf(path: string): RegExp | undefined {
  if (!path.includes("*")) return undefined;
  const parts = path.split(/(\*\*|\*)/);
  const text = parts.map((part) =>
    part === "**" ? ".*" : part === "*" ? "[^/]*" : part.replaceAll(/[\\^$.+?()[\]{}|]/g, "\\$&"),
  );
  return new RegExp(`^${text.join("")}$`);
}

function rankOf({ ranks }: PathRating, letters: string): number {
  return Math.max(
    -1,
    ...(["r", "w", "x"] as const).filter((letter) => letters.includes(letter)).map((letter) => ranks[letter]),
  );
}

/** How many parts are plain before the first star. */
function depthOf({ path }: PathRating): number {
  return path.slice(0, path.indexOf("*")).split("/").length;
}

/** The exact entry wins; otherwise the entries with the longest plain beginning, the highest of them. */
function ratePath(ratings: Ratings, path: string, letters: string): Rating {
  const exact = ratings.paths.find((one) => one.pattern === undefined && one.path === path);
  if (exact !== undefined) return known(rankOf(exact, letters));
  const found = ratings.paths.filter(({ pattern }) => pattern?.test(path) === true);
  const deepest = Math.max(...found.map(depthOf));
  return known(Math.max(-1, ...found.filter((one) => depthOf(one) === deepest).map((one) => rankOf(one, letters))));
}

function known(rank: number): Rating {
  return rank < 0 ? "unknown" : rank;
}

const OWN = 9;

/** The rating of a question's own rule. */
export function rate({ proposal }: LearnQuestion, ratings: Ratings | undefined): Rating {
  const { wanted, subject, candidates } = proposal;
  if (ratings === undefined) return candidates[0] !== undefined && candidates[0].cautions.length > 0 ? OWN : "unknown";
  if (wanted?.kind === "capability") {
    return known(Math.max(-1, ...wanted.names.map((name) => ratings.capabilities.get(name) ?? -1)));
  }
  if (wanted?.kind === "file") return ratePath(ratings, wanted.path, /([a-zA-Z]+),$/.exec(subject)?.[1] ?? "");
  if (proposal.kind === "exec") return ratePath(ratings, proposal.id.slice(`${proposal.profile} exec `.length), "x");
  return "unknown";
}
