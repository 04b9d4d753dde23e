/** Points in time as people write them, in local time where no zone is named. */

const UNITS: ReadonlyMap<string, number> = new Map([
  ["s", 1],
  ["sec", 1],
  ["second", 1],
  ["m", 60],
  ["min", 60],
  ["minute", 60],
  ["h", 3600],
  ["hour", 3600],
  ["d", 86_400],
  ["day", 86_400],
  ["w", 604_800],
  ["week", 604_800],
]);

/** What is understood, for who got it wrong. */
export const TIME_FORMS =
  "2026-11-22, `2026-11-22 08:30`, 2026-11-22T08:30:00Z, today, yesterday, now, -2h, `2 hours ago`, @SECONDS";

const RELATIVE = /^-?(\d{1,9}) ?([a-z]+?)s?(?: ago)?$/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Seconds since 1970; `undefined`: no time that is understood. */
export function parseTime(text: string, now: Date): number | undefined {
  const word = text.trim();
  if (word === "now") return now.getTime() / 1000;
  if (word === "today" || word === "yesterday") {
    const day = now.getDate() - (word === "today" ? 0 : 1);
    return new Date(now.getFullYear(), now.getMonth(), day).getTime() / 1000;
  }
  if (/^@\d{1,12}(?:\.\d{1,9})?$/.test(word)) return Number(word.slice(1));
  const [, count, unit = ""] = RELATIVE.exec(word) ?? [];
  const size = UNITS.get(unit);
  if (count !== undefined && size !== undefined && /^-| ago$/.test(word))
    return now.getTime() / 1000 - Number(count) * size;
  return parseDate(word);
}

function parseDate(word: string): number | undefined {
  const [whole, year, month, day, hour = "00", minute = "00", second = "00", zone = ""] = DATE.exec(word) ?? [];
  if (whole === undefined) return undefined;
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`);
  // 31 November is no day, and must not become another one.
  const isDay = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  return isDay && !Number.isNaN(date.getTime()) ? date.getTime() / 1000 : undefined;
}
