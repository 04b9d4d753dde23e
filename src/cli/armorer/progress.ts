import { displayText } from "../../foundation/text/index.ts";
import { type CliIo, isDumb } from "../io.ts";

/** A line on the terminal that says how far a long run has come; nothing anywhere else. */
interface Progress {
  readonly step: (name: string) => void;
  /** Takes the line away; before anything else is printed. */
  readonly clear: () => void;
}

const REPAINT_MS = 80;
const WIDTH = 76;

/** Progress over so many steps. Short runs show none: the first line comes after a while. */
export function startProgress(io: CliIo, total: number, now: () => number): Progress {
  if (total < 2 || !io.isTerminal("err") || isDumb(io.environment))
    return { step: () => undefined, clear: () => undefined };
  let done = 0;
  let painted = now();
  let shown = false;
  const clear = (): void => {
    if (shown) io.err([{ control: "clear-line" }]);
    shown = false;
  };
  return {
    step: (name) => {
      done += 1;
      if (now() - painted < REPAINT_MS) return;
      painted = now();
      clear();
      io.err(`[${done}/${total}] ${displayText(name)}`.slice(0, WIDTH));
      shown = true;
    },
    clear,
  };
}
