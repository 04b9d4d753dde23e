/** What deserves a second look before it is taken, wherever it comes up, and why. */
import type { RuleDraft } from "../../language/edit/index.ts";
import { FilePermission } from "../../language/model/index.ts";
import type { Action, Candidate } from "./types.ts";

const POWERFUL: Readonly<Record<string, string>> = {
  sys_admin: "`sys_admin` permits most of what root may do",
  net_admin: "`net_admin` permits to change the network of the machine",
  sys_module: "`sys_module` permits to load code into the kernel",
  sys_ptrace: "`sys_ptrace` permits to read and change other programs",
  sys_rawio: "`sys_rawio` permits to reach the hardware past the kernel",
  dac_override: "`dac_override` permits to write every file, whoever it belongs to",
  dac_read_search: "`dac_read_search` permits to read every file, whoever it belongs to",
  mac_admin: "`mac_admin` permits to change the policy itself",
  mac_override: "`mac_override` permits to get around the policy",
  setuid: "`setuid` permits to become any user",
  bpf: "`bpf` permits to load programs into the kernel",
};

const { r, w, a, m, x } = FilePermission;

/** Paths of which even reading, or only writing, is worth a look; patterns that reach them are compared by what they begin with. */
const PATHS: readonly (readonly [RegExp, number, string])[] = [
  [/^\/etc\/(?:g?shadow|security\/opasswd)/, r | w | a, "the passwords of all users are in there"],
  [
    /^\/etc\/(?:passwd|group|sudoers|pam\.d|ld\.so\.preload|ld\.so\.conf|crontab|cron\.)/,
    w | a,
    "whoever writes there decides who may do what",
  ],
  [/^\/etc\/apparmor/, w | a, "whoever writes there decides about the policy itself"],
  [/(?:^\/root|^\/home\/[^/]+|@\{HOME\}\/?)\/?\.(?:ssh|gnupg)(?:\/|$)/, r | w | a, "keys are in there"],
  [/\.key$|\/private\//, r | w | a, "keys are in there"],
  [/^\/dev\/(?:k?mem|port|sd|nvme|vd|dm-)/, r | w | a, "it leads past all files to what is behind them"],
  [/^\/proc\/(?:kcore|sysrq-trigger|sys\/kernel\/core_pattern)/, r | w | a, "it reaches the kernel itself"],
];

/** One sentence without full stop for each reason; most have none. */
export function secondLook({ actions, kind }: Pick<Candidate, "actions" | "kind">): readonly string[] {
  const reasons = actions.flatMap(cautionsOf);
  if (kind === "unconfined") reasons.push("the program would be confined by nothing");
  return [...new Set(reasons)];
}

function cautionsOf(action: Action): readonly string[] {
  switch (action.kind) {
    case "add-rule":
    case "replace-rule":
      return ruleCautions(action.rule);
    case "set-flag":
      return action.flag === "attach_disconnected"
        ? ["`attach_disconnected` has files outside of the program's root count as files of the same name inside"]
        : [];
    case "add-child":
      return action.child.rules?.flatMap(ruleCautions) ?? [];
    case "add-profile":
      return action.profile.rules?.flatMap(ruleCautions) ?? [];
    case "add-include":
    case "remove-rule":
      return [];
  }
}

function ruleCautions(rule: RuleDraft): readonly string[] {
  if (rule.kind === "rlimit" || rule.mode === "deny") return [];
  if (rule.kind === "capability") return rule.names.flatMap((name) => POWERFUL[name] ?? []);
  if (rule.kind === "ptrace" && rule.permissions?.includes("trace") === true)
    return ["tracing a program permits all that it may do"];
  if (rule.kind !== "file") return [];
  const { path, permissions, exec } = rule;
  const found = PATHS.filter(([where, bits]) => (permissions & bits) !== 0 && where.test(path)).map(([, , why]) => why);
  const runs = (permissions & (m | x)) !== 0 || exec !== undefined;
  return runs && (permissions & (w | a)) !== 0 ? [...found, "what can be written could also be run"] : found;
}
