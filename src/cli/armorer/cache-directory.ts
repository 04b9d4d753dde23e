/** Where the verbs that compile keep results and automata. What is kept there is believed, so it matters who can write it. */
import { ok } from "../../foundation/basics/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import type { CommandOption, Invocation } from "./command.ts";
import { directoryRefusalText, ownDirectory, ownPlace } from "../own-directory.ts";
import { NEW_DIRECTORY } from "./value-types.ts";

export const cacheOptions: readonly CommandOption[] = [
  {
    key: "cache",
    long: "cache",
    type: NEW_DIRECTORY,
    about: "keep results and automata here (root: /var/cache/armorer; others: ~/.cache/armorer)",
  },
  { key: "no-cache", long: "no-cache", about: "do not use or write the cache" },
];

const CACHES = { system: "/var/cache/armorer", variable: "XDG_CACHE_HOME", atHome: ".cache" };

/**
 * The directory, made if it is not there: a path that leads to the very directory that was judged. `undefined` when none is wanted, or
 * it cannot be had, which is said.
 */
export function cacheDirectoryOf(call: Invocation): string | undefined {
  if (call.has("no-cache")) return undefined;
  const named = call.value("cache");
  const place = named === undefined ? ownPlace(call.io, CACHES, call.root) : ok(named);
  const opened = place.ok
    ? ownDirectory(place.value, call.io, { mustBeOwn: named === undefined, from: call.root, levels: 2 })
    : place;
  if (opened.ok) return opened.value;
  call.io.err(`armorer: no cache is used: ${displayText(directoryRefusalText(opened.error))}\n`);
  return undefined;
}
