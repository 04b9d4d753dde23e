/** The command `aa-disable` (tools 10): switches files of profiles off, and unloads what is in them. */
import { modeTool } from "./mode-tool.ts";

export const tool = modeTool({
  name: "aa-disable",
  about: "Switches off the files of profiles, by links in disable/, and unloads what is in them.",
  examples: [["aa-disable /usr/sbin/nginx", "switch the program's profile off, and unload it"]],
  ownOptions: [],
  wish: () => ({ kind: "disable" }),
  says: (called) => `Disabling ${called}.`,
});
