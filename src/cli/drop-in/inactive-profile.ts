/** The profile of a program that a system has and that is not in force (tools 11.1): whether it shall be the first one. */
import { type PolicySettings, loadEngine, loadPolicySet } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import { type Face, type Flow, choose, hold, info } from "./dialogue/asks.ts";
import { ABORT, abandon } from "./dialogue/run.ts";
import type { LogprofConf } from "./logprof-conf.ts";
import { fileNameOf } from "./profile-directory.ts";

const PLACE = "/usr/share/apparmor/extra-profiles";

/** The first that there is of those that the configuration names. */
function placeOf(conf: LogprofConf, io: CliIo): string {
  const named = conf.get("settings")?.get("inactive_profiledir")?.split(/\s+/) ?? [];
  const there = named.filter((path) => path !== "").find((path) => io.files.kind(path) === "directory");
  return (there ?? PLACE).replace(/(?<=.)\/+$/, "");
}

function* question(program: string, text: string): Flow<"use" | "create" | "abandon"> {
  for (;;) {
    const { key } = yield* choose({
      headers: [["Profile", program]],
      options: [`Inactive local profile for ${program}`],
      items: [
        { key: "v", label: "(V)iew Profile", about: "show the profile that is there, and is not in force" },
        { key: "u", label: "(U)se Profile", about: "begin with it, in complain mode" },
        { key: "c", label: "(C)reate New Profile", about: "begin with a new one" },
        ABORT,
      ],
      defaultKey: "v",
      selected: 0,
    });
    if (key === "u") return "use";
    if (key === "c") return "create";
    if (key === "v") yield { kind: "changes", header: `Inactive local profile for ${program}`, diff: text };
    else if ((yield* abandon()) === "abandon") {
      yield* info("Abandoning all changes.");
      return "abandon";
    }
  }
}

/** What a program's profile is to begin with. */
type Beginning =
  | { readonly kind: "new" }
  | { readonly kind: "inactive"; readonly text: string }
  /** Nothing is to be done. */
  | { readonly kind: "abandoned" };

/** Asks where there is something to ask. Errors: why it cannot be told, in a sentence. */
export async function beginningOf(
  program: string,
  { conf, settings }: { readonly conf: LogprofConf; readonly settings: PolicySettings },
  io: CliIo,
  openFace: () => Face,
): Promise<Outcome<Beginning, string>> {
  const { complainingText, findInactive } = await loadPolicySet();
  const found = findInactive(program, placeOf(conf, io), io.files);
  if (!found.ok) return fail(`${found.error.path} cannot be read: ${fileRefusalText(found.error)}`);
  if (found.value === undefined) return ok({ kind: "new" });
  const answered = hold(question(program, found.value.text), openFace());
  if ("ended" in answered) return fail(answered.ended ?? "The answers ended before the questions did.");
  if (answered.result !== "use") return ok({ kind: answered.result === "create" ? "new" : "abandoned" });
  const world = { files: io.files, settings, engine: await loadEngine() };
  const text = complainingText(found.value, `${settings.base}/${fileNameOf(program)}`, world);
  return text.ok
    ? ok({ kind: "inactive", text: text.value })
    : fail(`the inactive profile in ${found.value.path} cannot be used: ${text.error}`);
}
