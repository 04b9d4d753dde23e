import { nearestWord } from "../foundation/basics/index.ts";
import type { Profile } from "../language/model/index.ts";

/** That no profile has a name, and which one may be meant: the one that attaches to this program, or is spelled nearly so. */
export function unknownProfile(name: string, known: Iterable<Pick<Profile, "name" | "attachment">>): string {
  const profiles = [...known];
  const attached = profiles.filter(({ attachment }) => attachment?.text === name);
  const names = profiles.map((profile) => profile.name);
  const [own] = attached;
  const near = attached.length === 1 ? own?.name : nearestWord(name, names);
  const hint =
    near === undefined
      ? ""
      : attached.length === 1
        ? `; the profile that attaches to it is \`${near}\``
        : `; did you mean \`${near}\`?`;
  return `there is no profile \`${name}\`${hint}`;
}

/** Put behind what is not there: it may be in a file that could not be read. */
export function skippedText([first]: readonly { readonly path: string; readonly reason: string }[]): string {
  return first === undefined ? "" : `; ${first.path} was skipped: ${first.reason}`;
}
