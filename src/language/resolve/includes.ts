/** Which files an include names (policy-language 3.1). Paths are joined as text, as the parser does: no `..`, no normalising. */
import { withoutTrailing } from "../../foundation/text/index.ts";
import { compareText, nearestWord } from "../../foundation/basics/index.ts";
import { type FileRefusal, troubleText } from "../../foundation/ports/index.ts";
import type { IncludeNode } from "../syntax/index.ts";
import { didYouMean } from "./report.ts";
import type { ResolveSession } from "./session.ts";

/** What an include names. */
export type FoundInclude =
  /** In the order in which they are processed. */
  | { readonly kind: "files"; readonly paths: readonly string[] }
  /** Included before in this scope. */
  | { readonly kind: "skipped"; readonly path: string }
  | { readonly kind: "missing"; readonly errno: string }
  /** It is there, but nothing that is read; `why` has the words. */
  | { readonly kind: "refused"; readonly path: string; readonly why: string }
  | { readonly kind: "bad-directory"; readonly path: string; readonly why: string | undefined };

/** What says that a name leads nowhere: there is no such file, or there cannot be. */
const ABSENCES: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);

/**
 * Whether an include that need not be there is not there. ORACLE 5.0.2 passes over what it may not open, too; but nobody knows what
 * rules stand in there, and one that denies would be lost without a word.
 */
export function isAbsence(errno: string): boolean {
  return ABSENCES.has(errno);
}

export interface LookUp {
  readonly session: ResolveSession;
  readonly search: readonly string[];
  readonly cwd: string;
}

/** A name as it is opened: relative names are the process's. */
export function absolutePath(name: string, cwd: string): string {
  return name.startsWith("/") ? name : `${withoutTrailing(cwd, "/")}/${name}`;
}

/** Looks a name up and notes it in `seen`, the names already included in the scope. */
export function findInclude(name: string, searched: boolean, seen: Set<string>, where: LookUp): FoundInclude {
  if (name === "") return { kind: "missing", errno: "ENOENT" };
  if (!searched) return seen.has(name) ? { kind: "skipped", path: name } : open(name, seen, where);
  let missing: FoundInclude = { kind: "missing", errno: "ENOENT" };
  for (const directory of where.search) {
    const path = `${withoutTrailing(directory, "/")}/${name}`;
    if (seen.has(path)) return { kind: "skipped", path };
    const found = open(path, seen, where);
    if (found.kind !== "missing") return found;
    missing = found;
  }
  return missing;
}

function open(key: string, seen: Set<string>, where: LookUp): FoundInclude {
  const path = absolutePath(key, where.cwd);
  const kind = where.session.kind(path);
  if (kind === undefined || kind === "dangling") return { kind: "missing", errno: "ENOENT" };
  if (kind !== "directory") {
    const source = where.session.source(path);
    if (!source.ok) return refused(source.error);
    seen.add(key);
    return { kind: "files", paths: [path] };
  }
  seen.add(key);
  return openDirectory(key, path, seen, where);
}

function refused(refusal: FileRefusal): FoundInclude {
  const why = whyRefused(refusal);
  const { errno, path } = refusal;
  return why === undefined ? { kind: "missing", errno } : { kind: "refused", path, why };
}

/** Why a file that is there was not read, where no errno says it: it is a device, say, or larger than any text. */
export function whyRefused({ trouble }: FileRefusal): string | undefined {
  if (trouble === undefined) return undefined;
  const text = troubleText(trouble);
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** ORACLE 5.0.2: the members of a directory are processed in reverse byte order of their names. */
function openDirectory(key: string, path: string, seen: Set<string>, where: LookUp): FoundInclude {
  const members = where.session.members(path);
  if (!members.ok) return refused(members.error);
  const paths: string[] = [];
  for (const { name, kind } of members.value) {
    if (kind === "dangling") return { kind: "bad-directory", path: `${path}/${name}`, why: undefined };
    if (seen.has(`${key}/${name}`)) continue;
    const source = where.session.source(`${path}/${name}`);
    if (!source.ok) return { kind: "bad-directory", path: `${path}/${name}`, why: whyRefused(source.error) };
    seen.add(`${key}/${name}`);
    paths.push(`${path}/${name}`);
  }
  return { kind: "files", paths: paths.toReversed() };
}

/** What may have been meant by a name that leads nowhere, as it is written; there is a file of that name. */
function nearInclude(name: string, searched: boolean, { cwd, search, session }: LookUp): string | undefined {
  const [, root = "", rest = ""] = /^(\/*)([^]*)$/.exec(name) ?? [];
  const above = searched ? search : [root === "" ? cwd : "/"];
  for (const directory of above) {
    const found = nearParts(withoutTrailing(absolutePath(directory, cwd), "/"), rest.split("/"), session);
    if (found !== undefined) return searched ? `<${root}${found}>` : `${root}${found}`;
  }
  return undefined;
}

/** A file below the directory, each part of whose name is the part that was written or else the nearest to it. */
function nearParts(directory: string, parts: readonly string[], session: ResolveSession): string | undefined {
  const found: string[] = [];
  for (const [index, part] of parts.entries()) {
    const kind = index === parts.length - 1 ? "file" : "directory";
    const above = [directory, ...found].join("/");
    const names = session
      .list(above === "" ? "/" : above)
      .flatMap((entry) => (entry.kind === kind ? [entry.name] : []));
    const near = names.includes(part) ? part : nearestWord(part, names.toSorted(compareText));
    if (near === undefined) return undefined;
    found.push(near);
  }
  return found.join("/");
}

/** Whether there is such a file where names in `<…>` are looked for. */
function isInPolicy(name: string, { cwd, search, session }: LookUp): boolean {
  if (name === "" || name.startsWith("/")) return false;
  return search.some(
    (directory) => session.kind(absolutePath(`${withoutTrailing(directory, "/")}/${name}`, cwd)) === "file",
  );
}

function inBrackets(name: string): string {
  return `${didYouMean(`<${name}>`)} a name without \`<\` and \`>\` is looked for in the working directory`;
}

/** What may help to find a file that is not there: a name like it, where it was looked for, and what to do. */
export function whereLooked(
  { path, searched }: Pick<IncludeNode, "path" | "searched">,
  where: LookUp,
  advice: string,
): string | undefined {
  if (!searched)
    return isInPolicy(path.value, where)
      ? inBrackets(path.value)
      : didYouMean(nearInclude(path.value, searched, where));
  const meant = didYouMean(nearInclude(path.value, searched, where));
  if (where.search.length === 0) return meant;
  const directories = where.search.map((directory) => `\`${directory}\``).join(", ");
  const looked = `looked for in ${directories}; ${advice}`;
  return meant === undefined ? looked : `${meant} ${looked}`;
}
