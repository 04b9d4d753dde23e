/** Where the verbs that compile keep results and automata. */
import { isOwnDirectory } from "../../host/index.ts";
import { type CommandOption, type Invocation, underRoot } from "./command.ts";

export const cacheOptions: readonly CommandOption[] = [
  {
    key: "cache",
    long: "cache",
    value: "required",
    valueName: "DIR",
    about: "keep results and automata here (~/.cache/armorer)",
  },
  { key: "no-cache", long: "no-cache", about: "keep nothing and use nothing kept" },
];

function defaultDirectory(call: Invocation): string {
  const home = call.io.environment["XDG_CACHE_HOME"] ?? `${call.io.environment["HOME"] ?? "/root"}/.cache`;
  return call.root === undefined ? `${home}/armorer` : underRoot(call, "/var/cache/armorer");
}

/**
 * The directory, made if it is not there; `undefined` when none is wanted or it cannot be had. What is in it decides about policy: unless
 * it was named, it must belong to who runs this and be closed to others (the home directory of somebody else may be in the environment).
 */
export function cacheDirectoryOf(call: Invocation): string | undefined {
  if (call.has("no-cache")) return undefined;
  const named = call.value("cache");
  const directory = named ?? defaultDirectory(call);
  const parent = directory.slice(0, directory.lastIndexOf("/"));
  for (const path of [parent, directory]) {
    if (path !== "" && call.io.files.kind(path) === undefined) call.io.files.makeDirectory(path, 0o700);
  }
  const isUsable = named === undefined ? isOwnDirectory(directory) : call.io.files.kind(directory) === "directory";
  return isUsable ? directory : undefined;
}
