/** The command `aa-decode` (tools 22): makes names readable that the audit system writes as hexadecimal digits. */
import { decodeBytes, displayText, withoutTrailing } from "../../foundation/text/index.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { fitted } from "../terminal-width.ts";

const SCHEMA = "armorer/decoded/1";

const options = [
  { key: "json", long: "json" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = fitted(`Usage: aa-decode [--json] [HEX]...

Decodes what the audit system writes as hexadecimal digits. Without HEX: reads a log from standard input and prints it with
the names in it decoded.

      --json   print one JSON document (of HEX)
  -h, --help   print this
`);

const NEWLINE = 0x0a;

const HEX = /^(?:[0-9A-Fa-f]{2})+$/;

/** The fields that the kernel and auditd write so when a value holds blanks, quotes or bytes that are no ASCII. */
const FIELD =
  /(?<= )(name|profile|proctitle|comm|exe|cwd|peer|peer_profile|label|srcname|target|info)=([0-9A-Fa-f]{2}[0-9A-Fa-f]*)(?=\s|$)/g;

/** What would end the line, or the quotes around it, or move a cursor. */
// oxlint-disable-next-line no-control-regex -- these are what it looks for
const UNFIT = /["\u0000-\u001f\u007f]/;

function decodeHex(text: string): string {
  return decodeBytes(Buffer.from(text, "hex"));
}

/** A line with its values decoded, as far as they still are values of one line then. */
export function decodeLine(line: string): string {
  return line.replace(FIELD, (whole, field: string, digits: string) => {
    if (!HEX.test(digits)) return whole;
    const text = decodeHex(digits);
    // the words of a command line have zero bytes between them
    const shown = field === "proctitle" ? withoutTrailing(text, "\0").replaceAll("\0", " ") : text;
    return UNFIT.test(shown) ? whole : `${field}="${shown}"`;
  });
}

/** Longer than any line of a log; of one that is longer, names are not decoded. */
const MOST_LINE_BYTES = 1 << 20;

/** Lines are printed as they come. */
function filter({ io }: ToolCall): number {
  let pieces: Uint8Array[] = [];
  let held = 0;
  let long = 0;
  // Within a line that is longer than a line may be: it goes out as it is, up to its end.
  let isWithin = false;
  const print = (bytes: Uint8Array): void => {
    const text = decodeBytes(bytes);
    if (text !== "") io.verbatim(text.split("\n").map(decodeLine).join("\n"));
  };
  for (let piece = io.inputPiece(); piece !== undefined; piece = io.inputPiece()) {
    let rest = piece;
    if (isWithin) {
      const end = rest.indexOf(NEWLINE) + 1;
      io.verbatim(decodeBytes(end === 0 ? rest : rest.subarray(0, end)));
      if (end === 0) continue;
      [rest, isWithin] = [rest.subarray(end), false];
    }
    const end = rest.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      print(Buffer.concat([...pieces, rest.subarray(0, end)]));
      [pieces, held, rest] = [[], 0, rest.subarray(end)];
    }
    pieces.push(rest);
    held += rest.length;
    if (held <= MOST_LINE_BYTES) continue;
    io.verbatim(decodeBytes(Buffer.concat(pieces)));
    [pieces, held, isWithin, long] = [[], 0, true, long + 1];
  }
  print(Buffer.concat(pieces));
  if (long === 0) return 0;
  io.err(
    `aa-decode: ${long === 1 ? "a line is" : `${long} lines are`} longer than 1 MiB, and printed without being decoded\n`,
  );
  return 1;
}

/** What is wrong with a word, or what it says. */
function decodeWord(word: string): { readonly text: string | undefined; readonly problem: string | undefined } {
  if (!/^[0-9A-Fa-f]+$/.test(word))
    return { text: undefined, problem: "String should only contain hex characters (0-9, a-f, A-F)" };
  if (!HEX.test(word)) return { text: undefined, problem: "Could not decode string: its number of digits is odd" };
  return { text: decodeHex(word), problem: undefined };
}

function run(call: ToolCall): number {
  const { has, io, operands } = call;
  if (operands.length === 0) return filter(call);
  const words = operands.map((hex) => ({ hex, ...decodeWord(hex) }));
  const isFine = words.every(({ problem }) => problem === undefined);
  if (has("json")) {
    const shown = words.map(({ hex, problem, text }) => ({ hex, text: text ?? null, problem: problem ?? null }));
    io.json(`${JSON.stringify({ schema: SCHEMA, ok: isFine, words: shown })}\n`);
  } else for (const { problem, text } of words) io.out(problem === undefined ? `Decoded: ${text}\n` : `${problem}\n`);
  return isFine ? 0 : 1;
}

export const tool: Tool = {
  name: "aa-decode",
  schema: SCHEMA,
  options,
  help: HELP,
  examples: [
    ["aa-decode 2F746D702F612062", "the name behind the digits, /tmp/a b"],
    ["aa-decode < /var/log/audit/audit.log", "a log with names instead of digits"],
  ],
  operands: "any",
  wrong: (text, io) => {
    io.err(`aa-decode: ${displayText(text ?? "")}\n${HELP}`);
    return 1;
  },
  before: ({ has, io, operands }) => {
    if (!has("json") || operands.length > 0 || has("help")) return undefined;
    io.err(`aa-decode: --json is about HEX\n${HELP}`);
    return 1;
  },
  run,
};
