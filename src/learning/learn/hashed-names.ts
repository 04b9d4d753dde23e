/** Files named after a hash of what they hold: `objects/587be6…`, or `objects/58/7be6…` where the first two digits are a directory. */

/** MD5, SHA-1 and SHA-256 in hexadecimal, whole or without two digits. */
const HASH =
  /(?:^|\/)(?:([0-9a-f]{2})\/)?(?:[0-9a-f]{30}(?:[0-9a-f]{2})?|[0-9a-f]{38}(?:[0-9a-f]{2})?|[0-9a-f]{62}(?:[0-9a-f]{2})?)$/;

/** Whether the last name of a path is a hash, or the rest of one. */
export function isHashed(path: string): boolean {
  const found = HASH.exec(path);
  const digits = path.length - path.lastIndexOf("/") - 1;
  return found !== null && (found[1] !== undefined || digits % 8 === 0);
}

/** The directories, `/srv/objects`, with directories for the first two digits of hashes in them. */
export function fanOutsOf(paths: readonly string[]): ReadonlySet<string> {
  const split = paths.filter((path) => isHashed(path) && HASH.exec(path)?.[1] !== undefined);
  return new Set(split.map((path) => path.split("/").slice(0, -2).join("/")));
}
