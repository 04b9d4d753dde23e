/** `notify.conf` (tools 26.5): lines of `key="value"`. A user's own file takes the place of the system's. */
import { type Outcome, fail, ok } from "../../../foundation/basics/index.ts";
import type { FilesPort } from "../../../foundation/ports/index.ts";
import { decodeBytes } from "../../../foundation/text/index.ts";
import { fileRefusalText, isAbsent } from "../../errno-texts.ts";
import type { CliIo } from "../../io.ts";
import { homeOfUser } from "../../own-directory.ts";
import { FIELDS, type Field } from "./events.ts";

export interface NotifyConf {
  readonly values: ReadonlyMap<string, string>;
  /** What is in the file and nobody knows, a sentence each. */
  readonly warnings: readonly string[];
}

const KEYS: ReadonlySet<string> = new Set([
  "show_notifications",
  "userns_special_profiles",
  "interface_theme",
  "ignore_denied_capability",
  "use_local_profiles",
  "prompt_filter",
  "maximum_number_notification_profiles",
  "keys_to_aggregate",
  "use_group",
  "message_body",
  "message_footer",
  ...FIELDS.map((field: Field) => `filter.${field}`),
]);

function parse(path: string, text: string): NotifyConf {
  const values = new Map<string, string>();
  const warnings: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, key, double, single, plain] =
      /^\s*([\w.]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S*))\s*(?:#.*)?$/.exec(line) ?? [];
    if (key === undefined) warnings.push(`${path}: a line is no setting: ${line.trim()}`);
    else if (KEYS.has(key)) values.set(key, double ?? single ?? plain ?? "");
    else warnings.push(`${path}: unknown setting ${key}`);
  }
  return { values, warnings };
}

/** Root's own, whatever the variables say, which may be those of the user he was called by. */
function userFiles({ HOME, XDG_CONFIG_HOME }: CliIo["environment"]): readonly string[] {
  const isRoot = process.geteuid?.() === 0;
  const [home, config] = isRoot ? [homeOfUser(), undefined] : [HOME, XDG_CONFIG_HOME];
  const own = home?.startsWith("/") === true ? [`${home}/.apparmor/notify.conf`] : [];
  if (config?.startsWith("/") === true) return [...own, `${config}/apparmor/notify.conf`];
  return home?.startsWith("/") === true ? [...own, `${home}/.config/apparmor/notify.conf`] : own;
}

/** The first file that is there. Errors: one that is there cannot be read. */
export function readNotifyConf(
  directory: string | undefined,
  { environment, files }: { readonly environment: CliIo["environment"]; readonly files: FilesPort },
): Outcome<NotifyConf, string> {
  const system = `${directory ?? "/etc/apparmor"}/notify.conf`;
  for (const path of [...(directory === undefined ? userFiles(environment) : []), system]) {
    const bytes = files.read(path);
    if (bytes.ok) return ok(parse(path, decodeBytes(bytes.value)));
    if (!isAbsent(bytes.error)) return fail(`${path} cannot be read: ${fileRefusalText(bytes.error)}`);
  }
  return ok({ values: new Map(), warnings: [] });
}

/** Words of a list that commas divide. */
export function listed(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));
}
