/** `armorer completion SHELL`: prints what the build made of the tables of options (src/cli/pages). */
import { join } from "node:path";
import { displayText } from "../../foundation/text/index.ts";
import { packageDirectory } from "../../service/index.ts";
import { type Command, EXIT, type Invocation, choiceError, printJson, usageError } from "./command.ts";
import { fileRefusalText } from "../errno-texts.ts";

/** By shell, the file that it is in. */
const FILES: ReadonlyMap<string, string> = new Map([
  ["bash", "armorer.bash"],
  ["zsh", "_armorer"],
  ["fish", "armorer.fish"],
]);

function run(call: Invocation): number {
  const [shell, ...others] = call.operands;
  const name = shell === undefined ? undefined : FILES.get(shell);
  if (shell === undefined || name === undefined) return choiceError(call.io, "completion", shell, [...FILES.keys()]);
  if (others.length > 0) return usageError(call.io, "completion", "takes the name of one shell");
  const path = join(packageDirectory(), "dist/completions", name);
  const text = call.io.files.read(path);
  if (!text.ok) {
    call.io.err(`armorer completion: ${displayText(path)}: ${fileRefusalText(text.error)}\n`);
    return EXIT.bad;
  }
  const script = Buffer.from(text.value).toString("utf8");
  if (call.json) printJson(call.io, "armorer/completion/1", { shell, script });
  else call.io.verbatim(script);
  return EXIT.fine;
}

export const command: Command = {
  name: "completion",
  summary: "print completion for a shell",
  usage: "bash|zsh|fish",
  options: [],
  examples: [
    ["armorer completion bash > ~/.local/share/bash-completion/completions/armorer", "for bash, from the next one on"],
    ["armorer completion zsh > ~/.zfunc/_armorer", "a function in a directory of zsh's fpath"],
    ["armorer completion fish > ~/.config/fish/completions/armorer.fish", "for fish"],
  ],
  details:
    "Verbs, options and their values are completed, of armorer and of the commands that it stands in for (aa-status,\n" +
    "apparmor_parser and so on).",
  run,
};
