/** What rules imply: the accesses of change_profile and of hats, and `all` written out (compile-semantics 3.3, 3.10, 3.18). */
import type { AllRule, Operand, Origin, Profile, Rule, RuleQualifiers } from "../../language/model/index.ts";
import { FilePermission } from "../../language/model/index.ts";

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
    ...anyMount,
    ...prefix,
    verb,
  }));
  return [
    ...allFiles(prefix, denies),
    { ...anyUnix, ...prefix, audit: rule.audit && !denies },
    { ...anyDbus, ...prefix },
    { ...prefix, kind: "io_uring", permissions: undefined, label: undefined },
    { ...prefix, kind: "mqueue", permissions: undefined, type: undefined, name: undefined, label: undefined },
    { ...prefix, kind: "ptrace", permissions: undefined, peer: undefined },
    { ...prefix, kind: "signal", permissions: undefined, signals: undefined, peer: undefined },
    { ...prefix, kind: "userns" },
    ...mounts,
    { ...anyNetwork, ...prefix },
    { ...prefix, kind: "capability", capabilities: [] },
  ];
}

const anyUnix = {
  kind: "unix",
  permissions: undefined,
  type: undefined,
  address: undefined,
  peerAddress: undefined,
  peerLabel: undefined,
  hasPeer: false,
} as const;

const anyDbus = {
  kind: "dbus",
  permissions: undefined,
  bus: undefined,
  path: undefined,
  interface: undefined,
  member: undefined,
  name: undefined,
  peerName: undefined,
  peerLabel: undefined,
} as const;

const anyMount = {
  kind: "mount",
  source: undefined,
  target: undefined,
  fstypes: [],
  options: [],
  optionsIn: [],
  oldRoot: undefined,
  transition: undefined,
} as const;

const noEnd = { ip: undefined, port: undefined, label: undefined } as const;

const anyNetwork = {
  kind: "network",
  permissions: undefined,
  family: undefined,
  type: undefined,
  protocol: undefined,
  interface: undefined,
  local: noEnd,
  peer: noEnd,
  hasConditions: false,
} as const;

/** Everything but x, and an ix that any other exec rule outranks. */
function allFiles(prefix: RuleQualifiers, denies: boolean): Rule[] {
  const { r, w, a, l, k, m, x } = FilePermission;
  const shared = {
    ...prefix,
    kind: "file",
    path: everyPath(prefix.origin),
    execTarget: undefined,
    linkTarget: undefined,
    subset: false,
  } as const;
  const transition = denies ? "deny" : "inherit";
  return [
    { ...shared, permissions: r | w | a | l | k | m, owner: denies ? "owner" : "any", exec: undefined },
    { ...shared, permissions: x, owner: "any", exec: { transition, fallback: "none", safe: false }, priority: -2 },
  ];
}

function everyPath(origin: Origin): Operand {
  return { text: "/{**,}", written: "/{**,}", span: origin.span };
}
