/** What holds for the output of every verb: marks for the eye. */
import type { StyledText } from "../../foundation/text/index.ts";
import type { CliIo } from "../io.ts";

/** A message with who says it in colour. */
function withMark(line: string): StyledText | string {
  const [mark = ""] = /^(?:armorer [a-z]+:|armorer:|note:)/.exec(line) ?? [];
  if (mark === "") return line;
  return [{ style: mark === "note:" ? "info" : "error", text: mark }, line.slice(mark.length)];
}

/** The same place to print to; what is said to a person begins in colour. */
export function marked(io: CliIo): CliIo {
  return { ...io, err: (text) => io.err(typeof text === "string" ? withMark(text) : text) };
}
