/** This process's world, with output that is kept instead of printed. It goes through the same printer as what is printed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderStyled, type StyledText } from "../../src/foundation/text/index.ts";
import { type CliIo, processIo } from "../../src/cli/io.ts";
import { type OutputOptions, type StreamName } from "../../src/cli/output.ts";

export interface Captured {
  readonly io: CliIo;
  /** What came out of a stream, or of both in order, as bytes. */
  readonly bytes: (stream?: StreamName) => Buffer;
  readonly text: (stream?: StreamName) => string;
  /** Forgets what came out so far. */
  readonly clear: () => void;
}

let kept: string | undefined;

/** A place of this process's own for what can be undone: none of the machine's, which root's commands would write to. */
function placeToKeep(): string {
  if (kept !== undefined) return kept;
  const made = mkdtempSync(join(tmpdir(), "armorer-kept-"));
  process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  kept = made;
  return made;
}

/** Nothing is a terminal unless it is asked for. */
export function capturedIo({
  isTerminal = false,
  escapes = "on-terminals",
}: { isTerminal?: boolean; escapes?: OutputOptions["escapes"] } = {}): Captured {
  const parts: { stream: StreamName; bytes: Uint8Array }[] = [];
  const streams = {
    write: (stream: StreamName, bytes: Uint8Array) => void parts.push({ stream, bytes: bytes.slice() }),
    isTerminal: () => isTerminal,
  };
  const bytes = (stream?: StreamName): Buffer =>
    Buffer.concat(parts.filter((part) => stream === undefined || part.stream === stream).map((part) => part.bytes));
  return {
    io: { ...processIo(escapes, streams), keptBelow: placeToKeep() },
    bytes,
    text: (stream) => bytes(stream).toString(),
    clear: () => void parts.splice(0),
  };
}

/** What is said, as it would be written to no terminal. */
export function plainText(text: string | StyledText): string {
  return typeof text === "string" ? text : renderStyled(text, { colors: false, escapes: false });
}
