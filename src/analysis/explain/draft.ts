/** A rule of the model as one that can be written: names as they were written, variables and all. */
import type { InetEnd, Operand, Rule, RuleKind } from "../../language/model/index.ts";
import type { EndDraft, RuleDraft } from "../../language/edit/index.ts";
import {
  capabilityName,
  isMountWord,
  isPermissionWord,
  isSignalName,
  isSocketFamily,
  isNetworkType,
  isUnixType,
  rlimitInfinity,
  rlimits,
  signalName,
  type WordClass,
  type PermissionWord,
} from "../../language/tables/index.ts";

type Drafts = { readonly [K in RuleKind]: (rule: Extract<Rule, { readonly kind: K }>) => RuleDraft };

const drafts: Drafts = {
  file: ({ path, permissions, owner, exec, execSafety, execTarget, linkTarget, subset }) => ({
    kind: "file",
    path: path.written,
    permissions,
    owner,
    // what runs must run somehow; the same profile is the least surprise
    exec: exec?.transition === "deny" ? { transition: "inherit", fallback: "none", safe: false } : exec,
    execSafety,
    execTarget: written(execTarget),
    linkTarget: written(linkTarget),
    subset,
  }),
  link: ({ path, target, subset, owner }) => ({
    kind: "link",
    path: path.written,
    target: target.written,
    subset,
    owner,
  }),
  change_profile: ({ exec, target, safety }) => ({
    kind: "change_profile",
    exec: written(exec),
    target: written(target),
    safety,
  }),
  capability: ({ capabilities }) => ({
    kind: "capability",
    names: capabilities.flatMap((number) => capabilityName(number) ?? []),
  }),
  network: ({ permissions, family, type, protocol, interface: face, local, peer }) => ({
    kind: "network",
    permissions: words("network", permissions),
    family: family !== undefined && isSocketFamily(family) ? family : undefined,
    type: type !== undefined && isNetworkType(type) ? type : undefined,
    protocol: (["tcp", "udp", "icmp"] as const).find((word) => word === protocol),
    interface: written(face),
    local: endOf(local),
    peer: endOf(peer),
  }),
  unix: ({ permissions, type, address, peerAddress, peerLabel }) => ({
    kind: "unix",
    permissions: words("unix", permissions),
    type: type !== undefined && isUnixType(type) ? type : undefined,
    address: written(address),
    peerAddress: written(peerAddress),
    peerLabel: written(peerLabel),
  }),
  mount: ({ verb, source, target, fstypes, options, optionsIn, oldRoot, transition }) => ({
    kind: "mount",
    verb,
    source: written(source),
    target: written(target),
    fstypes: fstypes.length === 0 ? undefined : fstypes.map((type) => type.written),
    options: options.map((list) => list.filter(isMountWord)),
    optionsIn: optionsIn.map((list) => list.filter(isMountWord)),
    oldRoot: written(oldRoot),
    transition: written(transition),
  }),
  signal: ({ permissions, signals, peer }) => ({
    kind: "signal",
    permissions,
    signals: signals?.map((number) => signalName(number) ?? "").filter(isSignalName),
    peer: written(peer),
  }),
  ptrace: ({ permissions, peer }) => ({ kind: "ptrace", permissions, peer: written(peer) }),
  dbus: (rule) => ({
    kind: "dbus",
    permissions: rule.permissions,
    bus: written(rule.bus),
    path: written(rule.path),
    interface: written(rule.interface),
    member: written(rule.member),
    name: written(rule.name),
    peerName: written(rule.peerName),
    peerLabel: written(rule.peerLabel),
  }),
  mqueue: ({ permissions, type, name, label }) => ({
    kind: "mqueue",
    permissions: words("mqueue", permissions),
    type,
    name: written(name),
    label: written(label),
  }),
  io_uring: ({ permissions, label }) => ({ kind: "io_uring", permissions, label: written(label) }),
  userns: () => ({ kind: "userns" }),
  rlimit: ({ resource, value }) => limitDraft(resource, value),
  all: () => ({ kind: "all" }),
};

/** The rule as a draft, without its qualifiers. */
export function draftOf<K extends RuleKind>(rule: Extract<Rule, { readonly kind: K }>): RuleDraft {
  const make: (rule: Extract<Rule, { readonly kind: K }>) => RuleDraft = drafts[rule.kind];
  return make(rule);
}

function written(operand: Operand | undefined): string | undefined {
  return operand?.written;
}

function words<Class extends WordClass>(
  kind: Class,
  names: readonly string[] | undefined,
): readonly PermissionWord<Class>[] | undefined {
  return names?.filter((name): name is PermissionWord<Class> => isPermissionWord(kind, name));
}

function endOf({ ip, port, label }: InetEnd): EndDraft {
  return { ip, port, label: written(label) };
}

/** The units of the language: seconds, microseconds, bytes, and nice values from −20 on. */
function limitDraft(resource: number, value: bigint): RuleDraft {
  const limit = rlimits.find(({ number }) => number === resource) ?? rlimits[0];
  if (limit.unit === "nice") return { kind: "rlimit", name: limit.name, value: `${value - 20n}` };
  if (value === rlimitInfinity) return { kind: "rlimit", name: limit.name, value: "infinity" };
  const unit = limit.unit === "microseconds" ? "us" : limit.unit === "seconds" ? "s" : undefined;
  return { kind: "rlimit", name: limit.name, value: `${value}`, unit };
}
