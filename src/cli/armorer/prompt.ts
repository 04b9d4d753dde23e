import type { CliIo } from "../io.ts";

/** The answer to a question, without blanks around it; `undefined` when there is no more input. */
export function askLine(io: CliIo, question: string): string | undefined {
  io.err(question);
  return io.inputLine()?.trim();
}
