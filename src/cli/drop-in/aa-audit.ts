/** The command `aa-audit` (tools 10): has profiles log what they allow, too. */
import { modeTool } from "./mode-tool.ts";

export const tool = modeTool({
  name: "aa-audit",
  about: "Has profiles log all that they decide about, also what they allow.",
  examples: [
    ["aa-audit /usr/sbin/nginx", "log all that the program's profile decides"],
    ["aa-audit -r /usr/sbin/nginx", "log no more than usual again"],
  ],
  ownOptions: [{ key: "remove", long: "remove", short: "r", about: "have them log no more than usual" }],
  wish: ({ has }) => ({ kind: "audit", isWanted: !has("remove") }),
  says: (called, { has }) =>
    has("remove") ? `Removing audit mode from ${called}.` : `Setting ${called} to audit mode.`,
});
