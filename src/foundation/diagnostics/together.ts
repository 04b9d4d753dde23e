/** Groups that are tried where all together fail: the number of attempts does not grow with the number of candidates. */
const GROUPS = 16;

/**
 * Which candidates work: all at once if they do, else group by group; of a group that fails none is taken.
 *
 * Cost: at most 17 attempts.
 */
export function acceptTogether<T>(
  candidates: readonly T[],
  works: (candidates: readonly T[]) => boolean,
): ReadonlySet<T> {
  if (candidates.length === 0 || works(candidates)) return new Set(candidates);
  if (candidates.length === 1) return new Set();
  const size = Math.ceil(candidates.length / GROUPS);
  const accepted: T[] = [];
  for (let start = 0; start < candidates.length; start += size) {
    const group = candidates.slice(start, start + size);
    if (works(group)) accepted.push(...group);
  }
  return new Set(accepted);
}
