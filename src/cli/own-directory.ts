/** Directories of our own: where things are kept that nobody else may write. */
import { userInfo } from "node:os";
import { fail, ok, type Outcome } from "../foundation/basics/index.ts";
import { type DirectoryRefusal } from "../host/index.ts";
import { errnoText } from "./errno-texts.ts";
import type { CliIo } from "./io.ts";

/** Why a directory of our own cannot be had. */
type OwnRefusal = DirectoryRefusal | { readonly kind: "homeless" };

/** What the password file says; users of containers are often in none. */
export function homeOfUser(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/** Opens a directory, made with so many levels of it where they are not there: a path that leads to the very directory that was judged. */
export function ownDirectory(
  path: string,
  { files, openDirectory }: Pick<CliIo, "files" | "openDirectory">,
  { levels, ...options }: { readonly mustBeOwn: boolean; readonly from: string | undefined; readonly levels: number },
): Outcome<string, DirectoryRefusal> {
  const parts = path.split("/");
  for (let count = parts.length - levels; count < parts.length; count += 1) {
    const above = parts.slice(0, count + 1).join("/");
    if (above === "" || files.kind(above) !== undefined) continue;
    const made = files.makeDirectory(above, 0o700);
    // Another may make it at the same moment.
    if (!made.ok && made.error.errno !== "EEXIST")
      return fail({ kind: "refused", path: above, errno: made.error.errno });
  }
  return openDirectory(path, options);
}

/** What a path that leads through an open directory is called by people. */
export function namedPath({ realPath }: Pick<CliIo, "realPath">, path: string): string {
  return path.replace(/^\/proc\/self\/fd\/\d+/, (held) => realPath(held) ?? held);
}

export function directoryRefusalText(refusal: OwnRefusal): string {
  if (refusal.kind === "homeless") return "neither HOME nor /etc/passwd says where this user's files are";
  // What answers so is the way into what is held open (own-files.ts).
  if (refusal.kind === "refused" && refusal.errno === "ENOSYS") return `${refusal.path}: /proc is not mounted`;
  return refusal.kind === "refused"
    ? `${refusal.path}: ${errnoText(refusal.errno)}`
    : `others may change ${refusal.path}`;
}

interface Place {
  readonly system: string;
  readonly variable: string;
  readonly atHome: string;
}

/** Root's own whatever the variables say, which may be those of the user he was called by; for others where XDG has such things. */
export function ownPlace(
  { environment }: Pick<CliIo, "environment">,
  place: Place,
  root: string | undefined,
): Outcome<string, OwnRefusal> {
  if (root !== undefined || process.geteuid?.() === 0) return ok(`${root?.replace(/\/+$/, "") ?? ""}${place.system}`);
  const { HOME: home, [place.variable]: named } = environment;
  if (named?.startsWith("/") === true) return ok(`${named}/armorer`);
  const own = home?.startsWith("/") === true ? home : homeOfUser();
  return own === undefined ? fail({ kind: "homeless" }) : ok(`${own}/${place.atHome}/armorer`);
}

const STATE = { system: "/var/lib/armorer", variable: "XDG_STATE_HOME", atHome: ".local/state" };

/** Where writings are kept, to be undone. */
export function undoDirectory(io: CliIo, root = io.keptBelow): Outcome<string, OwnRefusal> {
  const place = ownPlace(io, STATE, root);
  return place.ok ? ownDirectory(`${place.value}/undo`, io, { mustBeOwn: true, from: root, levels: 4 }) : place;
}
