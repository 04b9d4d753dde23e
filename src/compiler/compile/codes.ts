import type { CodeInfo } from "../../foundation/diagnostics/index.ts";

/** The classes by which apparmor_parser's `--warn` and `--Werror` know warnings (policy-language 3.8). */
export type WarningClass = "rule-not-enforced" | "rule-downgraded" | "deprecated";

interface CompileCodeInfo extends CodeInfo {
  /** The rejection's name in the language's catalogue (policy-language 3.9). */
  readonly spec?: string;
  /** The warning class that turns it on and off in the drop-in parser. Absent: an error, or ours alone. */
  readonly class?: WarningClass;
}

function error(spec: string | undefined, title: string, help: string): CompileCodeInfo {
  return { severity: "error", title, help, ...(spec !== undefined && { spec }) };
}

function warning(named: WarningClass | undefined, title: string, help: string): CompileCodeInfo {
  return { severity: "warning", title, help, ...(named !== undefined && { class: named }) };
}

const upgrade =
  "The kernel or the policy's ABI lacks the feature; name a newer ABI or load the policy on a newer kernel.";

/** Every code of the compiler. */
export const compileCodes = {
  "compile/invalid-pattern": error(
    "re.syntax",
    "An operand is not a pattern.",
    "Correct the pattern, or escape the characters that are meant literally.",
  ),
  "compile/unclosed-class": error(
    "re.class",
    "A `[` is not closed, or a `]` closes nothing.",
    "Balance the brackets, or escape them.",
  ),
  "compile/unbalanced-braces": error(
    "re.brace",
    "Braces do not match, or hold only one alternative.",
    "Balance the braces; an alternation needs at least one comma.",
  ),
  "compile/deep-braces": error(
    "re.depth",
    "Braces are nested more than 49 levels deep.",
    "Write several rules instead.",
  ),
  "compile/trailing-backslash": error(
    "re.trail",
    "A pattern ends in a backslash.",
    "Remove the backslash, or double it.",
  ),
  "compile/invalid-name-pattern": error(
    "name.re",
    "The name of a profile is not a pattern.",
    "Escape the special characters of the name, or give the profile an attachment.",
  ),
  "compile/exec-merge-conflict": error(
    "exec.merge",
    "Two rules for one path want different exec transitions.",
    "Keep one of the two exec modes.",
  ),
  "compile/exec-conflict": error(
    "exec.dfa",
    "Two rules of equal rank want different exec transitions for one path.",
    "Make one of the rules an exact path, give one a higher priority, or make them disjoint.",
  ),
  "compile/too-many-targets": error(
    "exec.toomany",
    "The profile names more exec targets than the kernel can hold.",
    "Use at most 12 different names after `->`, or a kernel with permission tables.",
  ),
  "compile/mount-not-encodable": error(
    "mount.encode",
    "No mount operation fits the options and operands of the rule.",
    "Check that the options go with the operands: remount and propagation take a mount point only.",
  ),
  "compile/stacking-unsupported": error(
    undefined,
    "The target stacks profiles, which the kernel or the ABI does not support.",
    "Name an ABI with domain/stack, or drop the `&`.",
  ),
  "compile/too-many-states": error(
    undefined,
    "The rules multiply to more states than the kernel's tables can hold.",
    "Give the rules exact beginnings, the same permissions, or fewer wildcards; or raise the limit.",
  ),
  "compile/text-too-long": error(
    undefined,
    "A text is longer than the kernel's format can hold.",
    "Use a shorter name; a child's name counts with the names of its parents.",
  ),
  "compile/too-many-elements": error(
    undefined,
    "A list is longer than the kernel's format can hold.",
    "Divide the profile into several.",
  ),
  "compile/network-not-enforced": warning("rule-not-enforced", "Network rules are not enforced.", upgrade),
  "compile/unix-not-enforced": warning("rule-not-enforced", "Unix socket rules are not enforced.", upgrade),
  "compile/deny-unix-not-enforced": warning(
    "rule-not-enforced",
    "A deny rule for unix sockets is not enforced and cannot be downgraded.",
    upgrade,
  ),
  "compile/unix-downgraded": warning("rule-downgraded", "Unix socket rules become network rules.", upgrade),
  "compile/network-conditions-dropped": warning(
    "rule-downgraded",
    "Addresses and ports of network rules are ignored.",
    upgrade,
  ),
  "compile/deny-network-widened": warning(
    "rule-downgraded",
    "A deny network rule loses its conditions and denies more than it says.",
    upgrade,
  ),
  "compile/mount-not-enforced": warning("rule-not-enforced", "Mount rules are not enforced.", upgrade),
  "compile/dbus-not-enforced": warning("rule-not-enforced", "D-Bus rules are not enforced.", upgrade),
  "compile/signal-not-enforced": warning("rule-not-enforced", "Signal rules are not enforced.", upgrade),
  "compile/ptrace-not-enforced": warning("rule-not-enforced", "Ptrace rules are not enforced.", upgrade),
  "compile/mqueue-not-enforced": warning("rule-not-enforced", "Message queue rules are not enforced.", upgrade),
  "compile/io-uring-not-enforced": warning("rule-not-enforced", "Rules for io_uring are not enforced.", upgrade),
  "compile/userns-not-enforced": warning("rule-not-enforced", "User namespace rules are not enforced.", upgrade),
  "compile/xattrs-not-enforced": warning(
    "rule-not-enforced",
    "Extended attributes do not take part in attachment.",
    upgrade,
  ),
  "compile/xattr-value-cut": warning(
    undefined,
    "The value of an extended attribute is no pattern; its beginning is taken.",
    "Write a pattern, or escape the characters that are meant literally.",
  ),
  "compile/alias-cut": warning(
    undefined,
    "An alias makes an attachment that is no pattern; its beginning is taken.",
    "Correct the alias.",
  ),
  "compile/flag-not-supported": warning("rule-not-enforced", "A profile flag is ignored.", upgrade),
  "compile/prompt-not-supported": warning(
    "rule-not-enforced",
    "Prompt rules deny, because the kernel's tables cannot hold prompts.",
    upgrade,
  ),
  "compile/audit-ignored": warning(
    "rule-downgraded",
    "The kernel cannot audit change_profile rules.",
    "Drop the `audit`.",
  ),
  "compile/change-profile-unsafe": warning("rule-downgraded", "A safe change_profile rule becomes unsafe.", upgrade),
  "compile/qualifier-ignored": warning(
    undefined,
    "A qualifier has no effect on this kind of rule.",
    "Drop the qualifier.",
  ),
  "compile/variable-in-target": warning(
    undefined,
    "Variables are not expanded in exec targets.",
    "Write the name of the profile out.",
  ),
  "compile/attaches-to-last-part": warning(
    undefined,
    "The profile attaches to the part of its name after the last `//`.",
    "Give the profile a name and an attachment of their own.",
  ),
  "compile/mount-source-as-target": warning(
    "deprecated",
    "The mount point of a propagation rule stands where the source belongs.",
    "Write the mount point after `->`.",
  ),
} as const satisfies Record<`compile/${string}`, CompileCodeInfo>;

export type CompileCode = keyof typeof compileCodes;
