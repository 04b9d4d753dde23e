/** What a profile permits on one path by now, in letters. */
import { type FileLetter, decide } from "../analysis/monitor/index.ts";
import type { DeferredPolicySet } from "../language/resolve/index.ts";
import { ProfileIndex, type Proposal } from "../learning/learn/index.ts";

const LETTERS: readonly FileLetter[] = ["m", "r", "w", "a", "l", "k"];

/** `r`, `owner w` or `r + owner w`; `undefined`: nothing, or it is no question about a file. */
export function grantedMode({ profile, questions }: Proposal, { profiles }: DeferredPolicySet): string | undefined {
  const [question] = questions;
  if (question?.kind !== "file") return undefined;
  const path = new ProfileIndex(profiles).find(profile);
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
