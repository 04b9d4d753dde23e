/** `logprof.conf` (tools 26.1): sections of `key = value`; keys keep their case, `#` begins a line that is a comment. */
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { FilesPort } from "../../foundation/ports/index.ts";
import { decodeBytes } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";

/** What is in each section, in order. */
export type LogprofConf = ReadonlyMap<string, ReadonlyMap<string, string>>;

const NAME = "logprof.conf";

/** Values of a section's entries whose regular expressions are found in a text; those that are none are found in nothing. */
export function valuesFor(conf: LogprofConf, section: string, text: string): readonly string[] {
  return [...(conf.get(section) ?? [])].flatMap(([key, value]) =>
    expression(key)?.test(text) === true ? [value] : [],
  );
}

export function expression(text: string): RegExp | undefined {
  try {
    return new RegExp(text);
  } catch {
    return undefined;
  }
}

/** The hats that a program's profile begins with (tools 11.2). */
export function requiredHats(conf: LogprofConf, program: string): readonly string[] {
  return valuesFor(conf, "required_hats", program).flatMap((hats) => hats.split(/\s+/).filter((hat) => hat !== ""));
}

/** The configuration of a directory, or why it cannot be read. A file that is not there says nothing. */
export function readLogprofConf(directory: string | undefined, files: FilesPort): Outcome<LogprofConf, string> {
  const place = directory ?? "/etc/apparmor";
  const path = `${place}/${NAME}`;
  const bytes = files.read(path);
  const sections = new Map<string, Map<string, string>>();
  if (!bytes.ok) {
    const there = bytes.error.errno === "ENOENT" ? files.list(place) : bytes;
    if (!there.ok) {
      const { errno, path: at } = there.error;
      return at === place && errno === "ENOENT" ? ok(sections) : fail(`${at}: ${fileRefusalText(there.error)}`);
    }
    const isAbsent = !there.value.some((entry) => entry.name === NAME);
    return isAbsent ? ok(sections) : fail(`${path}: ${fileRefusalText(bytes.error)}`);
  }
  let section = new Map<string, string>();
  for (const line of decodeBytes(bytes.value).split(/\r?\n/)) {
    const [, name] = /^\[([^\]]*)\]$/.exec(line.trim()) ?? [];
    const [, key = "", value = ""] = (/^([^#\s=][^=]*)=(.*)$/.exec(line.trim()) ?? []).map((part) => part.trim());
    if (name !== undefined) {
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
    } else if (key !== "") section.set(key, value.replaceAll("%%", "%"));
  }
  return ok(sections);
}
