/**
 * `parser.conf`: one long option a line, then `=` or blanks and its value; a `#` starts a line of comment. Whatever follows the
 * first separator is the value, so `base = /x` sets it to `= /x`, as apparmor_parser has it.
 */
import { decodeBytes, say } from "../../../foundation/text/index.ts";
import { fileRefusalText, isAbsent } from "../../errno-texts.ts";
import type { CliIo } from "../../io.ts";
import { type ParserOption, optionTable } from "./option-table.ts";
import { DEFAULT_CONFIG, type Settings, applyOption, warnWithoutFile } from "./settings.ts";

/** ORACLE 5.0.2: these are known in the file and have no effect there. */
const COMMAND_LINE_ONLY: ReadonlySet<ParserOption> = new Set(["add", "replace", "remove", "stdout", "ofile"]);

const MAX_LINE = 255;

interface ConfigLine {
  readonly name: string;
  readonly value: string | undefined;
}

/** The settings of a configuration text. */
export function parseConfig(text: string): readonly ConfigLine[] {
  return text.split("\n").flatMap((whole) => {
    const line = whole
      .slice(0, MAX_LINE)
      .replace(/^[ \t]+/, "")
      .trimEnd();
    if (line === "" || line.startsWith("#")) return [];
    const match = /^([^=\s]+)(?:=|[ \t]+)?(.*)$/s.exec(line);
    const name = match?.[1] ?? line;
    const value = match?.[2] ?? "";
    return [{ name, value: line.length > name.length ? value : undefined }];
  });
}

/** Applies the configuration file; a number is the status to leave with. A missing file is a warning. */
export function applyConfig(settings: Settings, io: CliIo): number | undefined {
  const bytes = io.files.read(settings.configFile, { isOperand: true });
  if (!bytes.ok) {
    const { error } = bytes;
    if (error.errno !== "EISDIR" && !isAbsent(error)) {
      io.err(say`Error: config file '${settings.configFile}' cannot be read: ${fileRefusalText(error)}\n`);
      return 1;
    }
    // A directory in place of the file is read as nothing. That the usual file is not there is no news, and clients read what
    // is printed with `--version` as a version.
    return error.errno === "EISDIR" || settings.configFile === DEFAULT_CONFIG
      ? undefined
      : warnWithoutFile(settings, io, "config", `config file '${settings.configFile}' not found`);
  }
  for (const { name, value } of parseConfig(decodeBytes(bytes.value))) {
    const spec = optionTable.find((candidate) => candidate.long === name);
    if (spec === undefined) {
      io.err(say`apparmor_parser: unknown option (${name}) in config file.\n`);
      continue;
    }
    if ("value" in spec && spec.value === "required" && value === undefined) return 1;
    if (COMMAND_LINE_ONLY.has(spec.key)) continue;
    const { actionCount } = settings;
    const status = applyOption(settings, { key: spec.key, value: value ?? "" }, io);
    settings.actionCount = actionCount;
    if (status !== undefined) return status;
  }
  return undefined;
}
