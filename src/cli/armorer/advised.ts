/** A command that is advised: as it is printed it works, for whoever made the call, where it was made. */
import { type Invocation, baseDirectory } from "./command.ts";

/** A word as a shell takes it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Options that say which policy is meant, as far as the verb that is advised has them: it needs those that the call had. */
const PLACES: Readonly<Record<"load" | "undo", readonly (readonly [key: string, option: string])[]>> = {
  load: [
    ["base", "--base"],
    ["include", "--Include"],
  ],
  undo: [["base", "--base"]],
};

/** How a file is loaded that was read with the includes of `base`, which a load looks for where they are by default. */
export function advisedLoad(call: Invocation, base: string, path: string): string {
  const given = call.value("base") ?? (base === baseDirectory(call) ? undefined : base);
  const values = (key: string): readonly string[] =>
    key !== "base" ? call.values(key) : given === undefined ? [] : [given];
  return advisedCommand("load", { ...call, values }, path);
}

export function advisedCommand(verb: keyof typeof PLACES, call: Invocation, ...rest: readonly string[]): string {
  const root = call.root === undefined ? [] : ["--root", call.root];
  const places = PLACES[verb].flatMap(([key, option]) => call.values(key).flatMap((value) => [option, value]));
  return ["armorer", verb, ...root, ...places, ...rest].map(shellWord).join(" ");
}
