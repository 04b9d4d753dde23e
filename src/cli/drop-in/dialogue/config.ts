/** `logprof.conf` (tools 26), as far as the dialogues need it: where logs, profiles and the rest are, and how programs may be started. */
import type { FilesPort } from "../../../foundation/ports/index.ts";
import { decodeBytes } from "../../../foundation/text/index.ts";

export interface DialogueConfig {
  readonly profileDirectory: string;
  /** Where system logs may be, the first first. */
  readonly logFiles: readonly string[];
  readonly qualifiers: ReadonlyMap<string, string>;
}

type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** `[section]`, `key = value`, `#` for what is no setting. */
function readSections(text: string): Sections {
  const sections = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of text.split("\n")) {
    const section = /^\s*\[([^\]]+)\]/.exec(line)?.[1];
    const setting = /^\s*([^#\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (section !== undefined) {
      current = sections.get(section) ?? new Map<string, string>();
      sections.set(section, current);
    } else if (setting !== null) current.set(setting[1] ?? "", setting[2] ?? "");
  }
  return sections;
}

const LOGS = "/var/log/audit/audit.log /var/log/syslog /var/log/messages";
const PROFILES = "/etc/apparmor.d";

/** Shells and small tools are started so often, and for so little, that a profile of their own is no use; they inherit or get a child. */
const SMALL =
  "sh bash dash cat cp cut date echo egrep false fgrep gawk grep gzip head ln ls mawk mkdir mktemp mv rm rmdir sed sort tail tar touch tr true uniq wc".split(
    " ",
  );
const OWN: ReadonlyMap<string, string> = new Map(
  SMALL.flatMap((name) => ["/bin", "/usr/bin"].map((directory) => [`${directory}/${name}`, "icn"] as const)),
);

function words(text: string | undefined): readonly string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

export function readConfig(files: FilesPort, directory: string): DialogueConfig {
  const text = files.read(`${directory}/logprof.conf`);
  const sections = text.ok ? readSections(decodeBytes(text.value)) : new Map<string, ReadonlyMap<string, string>>();
  const settings = sections.get("settings");
  const profiles = words(settings?.get("profiledir")).find((path) => files.kind(path) === "directory");
  return {
    profileDirectory: profiles ?? PROFILES,
    logFiles: words(settings?.get("logfiles") ?? LOGS),
    qualifiers: sections.get("qualifiers") ?? OWN,
  };
}
