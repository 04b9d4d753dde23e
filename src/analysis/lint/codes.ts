import type { CodeInfo } from "../../foundation/diagnostics/index.ts";

/** What lint says: all of it about what policy means, so that none of it keeps policy from being loaded. */
export const lintCodes = {
  "lint/rule-covered": {
    severity: "warning",
    title: "a rule says nothing that the others do not say already",
    help: "Remove it; the compiled policy stays the same.",
  },
  "lint/rule-overruled": {
    severity: "warning",
    title: "all that a rule says is taken back by rules of a higher rank",
    help: "Remove it, or the rules that take it back; a `deny` wins over what is allowed unless the priority is higher.",
  },
  "lint/rule-never-matches": {
    severity: "warning",
    title: "a rule speaks of nothing that can happen",
    help: "Look for a mistake in its pattern; as it is, the compiled policy is the same without it.",
  },
  "lint/path-impossible": {
    severity: "warning",
    title: "a rule is about a path that no kernel asks about",
    help: "Write the path without `.` and `..`; the kernel has followed them, and symbolic links, before it looks at rules.",
  },
  "lint/directory-executed": {
    severity: "warning",
    title: "a rule lets a directory be run or mapped",
    help: "Take `x` and `m` away, or write `**` behind the slash for what is in the directory.",
  },
  "lint/rule-not-enforced": {
    severity: "info",
    title: "this kernel and ABI ignore a rule that newer ones enforce",
    help: "What it allows is allowed anyway, and what it denies is not denied; a newer `abi` has it enforced where the kernel can.",
  },
  "lint/denial-without-effect": {
    severity: "warning",
    title: "a deny rule of a profile in a mode in which kernels ask no rule",
    help: "Leave the mode out, and allow the rest with `allow all,`; a `deny` then wins.",
  },
  "lint/letter-covered": {
    severity: "info",
    title: "a permission letter of a rule says nothing that the profile does not say already",
    help: "Remove the letter; the compiled policy stays the same.",
  },
  "lint/letter-overruled": {
    severity: "warning",
    title: "rules of a higher rank take back a permission letter of a rule",
    help: "Remove the letter, or narrow the rule that takes it back.",
  },
  "lint/write-execute": {
    severity: "warning",
    title: "a file may be written and executed",
    help: "Whoever controls the program can have it run anything in this profile; allow one of both, or other paths.",
  },
  "lint/exec-unconfined": {
    severity: "warning",
    title: "a program is started unconfined",
    help: "The program is a way out; give it a profile, or start it with `ix` or `Cx`.",
  },
  "lint/writes-policy": {
    severity: "warning",
    title: "a profile may write AppArmor's own files",
    help: "What is written there is loaded as policy; only tools that manage policy need it.",
  },
  "lint/writes-start-up": {
    severity: "warning",
    title: "a profile may write files that make something run outside of it",
    help: "Deny the path, or narrow the pattern.",
  },
  "lint/writes-program": {
    severity: "info",
    title: "a profile may write what another profile runs",
    help: "What is written runs with the other profile's permissions; narrow one of both patterns.",
  },
  "lint/exec-target-missing": {
    severity: "warning",
    title: "a program is to run in a profile that does not exist here",
    help: "Correct the name after `->`, or add the profile.",
  },
  "lint/exec-attaches-nowhere": {
    severity: "warning",
    title: "a program is to run in its own profile, and no profile attaches to it",
    help: "Add a profile, or a fallback such as `Pix`; as it is, the program cannot be started.",
  },
  "lint/change-target-missing": {
    severity: "warning",
    title: "a profile may change to one that does not exist here",
    help: "Correct the name after `->`, or add the profile.",
  },
  "lint/no-new-privs": {
    severity: "warning",
    title: "a service sets no_new_privs, which refuses a change of profile that its rules allow",
    help: "Use `ix`, or a stack (`Px -> &TARGET`), or take the setting out of the unit; complain mode does not help.",
  },
  "lint/peer-half": {
    severity: "info",
    title: "a rule about another profile has no rule on the other side",
    help: "Both profiles must allow it; add the rule there, or remove this one.",
  },
  "lint/capability": {
    severity: "info",
    title: "a capability opens more than its name says",
    help: "Make sure that the program needs it; narrower capabilities and rules may do.",
  },
  "lint/comment-include": {
    severity: "warning",
    title: "a comment looks like an include whose word is misspelt",
    help: "Write `include`; if it is meant for a comment, put a blank behind `#`.",
  },
  "lint/silence-without-reason": {
    severity: "warning",
    title: "a comment silences lint and does not say why",
    help: "Write the reason after `--`: `# lint: allow rule-covered -- kept for older kernels`.",
  },
  "lint/silence-unused": {
    severity: "info",
    title: "a comment silences what lint does not say",
    help: "Remove the comment.",
  },
} as const satisfies Record<`lint/${string}`, CodeInfo>;

export type LintCode = keyof typeof lintCodes;
