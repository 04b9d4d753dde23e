import { type Command, EXIT } from "../command.ts";
import { packageDirectory } from "../locations.ts";

/** The lab's own command, in a checkout that was built. */
const LAB = "build/lab/main.js";

async function run(path: string, words: readonly string[]): Promise<number> {
  const { spawnSync } = await import("node:child_process");
  const { status } = spawnSync(process.execPath, [path, ...words], { stdio: "inherit" });
  return status ?? EXIT.bad;
}

export const command: Command = {
  name: "lab",
  summary: "boot real kernels and run commands on them",
  usage: "[--] COMMAND [ARGUMENT]...",
  options: [],
  details:
    "The lab comes with a checkout of the source, not with the installed package. `armorer lab -- run --kernel 6.12 -- CMD`\n" +
    "boots a kernel and runs CMD there; `armorer lab setup` fetches what it needs. Without a command it tells what there is.",
  run: (call) => {
    const path = `${packageDirectory()}${LAB}`;
    if (call.io.files.kind(path) === "file") return run(path, call.operands);
    call.io.err("armorer lab: the lab is part of the source: clone it, then `npm ci` and `npx armorer lab setup`\n");
    return EXIT.bad;
  },
};
