/** What goes wrong around a command and nobody met before: a sentence about it, and what its exit status says. */
import { Refused } from "../foundation/basics/index.ts";
import { displayText } from "../foundation/text/index.ts";
import { errnoNumber, errnoText, isErrno } from "./errno-texts.ts";
import { OutputGone } from "./output.ts";

interface Trouble {
  readonly kind: "gone" | "refused" | "memory" | "bug";
  /** Without an end; a bug's has several lines. */
  readonly text: string;
  readonly refusal?: Refused;
}

interface Thrown extends Error {
  readonly code?: unknown;
  readonly path?: unknown;
  readonly syscall?: unknown;
}

/** What Node throws of a system call that we did not expect to fail. */
function asRefused(thrown: Thrown): Refused | undefined {
  const { code, path, syscall } = thrown;
  if (typeof code !== "string" || typeof syscall !== "string" || !isErrno(code)) return undefined;
  const action = syscall === "write" ? "write" : "read";
  return new Refused(action, typeof path === "string" ? path : `what it works with (${syscall})`, code);
}

/** Engines say it in several ways; none of them is a mistake of whoever wrote the loop. */
function isOutOfMemory({ code, message }: Thrown): boolean {
  return (
    code === "ERR_WORKER_OUT_OF_MEMORY" ||
    code === "ERR_MEMORY_ALLOCATION_FAILED" ||
    code === "ERR_STRING_TOO_LONG" ||
    code === "ERR_BUFFER_TOO_LARGE" ||
    /allocation failed|could not allocate memory|Invalid string length|Invalid array buffer length/i.test(message)
  );
}

/** Says what was thrown. */
export function describeTrouble(thrown: unknown): Trouble {
  if (thrown instanceof OutputGone) return { kind: "gone", text: "" };
  const refusal = thrown instanceof Refused ? thrown : thrown instanceof Error ? asRefused(thrown) : undefined;
  if (refusal !== undefined) {
    const { action, path, errno } = refusal;
    return { kind: "refused", text: `cannot ${action} ${displayText(path)}: ${errnoText(errno)}`, refusal };
  }
  if (thrown instanceof Error && isOutOfMemory(thrown)) return { kind: "memory", text: "there is not enough memory" };
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  const lines = stack.split("\n").map((line) => displayText(line));
  return { kind: "bug", text: ["this is a bug of armorer, please report it", ...lines].join("\n") };
}

/** ORACLE 5.0.2: input that cannot be read counts as ENOENT; policy that cannot be written as its errno, negative, in a byte. */
export function parserStatus(refusal: Refused | undefined): number {
  if (refusal?.action === "read") return 2;
  return refusal === undefined || !isErrno(refusal.errno) ? 1 : (256 - errnoNumber(refusal.errno)) & 0xff;
}
