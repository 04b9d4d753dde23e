/**
 * How much of a log is missing (audit-events 6). Serial numbers of audit records grow by one; a hole in them is a
 * lost record. With auditing off every event has its own serial, so the count is exact; with auditing on the records of other
 * subsystems use serials too, and a filtered log shows holes that are none: the count is then an upper bound.
 */
import type { FoundRecord } from "./carriers.ts";
import { type EventTime, type LossNotice, NO_TIME } from "./event.ts";
import { GAP, Serials } from "./scan/core/serials.ts";
import { watchSerials } from "./scan/javascript.ts";
import type { SerialWatch } from "./scan/types.ts";

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

const PLAIN_CARRIERS: ReadonlySet<string> = new Set(["kmsg", "dmesg", "syslog"]);

/** The last gaps that are told of. */
const MOST_TOLD = 64;
const MOST_REASONS = 64;

interface Notices {
  suppressed: number;
  firstLost: number | undefined;
  lastLost: number;
  readonly reasons: Set<string>;
}

/** A detector that has seen nothing. Cost: memory is bounded; a step costs little but for records that come late, whose gap is looked up among at most 4096. */
export function lossDetector(): LossDetector {
  return detectorOver(watchSerials(new Serials()));
}

/** The same over numbers that somebody else looks at as well. */
export function detectorOver(watch: SerialWatch): LossDetector {
  const notices: Notices = { suppressed: 0, firstLost: undefined, lastLost: 0, reasons: new Set() };
  return {
    see: (record) => {
      if (record.serial === undefined) return;
      if (sharesSerials(record)) watch.shareSerials();
      watch.seeSerial(record.serial, record.time?.sec ?? NO_TIME, record.time?.ms ?? 0);
    },
    seeNumbers: ({ serial, sec, ms }, isShared) => {
      if (isShared) watch.shareSerials();
      watch.seeSerial(serial, sec, ms);
    },
    notice: (notice) => seeNotice(notices, notice),
    report: () => ({
      missing: watch.settledSerials() + missingIn(watch),
      certainty: watch.sharesSerials() === 1 ? "at-most" : "exact",
      gaps: lastGaps(watch),
      suppressed: notices.suppressed,
      lost: notices.lastLost - (notices.firstLost ?? notices.lastLost),
      reasons: [...notices.reasons],
    }),
  };
}

function missingIn({ gaps, gapCount }: SerialWatch): number {
  let missing = 0;
  for (let index = 0; index < gapCount(); index += 1) {
    missing += (gaps[index * GAP + 1] ?? 0) - (gaps[index * GAP] ?? 0) + 1;
  }
  return missing;
}

function lastGaps({ gaps, gapCount }: SerialWatch): readonly SerialGap[] {
  const count = gapCount();
  const told = Math.min(count, MOST_TOLD);
  return Array.from({ length: told }, (_, index) => {
    const at = (count - told + index) * GAP;
    const [first = 0, last = 0, sec = NO_TIME, ms = 0] = gaps.subarray(at, at + GAP);
    return { first, last, before: sec === NO_TIME ? undefined : { sec, ms } };
  });
}

/** Whether a record says that others than AppArmor's events have numbers in its log. */
export function sharesSerials({ recordType, carrier }: Pick<FoundRecord, "recordType" | "carrier">): boolean {
  return !isApparmor(recordType) || !PLAIN_CARRIERS.has(carrier);
}

function isApparmor(recordType: number | undefined): boolean {
  return recordType === 1400 || recordType === undefined;
}

function seeNotice(state: Notices, notice: LossNotice): void {
  state.suppressed += notice.suppressed ?? 0;
  if (notice.lostTotal !== undefined) {
    // Cumulative since boot: the first number we meet already holds one loss that made the kernel say so.
    state.firstLost ??= notice.lostTotal - 1;
    if (notice.lostTotal < state.lastLost) state.firstLost -= state.lastLost;
    state.lastLost = notice.lostTotal;
  }
  if (notice.reason !== undefined && state.reasons.size < MOST_REASONS) state.reasons.add(notice.reason);
}
