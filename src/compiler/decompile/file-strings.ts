/**
 * The strings that kernels put to the file automaton (kernel-abi 8.3): a path; a path, NUL and another path or the name of a profile. No path has
 * two slashes in a row; names of profiles have.
 */
import { APPEND, CHANGE, type FileBits, LINK, LOCK, MMAP, ONEXEC, OTHER, OWNER, READ, WRITE } from "./file-bits.ts";
import { NOT_ASKED, saidNothing, type Strings } from "./unfolded.ts";

/** Phases of a text: anywhere, behind a slash, behind two, as only names of profiles have them. */
const SLASHED = 1;
const DOUBLED = 2;
/** Phases of the second text begin here; the last one is that of an empty text. */
const SECOND = 3;
const EMPTY = 6;
const SLASH = 0x2f;

export function fileStrings(
  { allow, audit, quiet, prompt }: FileBits,
  start: number,
  next: (state: number, byte: number) => number,
): Strings {
  return {
    first: { phase: 0, state: start },
    text: (phase) => firstOf(phase),
    special: ({ phase, state }) => {
      // what has a pair is the path of a file, in which no two slashes are in a row, nor one at the end
      const behindNul = phase === 0 ? { phase: EMPTY, state: next(state, 0) } : NOT_ASKED;
      return [
        [0, phase < SECOND ? behindNul : undefined],
        [SLASH, { phase: behindSlash(phase), state: next(state, SLASH) }],
      ];
    },
    said: ({ state }, isFirst) =>
      isFirst
        ? saidNothing
        : { allow: allow[state] ?? 0, audit: audit[state] ?? 0, quiet: quiet[state] ?? 0, prompt: prompt[state] ?? 0 },
  };
}

/** The phase behind a byte of text that is no slash. */
function firstOf(phase: number): number {
  // what does not begin with a slash is a name
  if (phase === EMPTY) return SECOND + DOUBLED;
  return phase % SECOND === DOUBLED ? phase : phase - (phase % SECOND);
}

function behindSlash(phase: number): number {
  if (phase === EMPTY) return SECOND + SLASHED;
  return phase - (phase % SECOND) + (phase % SECOND === 0 ? SLASHED : DOUBLED);
}

/** Bits that nobody asks for in a phase, of which rules may say anything; `allowed`: what is allowed at the state. */
export function unaskedOfFiles(phase: number, allowed: number): number {
  if (phase === NOT_ASKED.phase || phase === EMPTY) return -1;
  if (phase === DOUBLED) return ~(CHANGE | ONEXEC);
  // nothing links to a directory
  if (phase < SECOND) return phase === SLASHED ? LINK : 0;
  // the subset test is made of links that are allowed
  const tests = [OWNER, OTHER].reduce((sum, half) => ((allowed & LINK & half) === 0 ? sum | (LOCK & half) : sum), 0);
  const links = phase === SECOND + DOUBLED ? LINK | LOCK : tests;
  return READ | WRITE | APPEND | MMAP | CHANGE | links;
}

/**
 * Bits that rules must say something about. Nobody asks for a path with two slashes, but a rule for it would be read as one for another path. Of a
 * pair only links are denied: `[^x]` in the path of another rule is NUL, too.
 */
export function askedOfFiles(phase: number, isDenied: boolean): number {
  if (phase === NOT_ASKED.phase || phase === EMPTY) return 0;
  if (phase === SLASHED) return ~LINK;
  const inText = phase % SECOND === DOUBLED ? CHANGE | ONEXEC : -1;
  return phase < SECOND ? inText : isDenied ? inText & LINK : inText & ~(READ | WRITE | APPEND | MMAP | CHANGE);
}
