/** A compiled policy as text that reads like a profile. It is a view, not a source: what no rule can say stands in comments. */
import type { CompiledAutomaton, CompiledPolicy, CompiledProfile } from "../../compiler/compiled/index.ts";
import { permissionsOf } from "../../compiler/policydb/index.ts";
import { capabilityName } from "../../language/tables/index.ts";
import { fileLetters, wordText } from "./permissions.ts";
import { unroll } from "./unroll.ts";

const MODES = ["enforce", "complain", "kill", "unconfined", "prompt"];

/** Names of mediation classes (kernel-abi 8.1). */
const CLASSES: Readonly<Record<number, string>> = {
  2: "file",
  3: "capability",
  4: "network (old)",
  5: "rlimit",
  6: "domain",
  7: "mount",
  9: "ptrace",
  10: "signal",
  14: "network",
  15: "network (v9)",
  16: "label",
  17: "mqueue",
  18: "mqueue",
  20: "module",
  21: "userns",
  22: "io_uring",
  31: "x",
  32: "dbus",
};

function capabilityLines(allow: bigint, audit: bigint, quiet: bigint): string[] {
  const lines: string[] = [];
  for (let number = 0; number < 64; number += 1) {
    const bit = 1n << BigInt(number);
    const name = capabilityName(number) ?? `#${number}`;
    if ((allow & bit) !== 0n) lines.push(`${(audit & bit) === 0n ? "" : "audit "}capability ${name},`);
    else if ((quiet & bit) !== 0n) lines.push(`deny capability ${name},`);
  }
  return lines;
}

function fileLine(pattern: string, owner: string, other: string): string[] {
  if (owner === other) return other === "" ? [] : [`${pattern} ${other},`];
  const lines = owner === "" ? [] : [`owner ${pattern} ${owner},`];
  return other === "" ? lines : [...lines, `other ${pattern} ${other},`];
}

function fileLines(automaton: CompiledAutomaton): string[] {
  const { patterns, complete } = unroll(automaton.dfa, automaton.starts?.dfaStart ?? 1);
  const lines = patterns.flatMap(({ pattern, state }) => {
    const owner = permissionsOf(automaton, state, "owner");
    const other = permissionsOf(automaton, state, "other");
    const letters = (entry: typeof owner, bits: number): string => fileLetters(bits, entry, automaton);
    const allowed = fileLine(pattern, letters(owner, owner.allow), letters(other, other.allow));
    const denied = fileLine(pattern, letters(owner, owner.deny), letters(other, other.deny));
    return [...allowed, ...denied.map((line) => `deny ${line}`)];
  });
  return complete ? lines : [...lines, "# not all: the automaton has more paths than are shown"];
}

function policyLines(automaton: CompiledAutomaton): string[] {
  const { patterns, complete } = unroll(automaton.dfa, automaton.starts?.start ?? 1);
  const lines = patterns.flatMap(({ pattern, state }) => {
    const { allow, deny } = permissionsOf(automaton, state, "policydb");
    const number = /^\\x([0-9a-f]{2})/.exec(pattern);
    const name = number === null ? undefined : CLASSES[Number.parseInt(number[1] ?? "", 16)];
    const words = `${allow === 0 ? "" : ` allow ${wordText(allow)}`}${deny === 0 ? "" : ` deny ${wordText(deny)}`}`;
    return words === "" ? [] : [`# ${name ?? "other"}: ${pattern}${words}`];
  });
  return complete ? lines : [...lines, "# not all: the automaton has more paths than are shown"];
}

function flagsOf(profile: CompiledProfile): string {
  const flags = [
    profile.mode === 0 ? "" : (MODES[profile.mode] ?? `mode=${profile.mode}`),
    profile.audit === 0 ? "" : "audit",
    (profile.flags & 1) === 0 ? "" : "hat",
  ].filter((flag) => flag !== "");
  return flags.length === 0 ? "" : ` flags=(${flags.join(", ")})`;
}

function profileText(profile: CompiledProfile, safe: (text: string) => string): string {
  const namespace = profile.namespace === undefined ? "" : `:${profile.namespace}:`;
  const attach = profile.attach === undefined ? "" : ` ${profile.attach}`;
  const { allow, audit, quiet } = profile.capabilities;
  const xmatch = profile.xmatch === undefined ? [] : unroll(profile.xmatch.dfa).patterns.map((one) => one.pattern);
  const limits = (profile.rlimits?.values ?? []).flatMap((value, index) =>
    ((profile.rlimits?.mask ?? 0) & (1 << index)) === 0 ? [] : [`# rlimit ${index} <= ${value}`],
  );
  const body = [
    ...xmatch.map((pattern) => `# attaches to ${pattern}`),
    ...capabilityLines(allow, audit, quiet),
    ...limits,
    ...(profile.file === undefined ? [] : fileLines(profile.file)),
    ...(profile.policydb === undefined ? [] : policyLines(profile.policydb)),
  ];
  const head = `profile ${namespace}${profile.name}${attach}${flagsOf(profile)} {`;
  const abi = `# policy version ${profile.version & 0x3ff}, ABI of the stream ${wordText(profile.version)}`;
  return `${abi}\n${[safe(head), ...body.map((line) => `  ${safe(line)}`), "}"].join("\n")}\n`;
}

/** The whole listing; `safe` makes text from the policy fit for where it goes. */
export function listPolicy(policy: CompiledPolicy, safe: (text: string) => string): string {
  return policy.profiles.map((profile) => profileText(profile, safe)).join("\n");
}
