/**
 * How the kernel walks an automaton (kernel-abi 6.6, 6.7). Walks are over the resolved rows; the left match of an attachment,
 * which looks at state numbers and does not follow chains, is over the tables as they are stored.
 */
import { type Dfa, OUT_OF_BAND_SYMBOL, step, walk } from "../automata/index.ts";
import type { CompiledAutomaton } from "./compiled-profile.ts";
import { startState } from "./states.ts";

/** What a walk looks at. */
export type Walked = Pick<CompiledAutomaton, "dfa" | "layout" | "starts">;

/** The state after all bytes (NULs are ordinary); 0 is dead and stays so. */
export function match(dfa: Dfa, start: number, bytes: Uint8Array): number {
  return walk(dfa, start, bytes);
}

/** The state after the out-of-band symbol; 0 where there is none. */
export function outOfBandStep(dfa: Dfa, state: number): number {
  return step(dfa, state, OUT_OF_BAND_SYMBOL);
}

/** Steps remembered by the left match. */
const HISTORY = 32;

/**
 * The attachment score: how many bytes of the path were matched before the walk entered a loop, and the state at the end.
 *
 * KERNEL 7.2: the walk follows a differential state's DEFAULT without reading the byte again, so differentially encoded attachments
 * go wrong (kernel-abi D2); this does the same when the automaton was decoded from such tables.
 * KERNEL 6.1: looks one step further back, and takes a drop in state numbers for a loop even when the state is not found.
 */
export function leftMatch(
  attachment: Walked,
  path: Uint8Array,
  kernel: "6.1" | "6.12" | "7.2" = "7.2",
): { readonly state: number; readonly count: number } {
  const isOld = kernel === "6.1";
  const history = new Uint32Array(HISTORY);
  let position = 0;
  let length = 0;
  let count = 0;
  let state = startState(attachment, "xmatch");
  for (let at = 0; at < path.length; at += 1) {
    history[position] = state;
    state = storedStep(attachment, state, path[at]!);
    if (history[position]! >= state) {
      const back = findBack(history, position, state, isOld ? length + 1 : length);
      if (back >= 0 || isOld) {
        state = match(attachment.dfa, state, path.subarray(at + 1));
        const loops = back >= 0 ? back : length + 1;
        return { state, count: state === 0 ? 0 : (count - loops) >>> 0 };
      }
    }
    position = (position + 1) % HISTORY;
    length = isOld ? (length + 1) % HISTORY : Math.min(length + 1, HISTORY);
    count += 1;
  }
  return { state, count: state === 0 ? 0 : count };
}

/** How far back `state` is in the ring, -1 for not within `length` steps. */
function findBack(history: Uint32Array, position: number, state: number, length: number): number {
  for (let back = 0; back < length; back += 1) {
    if (history[(position - back + 2 * HISTORY) % HISTORY] === state) return back;
  }
  return -1;
}

/** A step that takes DEFAULT as it is, also where it is not a target. */
function storedStep(automaton: Walked, state: number, byte: number): number {
  const { layout, dfa } = automaton;
  if (layout === undefined || layout.differential[state] === 0) return step(dfa, state, byte);
  const symbol = layout.classes === undefined ? byte : layout.classes[byte]!;
  for (let at = layout.rows[state]!; at < layout.rows[state + 1]!; at += 1) {
    if (layout.symbols[at] === symbol) return layout.targets[at]!;
  }
  return layout.defaults[state]!;
}
