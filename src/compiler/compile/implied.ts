/** What rules imply: the accesses of change_profile and of hats, and `all` written out (compile-semantics 3.3, 3.10, 3.18). */
import type { AllRule, Operand, Origin, Profile, Rule, RuleQualifiers } from "../../language/model/index.ts";
import { FilePermission } from "../../language/model/index.ts";

/** A file access nobody wrote. */
export interface ImpliedAccess {
  readonly path: string;
  /** The file word. ORACLE 5.0.2: for owners only, and w without a (D7). */
  readonly word: number;
}

const READ = 0x4;
const WRITE = 0x2;

const both: readonly ImpliedAccess[] = [
  { path: "/proc/*/attr/apparmor/", word: READ },
  { path: "/sys/module/apparmor/parameters/enabled", word: READ },
];
const changes: ImpliedAccess = { path: "/proc/*/attr/{apparmor/,}{current,exec}", word: WRITE };
const hats: ImpliedAccess = { path: "/proc/[0-9]*/attr/{apparmor/,}current", word: WRITE };

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

const nobody = undefined;

/**
 * ORACLE 5.0.2 (D6): the file rule of `deny all` speaks of owners only; what it denies is quiet for unix, and for the others
 * just with `audit deny all`, the wrong way round. (On a deny rule `audit` is what keeps it from being quiet.)
 */
function expandAll(rule: AllRule): Rule[] {
  const denies = rule.mode === "deny";
  const { mode, origin, priority } = rule;
  const prefix: RuleQualifiers = { mode, audit: rule.audit !== denies, priority, origin };
  const mount = {
    ...prefix,
    kind: "mount",
    source: nobody,
    target: nobody,
    fstypes: [],
    options: [],
    optionsIn: [],
    oldRoot: nobody,
    transition: nobody,
  } as const;
  const socket = { permissions: nobody, type: nobody };
  return [
    ...allFiles(prefix, denies),
    {
      ...prefix,
      ...socket,
      audit: rule.audit && !denies,
      kind: "unix",
      address: nobody,
      peerAddress: nobody,
      peerLabel: nobody,
      hasPeer: false,
    },
    {
      ...prefix,
      kind: "dbus",
      permissions: nobody,
      bus: nobody,
      path: nobody,
      interface: nobody,
      member: nobody,
      name: nobody,
      peerName: nobody,
      peerLabel: nobody,
    },
    { ...prefix, kind: "io_uring", permissions: nobody, label: nobody },
    { ...prefix, kind: "mqueue", permissions: nobody, type: nobody, name: nobody, label: nobody },
    { ...prefix, kind: "ptrace", permissions: nobody, peer: nobody },
    { ...prefix, kind: "signal", permissions: nobody, signals: nobody, peer: nobody },
    { ...prefix, kind: "userns" },
    { ...mount, verb: "mount" },
    { ...mount, verb: "remount" },
    { ...mount, verb: "umount" },
    { ...mount, verb: "pivot_root" },
    {
      ...prefix,
      ...socket,
      kind: "network",
      family: nobody,
      protocol: nobody,
      interface: nobody,
      local: noEnd,
      peer: noEnd,
      hasConditions: false,
    },
    { ...prefix, kind: "capability", capabilities: [] },
  ];
}

const noEnd = { ip: undefined, port: undefined, label: undefined } as const;

/** Everything but x, and an ix that any other exec rule outranks. */
function allFiles(prefix: RuleQualifiers, denies: boolean): Rule[] {
  const { r, w, a, l, k, m, x } = FilePermission;
  const shared = {
    ...prefix,
    kind: "file",
    path: everyPath(prefix.origin),
    execTarget: nobody,
    linkTarget: nobody,
    subset: false,
  } as const;
  const transition = denies ? "deny" : "inherit";
  return [
    { ...shared, permissions: r | w | a | l | k | m, owner: denies ? "owner" : "any", exec: nobody },
    { ...shared, permissions: x, owner: "any", exec: { transition, fallback: "none", safe: false }, priority: -2 },
  ];
}

function everyPath(origin: Origin): Operand {
  return { text: "/{**,}", written: "/{**,}", span: origin.span };
}
