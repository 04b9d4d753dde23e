/** The letters of file rules and their exec modes. Source: apparmor.d(5) "Access modes"; quirks: policy-language 2.5. */
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";

/** Bits of `FileRule.permissions`: the letters, before they become a kernel's bits. */
export const FilePermission = { x: 1, w: 2, r: 4, a: 8, l: 16, k: 32, m: 64 } as const;

/** Letters of the kernel's log: `c` create and `d` delete are granted by `w`. */
export type FileLetter = "r" | "w" | "a" | "c" | "d" | "k" | "m" | "x" | "l";

const FILE_LETTERS: ReadonlySet<string> = new Set(["r", "w", "a", "c", "d", "k", "m", "x", "l"]);

/** Whether a text is one letter of a file rule. */
export function isFileLetter(text: string): text is FileLetter {
  return FILE_LETTERS.has(text);
}

export interface ExecMode {
  /** `deny`: a plain `x`: in deny rules, and (ORACLE 5.0.2) in `unsafe PATH x`, where it names no transition. */
  readonly transition: "inherit" | "profile" | "child" | "unconfined" | "deny";
  readonly fallback: "none" | "inherit" | "unconfined";
  /** The environment is scrubbed. */
  readonly safe: boolean;
}

export interface FilePermissions {
  /** Bits of `FilePermission`. */
  readonly permissions: number;
  /** Set iff `x` is in `permissions`. */
  readonly exec: ExecMode | undefined;
  /** Upper-case letters where lower-case ones are meant. */
  readonly deprecated: readonly string[];
}

export type FilePermissionsProblem =
  | { readonly kind: "unknown-letter"; readonly at: number }
  | { readonly kind: "append-and-write" }
  | { readonly kind: "two-exec-modes"; readonly at: number; readonly first: string; readonly second: string };

const CHUNK = /([pPcC]?[iIuU]|[pPcC])?[xX]|[rwalkmRWLM]/y;

/** What an exec mode such as `Pix` means; case of the middle letter does not matter. `undefined` for a plain `x`. */
function execMode(qualifier: string): ExecMode | undefined {
  const first = qualifier.charAt(0);
  const lower = first.toLowerCase();
  const last = qualifier.slice(1).toLowerCase();
  const fallback = last === "i" ? "inherit" : last === "u" ? "unconfined" : "none";
  const safe = first !== lower;
  switch (lower) {
    case "p":
      return { transition: "profile", fallback, safe };
    case "c":
      return { transition: "child", fallback, safe };
    case "u":
      return { transition: "unconfined", fallback: "none", safe };
    case "i":
      return { transition: "inherit", fallback: "none", safe: false };
    default:
      return undefined;
  }
}

function sameMode(a: ExecMode, b: ExecMode): boolean {
  return a.transition === b.transition && a.fallback === b.fallback && a.safe === b.safe;
}

const plain: ExecMode = { transition: "deny", fallback: "none", safe: false };

/**
 * Reads a permission string such as `rwPix`. Does not judge whether a plain `x` or a qualified one fits the rule's mode.
 *
 * ORACLE 5.0.2: repeats are fine; a stray `x` beside a mode is fine, before `ix` too, but not before the other modes.
 */
export function parseFilePermissions(text: string): Outcome<FilePermissions, FilePermissionsProblem> {
  let permissions = 0;
  let exec: ExecMode | undefined;
  let execText = "";
  const deprecated: string[] = [];
  for (let at = 0; at < text.length; at = CHUNK.lastIndex) {
    CHUNK.lastIndex = at;
    const chunk = CHUNK.exec(text)?.[0];
    if (chunk === undefined) return fail({ kind: "unknown-letter", at });
    const last = chunk.charAt(chunk.length - 1);
    // ORACLE 5.0.2: `PX` and `IX` are reported, the combined forms such as `PIX` are not.
    if (chunk.length < 3 && /[RWLMX]/.test(last)) deprecated.push(last);
    if (chunk.startsWith("I")) deprecated.push("I");
    permissions |= letterBit(last.toLowerCase());
    if (last.toLowerCase() !== "x") continue;
    const mode = execMode(chunk.slice(0, -1)) ?? (exec === undefined ? plain : exec);
    const clash = exec !== undefined && !sameMode(exec, mode);
    if (exec !== undefined && clash && !(exec.transition === "deny" && mode.transition === "inherit")) {
      return fail({ kind: "two-exec-modes", at, first: execText, second: chunk });
    }
    if (exec === undefined || clash) execText = chunk;
    exec = mode;
  }
  const both = FilePermission.a | FilePermission.w;
  if ((permissions & both) === both) return fail({ kind: "append-and-write" });
  return ok({ permissions, exec, deprecated });
}

function letterBit(letter: string): number {
  switch (letter) {
    case "r":
      return FilePermission.r;
    case "w":
      return FilePermission.w;
    case "a":
      return FilePermission.a;
    case "l":
      return FilePermission.l;
    case "k":
      return FilePermission.k;
    case "m":
      return FilePermission.m;
    default:
      return FilePermission.x;
  }
}

/** The usual spelling of an exec mode: `ix`, `Px`, `cux` … */
export function printExecMode(mode: ExecMode): string {
  const letters = { inherit: "i", profile: "p", child: "c", unconfined: "u", deny: "" } as const;
  const letter = letters[mode.transition];
  const fallback = { none: "", inherit: "i", unconfined: "u" }[mode.fallback];
  const scrub = mode.safe && mode.transition !== "inherit";
  return `${scrub ? letter.toUpperCase() : letter}${scrub ? fallback.toUpperCase().replace("I", "i") : fallback}x`;
}

/** The usual spelling of permissions: `r w a l k m`, then the exec mode. */
export function printFilePermissions(permissions: number, exec: ExecMode | undefined): string {
  const letters = (["r", "w", "a", "l", "k", "m"] as const).filter(
    (letter) => (permissions & FilePermission[letter]) !== 0,
  );
  return letters.join("") + (exec === undefined ? "" : printExecMode(exec));
}
