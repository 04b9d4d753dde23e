/** `logprof.conf` (tools 26.1): sections of `key = value`; keys keep their case, `#` begins a line that is a comment. */
import { decodeBytes } from "../../foundation/text/index.ts";
import type { CliIo } from "../io.ts";

/** What is in each section, in order. */
export type LogprofConf = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The configuration of a directory, or why it cannot be read. A file that is not there says nothing. */
export function readLogprofConf(directory: string | undefined, io: CliIo): LogprofConf {
  const bytes = io.files.read(`${directory ?? "/etc/apparmor"}/logprof.conf`);
  const sections = new Map<string, Map<string, string>>();
  if (!bytes.ok) return sections;
  let section = new Map<string, string>();
  for (const line of decodeBytes(bytes.value).split(/\r?\n/)) {
    const [, name] = /^\s*\[([^\]]*)\]\s*$/.exec(line) ?? [];
    const [, key = "", value = ""] = /^\s*([^#\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) {
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
    } else if (key !== "") section.set(key, value.replaceAll("%%", "%"));
  }
  return sections;
}
