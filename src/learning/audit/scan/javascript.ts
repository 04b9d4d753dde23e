/** The scan in plain JavaScript. */
import { Scanner } from "./core/scanner.ts";
import type { Serials } from "./core/serials.ts";
import type { Scan, SerialWatch } from "./types.ts";

export function watchSerials(serials: Serials): SerialWatch {
  return {
    gaps: serials.gaps,
    seeSerial: (serial, sec, ms) => serials.see(serial, sec, ms),
    shareSerials: () => {
      serials.shared = 1;
    },
    gapCount: () => serials.count,
    settledSerials: () => serials.settled,
    sharesSerials: () => serials.shared,
  };
}

export function openScriptScan(): Scan {
  const scanner = new Scanner();
  const { window, integers, floats, staged, entry, templates, companions, appearances, serials, tallies } = scanner;
  return {
    window,
    entry: entry.bytes,
    integers,
    floats,
    staged,
    ...watchSerials(serials),
    tallies: tallies.numbers,
    touched: tallies.touched,
    scan: (start, last, takesCalls, before) => scanner.scan(start, last, takesCalls, before),
    count: () => scanner.count,
    lines: () => scanner.lines,
    next: () => scanner.next,
    entryEnd: () => scanner.entryEnd,
    entryLength: () => entry.length,
    headEnd: () => companions.end,
    addCompanion: (kind) => scanner.addCompanion(kind),
    addHead: (before, behind, ofEntries) => templates.heads.add(staged, before, behind, ofEntries),
    examine: (start, last, head, ofEntries) => (scanner.examine(start, last, head, ofEntries) ? 1 : 0),
    addTemplate: (head, kind, ofEntries) => (scanner.addTemplate(head, kind, ofEntries) ? 1 : 0),
    putSum: (template, one, other) => templates.putSum(template, one, other),
    keepName: (found, ofEntries) => scanner.keepName(found, ofEntries),
    clearNames: () => templates.names.clear(),
    forget: () => templates.forget(),
    putContent: (one, other) => {
      appearances.one = one;
      appearances.other = other;
    },
    beginTally: (place, pid) => tallies.begin(place, pid),
    touchedCount: () => tallies.count,
    clearTallies: () => tallies.clear(),
    forgetTallies: () => tallies.forget(),
    isCopy: (serial, phase, pid, stamp) => (appearances.isCopyOf(serial, phase, pid, stamp) ? 1 : 0),
  };
}
