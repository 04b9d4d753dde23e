/** Which text is made of which stage (tools 3.1, 3.9). */
import type { PlannedPolicy, Trace } from "../compiler/compile/index.ts";
import type { ResolvedPolicy, ReadPolicy } from "../language/resolve/index.ts";
import { type AutomatonDumps, createAutomatonPrinter } from "./automata.ts";
import { renderPreprocessed } from "./preprocessed.ts";
import { renderStructures } from "./structures.ts";
import { renderVariables } from "./variables.ts";

/** What may be printed of a source: `-p`, `-D variables`, `-D expanded-variables`, `-d`. */
export type Printout = "preprocessed" | "variables" | "expanded-variables" | "structures";

/** A stage's value, and what is known of the source when it is over; `ok`: there was no error. */
interface Stage<Source, Value> {
  readonly source: Source;
  readonly value: Value;
}

/** The stages that a source goes through; each call does the work of all before it. */
export interface Stages<Source extends { readonly ok: boolean }> {
  /** Read with all it includes, nothing expanded. */
  readonly read: () => Stage<Source, ReadPolicy>;
  /** Rules merged, before patterns are made of them. */
  readonly plan: () => Stage<Source, PlannedPolicy>;
  /** Compiled, every automaton anew where `trace` wants to hear of them. */
  readonly compile: (trace?: Trace) => Stage<Source, ResolvedPolicy>;
}

export interface PrintedSource<Source> {
  readonly text: string;
  /** What is said beside it, a line each. */
  readonly notes: readonly string[];
  readonly source: Source;
}

/** A text about a source; of a source with an error nothing but the preprocessed text is printed. */
export function printSource<Source extends { readonly ok: boolean }>(
  what: Printout,
  stages: Stages<Source>,
): PrintedSource<Source> {
  switch (what) {
    case "preprocessed": {
      const { source, value } = stages.read();
      return { text: renderPreprocessed(value), notes: [], source };
    }
    case "variables": {
      const { source, value } = stages.read();
      return printed(source, () => renderVariables(value.variables()));
    }
    case "structures": {
      const { source, value } = stages.plan();
      return printed(source, () => renderStructures(value));
    }
    case "expanded-variables": {
      // ORACLE 5.0.2: expanded variables are printed when everything else is done.
      const { source, value } = stages.compile();
      return printed(source, () => renderVariables(value.variables()));
    }
  }
}

/** What a source becomes on its way to bytes; empty where the text is wrong, or its rules cannot be merged. */
export function dumpAutomata<Source extends { readonly ok: boolean }>(
  what: AutomatonDumps,
  stages: Stages<Source>,
): string {
  // Rules that cannot be merged are an error before anything is made of any.
  if (!stages.plan().source.ok) return "";
  const printer = createAutomatonPrinter(what);
  stages.compile(printer.trace);
  return printer.text();
}

function printed<Source extends { readonly ok: boolean }>(
  source: Source,
  render: () => Pick<PrintedSource<Source>, "text" | "notes">,
): PrintedSource<Source> {
  return { ...(source.ok ? render() : { text: "", notes: [] }), source };
}
