/** Moments as people write them, in the forms that journalctl knows, too. */

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|sec|secs|second|seconds)$/, 1],
  [/^(?:m|min|mins|minute|minutes)$/, 60],
  [/^(?:h|hr|hrs|hour|hours)$/, 3600],
  [/^(?:d|day|days)$/, 86_400],
  [/^(?:w|week|weeks)$/, 604_800],
];

/** A span such as `2h 30min`, in milliseconds. */
function parseSpan(text: string): number | undefined {
  const parts = [...text.matchAll(/\s*([0-9]{1,9})\s*([a-z]+)/gy)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) return undefined;
  let seconds = 0;
  for (const [, count = "", word = ""] of parts) {
    const unit = UNITS.find(([pattern]) => pattern.test(word));
    if (unit === undefined) return undefined;
    seconds += Number(count) * unit[1];
  }
  return seconds * 1000;
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?$/;

/** A date, with a time of day or without; without a zone it is that of this machine. */
function parseDate(text: string): number | undefined {
  const [match, ...parts] = DATE.exec(text) ?? [];
  if (match === undefined) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(0, 6)
    .map((part) => Number(part ?? 0));
  const zone = parts[6];
  const local = new Date(year, month - 1, day, hour, minute, second);
  const asUtc = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // A day that no month has becomes one of the next.
  const isDay = asUtc.getUTCMonth() === month - 1 && asUtc.getUTCDate() === day;
  if (!isDay || hour > 23 || minute > 59 || second > 59) return undefined;
  if (zone === undefined) return local.getTime();
  if (zone === "Z" || zone === "UTC") return asUtc.getTime();
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return asUtc.getTime() - (zone.startsWith("-") ? -1 : 1) * minutes * 60_000;
}

/** Midnight of the day that many days before. */
function midnight(now: Date, daysAgo: number): number {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo).getTime();
}

function parseClock(text: string, now: Date): number | undefined {
  const [match, hour = "", minute = "", second = "0"] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? [];
  if (match === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate(), Number(hour), Number(minute), Number(second));
  return day.getTime();
}

/**
 * The moment that a text names: a date with or without a time and a zone, a time of today, `now`, `today`, `yesterday`, a span before now
 * (`-2h`, `1 week ago`), or seconds since 1970 (`@1767225600`).
 *
 * Units: milliseconds since 1970. Errors: `undefined` for what is none of these.
 */
export function parseMoment(text: string, now: Date): number | undefined {
  const word = text.trim();
  if (word === "now") return now.getTime();
  if (word === "today") return midnight(now, 0);
  if (word === "yesterday") return midnight(now, 1);
  if (/^@\d{1,11}$/.test(word)) return Number(word.slice(1)) * 1000;
  const span = word.startsWith("-")
    ? parseSpan(word.slice(1))
    : word.endsWith(" ago")
      ? parseSpan(word.slice(0, -4).trimEnd())
      : undefined;
  if (span !== undefined) return now.getTime() - span;
  return parseDate(word) ?? parseClock(word, now);
}
