/** A rule of each kind in which nothing is written: readers that make rules of their own fill in what they mean. */
import { fileId } from "../../foundation/text/index.ts";
import type { Operand, Origin, Rule, RuleKind, RuleQualifiers } from "./rules.ts";

type RuleOf<K extends RuleKind> = Extract<Rule, { readonly kind: K }>;

/** Of no text: for what nobody wrote. */
export const nowhere: Origin = { span: { file: fileId(""), start: 0, end: 0 }, includes: [] };

const nothing: Operand = { text: "", written: "", span: nowhere.span };
const anyEnd = { ip: undefined, port: undefined, label: undefined };
const anyPeer = { permissions: undefined, peer: undefined };

/** All but qualifiers and origin, which come from the rule or profile that such a rule is made for. A kind that is forgotten here does not type-check. */
export const bareRules: { readonly [K in RuleKind]: Omit<RuleOf<K>, keyof RuleQualifiers> } = {
  file: {
    kind: "file",
    path: nothing,
    permissions: 0,
    owner: "any",
    exec: undefined,
    execTarget: undefined,
    linkTarget: undefined,
    subset: false,
  },
  link: { kind: "link", path: nothing, target: nothing, subset: false, owner: "any" },
  change_profile: { kind: "change_profile", exec: undefined, target: undefined, safety: undefined, owner: "any" },
  capability: { kind: "capability", capabilities: [] },
  network: {
    kind: "network",
    permissions: undefined,
    family: undefined,
    type: undefined,
    protocol: undefined,
    interface: undefined,
    local: anyEnd,
    peer: anyEnd,
    hasConditions: false,
  },
  unix: {
    kind: "unix",
    permissions: undefined,
    type: undefined,
    address: undefined,
    peerAddress: undefined,
    peerLabel: undefined,
    hasPeer: false,
  },
  mount: {
    kind: "mount",
    verb: "mount",
    source: undefined,
    target: undefined,
    fstypes: [],
    options: [],
    optionsIn: [],
    oldRoot: undefined,
    transition: undefined,
  },
  signal: { kind: "signal", ...anyPeer, signals: undefined },
  ptrace: { kind: "ptrace", ...anyPeer },
  dbus: {
    kind: "dbus",
    permissions: undefined,
    bus: undefined,
    path: undefined,
    interface: undefined,
    member: undefined,
    name: undefined,
    peerName: undefined,
    peerLabel: undefined,
  },
  mqueue: { kind: "mqueue", permissions: undefined, type: undefined, name: undefined, label: undefined },
  io_uring: { kind: "io_uring", permissions: undefined, label: undefined },
  userns: { kind: "userns" },
  rlimit: { kind: "rlimit", resource: 0, value: 0n },
  all: { kind: "all" },
};
