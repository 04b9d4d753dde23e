/** The policy that `query` and `explain` are asked about: the first operand, read once, with what could not be read. */
import { loadMeaning, type PolicySettings, type PolicyWorld, type RulePlace } from "../../app/index.ts";
import { decodeBytes, displayText, sourceFile } from "../../foundation/text/index.ts";
import { type Command, EXIT, type Invocation, usageError } from "./command.ts";
import { markedFiles, tellMarked } from "./marked-files.ts";
import { orderHint } from "./operand-hints.ts";
import { missingIncludes, whereIncludesAre, withOwnBase } from "./where-includes-are.ts";
import { type NamedText, policyOptions, policySettings, readInputs, tellWhereFilesAre } from "./policy-options.ts";

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
  else tellWhereFilesAre(own);
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
  for (const line of skippedLines(skipped)) call.io.err(`armorer ${command}: ${displayText(line)}\n`);
  return skipped.length > 0;
}

/** Says where includes are that were not found, and so have files left out; whether there was anything to say. */
export async function tellWhereIncludesAre(
  left: readonly { readonly path: string }[],
  { settings, texts }: Pick<AskedTexts, "settings" | "texts">,
  { call, command }: { readonly call: Invocation; readonly command: string },
): Promise<boolean> {
  const paths = new Set(left.map(({ path }) => path));
  const wrong = texts.filter(({ path }) => paths.has(path));
  if (wrong.length === 0) return false;
  const reader = (await loadMeaning()).policyReader(settings, call.io.files);
  const missing = wrong.flatMap(({ bytes, path }) => {
    const { diagnostics, sources } = reader.resolve(sourceFile(path, decodeBytes(bytes)));
    return missingIncludes(diagnostics, (file) => sources.get(file));
  });
  const where = missing.length === 0 ? undefined : whereIncludesAre(missing, [...paths], call);
  if (where !== undefined) call.io.err(`armorer ${command}: ${where}\n`);
  return where !== undefined;
}

/** A line for each reason. */
function skippedLines(skipped: PolicyWorld["skipped"]): readonly string[] {
  return byReason(skipped).map(({ paths, reason }) =>
    paths.length === 1
      ? `${paths.join("")} was skipped: ${reason}`
      : `${paths.length} files were skipped: ${reason}: ${paths.join(", ")}`,
  );
}

/** What many files have in common, in the order in which it came up: a file that all of them include is wrong once. */
export function byReason(
  files: PolicyWorld["skipped"],
): readonly { readonly paths: readonly string[]; readonly reason: string }[] {
  const reasons = new Map<string, string[]>();
  for (const { path, reason } of files) reasons.set(reason, [...(reasons.get(reason) ?? []), path]);
  return [...reasons].map(([reason, paths]) => ({ paths, reason }));
}

/** A rule where people find it: `file:line: text`, and the include lines it came through. */
export function placeText({ path, line, text, includes }: RulePlace): string {
  const through = includes.map((one) => `${one.path}:${one.line}`).join(", ");
  return displayText(`${path}:${line}: ${text}${through === "" ? "" : ` (included by ${through})`}`);
}
