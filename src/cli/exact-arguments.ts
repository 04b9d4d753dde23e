/** The words that a command was called with, to the byte: Node has one character for all bytes that are no UTF-8. */
import { readFileSync } from "node:fs";
import { decodeBytes } from "../foundation/text/index.ts";

const REPLACEMENT = "\ufffd";
const asNode = new TextDecoder("utf-8", { ignoreBOM: true });

/** As text of which every byte is known (`decodeBytes`), where Linux tells; else as Node gives them. `argv`: the last words of the process. */
export function exactArguments(argv: readonly string[]): readonly string[] {
  if (!argv.some((word) => word.includes(REPLACEMENT))) return argv;
  const words = calledWith()?.slice(-argv.length);
  const isSame = words?.every((bytes, index) => asNode.decode(bytes) === argv[index]) === true;
  return words?.length === argv.length && isSame ? words.map((bytes) => decodeBytes(bytes)) : argv;
}

/** Each word ends in a NUL (proc_pid_cmdline(5)). */
function calledWith(): readonly Uint8Array[] | undefined {
  let rest: Buffer;
  try {
    rest = readFileSync("/proc/self/cmdline");
  } catch {
    return undefined;
  }
  const words: Uint8Array[] = [];
  for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
    words.push(rest.subarray(0, end));
    rest = rest.subarray(end + 1);
  }
  return words;
}
