/** Learning a program that has no rules yet: a session about its profile, and the profile that comes of it. */
import type { ProfileDraft } from "../../language/edit/index.ts";
import type { EventGroup } from "../audit/index.ts";
import { type Session, type SessionOptions, changesOf, openSession } from "./session.ts";

/** A program without any rules yet. */
export interface NewProgram {
  /** The profile's name in the log. */
  readonly name: string;
  /** The executable, as a pattern; `undefined`: the profile attaches by its name, or not at all. */
  readonly attachment: string | undefined;
}

/** Opens the dialogue about a program from a complain-mode log; what the policy has under its name does not count. */
export function openProgram(groups: readonly EventGroup[], { name }: NewProgram, options: SessionOptions): Session {
  const profiles = options.profiles.filter((profile) => profile.name !== name);
  return openSession(groups, { ...options, profiles, newProfiles: [...(options.newProfiles ?? []), name] });
}

/**
 * The whole rule set of the program by the answers so far: its profile with children and hats, and the profiles of programs it starts
 * that got one of their own.
 *
 * Shape: the program's profile first.
 */
export function programProfiles(session: Session, { name, attachment }: NewProgram): readonly ProfileDraft[] {
  const { profiles } = changesOf(session);
  const own = profiles.find((profile) => profile.name === name);
  const first: ProfileDraft = { name, ...own, keyword: "profile", attachment };
  return [first, ...profiles.filter((profile) => profile !== own)];
}
