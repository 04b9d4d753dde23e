/**
 * Which events are copies of one that another route has brought already (audit-events 5.2). Several events share the id of one system call, so it takes the
 * event's content and its process, too.
 */
import { encodeBytes } from "../../foundation/text/index.ts";
import type { AuditEvent } from "./event.ts";
import { classKey } from "./groups.ts";
import { Sum } from "./scan/core/sums.ts";

/** 64 bits of an event's content. COST: who finds two contents with one sum still needs the kernel to give both the same id. */
export interface ContentSum {
  readonly one: number;
  readonly other: number;
}

export type ChangingSum = { -readonly [Part in keyof ContentSum]: ContentSum[Part] };

function sumOf(text: string, before?: ContentSum): ContentSum {
  const bytes = encodeBytes(text);
  const sum = new Sum();
  sum.start(bytes, 0, bytes.length);
  if (before !== undefined) sum.putBehind(before.one, before.other);
  const { one, other } = sum;
  return { one, other };
}

/** Of everything but the name. */
export function sumOfRest(event: AuditEvent): ContentSum {
  return sumOf(classKey(event));
}

export function sumWithName(rest: ContentSum, name: string | undefined): ContentSum {
  return name === undefined ? rest : sumOf(name, rest);
}

export function contentSum(event: AuditEvent): ContentSum {
  return sumWithName(sumOfRest(event), event.name);
}

/** An appearance of an event: the id of its record, and its process. COST: one object is used for all lines, so nobody keeps it. */
export interface Appearance {
  /** Seconds since 1970, `NO_TIME` where the record does not say. */
  sec: number;
  ms: number;
  /** -1: the record has no number. */
  serial: number;
  /** Where in a quarter of an hour it was, in ms; -1: unknown. Time zones differ by whole quarters, so that dates in local time have it, too. */
  phase: number;
  /** -1: unknown. */
  pid: number;
  line: number;
  /** Of the time that a syslog line begins with, to the second; 0: it begins otherwise. */
  stamp: number;
}
