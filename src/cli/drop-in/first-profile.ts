/**
 * The first profile of a program that is looked at (tools 13): made and loaded in complain mode, and taken away again where nobody wants it.
 *
 * INVARIANT: whatever ends the look, an answer, an exception or a signal, the profile is gone afterwards where its file is still as it was made
 * here, and what is left of it is said. A file that is otherwise was saved, and stays.
 */
import { fileRefusalText, isAbsent } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import { isWithoutAppArmor } from "../without-apparmor.ts";
import { refusalText } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { FileRefusal } from "../../foundation/ports/index.ts";
import { displayText, encodeBytes } from "../../foundation/text/index.ts";
import type { Face } from "./dialogue/asks.ts";
import { type Work, reload } from "./dialogue/work.ts";
import type { LogprofConf } from "./logprof-conf.ts";
import { despiteRefusals, sayAnyhow } from "./last-words.ts";
import { newProfileOf } from "./new-program.ts";
import { fileNameOf } from "./profile-directory.ts";
import { stillLoaded } from "./still-loaded.ts";

const RATE = "/proc/sys/kernel/printk_ratelimit";

/** A file that was made. */
export interface MadeProfile {
  readonly path: string;
  readonly text: string;
}

/** What it is made with. */
type Workshop = Pick<Work, "io" | "kernel" | "settings">;

/** A program that is looked at, and who hears of it. */
interface Subject {
  readonly program: string;
  readonly face: Face;
  /** Only what a run shows is wanted, beside what all programs need (`new-profile.ts`). */
  readonly isLearned?: boolean;
  /** It was found, and is not made. */
  readonly text?: string | undefined;
}

const say = (face: Face, text: string, kind: "info" | "important" = "info"): void => void face.put({ kind, text });

const goneText = (program: string): string => `The profile of ${program} that was made for this is gone again.`;
const leftText = (program: string, why: string): string =>
  `The profile of ${program} that was made for this could not be taken back: ${why}`;

/** Writes the first profile. Errors: why; the file may be there all the same. */
function writeProfile({ io }: Workshop, { path, text }: MadeProfile): string | undefined {
  const written = io.files.write(path, encodeBytes(text), { mode: 0o600, expected: "absent" });
  return written.ok ? undefined : `${path} was not written: ${fileRefusalText(written.error)}`;
}

/** Loads it; why it is not in force. */
async function putInForce(workshop: Workshop, { face, program }: Subject, path: string): Promise<string | undefined> {
  say(face, `Writing updated profile for ${program}.`);
  say(face, `Setting ${program} to complain mode.`);
  return (await reload(workshop, path, face)) ? undefined : `the profile of ${program} cannot be loaded`;
}

/** Unloads a profile; why it is still loaded. */
function unload(program: string, { kernel }: Workshop): string | undefined {
  if (isWithoutAppArmor(kernel)) return undefined;
  const removed = kernel.remove(program);
  if (removed.ok) return undefined;
  const left = stillLoaded([program], kernel);
  if (left.ok && left.value.length === 0) return undefined;
  return `it cannot be unloaded: ${refusalText(removed.error)}`;
}

function isGone(path: string, { io }: Workshop): boolean {
  const status = io.files.status(path);
  return !status.ok && isAbsent(status.error);
}

/** Removes a file that is like this; why it is still there. */
function removeFile(path: string, expected: Uint8Array, workshop: Workshop): string | undefined {
  const removed = workshop.io.files.remove(path, { expected });
  return removed.ok || isGone(path, workshop) ? undefined : `${path}: ${fileRefusalText(removed.error)}`;
}

/** What became of a profile that was made here, and what there is to say of it. */
interface Settled {
  readonly state: "gone" | "left" | "stays";
  readonly text: string;
}

/** Takes a profile back that is as it was made. `undefined`: its file never was there. */
function settle(
  workshop: Workshop,
  program: string,
  { isWritten, path, text }: MadeProfile & { readonly isWritten: boolean },
): Settled | undefined {
  const { files } = workshop.io;
  const bytes = encodeBytes(text);
  const now = files.read(path);
  const isOther = now.ok ? Buffer.compare(now.value, bytes) !== 0 : isAbsent(now.error) && isGone(path, workshop);
  if (isOther && !isWritten) return undefined;
  if (isOther && now.ok)
    return { state: "stays", text: `The profile of ${program} in ${path} is not as it was made any more, and stays.` };
  if (!isOther && !now.ok) return { state: "left", text: leftText(program, `${path}: ${fileRefusalText(now.error)}`) };
  const loaded = unload(program, workshop);
  // As long as it is loaded its file says what it is.
  const why = loaded ?? (now.ok ? removeFile(path, bytes, workshop) : undefined);
  return why === undefined
    ? { state: "gone", text: goneText(program) }
    : { state: "left", text: leftText(program, why) };
}

/** How a look went. */
interface Looked<T> {
  readonly value: T;
  /** What was wanted of the profile was done: it stays, and that need not be said. */
  readonly isFinished: boolean;
}

/** What came of it, and whether nothing is left that should not be. */
interface LookedAt<T> {
  readonly value: T;
  readonly isClean: boolean;
}

/** The first profile's file, before it is written; why there is none. */
async function draftOf(
  { io, settings }: Workshop,
  subject: Subject,
  conf: LogprofConf,
): Promise<Outcome<MadeProfile, string>> {
  const { face, program } = subject;
  const path = `${settings.base}/${fileNameOf(program)}`;
  if (subject.text !== undefined) return ok({ path, text: subject.text });
  const made = await newProfileOf(subject, conf, { settings }, io);
  if (!made.ok) return made;
  const { missing, text } = made.value;
  for (const name of missing) {
    say(face, `WARNING: Can't find ${name}, therefore not adding it to the new profile.`, "important");
  }
  return ok({ path, text });
}

/**
 * Looks at a program under a first profile, which is made for it.
 *
 * Errors: why no profile could be made, or is not in force. What `look` throws is thrown on, once the profile has been taken back.
 */
export async function underFirstProfile<T>(
  workshop: Workshop,
  subject: Subject & { readonly conf: LogprofConf },
  look: (made: MadeProfile) => Promise<Looked<T>>,
): Promise<Outcome<LookedAt<T>, string>> {
  const { conf, face, program } = subject;
  const { io } = workshop;
  const draft = await draftOf(workshop, subject, conf);
  if (!draft.ok) return draft;
  const { path } = draft.value;
  const guard = guardOf(workshop, program, draft.value);
  let settled: Settled | undefined;
  const end = (isWritten = true): boolean => {
    settled = settle(workshop, program, { ...draft.value, isWritten });
    if (settled === undefined) return true;
    const { state, text } = settled;
    const more = state === "left" && guard.ok ? "; it is tried once more" : "";
    sayAnyhow(face, `${text}${more}`, state === "gone" ? "info" : "important", io);
    return state !== "left";
  };
  try {
    if (!guard.ok)
      say(face, `WARN: a signal that ends this leaves ${path} behind: ${fileRefusalText(guard.error)}`, "important");
    const unwritten = writeProfile(workshop, draft.value);
    const problem = unwritten ?? (await putInForce(workshop, subject, path));
    if (problem !== undefined) {
      end(unwritten === undefined);
      return fail(problem);
    }
    const { isFinished, value } = await look(draft.value);
    return ok({ value, isClean: isFinished || end() });
  } catch (thrown) {
    if (settled === undefined) despiteRefusals(() => void end());
    throw thrown;
  } finally {
    if (guard.ok && settled?.state !== "left") guard.value();
  }
}

/** What takes the profile back where this process is ended before it can. */
function guardOf(
  { io, kernel }: Workshop,
  program: string,
  { path, text }: MadeProfile,
): Outcome<() => void, FileRefusal> {
  const directory = kernel.directory();
  return io.takeBackAfterEnd({
    path,
    text,
    loaded: directory === undefined ? undefined : { directory, name: program },
    gone: displayText(goneText(program)),
    left: displayText(leftText(program, path)),
  });
}

/**
 * Has the kernel log everything while `action` runs; what it gives, and whether the setting is as it was again. That is so, too, where this process
 * is ended before.
 */
export async function withoutRateLimit<T>(
  { face, io }: { readonly face: Face; readonly io: CliIo },
  action: () => Promise<T>,
): Promise<{ readonly value: T; readonly isBack: boolean }> {
  const putBack = liftRateLimit(io, face);
  const end = (): boolean => {
    const problem = putBack();
    if (problem !== undefined) sayAnyhow(face, problem, "important", io);
    return problem === undefined;
  };
  let value: T;
  try {
    value = await action();
  } catch (thrown) {
    despiteRefusals(() => void end());
    throw thrown;
  }
  return { value, isBack: end() };
}

/** Gives back what puts the setting back; why it could not be. */
function liftRateLimit(io: CliIo, face: Face): () => string | undefined {
  const before = io.readSetting(RATE);
  const text = before.ok ? before.value : "";
  const guard = before.ok ? io.writeAfterEnd(RATE, text) : before;
  const set = guard.ok ? io.writeSetting(RATE, "0\n") : guard;
  if (!set.ok || !guard.ok) {
    if (guard.ok) {
      // It may have been set all the same: what fails may be what comes behind the writing.
      io.writeSetting(RATE, text);
      guard.value();
    }
    const why = fileRefusalText(set.ok ? { path: RATE, errno: "EIO" } : set.error);
    say(face, `WARN: Can't set printk_ratelimit, some events might be lost: ${why}`, "important");
    return () => undefined;
  }
  return () => {
    const back = io.writeSetting(RATE, text);
    if (!back.ok) return `${RATE} could not be put back: ${fileRefusalText(back.error)}; it is tried once more`;
    guard.value();
    return undefined;
  };
}
