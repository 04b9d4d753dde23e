/** Which profiles are meant by a call: `--profile-file`, `--profile`, `--executable-file` and operands, in this order (tools 2.4). */
import { fullNames } from "../../app/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import {
  type Choice,
  type ProfileDirectory,
  fileGiven,
  fileNamed,
  meaningOf,
  profileNamed,
  profileOf,
  programIn,
} from "./profile-directory.ts";
import type { ToolCall } from "./tool.ts";

export const selectorOptions = [
  { key: "profile", long: "profile", value: "required" },
  { key: "profile-file", long: "profile-file", value: "required" },
  { key: "executable-file", long: "executable-file", value: "required" },
] as const;

/** How help explains them. */
export const SELECTOR_HELP = `      --profile NAME        the profile of that name
      --profile-file FILE   all profiles of a file
      --executable-file P   the profile of a program
`;

/** Whether a call names nothing. */
export function namesNothing({ operands, has }: ToolCall): boolean {
  return operands.length === 0 && !selectorOptions.some(({ key }) => has(key));
}

/** What was asked for, and how it is called when it is talked about: of a file that was given as one, its profiles. */
interface Chosen extends Choice {
  readonly called: readonly string[];
}

export interface Choices {
  readonly chosen: readonly Chosen[];
  /** What was asked for and is not there, with the reason. */
  readonly missing: readonly { readonly operand: string; readonly reason: string }[];
}

/** What the call is about; what is not there, or is passed over, is said. */
export async function chooseProfiles(
  call: ToolCall,
  directory: ProfileDirectory,
  sayLine: (line: string) => void = call.io.out,
): Promise<Choices> {
  const { io, operands } = call;
  const chosen: Chosen[] = [];
  const missing: { operand: string; reason: string }[] = [];
  const take = (operand: string, found: Choice | undefined, reason: string, called?: readonly string[]): void => {
    if (found === undefined) {
      sayLine(`${displayText(reason)}\n`);
      missing.push({ operand, reason });
    } else chosen.push({ ...found, called: called ?? [found.program ?? found.profiles?.[0] ?? found.file.path] });
  };
  for (const path of call.all("profile-file")) {
    const file = fileGiven(path, directory, io) ?? fileNamed(directory, `${directory.path}/${path}`);
    const choice = file && { file, profiles: undefined, program: undefined };
    const names = file?.outlines.flatMap((outline) => fullNames(outline).slice(0, 1));
    take(path, choice, `${path} is no file with profiles in ${directory.path}.`, names);
  }
  for (const name of call.all("profile")) take(name, profileNamed(directory, name), `There is no profile ${name}.`);
  for (const path of call.all("executable-file")) {
    take(path, await profileOf(directory, programIn(path, directory, io) ?? path), `There is no profile for ${path}.`);
  }
  for (const operand of operands) {
    const meant = await meaningOf(operand, directory, io);
    if (typeof meant === "string") take(operand, undefined, meant);
    else if ("passedOver" in meant) sayLine(`Profile for ${displayText(meant.passedOver)} not found, skipping\n`);
    else take(operand, "file" in meant ? meant : undefined, `There is no profile for ${operand}.`);
  }
  return { chosen, missing };
}

/** The choices of each file together; a whole file holds what else is chosen of it. */
export function byFile(choices: readonly Choice[]): ReadonlyMap<string, Choice> {
  const files = new Map<string, Choice>();
  for (const choice of choices) {
    const before = files.get(choice.file.path);
    const profiles =
      before === undefined
        ? choice.profiles
        : before.profiles === undefined || choice.profiles === undefined
          ? undefined
          : [...before.profiles, ...choice.profiles];
    files.set(choice.file.path, { ...choice, profiles });
  }
  return files;
}
