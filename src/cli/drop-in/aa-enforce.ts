/** The command `aa-enforce` (tools 10): has profiles enforced, those that are switched off, too. */
import { modeTool } from "./mode-tool.ts";

export const tool = modeTool({
  name: "aa-enforce",
  about: "Has profiles enforced, and brings those into force that are switched off.",
  examples: [["aa-enforce /usr/sbin/nginx", "have the program's profile enforced again"]],
  ownOptions: [
    { key: "force", long: "force", about: "also profiles in unconfined, kill, prompt or default_allow mode" },
  ],
  wish: ({ has }) => ({ kind: "mode", mode: "enforce", isForced: has("force") }),
  says: (called) => `Setting ${called} to enforce mode.`,
});
