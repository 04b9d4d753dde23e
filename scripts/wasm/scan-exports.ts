/** The scan of `src/learning/audit/scan/core` as the functions that an instance exports; an instance is one log. AssemblyScript: see `build.mjs`. */
import { Scanner } from "./scanner";

const scanner: Scanner = new Scanner();

export function window(): usize {
  return scanner.window.dataStart;
}

export function windowBytes(): i32 {
  return scanner.window.length;
}

export function entry(): usize {
  return scanner.entry.bytes.dataStart;
}

export function entryBytes(): i32 {
  return scanner.entry.bytes.length;
}

export function integers(): usize {
  return scanner.integers.dataStart;
}

export function integerCount(): i32 {
  return scanner.integers.length;
}

export function floats(): usize {
  return scanner.floats.dataStart;
}

export function floatCount(): i32 {
  return scanner.floats.length;
}

export function staged(): usize {
  return scanner.staged.dataStart;
}

export function stagedBytes(): i32 {
  return scanner.staged.length;
}

export function gaps(): usize {
  return scanner.serials.gaps.dataStart;
}

export function gapNumbers(): i32 {
  return scanner.serials.gaps.length;
}

export function tallies(): usize {
  return scanner.tallies.numbers.dataStart;
}

export function tallyNumbers(): i32 {
  return scanner.tallies.numbers.length;
}

export function touched(): usize {
  return scanner.tallies.touched.dataStart;
}

export function touchedNumbers(): i32 {
  return scanner.tallies.touched.length;
}

export function scan(start: i32, last: i32, takesCalls: i32, before: f64): i32 {
  return scanner.scan(start, last, takesCalls, before);
}

export function count(): i32 {
  return scanner.count;
}

export function lines(): i32 {
  return scanner.lines;
}

export function next(): i32 {
  return scanner.next;
}

export function end(): i32 {
  return scanner.end;
}

export function entryEnd(): i32 {
  return scanner.entryEnd;
}

export function entryLength(): i32 {
  return scanner.entry.length;
}

export function headEnd(): i32 {
  return scanner.companions.end;
}

export function addCompanion(kind: i32): void {
  scanner.addCompanion(kind);
}

export function addHead(before: i32, behind: i32, ofEntries: i32): void {
  scanner.templates.heads.add(scanner.staged, before, behind, ofEntries);
}

export function examine(start: i32, last: i32, head: i32, ofEntries: i32): bool {
  return scanner.examine(start, last, head, ofEntries);
}

export function addTemplate(head: i32, kind: i32, ofEntries: i32): bool {
  return scanner.addTemplate(head, kind, ofEntries);
}

export function putSum(template: i32, one: i32, other: i32): void {
  scanner.templates.putSum(template, one, other);
}

export function keepName(found: i32, ofEntries: i32): i32 {
  return scanner.keepName(found, ofEntries);
}

export function clearNames(): void {
  scanner.templates.names.clear();
}

export function forget(): void {
  scanner.templates.forget();
}

/** Of an event that the owner read, with the content that is told first. */
export function isCopy(serial: f64, phase: i32, pid: i32, stamp: i32): bool {
  return scanner.appearances.isCopyOf(serial, phase, pid, stamp);
}

export function putContent(one: i32, other: i32): void {
  scanner.appearances.one = one;
  scanner.appearances.other = other;
}

export function seeSerial(serial: f64, sec: f64, ms: i32): void {
  scanner.serials.see(serial, sec, ms);
}

export function shareSerials(): void {
  scanner.serials.shared = 1;
}

export function gapCount(): i32 {
  return scanner.serials.count;
}

export function settledSerials(): f64 {
  return scanner.serials.settled;
}

export function sharesSerials(): i32 {
  return scanner.serials.shared;
}

export function beginTally(place: i32, pid: i32): void {
  scanner.tallies.begin(place, pid);
}

export function touchedCount(): i32 {
  return scanner.tallies.count;
}

export function clearTallies(): void {
  scanner.tallies.clear();
}

export function forgetTallies(): void {
  scanner.tallies.forget();
}
