/** The forms of output, beside JSON, that other programs read: what a run prints that has nothing to show but reasons. */
import { sarifLog } from "../../foundation/diagnostics/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import type { DocumentForm } from "../documented.ts";
import { VERSION } from "./version.ts";

export const sarifForm: DocumentForm = {
  key: "sarif",
  refuse: (reasons, io) => {
    const tool = { name: "armorer", version: VERSION, codes: {} };
    io.json(`${JSON.stringify(sarifLog([], tool, undefined, reasons))}\n`);
  },
};

/** What has no place in a file is said of the program, as GCC does it. */
export function gccLines(reasons: readonly string[]): string {
  return reasons.map((reason) => `armorer: error: ${displayText(reason)}\n`).join("");
}

export const gccForm: DocumentForm = { key: "gcc", refuse: (reasons, io) => io.out(gccLines(reasons)) };
