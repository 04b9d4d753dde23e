/** The directories of `--cache-loc`: the first is written, the others are only read. */
export interface CacheLocations {
  readonly locations: readonly string[];
}

const MAX_LOCATIONS = 4;

/** Splits at commas; a backslash makes a comma part of a name, empty parts do not count. `undefined`: more than four. */
export function splitLocations(text: string): CacheLocations | undefined {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (char === "\\" && text[at + 1] === ",") {
      at += 1;
      part += ",";
    } else if (char === ",") {
      parts.push(part);
      part = "";
    } else part += char;
  }
  const locations = [...parts, part].filter((location) => location !== "");
  return locations.length > MAX_LOCATIONS ? undefined : { locations };
}
