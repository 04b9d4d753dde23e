/** Where the verbs that compile keep results and automata. What is kept there is believed, so it matters who can write it. */
import { userInfo } from "node:os";
import { displayText } from "../../foundation/text/index.ts";
import { type DirectoryRefusal } from "../../host/index.ts";
import { type CommandOption, type Invocation, underRoot } from "./command.ts";
import { errnoText } from "../errno-texts.ts";
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

/** The system's own for root, whatever the variables say: they may be those of the user he was called by. */
function defaultDirectory(call: Invocation): string {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot || call.root !== undefined) return underRoot(call, "/var/cache/armorer");
  const { HOME: home, XDG_CACHE_HOME: caches } = call.io.environment;
  if (caches?.startsWith("/") === true) return `${caches}/armorer`;
  return `${home?.startsWith("/") === true ? home : userInfo().homedir}/.cache/armorer`;
}

function why(refusal: DirectoryRefusal): string {
  return refusal.kind === "refused"
    ? `${refusal.path}: ${errnoText(refusal.errno)}`
    : `others may change ${refusal.path}`;
}

/**
 * The directory, made if it is not there: a path that leads to the very directory that was judged. `undefined` when none is wanted, or
 * it cannot be had, which is said.
 */
export function cacheDirectoryOf(call: Invocation): string | undefined {
  if (call.has("no-cache")) return undefined;
  const { files } = call.io;
  const named = call.value("cache");
  const directory = named ?? defaultDirectory(call);
  const parent = directory.slice(0, directory.lastIndexOf("/"));
  for (const path of [parent, directory]) {
    if (path !== "" && files.kind(path) === undefined) files.makeDirectory(path, 0o700);
  }
  const opened = call.io.openDirectory(directory, { mustBeOwn: named === undefined, from: call.root });
  if (opened.ok) return opened.value;
  call.io.err(`armorer: no cache is used: ${displayText(why(opened.error))}\n`);
  return undefined;
}
