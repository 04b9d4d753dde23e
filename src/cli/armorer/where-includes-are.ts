/** Where the includes are that were not found: in a directory of policy near the files, or in the starter policy. Looked for, not guessed. */
import type { Diagnostic, FindSource } from "../../foundation/diagnostics/index.ts";
import type { FileStorePort } from "../../foundation/ports/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { packageDirectory } from "../../service/index.ts";
import { type Invocation, baseDirectory } from "./command.ts";

const MISSING: ReadonlySet<string> = new Set(["resolve/include-not-found", "resolve/abi-not-found"]);

/** Where policy is in a package or a repository, from the directory that has it. */
const PLACES = ["", "apparmor.d", "etc/apparmor.d"];

/** What was not found, by the names in the text: of those in `<…>`, for others are looked for in no directory of policy. */
export function missingIncludes(diagnostics: readonly Diagnostic[], find: FindSource): readonly string[] {
  return diagnostics.flatMap(({ at: { span }, code, facts }) => {
    const isSearched = find(span.file)?.text.slice(span.start, span.end).includes("<") === true;
    return MISSING.has(code) && isSearched ? [String(facts["path"] ?? "")] : [];
  });
}

function directoriesAbove(path: string): readonly string[] {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return ["."];
  const parent = slash === 0 ? "/" : path.slice(0, slash);
  return [parent, ...(parent === "/" || parent === "." ? [] : directoriesAbove(parent))];
}

/** A sentence with the option that finds what is missing; `undefined`: nothing near has any of it. */
export function whereIncludesAre(
  missing: readonly string[],
  checked: readonly string[],
  call: Invocation,
): string | undefined {
  const { io } = call;
  const has = (directory: string): boolean =>
    missing.some((name) => name !== "" && io.files.kind(`${directory}/${name}`) !== undefined);
  const near = new Set(
    checked.flatMap(directoriesAbove).flatMap((directory) => PLACES.map((place) => within(directory, place))),
  );
  const base = [...near].find(has);
  if (base !== undefined) return `what was not found is in ${displayText(base)}: try \`--base ${displayText(base)}\``;
  if (!has(`${packageDirectory()}policy`)) return undefined;
  return "the starter policy of armorer has what was not found: try `--starter-policy`";
}

/** The nearest directory from a file or directory upwards that looks like one of policy: where its includes are. */
export function policyAround(path: string, files: Pick<FileStorePort, "kind">): string | undefined {
  const isBase = (directory: string): boolean =>
    ["abstractions", "tunables"].some((name) => files.kind(`${directory}/${name}`) === "directory");
  const own = path.replace(/(?<=.)\/+$/, "");
  return [...(files.kind(path) === "directory" ? [own] : []), ...directoriesAbove(own)].find(isBase);
}

/** What is read with the policy around each file, unless a directory was named: `make` gives it of the call with that base. */
export function byOwnBase<T>(call: Invocation, make: (near: Invocation) => T): (path: string) => T {
  const byDirectory = new Map<string, string>();
  const byBase = new Map<string, T>();
  return (path) => {
    const [directory = "."] = directoriesAbove(path);
    const base = byDirectory.get(directory) ?? baseDirectory(withOwnBase(call, path));
    byDirectory.set(directory, base);
    const made = byBase.get(base) ?? make(withOwnBase(call, path));
    byBase.set(base, made);
    return made;
  };
}

/** The call as if `--base` had been given: what is looked at beside its own tunables and abstractions has these. */
export function withOwnBase(call: Invocation, operand: string): Invocation {
  const base = policyAround(operand, call.io.files);
  return { ...call, value: (key) => call.value(key) ?? (key === "base" ? base : undefined) };
}

function within(directory: string, place: string): string {
  if (place === "") return directory;
  return directory === "." ? place : `${directory.replace(/\/$/, "")}/${place}`;
}
