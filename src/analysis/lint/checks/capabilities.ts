/** Capabilities that open a way around the profile, or the whole system. */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import type { Rule } from "../../../language/model/index.ts";
import { type CapabilityName, capabilityName } from "../../../language/tables/index.ts";
import { ownRules } from "../subject.ts";
import type { Check } from "../types.ts";

/** What each opens (capabilities(7)). */
const OPENS: Partial<Readonly<Record<CapabilityName, string>>> = {
  sys_admin: "mounting, namespaces, and a hundred other things that end in root",
  sys_module: "loading code into the kernel, which no profile confines",
  sys_rawio: "memory and devices, past every file rule",
  sys_ptrace: "other processes' memory, as far as `ptrace` rules let it",
  sys_boot: "another kernel by kexec",
  mac_admin: "loading, replacing and removing policy",
  mac_override: "what mandatory access control refuses, with some other modules",
  dac_override: "all files that the rules allow, whoever owns them",
  dac_read_search: "reading all files that the rules allow, and opening files by handle",
  bpf: "programs that run in the kernel",
  perfmon: "what other processes and the kernel do",
  setfcap: "giving programs capabilities of their own",
  syslog: "addresses of the kernel",
  checkpoint_restore: "the state of other processes",
};

export const checkCapabilities: Check = (subject, _world, report) => {
  for (const rule of ownRules(subject)) {
    if (rule.kind !== "capability" || rule.mode === "deny") continue;
    if (rule.capabilities.length === 0) {
      report("lint/capability", rule, "all capabilities are allowed, which is what root is without a profile", {});
    }
    for (const number of rule.capabilities) {
      const name = capabilityName(number);
      const opens = name === undefined ? undefined : OPENS[name];
      if (name !== undefined && opens !== undefined) {
        report("lint/capability", rule, sentence`the capability ${{ capability: name }} opens ${opens}`, {});
      }
    }
  }
  return new Set<Rule>();
};
