/** `apparmor_parser` with the compiler behind it. COST: a part of the program of its own, larger than all else of a tool that may not need it. */
import { compilePool } from "../../service/index.ts";
import type { CliIo } from "../io.ts";
import { runParser } from "./apparmor-parser/index.ts";

/** Runs it with its argv; the exit status. */
export function runOwnParser(argv: readonly string[], io: CliIo): ReturnType<typeof runParser> {
  return runParser(argv, { io, openPool: compilePool });
}
