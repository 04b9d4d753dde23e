/** The automata of attachments, kept as long as their profiles, since every program that is asked about walks all of them. */
import { type AutomataSession, createAutomata, type Dfa } from "../../compiler/automata/index.ts";
import { attachmentTerms, patternTerms } from "../../compiler/compile/index.ts";
import { type GlobNode, leadLength, parseGlob, slashes } from "../../language/globs/index.ts";

export interface Attaching {
  readonly dfa: Dfa;
  /** The xmatch length (compile-semantics 7.2). */
  readonly length: number;
}

/** A session costs some milliseconds to open and keeps what it has built; behind this it is exchanged. */
const MOST_BYTES = 32 << 20;
let open: AutomataSession | undefined;

function session(): AutomataSession {
  if (open === undefined || open.statistics().bytes > MOST_BYTES) open = createAutomata({ combine: () => 1 });
  return open;
}

function read(texts: readonly string[], nul: boolean): readonly GlobNode[] {
  return texts.flatMap((text) => {
    const parsed = parseGlob(nul ? text : slashes(text), { nul });
    return parsed.ok ? [parsed.value] : [];
  });
}

/**
 * What patterns, and conditions on extended attributes behind them, are walked by; `undefined`: nothing, where none of them is a
 * pattern or the automaton would be larger than a kernel takes.
 */
export function attachingOf(patterns: readonly string[], values: readonly string[]): Attaching | undefined {
  const globs = read(patterns, false);
  if (globs.length === 0) return undefined;
  const automata = session();
  const terms = attachmentTerms(
    { patterns: globs, values: read(values.toReversed(), true) },
    { automata, before: patternTerms(automata), accept: automata.accept(0) },
  );
  const built = automata.build(terms);
  return built.ok ? { dfa: built.value, length: Math.min(...globs.map(leadLength)) } : undefined;
}
