/** What `disable/` and `force-complain/` make of files of policy, by the directory they were found in. */
import { readPolicyMarks } from "../../app/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { baseName } from "../inputs.ts";
import { type Invocation, baseDirectory } from "./command.ts";

interface MarkedFiles {
  /** Switched off. */
  readonly disabled: ReadonlySet<string>;
  /** In complain mode, whatever their profiles say. */
  readonly complaining: ReadonlySet<string>;
}

/** The marks of files: in the directory they were found in, else in the base directory. */
export function markedFiles(
  paths: readonly string[],
  call: Invocation,
  baseOf = (_path: string): string => baseDirectory(call),
): MarkedFiles {
  const { files } = call.io;
  const directories = call.operands.filter((path) => files.kind(path) === "directory");
  const bases = [...directories.map((path) => path.replace(/(?<=.)\/+$/, "")), ...paths.map(baseOf)];
  const marks = new Map([...new Set(bases)].map((base) => [base, readPolicyMarks(base, files.list)]));
  const stateOf = (path: string): string | undefined => {
    const found = marks.get(path.slice(0, Math.max(0, path.lastIndexOf("/")))) ?? marks.get(baseOf(path));
    return found?.stateOf(baseName(path));
  };
  const states = new Map(paths.map((path) => [path, stateOf(path)]));
  return {
    disabled: new Set(paths.filter((path) => states.get(path) === "disabled")),
    complaining: new Set(paths.filter((path) => states.get(path) === "force-complain")),
  };
}

/** Says what became of marked files, if there are any. */
export function tellMarked(what: string, paths: Iterable<string>, { io }: Invocation): void {
  const names = [...paths].map(displayText).join(", ");
  if (names !== "") io.err(`${what}: ${names}\n`);
}
