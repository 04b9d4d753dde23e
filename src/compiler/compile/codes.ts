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
    "an operand is not a valid pattern",
    "Correct the pattern, or escape the characters that are meant literally.",
  ),
  "compile/unclosed-class": error(
    "re.class",
    "a `[` is not closed, or a `]` closes nothing",
    "Balance the brackets, or escape them.",
  ),
  "compile/unbalanced-braces": error(
    "re.brace",
    "braces do not match, or contain only one alternative",
    "Balance the braces; an alternation needs at least one comma.",
  ),
  "compile/deep-braces": error(
    "re.depth",
    "braces are nested more than 49 levels deep",
    "Write several rules instead.",
  ),
  "compile/trailing-backslash": error(
    "re.trail",
    "a pattern ends in a backslash",
    "Remove the backslash, or double it.",
  ),
  "compile/invalid-name-pattern": error(
    "name.re",
    "the name of a profile is not a valid pattern",
    "Escape the special characters of the name, or give the profile an attachment.",
  ),
  "compile/exec-merge-conflict": error(
    "exec.merge",
    "two rules for one path name different exec transitions",
    "Keep one of the two exec modes.",
  ),
  "compile/exec-conflict": error(
    "exec.dfa",
    "two rules of equal rank name different exec transitions for one path",
    "Make one of the rules an exact path, give one a higher priority, or make them disjoint.",
  ),
  "compile/too-many-targets": error(
    "exec.toomany",
    "the profile names more exec targets than the kernel can hold",
    "Use at most 12 different names after `->`, or a kernel with permission tables.",
  ),
  "compile/mount-not-encodable": error(
    "mount.encode",
    "no mount operation fits the options and operands of the rule",
    "Check that the options match the operands: remount and propagation take only a mount point.",
  ),
  "compile/stacking-unsupported": error(
    undefined,
    "the target stacks profiles, which the kernel or the ABI does not support",
    "Name an ABI with domain/stack, or drop the `&`.",
  ),
  "compile/too-many-states": error(
    undefined,
    "the rules expand to more states than the kernel's tables can hold, or than can be computed in bounded memory and time",
    "Give the rules longer literal beginnings, equal permissions or fewer wildcards behind each other.",
  ),
  "compile/text-too-long": error(
    undefined,
    "a text is longer than the kernel's format can hold",
    "Use a shorter name; a child's name counts with the names of its parents.",
  ),
  "compile/too-many-elements": error(
    undefined,
    "a list is longer than the kernel's format can hold",
    "Split the profile.",
  ),
  "compile/network-not-enforced": warning("rule-not-enforced", "network rules are not enforced", upgrade),
  "compile/unix-not-enforced": warning("rule-not-enforced", "unix socket rules are not enforced", upgrade),
  "compile/deny-unix-not-enforced": warning(
    "rule-not-enforced",
    "a deny rule for unix sockets is not enforced and cannot be downgraded",
    upgrade,
  ),
  "compile/unix-downgraded": warning("rule-downgraded", "unix socket rules become network rules", upgrade),
  "compile/network-conditions-dropped": warning(
    "rule-downgraded",
    "addresses and ports of network rules are ignored",
    upgrade,
  ),
  "compile/deny-network-widened": warning(
    "rule-downgraded",
    "a deny network rule loses its conditions and denies more than it says",
    upgrade,
  ),
  "compile/mount-not-enforced": warning("rule-not-enforced", "mount rules are not enforced", upgrade),
  "compile/dbus-not-enforced": warning("rule-not-enforced", "D-Bus rules are not enforced", upgrade),
  "compile/signal-not-enforced": warning("rule-not-enforced", "signal rules are not enforced", upgrade),
  "compile/ptrace-not-enforced": warning("rule-not-enforced", "ptrace rules are not enforced", upgrade),
  "compile/mqueue-not-enforced": warning("rule-not-enforced", "message queue rules are not enforced", upgrade),
  "compile/io-uring-not-enforced": warning("rule-not-enforced", "rules for io_uring are not enforced", upgrade),
  "compile/userns-not-enforced": warning("rule-not-enforced", "user namespace rules are not enforced", upgrade),
  "compile/xattrs-not-enforced": warning(
    "rule-not-enforced",
    "extended attributes are ignored for attachment",
    upgrade,
  ),
  "compile/xattr-value-cut": warning(
    undefined,
    "the value of an extended attribute is not a valid pattern; only its beginning is used",
    "Write a pattern, or escape the characters that are meant literally.",
  ),
  "compile/alias-cut": warning(
    undefined,
    "an alias turns an attachment into an invalid pattern; only its beginning is used",
    "Correct the alias.",
  ),
  "compile/flag-not-supported": warning("rule-not-enforced", "a profile flag is ignored", upgrade),
  "compile/prompt-not-supported": warning(
    "rule-not-enforced",
    "prompt rules deny, because the kernel's tables cannot hold prompts",
    upgrade,
  ),
  "compile/audit-ignored": warning(
    "rule-downgraded",
    "the kernel cannot audit change_profile rules",
    "Drop the `audit`.",
  ),
  "compile/change-profile-unsafe": warning("rule-downgraded", "a safe change_profile rule becomes unsafe", upgrade),
  "compile/qualifier-ignored": warning(
    undefined,
    "a qualifier has no effect on this kind of rule",
    "Drop the qualifier.",
  ),
  "compile/variable-in-target": warning(
    undefined,
    "variables are not expanded in exec targets",
    "Write out the name of the profile.",
  ),
  "compile/attaches-to-last-part": warning(
    undefined,
    "the profile attaches to the part of its name after the last `//`",
    "Give the profile a name and an attachment of their own.",
  ),
  "compile/mount-source-as-target": warning(
    "deprecated",
    "the mount point of a propagation rule is written where the source belongs",
    "Write the mount point after `->`.",
  ),
} as const satisfies Record<`compile/${string}`, CompileCodeInfo>;

export type CompileCode = keyof typeof compileCodes;
