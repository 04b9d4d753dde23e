/** What a profile permits on one path by now, in letters. */
import { type FileLetter, type ProfilePath, decide } from "../analysis/monitor/index.ts";
import { splitFullName } from "../language/model/index.ts";
import type { PolicySet } from "../language/resolve/index.ts";
import type { Proposal } from "../learning/learn/index.ts";

const LETTERS: readonly FileLetter[] = ["m", "r", "w", "a", "l", "k"];

/** `r`, `owner w` or `r + owner w`; `undefined`: nothing, or it is no question about a file. */
export function grantedMode({ profile, questions }: Proposal, { files }: PolicySet): string | undefined {
  const [question] = questions;
  if (question?.kind !== "file") return undefined;
  const path = pathTo(
    profile,
    files.flatMap(({ policy }) => policy.value.profiles),
  );
  if (path === undefined) return undefined;
  const lettersFor = (owner: boolean): readonly FileLetter[] =>
    withoutAppending(
      LETTERS.filter((letter) => decide(path, { kind: "file", path: question.path, letters: [letter], owner }).allowed),
    );
  const everybody = lettersFor(false);
  const owners = lettersFor(true).filter((letter) => !everybody.includes(letter));
  const parts = [everybody.join(""), owners.length === 0 ? "" : `owner ${owners.join("")}`].filter(
    (part) => part !== "",
  );
  return parts.length === 0 ? undefined : parts.join(" + ");
}

function withoutAppending(letters: readonly FileLetter[]): readonly FileLetter[] {
  return letters.includes("w") ? letters.filter((letter) => letter !== "a") : letters;
}

function pathTo(name: string, profiles: ProfilePath): ProfilePath | undefined {
  const top = profiles.find((profile) => profile.name === name && profile.namespace === undefined);
  if (top !== undefined) return [top];
  const split = splitFullName(name);
  const above = split && pathTo(split.parent, profiles);
  const own = above?.at(-1)?.children.find((child) => child.name === split?.name);
  return above === undefined || own === undefined ? undefined : [...above, own];
}
