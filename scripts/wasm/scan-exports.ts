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

export function scan(start: i32, last: i32, takesCalls: i32): i32 {
  return scanner.scan(start, last, takesCalls);
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
