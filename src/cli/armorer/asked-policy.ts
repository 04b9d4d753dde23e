/** The policy that `query` and `explain` are asked about: the first operand, read once, with what could not be read. */
import { loadMeaning, type PolicySettings, type PolicyWorld, type RulePlace } from "../../app/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { type Command, EXIT, type Invocation, usageError } from "./command.ts";
import { markedFiles, tellMarked } from "./marked-files.ts";
import { orderHint } from "./operand-hints.ts";
import { withOwnBase } from "./where-includes-are.ts";
import { type NamedText, policyOptions, policySettings, readInputs } from "./policy-options.ts";

export interface AskedPolicy {
  readonly world: PolicyWorld;
  /** Files that could not be read, in words. */
  readonly refusals: readonly string[];
  readonly texts: readonly NamedText[];
  readonly settings: PolicySettings;
}

/** Options of verbs that ask policy; questions are answered by one thread. */
export const questionOptions: Command["options"] = policyOptions.filter(({ key }) => key !== "jobs");

/** The texts of the first operand, and what they are to be read with. */
interface AskedTexts {
  readonly texts: readonly NamedText[];
  readonly settings: PolicySettings;
  /** Files that could not be read, in words. */
  readonly refusals: readonly string[];
}

/** Finds the policy that is asked about; an exit status when nothing of it can be read, which has been said then. */
export function readAskedTexts(call: Invocation, command: string): AskedTexts | number {
  const [operand = ""] = call.operands;
  const isDirectory = call.io.files.kind(operand) === "directory";
  // a directory of policy brings its own tunables and abstractions
  const near = withOwnBase(call, operand);
  const value = (key: string): string | undefined =>
    near.value(key) ?? (key === "base" && isDirectory ? operand : undefined);
  const own: Invocation = { ...call, operands: [operand], value };
  const settings = policySettings(own);
  if (!settings.ok) {
    return usageError(call.io, command, settings.error);
  }
  const { texts, refusals, unreadable } = readInputs(own);
  for (const refusal of refusals) call.io.err(`armorer ${command}: ${displayText(refusal)}\n`);
  const order = orderHint(command, call);
  if (order !== undefined) call.io.err(`armorer ${command}: ${order}\n`);
  if (texts.length === 0) return EXIT.bad;
  if (isDirectory) {
    const found = texts.map(({ path }) => path);
    const off = markedFiles(found, own).disabled;
    tellMarked(`armorer ${command}: switched off by \`disable/\`, and read all the same`, off, call);
  }
  return { texts, settings: settings.value, refusals: unreadable.length > 0 ? refusals : [] };
}

/** Reads and compiles the policy; an exit status when it cannot be read at all. */
export async function readAskedPolicy(call: Invocation, command: string): Promise<AskedPolicy | number> {
  const asked = readAskedTexts(call, command);
  if (typeof asked === "number") return asked;
  const { openWorld } = await loadMeaning();
  return { ...asked, world: openWorld(asked.texts, asked.settings, call.io.files) };
}

/** Says what was left out; whether anything was. */
export function tellSkipped(skipped: PolicyWorld["skipped"], call: Invocation, command: string): boolean {
  for (const { path, reason } of skipped)
    call.io.err(`armorer ${command}: ${displayText(path)} was skipped: ${displayText(reason)}\n`);
  return skipped.length > 0;
}

/** A rule where people find it: `file:line: text`, and the include lines it came through. */
export function placeText({ path, line, text, includes }: RulePlace): string {
  const through = includes.map((one) => `${one.path}:${one.line}`).join(", ");
  return displayText(`${path}:${line}: ${text}${through === "" ? "" : ` (included by ${through})`}`);
}
