/**
 * How much of a log is missing (audit-events 6). Serial numbers of audit records grow by one; a hole in them is a
 * lost record. With auditing off every event has its own serial, so the count is exact; with auditing on the records of other
 * subsystems use serials too, and a filtered log shows holes that are none: the count is then an upper bound.
 */
import type { FoundRecord } from "./carriers.ts";
import { type EventTime, type LossNotice, NO_TIME } from "./event.ts";

/** Serial numbers nobody has seen, both ends inside. */
export interface SerialGap {
  readonly first: number;
  readonly last: number;
  readonly before: EventTime | undefined;
}

export interface LossReport {
  /** Serials missing between the first and the last one seen, per boot, summed. */
  readonly missing: number;
  /** `exact`: each is a lost record; `at-most`: some may belong to records that are none of ours. */
  readonly certainty: "exact" | "at-most";
  /** The last gaps, at most 64. */
  readonly gaps: readonly SerialGap[];
  /** Lines the rate limits of kernel and journal say they left out. */
  readonly suppressed: number;
  /** Records the audit subsystem says it lost while we were looking on. */
  readonly lost: number;
  readonly reasons: readonly string[];
}

/** Watches a log for loss. `see` takes records in the order of the log, `notice` what the log says of itself. */
export interface LossDetector {
  readonly see: (record: Pick<FoundRecord, "serial" | "time" | "recordType" | "carrier">) => void;
  /** The same in numbers; `isShared`: records of other subsystems use serials of this log, too. */
  readonly seeNumbers: (
    at: { readonly serial: number; readonly sec: number; readonly ms: number },
    isShared: boolean,
  ) => void;
  readonly notice: (notice: LossNotice) => void;
  readonly report: () => LossReport;
}

const MAX_GAPS = 4096;
const REBOOT_MS = 1000;
const PLAIN_CARRIERS: ReadonlySet<string> = new Set(["kmsg", "dmesg", "syslog"]);

const NONE_YET = -1;

interface State {
  readonly top: { serial: number; millis: number };
  open: SerialGap[];
  settled: number;
  shared: boolean;
  suppressed: number;
  firstLost: number | undefined;
  lastLost: number;
  readonly reasons: Set<string>;
}

/** A detector that has seen nothing. Cost: memory is bounded; a step costs little but for records that come late, whose gap is looked up among at most 4096. */
export function lossDetector(): LossDetector {
  const state: State = {
    top: { serial: NONE_YET, millis: Number.NaN },
    open: [],
    settled: 0,
    shared: false,
    suppressed: 0,
    firstLost: undefined,
    lastLost: 0,
    reasons: new Set(),
  };
  return {
    see: (record) => {
      if (record.serial === undefined) return;
      if (sharesSerials(record)) state.shared = true;
      seeSerial(state, record.serial, record.time?.sec ?? NO_TIME, record.time?.ms ?? 0);
    },
    seeNumbers: ({ serial, sec, ms }, isShared) => {
      if (isShared) state.shared = true;
      seeSerial(state, serial, sec, ms);
    },
    notice: (notice) => seeNotice(state, notice),
    report: () => ({
      missing: state.settled + sizeOf(state.open),
      certainty: state.shared ? "at-most" : "exact",
      gaps: state.open.slice(-64),
      suppressed: state.suppressed,
      lost: state.lastLost - (state.firstLost ?? state.lastLost),
      reasons: [...state.reasons],
    }),
  };
}

/** Whether a record says that others than AppArmor's events have numbers in its log. */
export function sharesSerials({ recordType, carrier }: Pick<FoundRecord, "recordType" | "carrier">): boolean {
  return !isApparmor(recordType) || !PLAIN_CARRIERS.has(carrier);
}

function isApparmor(recordType: number | undefined): boolean {
  return recordType === 1400 || recordType === undefined;
}

function sizeOf(gaps: readonly SerialGap[]): number {
  return gaps.reduce((sum, gap) => sum + gap.last - gap.first + 1, 0);
}

function seeSerial(state: State, serial: number, sec: number, ms: number): void {
  const millis = sec === NO_TIME ? Number.NaN : sec * 1000 + ms;
  const { top } = state;
  if (top.serial === NONE_YET) {
    top.serial = serial;
    top.millis = millis;
    return;
  }
  if (serial > top.serial) {
    if (serial > top.serial + 1) {
      addGap(state, { first: top.serial + 1, last: serial - 1, before: sec === NO_TIME ? undefined : { sec, ms } });
    }
    top.serial = serial;
    top.millis = millis;
    return;
  }
  if (serial < top.serial && millis > top.millis + REBOOT_MS) return startOver(state, serial, millis);
  if (serial === top.serial) state.shared = true;
  fillGap(state, serial);
}

function addGap(state: State, gap: SerialGap): void {
  state.open.push(gap);
  if (state.open.length > MAX_GAPS) state.settled += sizeOf(state.open.splice(0, MAX_GAPS / 2));
}

/** A smaller serial at a later time: the machine was started again. */
function startOver(state: State, serial: number, millis: number): void {
  state.settled += sizeOf(state.open);
  state.open = [];
  state.top.serial = serial;
  state.top.millis = millis;
}

/** The index of the last gap that begins at `serial` or before; -1: none does. The gaps are in order, and none overlap. */
function lastUpTo(gaps: readonly SerialGap[], serial: number): number {
  let [low, high] = [0, gaps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((gaps[middle]?.first ?? Infinity) <= serial) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A record that comes late closes the hole it left. */
function fillGap(state: State, serial: number): void {
  // COST: other records of an event come right behind it, and leave no hole.
  const last = state.open.at(-1);
  if (last === undefined || last.last < serial) return;
  const index = lastUpTo(state.open, serial);
  const gap = state.open[index];
  if (gap === undefined || gap.last < serial) return;
  const rest = [
    { ...gap, last: serial - 1 },
    { ...gap, first: serial + 1 },
  ].filter((part) => part.first <= part.last);
  state.open.splice(index, 1, ...rest);
}

function seeNotice(state: State, notice: LossNotice): void {
  state.suppressed += notice.suppressed ?? 0;
  if (notice.lostTotal !== undefined) {
    // Cumulative since boot: the first number we meet already holds one loss that made the kernel say so.
    state.firstLost ??= notice.lostTotal - 1;
    if (notice.lostTotal < state.lastLost) state.firstLost -= state.lastLost;
    state.lastLost = notice.lostTotal;
  }
  if (notice.reason !== undefined && state.reasons.size < 64) state.reasons.add(notice.reason);
}
