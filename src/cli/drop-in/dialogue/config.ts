/** `logprof.conf` (tools 26), as far as the dialogues need it: where logs, profiles and the rest are, and how programs may be started. */
import { type Outcome, fail, ok } from "../../../foundation/basics/index.ts";
import type { FilesPort } from "../../../foundation/ports/index.ts";
import { readLogprofConf } from "../logprof-conf.ts";

export interface DialogueConfig {
  readonly profileDirectory: string;
  /** Where system logs may be, the first first. */
  readonly logFiles: readonly string[];
  readonly qualifiers: ReadonlyMap<string, string>;
  /** Parts of paths, and what may be put in their place. */
  readonly globs: readonly (readonly [part: RegExp, pattern: string])[];
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

function expression(text: string): RegExp | undefined {
  try {
    return new RegExp(text);
  } catch {
    return undefined;
  }
}

/** Errors: why it cannot be read, in words; a file that is not there says nothing. */
export function readConfig(files: FilesPort, directory: string | undefined): Outcome<DialogueConfig, string> {
  const sections = readLogprofConf(directory, files);
  if (!sections.ok) return sections;
  const globs: [RegExp, string][] = [];
  for (const [text, pattern] of sections.value.get("globs") ?? []) {
    const part = expression(text);
    if (part === undefined) return fail(`logprof.conf: [globs] holds \`${text}\`, which is no regular expression`);
    globs.push([part, pattern]);
  }
  const settings = sections.value.get("settings");
  const profiles = words(settings?.get("profiledir")).find((path) => files.kind(path) === "directory");
  return ok({
    profileDirectory: profiles ?? PROFILES,
    logFiles: words(settings?.get("logfiles") ?? LOGS),
    qualifiers: sections.value.get("qualifiers") ?? OWN,
    globs,
    keepsJson: settings?.get("json_log") === "1",
  });
}
