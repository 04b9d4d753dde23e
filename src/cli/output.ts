/**
 * The one way out for everything a command says. On a terminal nothing that somebody else wrote moves the cursor, changes colours
 * or hides: all of it is escaped here, and colours are added afterwards, because in a text they are data. Elsewhere the drop-in
 * commands keep every byte, which programs compare; what our own verbs say to a person is escaped there too, because a log is
 * shown on a terminal later. Bytes that are no text never reach a terminal.
 */
import { Refused } from "../foundation/basics/index.ts";
import { type StyledText, displayJson, displayLines, encodeBytes, renderStyled } from "../foundation/text/index.ts";

export type StreamName = "out" | "err";

/** Where bytes go. */
export interface Streams {
  /** All bytes, in order. Errors: throws `Refused`; `OutputGone` when nobody reads any more. */
  readonly write: (stream: StreamName, bytes: Uint8Array) => void;
  /** Whether a person looks at it. */
  readonly isTerminal: (stream: StreamName) => boolean;
}

export interface Output {
  /** Says something; standard output. */
  readonly out: (text: string | StyledText) => void;
  /** The same; standard error. What is lost there stops nothing. */
  readonly err: (text: string | StyledText) => void;
  /** A text that a program may want byte for byte: a formatted profile, a diff, a dump. */
  readonly verbatim: (text: string | StyledText) => void;
  /** A JSON document; for a terminal, unsafe characters become escapes of JSON's. */
  readonly json: (document: string) => void;
  /** Compiled policy. Errors: throws `Refused` where standard output is a terminal. */
  readonly binary: (bytes: Uint8Array) => void;
  readonly isTerminal: (stream: StreamName) => boolean;
  /** Whether something that was said on standard error got lost. */
  readonly hasLost: () => boolean;
}

/** The reader of our output is gone: nothing more can be said to anybody. */
export class OutputGone extends Error {
  override readonly name = "OutputGone";
}

/** What streams are called in messages. */
export const STREAM_NAMES = { in: "standard input", out: "standard output", err: "standard error" } as const;

export interface OutputOptions {
  /** Where what is said to a person is escaped. */
  readonly escapes: "always" | "on-terminals";
  /** Where colours are welcome. */
  readonly colors: "nowhere" | "on-terminals" | "everywhere";
}

/** The printer for a pair of streams. */
export function createOutput(streams: Streams, { escapes, colors }: OutputOptions): Output {
  let lost = false;
  const terminals = new Map<StreamName, boolean>();
  const isTerminal = (stream: StreamName): boolean => {
    const known = terminals.get(stream) ?? streams.isTerminal(stream);
    terminals.set(stream, known);
    return known;
  };
  const isEscaped = (stream: StreamName): boolean => escapes === "always" || isTerminal(stream);
  const render = (stream: StreamName, text: string | StyledText, escaped = isEscaped(stream)): Uint8Array => {
    if (typeof text === "string") return encodeBytes(escaped ? displayLines(text) : text);
    const isColored = colors === "everywhere" || (colors === "on-terminals" && isTerminal(stream));
    return encodeBytes(renderStyled(text, { colors: isColored, escapes: escaped }));
  };
  return {
    out: (text) => streams.write("out", render("out", text)),
    err: (text) => {
      try {
        streams.write("err", render("err", text));
      } catch (thrown) {
        if (!(thrown instanceof Refused)) throw thrown;
        lost = true;
      }
    },
    verbatim: (text) => streams.write("out", render("out", text, isTerminal("out"))),
    json: (document) => streams.write("out", encodeBytes(isTerminal("out") ? displayJson(document) : document)),
    binary: (bytes) => {
      if (isTerminal("out")) throw new Refused("write", STREAM_NAMES.out, "a terminal shows no compiled policy");
      streams.write("out", bytes);
    },
    isTerminal,
    hasLost: () => lost,
  };
}
