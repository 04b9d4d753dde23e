import type { KernelPort } from "../../foundation/ports/index.ts";
import { type Command, EXIT, printJson, usageError } from "./command.ts";
import { kernelRefusalText } from "../without-apparmor.ts";
import { paint } from "./paint.ts";
import { displayText } from "../../foundation/text/index.ts";

interface Unloaded {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
}

function unloadOne(name: string, kernel: KernelPort): Unloaded {
  const done = kernel.remove(name);
  if (done.ok) return { name, ok: true, message: "unloaded" };
  const gone = done.error.kind === "policy-rejected" && done.error.errno === "ENOENT";
  return { name, ok: false, message: gone ? "no such profile is loaded" : kernelRefusalText(done.error, kernel) };
}

export const command: Command = {
  name: "unload",
  summary: "remove profiles from the kernel by name",
  usage: "[OPTION]... NAME...",
  options: [],
  examples: [["armorer unload man 'libreoffice-senddoc'", "remove two profiles and their children"]],
  details:
    "Names are those that `armorer status --names` shows: `profile`, `profile//child`, `:namespace:profile`.\n" +
    "Children go with their parent. Processes that a removed profile confines become unconfined.",
  run: (call) => {
    if (call.operands.length === 0) return usageError(call.io, "unload", "no profile is named");
    const kernel = call.io.kernelAt(call.root === undefined ? {} : { root: call.root });
    const results = call.operands.map((name) => unloadOne(name, kernel));
    if (call.json) printJson(call.io, "armorer/unload/1", { profiles: results });
    else {
      for (const { name, ok, message } of results) {
        const line = [`${displayText(name)}: `, paint(message, ok ? "good" : "error"), "\n"];
        if (ok) call.io.out(line);
        else call.io.err(line);
      }
    }
    return results.every((result) => result.ok) ? EXIT.fine : EXIT.bad;
  },
};
