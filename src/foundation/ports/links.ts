import type { Outcome } from "../basics/index.ts";
import type { FileRefusal } from "./files.ts";

/**
 * Symbolic links as things of their own: entries of `disable/` and `force-complain/` are such. Every one is looked at, made and removed in the
 * directory that was walked to, as files are written.
 */
export interface LinksPort {
  /** Where a link leads, as it is written; `undefined`: what is at this path is none. `ENOENT`: there is nothing. */
  readonly target: (path: string) => Outcome<string | undefined, FileRefusal>;
  /** Makes a link where there is nothing. */
  readonly make: (path: string, target: string) => Outcome<void, FileRefusal>;
  /** Removes a link that still leads there. */
  readonly remove: (path: string, target: string) => Outcome<void, FileRefusal>;
}
