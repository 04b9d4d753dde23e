/** Where `armorer compile` puts what it makes. */
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { FileRefusal, OutputFile } from "../../foundation/ports/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";
import { baseName } from "../inputs.ts";
import type { Invocation } from "./command.ts";

/** Where compiled policy goes. */
export type Target =
  | { readonly kind: "nowhere" }
  /** Made when there is something to put into it. */
  | { readonly kind: "directory"; readonly path: string; readonly isThere: boolean }
  | { readonly kind: "standard-output" }
  /** For one file at most. */
  | { readonly kind: "file"; readonly output: OutputFile; readonly path: string };

/** Why there is no place for what is compiled: the call is wrong, or the system refuses. */
export interface Misplaced {
  readonly text: string;
  readonly isUsage: boolean;
}

/** What says that the call names a place where there is none. */
const NOWHERE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);

/** A directory among the operands has a directory made of it, however many files it has. */
export function targetOf(call: Invocation, fileCount: number): Outcome<Target, Misplaced> {
  const { files } = call.io;
  const path = call.value("output");
  if (path === undefined) return ok({ kind: "nowhere" });
  if (path === "-") return ok({ kind: "standard-output" });
  const plain = path.replace(/(?<=.)\/+$/, "");
  const refused = (refusal: FileRefusal): Outcome<Target, Misplaced> =>
    fail({ text: `${path}: ${fileRefusalText(refusal)}`, isUsage: NOWHERE.has(refusal.errno) });
  const status = files.status(plain);
  if (!status.ok && status.error.errno !== "ENOENT") return refused(status.error);
  const kind = status.ok ? status.value.kind : undefined;
  if (kind === "directory") return ok({ kind: "directory", path: plain, isThere: true });
  const isMany =
    fileCount > 1 || call.operands.length === 0 || call.operands.some((one) => files.kind(one) === "directory");
  if (path.endsWith("/") || isMany) {
    return kind === undefined
      ? ok({ kind: "directory", path: plain, isThere: false })
      : fail({ text: `${path}: ${errnoText("ENOTDIR")}`, isUsage: true });
  }
  const output = files.output(path);
  return output.ok ? ok({ kind: "file", path, output: output.value }) : refused(output.error);
}

/** What is lost by writing there: one of the texts itself, or one result by another of the same name. */
export function overwritten(
  texts: readonly { readonly path: string }[],
  target: Target,
  { io, operands }: Invocation,
): string | undefined {
  if (target.kind === "nowhere" || target.kind === "standard-output") return undefined;
  const place = (path: string): string => io.realPath(path) ?? path;
  const wanted = place(target.path);
  if (target.kind === "file") {
    const input = texts.find(({ path }) => place(path) === wanted);
    return input === undefined ? undefined : `${target.path} is itself to be compiled: choose another file with -o`;
  }
  if (operands.some((operand) => operand !== "-" && place(operand) === wanted))
    return `${target.path} is itself to be compiled, and what is written there would be taken for policy`;
  const names = texts.map(({ path }) => baseName(path));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? undefined : `two files are called ${twice}, and ${twice}.bin can hold one of them`;
}

function writeTarget(file: string, bytes: Uint8Array, target: Target, call: Invocation): Outcome<void, FileRefusal> {
  const { files } = call.io;
  if (target.kind === "directory" && !target.isThere) {
    const made = files.makeDirectory(target.path, 0o755);
    // It is made with the first of them.
    if (!made.ok && made.error.errno !== "EEXIST") return made;
  }
  if (target.kind !== "file") return files.write(file, bytes, { mode: 0o600 });
  const written = target.output.write(bytes);
  return written.ok ? target.output.commit() : written;
}

/** Where the bytes are now; `null`: that was refused, and is said. */
export function deliver(path: string, bytes: Uint8Array, target: Target, call: Invocation): string | undefined | null {
  if (target.kind === "nowhere") return undefined;
  if (target.kind === "standard-output") {
    call.io.binary(bytes);
    return "-";
  }
  const file = target.kind === "file" ? target.path : `${target.path}/${baseName(path)}.bin`;
  const written = writeTarget(file, bytes, target, call);
  if (written.ok) return file;
  call.io.err(`armorer compile: ${displayText(file)}: ${fileRefusalText(written.error)}\n`);
  return null;
}
