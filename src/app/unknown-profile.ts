import { nearestWord } from "../foundation/basics/index.ts";
import type { Profile } from "../language/model/index.ts";

type Known = Iterable<Pick<Profile, "name" | "attachment">>;

/** That no profile has a name, and which one may be meant. */
export function unknownProfile(name: string, known: Known): string {
  return `there is no profile \`${name}\`${meantProfile(name, known)}`;
}

/** The end of a sentence: the profile that attaches to this program, or is spelled nearly so. */
export function meantProfile(name: string, known: Known): string {
  const profiles = [...known];
  const [own, ...more] = profiles.filter(({ attachment }) => attachment?.text === name);
  if (own !== undefined && more.length === 0) return `; the profile that attaches to it is \`${own.name}\``;
  const near = nearestWord(
    name,
    profiles.map((profile) => profile.name),
  );
  return near === undefined ? "" : `; did you mean \`${near}\`?`;
}
