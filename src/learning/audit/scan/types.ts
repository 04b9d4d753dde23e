/** What looks at serial numbers one by one (`core/serials.ts`), and the gaps that it has found. */
export interface SerialWatch {
  readonly gaps: Float64Array;
  readonly seeSerial: (serial: number, sec: number, ms: number) => void;
  readonly shareSerials: () => void;
  readonly gapCount: () => number;
  readonly settledSerials: () => number;
  readonly sharesSerials: () => number;
}

/** What the scan takes and gives; both ways of running it have this shape. An instance is one log. */
export interface Scan extends SerialWatch {
  /** What is looked at: bytes of the log, from the first of a line on. */
  readonly window: Uint8Array;
  /** The line that was made of the last entry of the journal. */
  readonly entry: Uint8Array;
  /** What was found, as `core/scanner.ts` says. */
  readonly integers: Int32Array;
  readonly floats: Float64Array;
  /** Where heads are put that are to be added. */
  readonly staged: Uint8Array;
  /** Of events that were counted where they were found (`core/tallies.ts`). */
  readonly tallies: Float64Array;
  readonly touched: Int32Array;
  /** Looks at lines of the window; says why it stopped. `takesCalls`, like all that is yes or no: 1 or 0. */
  readonly scan: (start: number, last: number, takesCalls: number, before: number) => number;
  readonly count: () => number;
  readonly lines: () => number;
  readonly next: () => number;
  readonly entryEnd: () => number;
  readonly entryLength: () => number;
  readonly headEnd: () => number;
  readonly addCompanion: (kind: number) => void;
  readonly addHead: (before: number, behind: number, ofEntries: number) => void;
  readonly examine: (start: number, last: number, head: number, ofEntries: number) => number;
  readonly addTemplate: (head: number, kind: number, ofEntries: number) => number;
  readonly putSum: (template: number, one: number, other: number) => void;
  readonly keepName: (found: number, ofEntries: number) => number;
  readonly clearNames: () => void;
  readonly forget: () => void;
  /** The content of an event that was read in full, for `isCopy`. */
  readonly putContent: (one: number, other: number) => void;
  readonly isCopy: (serial: number, phase: number, pid: number, stamp: number) => number;
  /** From now on events of the process at this place are counted, and not told. */
  readonly beginTally: (place: number, pid: number) => void;
  readonly touchedCount: () => number;
  readonly clearTallies: () => void;
  readonly forgetTallies: () => void;
}
