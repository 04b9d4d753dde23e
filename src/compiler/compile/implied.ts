/** What rules imply: the accesses of change_profile and of hats, and `all` written out (compile-semantics 3.3, 3.10, 3.18). */
import type { AllRule, Operand, Origin, Profile, Rule, RuleQualifiers } from "../../language/model/index.ts";
import { FilePermission, bareRules } from "../../language/model/index.ts";

/** A file access that nobody wrote. */
export interface ImpliedAccess {
  readonly path: string;
  /** The packed bits. ORACLE 5.0.2: for owners only, and w without a (compile-semantics D7). */
  readonly bits: number;
}

const READ = 0x4;
const WRITE = 0x2;

const both: readonly ImpliedAccess[] = [
  { path: "/proc/*/attr/apparmor/", bits: READ },
  { path: "/sys/module/apparmor/parameters/enabled", bits: READ },
];
const changes: ImpliedAccess = { path: "/proc/*/attr/{apparmor/,}{current,exec}", bits: WRITE };
const hats: ImpliedAccess = { path: "/proc/[0-9]*/attr/{apparmor/,}current", bits: WRITE };

/** The accesses a profile gets because it changes profiles, is a hat, or has hats or children. */
export function impliedAccesses(profile: Profile, rules: readonly Rule[]): ImpliedAccess[] {
  const changesProfile = rules.some((rule) => rule.kind === "change_profile");
  const hasHats = profile.hat || profile.children.length > 0;
  return [...(changesProfile || hasHats ? both : []), ...(changesProfile ? [changes] : []), ...(hasHats ? [hats] : [])];
}

/** The rules of a profile with every `all` replaced by what it stands for. */
export function withoutAll(rules: readonly Rule[]): readonly Rule[] {
  return rules.some((rule) => rule.kind === "all")
    ? rules.flatMap((rule) => (rule.kind === "all" ? expandAll(rule) : [rule]))
    : rules;
}

/**
 * ORACLE 5.0.2 (compile-semantics D6): the file rule of `deny all` speaks of owners only; what it denies is quiet for unix, and for the others
 * just with `audit deny all`, the wrong way round. (On a deny rule `audit` is what keeps it from being quiet.)
 */
function expandAll(rule: AllRule): Rule[] {
  const denies = rule.mode === "deny";
  const { mode, origin, priority } = rule;
  const prefix: RuleQualifiers = { mode, audit: rule.audit !== denies, priority, origin };
  const mounts = (["mount", "remount", "umount", "pivot_root"] as const).map((verb) => ({
    ...bareRules.mount,
    ...prefix,
    verb,
  }));
  return [
    ...allFiles(prefix, denies),
    { ...bareRules.unix, ...prefix, audit: rule.audit && !denies },
    { ...bareRules.dbus, ...prefix },
    { ...bareRules.io_uring, ...prefix },
    { ...bareRules.mqueue, ...prefix },
    { ...bareRules.ptrace, ...prefix },
    { ...bareRules.signal, ...prefix },
    { ...bareRules.userns, ...prefix },
    ...mounts,
    { ...bareRules.network, ...prefix },
    { ...bareRules.capability, ...prefix },
  ];
}

/** Everything but x, and an ix that any other exec rule outranks. */
function allFiles(prefix: RuleQualifiers, denies: boolean): Rule[] {
  const { r, w, a, l, k, m, x } = FilePermission;
  const shared = { ...bareRules.file, ...prefix, path: everyPath(prefix.origin) };
  const transition = denies ? "deny" : "inherit";
  return [
    { ...shared, permissions: r | w | a | l | k | m, owner: denies ? "owner" : "any", exec: undefined },
    { ...shared, permissions: x, owner: "any", exec: { transition, fallback: "none", safe: false }, priority: -2 },
  ];
}

function everyPath(origin: Origin): Operand {
  return { text: "/{**,}", written: "/{**,}", span: origin.span };
}
