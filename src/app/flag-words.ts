/** Flags of profiles as the words of a header, and back. */
import type { ProfileFlags } from "../language/model/index.ts";

const FLAG_WORDS = [
  ["audit", "audit"],
  ["debug", "debug"],
  ["interruptible", "interruptible"],
  ["chrootRelative", "chroot_relative"],
  ["namespaceRelative", "namespace_relative"],
  ["mediateDeleted", "mediate_deleted"],
  ["delegateDeleted", "delegate_deleted"],
  ["attachDisconnected", "attach_disconnected"],
  ["noAttachDisconnected", "no_attach_disconnected"],
  ["chrootAttach", "chroot_attach"],
  ["chrootNoAttach", "chroot_no_attach"],
] as const;

/** The words, without flags that have values. */
export function flagWords(flags: ProfileFlags): readonly string[] {
  const plain = FLAG_WORDS.flatMap(([key, word]) => (flags[key] ? [word] : []));
  return [...(flags.modeWritten ? [flags.mode] : []), ...plain];
}

/** The flags with one more; a word that is none changes nothing. */
export function withFlagWord(flags: ProfileFlags, word: string): ProfileFlags {
  const mode = MODES.find((one) => one === word);
  if (mode !== undefined) return { ...flags, mode, modeWritten: true };
  const key = FLAG_WORDS.find(([, name]) => name === word)?.[0];
  return key === undefined ? flags : { ...flags, [key]: true };
}

const MODES: readonly ProfileFlags["mode"][] = ["enforce", "complain", "kill", "unconfined", "prompt", "default_allow"];
