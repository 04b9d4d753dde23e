/** The command `aa-complain` (tools 10): has profiles only note what they would refuse. */
import { modeTool } from "./mode-tool.ts";

export const tool = modeTool({
  name: "aa-complain",
  about: "Has profiles only log what they would refuse, and brings those into force that are switched off.",
  examples: [
    ["aa-complain /usr/sbin/nginx", "permit everything, and note what would be refused"],
    ["aa-complain --dry-run --profile nginx", "what would change"],
  ],
  ownOptions: [
    { key: "force", long: "force", about: "also profiles in unconfined, kill, prompt or default_allow mode" },
  ],
  wish: ({ has }) => ({ kind: "mode", mode: "complain", isForced: has("force") }),
  says: (called) => `Setting ${called} to complain mode.`,
});
