/** The first profile of a program that is looked at (tools 13): made and loaded in complain mode, and taken away again where nobody wants it. */
import { fileRefusalText } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import { isWithoutAppArmor } from "../without-apparmor.ts";
import { encodeBytes } from "../../foundation/text/index.ts";
import type { Face } from "./dialogue/asks.ts";
import { type Work, reload } from "./dialogue/work.ts";
import type { LogprofConf } from "./logprof-conf.ts";
import { newProfileOf } from "./new-program.ts";
import { fileNameOf, openDirectory, reload as tellParser } from "./profile-directory.ts";

const RATE = "/proc/sys/kernel/printk_ratelimit";

/** A file that was made. */
export interface MadeProfile {
  readonly path: string;
  readonly text: string;
}

/** What it is made with. */
type Workshop = Pick<Work, "io" | "kernel" | "settings">;

const say = (face: Face, text: string, kind: "info" | "important" = "info"): void => void face.put({ kind, text });

/** Writes and loads the first profile; its file, or why there is none. */
export async function makeProfile(
  { io, settings, kernel }: Workshop,
  program: string,
  conf: LogprofConf,
  face: Face,
): Promise<MadeProfile | string> {
  const path = `${settings.base}/${fileNameOf(program)}`;
  const made = await newProfileOf(program, conf, { settings }, io);
  if (!made.ok) return made.error;
  const { missing, text } = made.value;
  for (const name of missing) {
    say(face, `WARNING: Can't find ${name}, therefore not adding it to the new profile.`, "important");
  }
  const written = io.files.write(path, encodeBytes(text), { mode: 0o600, expected: "absent" });
  if (!written.ok) return `${path} was not written: ${fileRefusalText(written.error)}`;
  say(face, `Writing updated profile for ${program}.`);
  say(face, `Setting ${program} to complain mode.`);
  if (await reload({ io, kernel, settings }, path, face)) return { path, text };
  const removed = io.files.remove(path, { expected: encodeBytes(text) });
  const left = removed.ok ? "" : `, and ${path} is left behind: ${fileRefusalText(removed.error)}`;
  return `the profile of ${program} cannot be loaded${left}`;
}

/** What happens to a profile that was made here and that nobody wanted. */
export async function takeBack(
  { io, kernel, settings }: Workshop,
  program: string,
  made: MadeProfile | undefined,
  face: Face,
): Promise<boolean> {
  if (made === undefined) return true;
  const opened = await openDirectory(settings.base, io, () => undefined);
  const isUnloaded =
    isWithoutAppArmor(kernel) || (opened.ok && (await tellParser([made.path], opened.value, io, "-R")));
  const removed = io.files.remove(made.path, { expected: encodeBytes(made.text) });
  if (removed.ok && isUnloaded) say(face, `The profile of ${program} that was made for this is gone again.`);
  else {
    const why = removed.ok ? "it could not be unloaded" : fileRefusalText(removed.error);
    say(face, `The profile of ${program} that was made for this is left behind: ${why}`, "important");
  }
  return removed.ok && isUnloaded;
}

/** Has the kernel log everything while this runs; gives back what puts it back, which is also done where this process is ended before. */
export function withoutRateLimit(io: CliIo, face: Face): () => boolean {
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
    say(face, "WARN: Can't set printk_ratelimit, some events might be lost", "important");
    return () => true;
  }
  return () => {
    const back = io.writeSetting(RATE, text);
    if (!back.ok) say(face, `${RATE} could not be put back: ${fileRefusalText(back.error)}`, "important");
    guard.value();
    return back.ok;
  };
}
