/**
 * In: the tables of options of all commands. Out: pages of the manual and completions for shells, as texts by path. The build writes them
 * (scripts/pages.mjs); no command reads this room.
 */
import { bashCompletion, fishCompletion, zshCompletion } from "./completions.ts";
import { describeCommands, pageName } from "./described.ts";
import { manualPage } from "./manual-page.ts";

/** Below `dist/`. The pages of drop-in commands are not beside armorer's own: installed, they would hide the system's. */
export async function renderPages(version: string): Promise<ReadonlyMap<string, string>> {
  const commands = await describeCommands();
  const pages = commands.map((command): readonly [string, string] => {
    const folder = command.program === "armorer" ? "man" : "drop-in/man";
    const path = `${folder}/man${command.section}/${pageName(command)}.${command.section}`;
    return [path, manualPage(command, version, commands)];
  });
  return new Map([
    ...pages,
    ["completions/armorer.bash", bashCompletion(commands)],
    ["completions/_armorer", zshCompletion(commands)],
    ["completions/armorer.fish", fishCompletion(commands)],
  ]);
}
