/** One document where one was asked for, whatever happens. */
import type { StyledText } from "../foundation/text/index.ts";
import type { CliIo } from "./io.ts";
import { describeTrouble } from "./refusals.ts";

function plain(text: StyledText | string): string {
  if (typeof text === "string") return text;
  return text
    .map((piece) =>
      typeof piece === "string" ? piece : "text" in piece ? piece.text : "name" in piece ? piece.name : "",
    )
    .join("");
}

/** What was said is wrong, a sentence each. */
function sentences(said: string): readonly string[] {
  const lines = said.split("\n").filter((line) => line !== "");
  const own = lines.flatMap(
    (line) => /^(?:armorer(?: [a-z]+)?|aa-[a-z-]+|ERROR): (?:error: |ERROR: )?(.*)$/.exec(line)?.slice(1) ?? [],
  );
  return own.length > 0 ? own : lines;
}

/** A form of output that programs read. */
export interface DocumentForm {
  /** Of the option that asks for it. */
  readonly key: string;
  /** Prints the document of a run that ended without one, with the reasons, a sentence each. */
  readonly refuse: (reasons: readonly string[], io: CliIo) => void;
}

/** `--json` of what has a schema. */
export function jsonForm(schema: string): DocumentForm {
  return { key: "json", refuse: (refusals, io) => io.json(`${JSON.stringify({ schema, ok: false, refusals })}\n`) };
}

/**
 * Runs a verb or a tool that was asked for a document. One that ends without, for whatever reason, has said why: then that is the document.
 * What is thrown goes on to whoever reports it.
 */
export async function documented(run: (io: CliIo) => Promise<number>, form: DocumentForm, io: CliIo): Promise<number> {
  let isPrinted = false;
  let said = "";
  const heard: CliIo = {
    ...io,
    json: (document) => {
      isPrinted = true;
      io.json(document);
    },
    out: (text) => {
      isPrinted ||= form.key !== "json";
      io.out(text);
    },
    err: (text) => {
      said += plain(text);
      io.err(text);
    },
  };
  const finish = (refusals: readonly string[]): void => {
    if (!isPrinted) form.refuse(refusals, io);
  };
  try {
    const status = await run(heard);
    // Lines of findings may be none.
    if (status !== 0 || form.key === "json") finish(sentences(said));
    return status;
  } catch (thrown) {
    const { kind, text } = describeTrouble(thrown);
    try {
      if (kind !== "gone") finish([text.split("\n", 1)[0] ?? ""]);
    } catch {
      // Output that is not taken is what was thrown, or comes to the same.
    }
    throw thrown;
  }
}
