/** The rules of a profile that are no file rules, one line each, as `apparmor_parser -d` prints them. */
import { compareBytes } from "../foundation/text/index.ts";
import { mountFlags, namesInet, withoutAll } from "../compiler/compile/index.ts";
import type { CompileTarget } from "../language/features/index.ts";
import { slashes } from "../language/globs/index.ts";
import {
  type DbusRule,
  type IoUringRule,
  type MountRule,
  type MqueueRule,
  type NetworkRule,
  type Operand,
  type PtraceRule,
  type Rule,
  type RuleQualifiers,
  type SignalRule,
  type UnixRule,
  bareRules,
} from "../language/model/index.ts";
import { networkTypes, protocolWords, signalName, socketTypes } from "../language/tables/index.ts";
import { introsort } from "./introsort.ts";

/** A rule in the making: rules that differ in nothing but permissions are merged. */
interface Line {
  readonly kind: string;
  readonly rule: RuleQualifiers;
  /** How the rule's audit qualifier is taken: for the unix part of a network rule it counts as written. */
  readonly audited: boolean;
  /** What follows the permissions. */
  readonly rest: string;
  /** What it is sorted by, where that is not `rest`. */
  readonly order?: string;
  readonly permissions: readonly string[];
  /** The text with these permissions, without what comes before the rule. */
  readonly render: (permissions: readonly string[], audited: boolean) => string;
}

/**
 * The lines, in the order of the text; what `all` stands for comes after them.
 *
 * ORACLE 5.0.2: rules are sorted to be merged, rules with equal operands give their permissions to the one that then comes first,
 * and all are printed where they stood.
 */
export function renderRules(rules: readonly Rule[], target: CompileTarget): string {
  const implied = rules.flatMap((rule) => (rule.kind === "all" ? withoutAll([rule]) : []));
  const lines = [
    ...rules.flatMap((rule) => linesOf(rule, target)),
    // The unix rule that a network rule brings along is in `all` already.
    ...implied.flatMap((rule) => linesOf(rule, target).slice(-1)),
  ];
  const sorted = [...lines];
  introsort(sorted, (a, b) => compareLines(a, b) < 0);
  const merged = new Map<string, string[]>();
  const first = new Set<Line>();
  for (const one of sorted) {
    const key = keyOf(one);
    const permissions = merged.get(key);
    if (permissions === undefined) first.add(one);
    merged.set(key, [...(permissions ?? []), ...one.permissions]);
  }
  return lines
    .map((one) => {
      const permissions = first.has(one) ? (merged.get(keyOf(one)) ?? []) : one.permissions;
      return prefixOf(one) + one.render(permissions, one.audited);
    })
    .join("");
}

/** In the order of the kernel's numbers of their classes, as far as it can be seen from outside. */
const kinds = ["all", "unix", "mount", "ptrace", "signal", "network", "mqueue", "userns", "io_uring", "dbus"];
const modes: readonly RuleQualifiers["mode"][] = ["implicit", "allow", "deny", "prompt"];

function compareLines(a: Line, b: Line): number {
  return (
    kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
    modes.indexOf(a.rule.mode) - modes.indexOf(b.rule.mode) ||
    Number(a.audited) - Number(b.audited) ||
    b.rule.priority - a.rule.priority ||
    compareBytes(a.order ?? a.rest, b.order ?? b.rest)
  );
}

function keyOf({ audited, kind, rest, rule: { mode, priority } }: Line): string {
  return JSON.stringify([kind, rest, mode, priority, audited]);
}

function prefixOf({ audited, rule: { mode, priority } }: Line): string {
  const number = priority === 0 ? "" : `priority=${priority} `;
  return number + (audited ? "audit " : "") + (mode === "implicit" ? "" : `${mode} `);
}

/** Denied without `audit` is quiet, which prints as audited. */
const auditedOf = ({ audit, mode }: RuleQualifiers): boolean => audit !== (mode === "deny");

function line(
  kind: string,
  rule: RuleQualifiers,
  parts: {
    readonly permissions?: readonly string[];
    readonly rest?: string;
    readonly order?: string;
    readonly render: Line["render"];
  },
): Line {
  return { kind, rule, audited: auditedOf(rule), rest: "", permissions: [], ...parts };
}

function linesOf(rule: Rule, target: CompileTarget): readonly Line[] {
  switch (rule.kind) {
    case "file":
    case "link":
    case "change_profile":
    case "capability":
    case "rlimit":
      return [];
    case "all":
      // ORACLE 5.0.2: no comma, no line end.
      return [line("all", rule, { render: () => "all" })];
    case "network":
      return networkLines(rule, target);
    case "unix":
      return [unixLine(rule)];
    case "mount":
      return [mountLine(rule)];
    case "signal":
      return [signalLine(rule)];
    case "ptrace":
      return [ptraceLine(rule)];
    case "dbus":
      return [dbusLine(rule)];
    case "mqueue":
      return [mqueueLine(rule)];
    case "io_uring":
      return [ioUringLine(rule)];
    case "userns":
      return [line("userns", rule, { render: () => "userns,\n" })];
  }
}

/** Names in the order of their bits; all of them are not worth mentioning. */
function listed(order: readonly string[], permissions: readonly string[]): readonly string[] {
  const names = order.filter((name) => permissions.includes(name));
  return names.length === order.length ? [] : names;
}

function networkLines(rule: NetworkRule, target: CompileTarget): readonly Line[] {
  const protocol = rule.protocol === undefined ? undefined : protocolWords.get(rule.protocol);
  const type = protocol?.type ?? rule.type;
  const isBare = rule.family === undefined && protocol === undefined && !namesInet(rule);
  const families =
    rule.family === undefined ? (isBare ? [] : (protocol?.families ?? ["inet", "inet6"])) : [rule.family];
  const shown = families
    .filter((family) => family !== "unspec")
    .toReversed()
    .map((family) => ` ${family}${type === undefined ? "" : ` { ${type} } `}`);
  const rest = `${shown.join("")}${rule.protocol === "icmp" ? "icmp" : ""}`;
  const name = target.network === "v9" ? "network_v9" : "network";
  const own = line("network", rule, { render: () => `${name}${rest},\n` });
  if (!isBare && rule.family !== "unix") return [own];
  const types = type === undefined && rule.family === "unix" ? networkTypes : [type];
  const derived = types.map((one) => ({
    ...unixLine({ ...bareRules.unix, ...qualifiersOf(rule), type: one }),
    audited: rule.audit,
  }));
  return [...derived, own];
}

const qualifiersOf = ({ audit, mode, origin, priority }: RuleQualifiers): RuleQualifiers => ({
  audit,
  mode,
  origin,
  priority,
});

/** ORACLE 5.0.2: all that can be written is not all there is. */
const UNIX = "send receive create shutdown connect setattr getattr bind accept listen setopt getopt all".split(" ");

function unixLine(rule: UnixRule): Line {
  const { address, peerAddress, peerLabel, type } = rule;
  const label = peerLabel === undefined ? "" : ` label="${peerLabel.text}"`;
  const peer = label + (peerAddress === undefined ? "" : ` addr='${slashes(peerAddress.text)}'`);
  const conditions =
    (address === undefined ? "" : ` addr='${slashes(address.text)}'`) + (peer === "" ? "" : ` peer=(${peer})`);
  const rest = (type === undefined ? "" : ` type=${type}`) + conditions;
  return line("unix", rule, {
    rest,
    order: ordered(type && String(socketTypes.get(type) ?? 0), address?.text, peerLabel?.text, peerAddress?.text),
    permissions: rule.permissions ?? UNIX,
    render: (permissions) => `unix${inParentheses(listed(UNIX, permissions))}${rest},\n`,
  });
}

function inParentheses(names: readonly string[]): string {
  return names.length === 0 ? "" : ` (${names.join(" ")} )`;
}

/** Operands to be compared one after the other. */
function ordered(...operands: readonly (string | undefined)[]): string {
  return operands.map((text) => text ?? "").join("\0");
}

const hexadecimal = (number: number): string => `0x${(number >>> 0).toString(16)}`;

const MOUNT = { pivot_root: 1, mount: 2, remount: 2, umount: 4 } as const;

function mountLine(rule: MountRule): Line {
  const { optional, required } = mountFlags(rule);
  const device = rule.verb === "pivot_root" ? rule.oldRoot : rule.source;
  const rest =
    required.map((flags) => ` flags=(${hexadecimal(flags)})`).join("") +
    optional.map((flags) => ` flags in (${hexadecimal(flags)})`).join("") +
    (rule.fstypes.length === 0 ? "" : ` type=${rule.fstypes.map(({ text }) => text).join(", ")}`) +
    (device === undefined ? "" : ` ${slashes(device.text)}`) +
    (rule.target === undefined ? "" : ` -> ${slashes(rule.target.text)}`) +
    (rule.transition === undefined ? "" : ` -> ${rule.transition.text}`);
  return line("mount", rule, {
    rest,
    permissions: [String(MOUNT[rule.verb])],
    render: (permissions, audited) => {
      const mask = permissions.reduce((bits, bit) => bits | Number(bit), 0);
      const name = (mask & MOUNT.mount) !== 0 ? "mount" : (mask & MOUNT.umount) !== 0 ? "umount" : "pivotroot";
      return `${name}${rest} (${hexadecimal(mask)}/${hexadecimal(audited ? mask : 0)}),\n`;
    },
  });
}

const SIGNAL = ["send", "receive"];

function signalLine(rule: SignalRule): Line {
  const names = rule.signals?.toSorted((a, b) => a - b).map((number) => signalName(number) ?? String(number));
  const rest =
    (names === undefined ? "" : ` set=(${names.join(", ")})`) + (rule.peer === undefined ? "" : ` ${rule.peer.text}`);
  return line("signal", rule, {
    rest,
    permissions: rule.permissions ?? SIGNAL,
    render: (permissions) => `signal${inParentheses(listed(SIGNAL, permissions))}${rest},\n`,
  });
}

const PTRACE = ["read", "readby", "trace", "tracedby"];

function ptraceLine(rule: PtraceRule): Line {
  const rest = rule.peer === undefined ? "" : ` ${rule.peer.text}`;
  return line("ptrace", rule, {
    rest,
    permissions: rule.permissions ?? PTRACE,
    render: (permissions) => `ptrace${inParentheses(listed(PTRACE, permissions))}${rest},\n`,
  });
}

const DBUS = ["send", "receive", "bind", "eavesdrop"];

function condition(name: string, operand: Operand | undefined): string {
  return operand === undefined ? "" : ` ${name}="${operand.text}"`;
}

function dbusLine(rule: DbusRule): Line {
  const { bus, interface: face, member, name, path, peerLabel, peerName } = rule;
  const peer = condition("label", peerLabel) + condition("name", peerName);
  const rest =
    condition("bus", bus) +
    condition("name", name) +
    condition("path", path && { ...path, text: slashes(path.text) }) +
    condition("interface", face) +
    condition("member", member) +
    (peer === "" ? "" : ` peer=(${peer} )`);
  return line("dbus", rule, {
    rest,
    order: ordered(bus?.text, name?.text, peerLabel?.text, peerName?.text, path?.text, face?.text, member?.text),
    permissions: rule.permissions ?? dbusPermissions(rule),
    render: (permissions) => `dbus ( ${DBUS.filter((one) => permissions.includes(one)).join(" ")} )${rest},\n`,
  });
}

/** What a rule without permissions means, by its conditions. */
function dbusPermissions({ interface: face, member, name, path, peerLabel, peerName }: DbusRule): readonly string[] {
  if ((path ?? face ?? member ?? peerName ?? peerLabel) !== undefined) return ["send", "receive"];
  return name === undefined ? DBUS : ["bind"];
}

const MQUEUE = ["write", "read", "open", "create", "delete", "setattr", "getattr"];

function mqueueLine(rule: MqueueRule): Line {
  const { label, name } = rule;
  const type = rule.type ?? (name === undefined ? undefined : name.text.startsWith("/") ? "posix" : "sysv");
  const kind = type === undefined ? "" : ` type=${type}`;
  const rest = (label === undefined ? "" : ` label=${label.text}`) + (name === undefined ? "" : ` ${name.text}`);
  return line("mqueue", rule, {
    rest: kind + rest,
    permissions: rule.permissions ?? MQUEUE,
    render: (permissions) => {
      const names = listed(MQUEUE, permissions);
      return `mqueue${kind}${names.length === 0 ? "" : ` ( ${names.join(" ")} )`}${rest},\n`;
    },
  });
}

const IO_URING = ["override_creds", "sqpoll"];

function ioUringLine(rule: IoUringRule): Line {
  const rest = rule.label === undefined ? "" : ` label=${rule.label.text}`;
  return line("io_uring", rule, {
    rest,
    permissions: rule.permissions ?? IO_URING,
    render: (permissions) => {
      const names = listed(IO_URING, permissions);
      if (names.length === 0) return `io_uring${rest},\n`;
      const first = names.includes("override_creds") ? " override_creds" : " ";
      return `io_uring (${first}${names.includes("sqpoll") ? " sqpoll" : ""} )${rest},\n`;
    },
  });
}
