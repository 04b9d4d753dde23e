/** What must be said, or done, although the world takes nothing more: the end of a dialogue that a refusal ended. */
import { Refused } from "../../foundation/basics/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import type { CliIo } from "../io.ts";
import { OutputGone } from "../output.ts";
import type { Face } from "./dialogue/asks.ts";

/** Does what follows on a refusal, which is what is reported; that this is refused, too, is not. */
export function despiteRefusals(action: () => void): void {
  try {
    action();
  } catch (thrown) {
    if (!(thrown instanceof Refused || thrown instanceof OutputGone)) throw thrown;
  }
}

/** Says what must be known, on standard error where the face takes nothing. Errors: the face's, once it is said there. */
export function sayAnyhow(face: Face, text: string, kind: "info" | "important", io: CliIo): void {
  try {
    face.put({ kind, text });
  } catch (thrown) {
    despiteRefusals(() => io.err(`${displayText(text)}\n`));
    throw thrown;
  }
}
