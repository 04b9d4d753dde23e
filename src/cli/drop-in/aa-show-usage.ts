/** The command `aa-show-usage` (tools 21): which profiles attach to a program that is installed. */
import { type SetProfile, loadPolicySet } from "../../app/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import type { CliIo } from "../io.ts";
import { directoryOptions, openDirectory, refuse } from "./profile-directory.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { fitted } from "../terminal-width.ts";

const FILTERS = ["flags", "profile_name", "profile_attach", "profile_path"] as const;

const options = [
  ...directoryOptions,
  { key: "show", long: "show-type", short: "s", value: "required" },
  { key: "json", long: "json", short: "j" },
  { key: "matching", long: "show-matching-path" },
  ...FILTERS.map((name) => ({ key: `filter.${name}`, long: `filter.${name}`, value: "required" }) as const),
  { key: "root", long: "root", value: "required" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = fitted(`Usage: aa-show-usage [OPTION]...

Lists the profiles that attach to a program that is installed, and those that do not.

  -s, --show-type WHICH           all (the default), used or unused
  -j, --json                      print JSON instead of text
  -d, --dir DIR                   profiles are in DIR (/etc/apparmor.d)
      --root DIR                  profiles and programs of the system under DIR
      --show-matching-path        print the program, too
      --filter.flags RE           only profiles with such flags; each RE is a regular expression
      --filter.profile_name RE    that a text must begin with
      --filter.profile_attach RE
      --filter.profile_path RE
  -h, --help                      print this
`);

type Filters = (profile: SetProfile, file: string) => boolean;

/** The filters of a call, or what is wrong with one. */
function readFilters({ value }: ToolCall): Filters | string {
  const patterns = new Map<string, RegExp>();
  for (const name of FILTERS) {
    const text = value(`filter.${name}`);
    if (text === undefined) continue;
    try {
      patterns.set(name, new RegExp(`^(?:${text})`));
    } catch {
      return `--filter.${name}: ${text} is no regular expression`;
    }
  }
  return ({ attachment, flags, name }, file) => {
    const texts = {
      flags: flags.join(", "),
      profile_name: name,
      profile_attach: attachment?.written ?? "",
      profile_path: file,
    };
    return FILTERS.every((filter) => patterns.get(filter)?.test(texts[filter]) ?? true);
  };
}

interface Usage {
  readonly profile: SetProfile;
  readonly file: string;
  readonly match: string | undefined;
}

/** Python writes no letters but those of ASCII. */
function printJson(used: readonly Usage[], unused: readonly Usage[], io: CliIo): void {
  const shown = ({ file, match, profile }: Usage): object => ({
    name: profile.name,
    attach: profile.attachment?.written,
    path: file,
    ...(match !== undefined && { matching_path: match }),
  });
  const document = {
    version: 1,
    ...(used.length > 0 && { used: used.map(shown) }),
    ...(unused.length > 0 && { unused: unused.map(shown) }),
  };
  const escaped = JSON.stringify(document, undefined, 2).replaceAll(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  io.json(`${escaped}\n`);
}

function printText(title: string, usages: readonly Usage[], { has, io }: ToolCall): void {
  if (usages.length === 0) return;
  io.out(`${title} profiles:\n`);
  for (const { file, match, profile } of usages) {
    const program = match !== undefined && has("matching") ? `→ ${match}` : "";
    const line = `Profile ${profile.name} for ${profile.attachment?.written ?? ""} (${file}) ${program}`;
    io.out(`  ${displayText(line)}\n`);
  }
}

const SHOWS = ["all", "used", "unused"];

async function run(call: ToolCall): Promise<number> {
  const { has, io, value } = call;
  const show = value("show") ?? "all";
  const filters = readFilters(call);
  if (typeof filters === "string") return refuse(filters, io);
  const opened = await openDirectory(value("dir"), io, {
    root: value("root"),
    sayLine: has("json") ? io.err : io.out,
    depth: "rules",
  });
  if (!opened.ok) return refuse(opened.error, io);
  const { attachedFile } = await loadPolicySet();
  // As they were: many patterns are looked for in the same directories.
  const { root: base, world } = opened.value;
  const files = {
    list: (path: string) => world.files.list(base + path),
    kind: (path: string) => world.files.kind(base + path),
    realPath: (path: string) => io.realPath(base + path)?.slice(base.length),
  };
  const usages: Usage[] = [];
  for (const { path, profiles, state } of opened.value.files) {
    if (state === "disabled") continue;
    for (const profile of profiles) {
      if (profile.attachment === undefined || !filters(profile, path)) continue;
      const { isCut, path: match } = attachedFile(profile.attachment.text, files);
      if (isCut)
        io.err(`aa-show-usage: not all files that ${displayText(profile.name)} may attach to were looked at\n`);
      if (profile.hasConditions && match !== undefined)
        io.err(
          `aa-show-usage: the extended attributes that ${displayText(profile.name)} asks for were not looked at\n`,
        );
      usages.push({ profile, file: path, match });
    }
  }
  const used = show === "unused" ? [] : usages.filter(({ match }) => match !== undefined);
  const unused = show === "used" ? [] : usages.filter(({ match }) => match === undefined);
  if (has("json")) printJson(used, unused, io);
  else {
    printText("Used", used, call);
    printText("Unused", unused, call);
  }
  return opened.value.isWhole ? 0 : 1;
}

export const tool: Tool = {
  name: "aa-show-usage",
  options,
  help: HELP,
  examples: [["aa-show-usage -s unused", "profiles of programs that are not installed"]],
  operands: "none",
  wrong: (text, io) => {
    io.err(`${HELP}aa-show-usage: error: ${displayText(text ?? "takes no operands")}\n`);
    return 2;
  },
  before: ({ io, value }) => {
    const show = value("show");
    if (show === undefined || SHOWS.includes(show)) return undefined;
    io.err(`${HELP}aa-show-usage: error: --show-type is ${SHOWS.join(", ")}, not ${displayText(show)}\n`);
    return 2;
  },
  run,
};
