/** This process's world, with output that is kept instead of printed. It goes through the same printer as what is printed. */
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
    io: processIo(escapes, streams),
    bytes,
    text: (stream) => bytes(stream).toString(),
    clear: () => void parts.splice(0),
  };
}

/** What is said, as it would be written to no terminal. */
export function plainText(text: string | StyledText): string {
  return typeof text === "string" ? text : renderStyled(text, { colors: false, escapes: false });
}
