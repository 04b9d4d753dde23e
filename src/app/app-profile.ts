/**
 * The profile of a program that needs user namespaces and nothing else (Electron, AppImage, sandboxes of coding agents). Kernels that restrict them
 * ask unconfined programs for a profile that has `userns`; with the flag `unconfined` that profile takes nothing away and grants nothing beside.
 *
 * One ABI is pinned, the oldest that has the rule: a parser that ships a newer one ships this one, too, and a parser that has neither would
 * stop at the word `userns`. In the words of 3.0 there is no such rule, and none is needed: the profile only gives the program its name.
 */
import { displayText, encodeBytes } from "../foundation/text/index.ts";
import { isPlainName, literalPattern, printWord } from "../language/edit/index.ts";
import { isDubiousFileName } from "../language/tables/index.ts";

/** In the order in which they are preferred. */
export const appAbis = ["4.0", "5.0", "3.0"] as const;
export type AppAbi = (typeof appAbis)[number];

/** What is granted, to what, by which name; the file has this name, too. */
export interface AppProfile {
  readonly path: string;
  readonly name: string;
  readonly abi: AppAbi;
}

/** The first line of every such file. */
export const APP_MARK = "# Written by `armorer app`, which removes it again as long as nobody changes it.";

/** As long as a path may be for a system call, its end not counted. */
const MOST_PATH_BYTES = 4095;

/** Why no program can have this path; `undefined`: one can. */
export function appPathProblem(path: string): string | undefined {
  const shown = displayText(path);
  if (!path.startsWith("/")) return `${shown} is not an absolute path`;
  if (path.includes("\0")) return `${shown} holds a NUL, which no path does`;
  if (/\/\/|\/\.{1,2}(?:\/|$)/.test(path)) return `${shown} is not the path that the kernel sees: it takes a detour`;
  if (path.endsWith("/")) return `${shown} is a directory's name, and a program is wanted`;
  if (/\p{Cs}/u.test(path)) return `${shown} holds bytes that are no UTF-8`;
  return encodeBytes(path).length > MOST_PATH_BYTES ? "the path is longer than any the kernel takes" : undefined;
}

/** Why no such profile can have this name, which is its file's as well; `undefined`: it can. */
export function appNameProblem(name: string): string | undefined {
  const isWord = isPlainName(name) && /^[\p{L}\p{N}_+][\p{L}\p{N}\p{M}_.+-]*$/u.test(name);
  if (!isWord) return `\`${displayText(name)}\` is no name for a profile and its file: letters, digits and . _ + - are`;
  if (isDubiousFileName(name)) return `every tool of AppArmor would pass over a file called ${name}`;
  return encodeBytes(name).length > 200 ? "the name is too long for a file" : undefined;
}

/** What a program's profile is called where nobody says: its path, with an underscore for whatever needs quotes somewhere. */
export function appNameOf(path: string): string {
  const plain = path.replaceAll(/[^\p{L}\p{N}\p{M}_.+/-]+/gu, "_");
  return plain.replace(/^\/(?=[^\p{L}\p{N}_+])/u, "/_");
}

/** The text of the profile. */
export function appProfileText({ abi, name, path }: AppProfile): string {
  const about =
    abi === "3.0"
      ? "# AppArmor 3.0 has no rules about user namespaces: the profile gives the program a name, and takes nothing away."
      : "# Lets the program make user namespaces. It takes nothing away: the flag leaves the program as unconfined as it was.";
  return `${APP_MARK}
${about}
abi <abi/${abi}>,

profile ${printWord(name)} ${printWord(literalPattern(path))} flags=(unconfined) {
${abi === "3.0" ? "" : "  userns,\n\n"}  include if exists <local/${name}>
}
`;
}
