/** `logprof.conf` (tools 26), as far as the dialogues need it: where logs, profiles and the rest are, and how programs may be started. */
import { type Outcome, fail, ok } from "../../../foundation/basics/index.ts";
import type { FilesPort } from "../../../foundation/ports/index.ts";
import { type LogprofConf, expression, readLogprofConf, requiredHats, valuesFor } from "../logprof-conf.ts";

export interface DialogueConfig {
  readonly profileDirectory: string;
  /** Where system logs may be, the first first. */
  readonly logFiles: readonly string[];
  readonly qualifiers: ReadonlyMap<string, string>;
  /** Parts of paths, and what may be put in their place. */
  readonly globs: readonly (readonly [part: RegExp, pattern: string])[];
  /** Files, or directories of them, below that of the profiles, that may be proposed as includes. */
  readonly customIncludes: readonly string[];
  /** The hat that takes what a profile does in hats that it lacks, by the profile's name. */
  readonly defaultHatOf: (profile: string) => string | undefined;
  /** Hats of a new profile, by the program's path. */
  readonly requiredHatsOf: (program: string) => readonly string[];
  /** What a JSON dialogue says is kept in a file, too. */
  readonly keepsJson: boolean;
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

/** What is wrong about the regular expressions and hats, in a sentence. */
function mistakeIn(conf: LogprofConf): string | undefined {
  for (const section of ["globs", "defaulthat", "required_hats"]) {
    for (const [key, value] of conf.get(section) ?? []) {
      if (expression(key) === undefined) return `[${section}] holds \`${key}\`, which is no regular expression`;
      if (section === "defaulthat" && words(value).length !== 1)
        return `[defaulthat] holds \`${value}\`, which is not one hat`;
    }
  }
  return undefined;
}

/** Errors: why it cannot be read, in words; a file that is not there says nothing. */
export function readConfig(files: FilesPort, directory: string | undefined): Outcome<DialogueConfig, string> {
  const sections = readLogprofConf(directory, files);
  if (!sections.ok) return sections;
  const mistake = mistakeIn(sections.value);
  if (mistake !== undefined) return fail(`logprof.conf: ${mistake}`);
  const globs = [...(sections.value.get("globs") ?? [])].flatMap(([text, pattern]): readonly [RegExp, string][] => {
    const part = expression(text);
    return part === undefined ? [] : [[part, pattern]];
  });
  const settings = sections.value.get("settings");
  const profiles = words(settings?.get("profiledir")).find((path) => files.kind(path) === "directory");
  return ok({
    profileDirectory: profiles ?? PROFILES,
    logFiles: words(settings?.get("logfiles") ?? LOGS),
    qualifiers: sections.value.get("qualifiers") ?? OWN,
    globs,
    customIncludes: words(settings?.get("custom_includes")),
    // ORACLE 5.0.2: the last one that fits, by the profile's name and not by its program.
    defaultHatOf: (profile) => valuesFor(sections.value, "defaulthat", profile).at(-1),
    requiredHatsOf: (program) => requiredHats(sections.value, program),
    keepsJson: settings?.get("json_log") === "1",
  });
}
