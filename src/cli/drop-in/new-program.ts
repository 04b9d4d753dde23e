/** The first profile of a program that has none (tools 11): whether it may have one, and its text. */
import { loadEngine, loadNewProfiles } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import { type LogprofConf, requiredHats } from "./logprof-conf.ts";
import { type ProfileDirectory, pathOf } from "./profile-directory.ts";

/** What the configuration says about profiles of the program's own; `undefined`: nothing against one. */
export function objection(program: string, conf: LogprofConf): string | undefined {
  const letters = conf.get("qualifiers")?.get(program);
  if (letters === undefined || letters === "p") return undefined;
  return `${program} is to have no profile of its own: logprof.conf lists it with the exec modes "${letters}", since many programs run it; confine the programs that do`;
}

/** The path of a program, without links, which is what AppArmor sees. */
function finder(io: CliIo): (name: string) => string | undefined {
  return (name) => (name.startsWith("/") ? io.realPath(name) : pathOf(name, io));
}

const MOST_PROGRAM_BYTES = 1 << 30;

/** The text, tried, and the abstractions that it would have if they were there; or why there is none. */
export async function newProfileOf(
  { isLearned = false, program }: { readonly program: string; readonly isLearned?: boolean },
  conf: LogprofConf,
  { settings }: Pick<ProfileDirectory, "settings">,
  io: CliIo,
): Promise<Outcome<{ readonly text: string; readonly missing: readonly string[] }, string>> {
  const read = io.files.read(program, { mostBytes: MOST_PROGRAM_BYTES });
  if (!read.ok) return fail(`${program} cannot be read: ${fileRefusalText(read.error)}`);
  const made = (await loadNewProfiles())(
    {
      path: program,
      head: read.value.subarray(0, 4096),
      find: finder(io),
      hats: requiredHats(conf, program),
      isLearned,
    },
    settings,
    { files: io.files, engine: await loadEngine() },
  );
  if (made.ok) return ok(made.value);
  const { error } = made;
  if (typeof error === "string") return fail(`${program}: ${error}`);
  return fail(`${error.path} cannot be read: ${fileRefusalText(error)}`);
}
