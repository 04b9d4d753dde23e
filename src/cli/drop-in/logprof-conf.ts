/** `logprof.conf` (tools 26.1): sections of `key = value`; keys keep their case, `#` begins a line that is a comment. */
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { FilesPort } from "../../foundation/ports/index.ts";
import { decodeBytes } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";

/** What is in each section, in order. */
export type LogprofConf = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The configuration of a directory, or why it cannot be read. A file that is not there says nothing. */
export function readLogprofConf(directory: string | undefined, files: FilesPort): Outcome<LogprofConf, string> {
  const path = `${directory ?? "/etc/apparmor"}/logprof.conf`;
  const bytes = files.read(path);
  const sections = new Map<string, Map<string, string>>();
  if (!bytes.ok) {
    const isAbsent = bytes.error.errno === "ENOENT" && files.kind(path) === undefined;
    return isAbsent ? ok(sections) : fail(`${path}: ${fileRefusalText(bytes.error)}`);
  }
  let section = new Map<string, string>();
  for (const line of decodeBytes(bytes.value).split(/\r?\n/)) {
    const [, name] = /^\s*\[([^\]]*)\]\s*$/.exec(line) ?? [];
    const [, key = "", value = ""] = /^\s*([^#\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) {
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
    } else if (key !== "") section.set(key, value.replaceAll("%%", "%"));
  }
  return ok(sections);
}
