import { error, warning, type ResolveCodeInfo } from "./code-info.ts";

/** Diagnostics about rules. */
export const ruleCodes = {
  "resolve/priority-range": error("prio.range", "a priority is out of range", "Use a number from -1000 to 1000."),
  "resolve/priority-block": error(
    "prio.block",
    "a block cannot have a priority",
    "Give the priority to the rules inside.",
  ),
  "resolve/priority-forbidden": error(
    "prefix.priority",
    "rules of this class cannot have a priority",
    "Remove the priority.",
  ),
  "resolve/priority-ignored": warning(
    undefined,
    "a priority has no effect on rules of this class",
    "Remove the priority.",
  ),
  "resolve/prompt-ignored": warning(
    undefined,
    "`prompt` has no effect on rules of this class, which allow instead",
    "Write `allow`.",
  ),
  "resolve/owner-forbidden": error(
    "prefix.owner",
    "only file and link rules take `owner` and `other`",
    "Remove the qualifier.",
  ),
  "resolve/block-dropped": warning(
    undefined,
    "a block keeps only file, link and change_profile rules, so this has no effect",
    "Move it out of the block.",
  ),
  "resolve/block-overrides": warning(
    undefined,
    "a block overrides the qualifiers of its rules",
    "Move the rule out of the block.",
  ),
  "resolve/conditional-rlimit": warning(
    undefined,
    "resource limits inside a conditional have no effect",
    "Move the limit out of the conditional.",
  ),
  "resolve/append-and-write": error(
    "file.aw",
    "`a` and `w` exclude each other in one rule",
    "Keep one of the two; `w` includes append.",
  ),
  "resolve/exec-modes": error("file.xqual", "one rule has two exec modes", "Keep one of the two."),
  "resolve/exec-plain": error(
    "file.x",
    "a bare `x` needs an exec mode",
    "Write `ix`, `px`, `cx` or `ux`; in upper case `p`, `c` and `u` scrub the environment.",
  ),
  "resolve/exec-deny": error("file.denyx", "deny rules take only a bare `x`", "Write `x`."),
  "resolve/exec-missing": error(
    "file.unsafe",
    "`safe` and `unsafe` need an exec permission",
    "Remove the word or add an exec mode.",
  ),
  "resolve/exec-unconfined": warning(
    "dangerous",
    "`ux` leaves the program unconfined with the environment it was given",
    "Write `Ux`, or a profile.",
  ),
  "resolve/exec-target-variable": warning(
    undefined,
    "exec targets are not expanded, so this is the literal name",
    "Write out the name.",
  ),
  "resolve/link-and-exec": warning(
    "deprecated",
    "a rule with `->` allows both link and exec; the target applies to exec",
    "Write two rules.",
  ),
  "resolve/target-unused": warning(undefined, "a target after `->` has no effect without link or exec", "Remove it."),
  "resolve/permission-case": warning(
    "deprecated",
    "upper-case permissions are an old spelling",
    "Write them in lower case.",
  ),
  "resolve/subset-without-link": error(
    "link.subset",
    "`subset` belongs to link rules only",
    "Remove the word, or make `l` the only permission.",
  ),
  "resolve/link-exec-target": error("link.exec", "link and exec both claim the target after `->`", "Write two rules."),
  "resolve/link-namespace": error("link.ns", "the target of a link cannot be a profile", "Write a path after `->`."),
  "resolve/change-profile-exec": error(
    "cp.exec",
    "the exec condition of change_profile must start with `/` or a variable",
    "Write an absolute path, or put `->` before the target.",
  ),
  "resolve/change-profile-safety": error(
    "cp.safe",
    "`safe` and `unsafe` need an exec condition",
    "Remove the word or add the path of a program.",
  ),
  "resolve/change-profile-audit": warning("rule-downgraded", "kernels do not audit change_profile", "Remove `audit`."),
  "resolve/capability-unknown": error(
    "cap.name",
    "a capability is unknown",
    "Correct the name; see capabilities(7), without `CAP_` and in lower case.",
  ),
  "resolve/rlimit-unknown": error("rlimit.name", "a resource limit is unknown", "Correct the name; see getrlimit(2)."),
  "resolve/rlimit-value": error(
    "rlimit.value",
    "the value of a resource limit is malformed or has the wrong unit",
    "Correct the number or its unit.",
  ),
  "resolve/rlimit-minimum": error(
    "rlimit.min",
    "the limit on cpu time is below one second",
    "Use at least one second.",
  ),
  "resolve/rlimit-nice": error("rlimit.nice", "a nice limit is out of range", "Use a number from -20 to 19."),
  "resolve/rlimit-unit": warning(
    "missing",
    "a time limit has no unit",
    "Write the unit: the default is seconds for cpu, microseconds for rttime.",
  ),
  "resolve/network-entry": error(
    "net.entry",
    "a network rule does not name a valid family, type or protocol",
    "Correct the word; see apparmor.d(5).",
  ),
  "resolve/network-ip": error(
    "net.ip",
    "an address is not an IPv4 or IPv6 address",
    "Write one address without a prefix length, or `none`.",
  ),
  "resolve/network-port": error(
    "net.port",
    "a port is not a number from 0 to 65535",
    "Write a port, or a range such as `1024-2048`.",
  ),
  "resolve/network-interface": error("net.iface", "an interface is not a valid pattern", "Correct the pattern."),
  "resolve/network-condition": error(
    "net.cond",
    "network rules have no such condition",
    "Use `ip`, `port`, `interface` or `label`.",
  ),
  "resolve/network-operator": error("net.op", "conditions of network rules take only `=`", "Write `=`."),
  "resolve/network-family": error(
    "net.family",
    "only inet and inet6 take addresses and ports",
    "Remove the conditions or change the family.",
  ),
  "resolve/network-peer-interface": error(
    "net.peeriface",
    "the peer cannot have an interface condition",
    "Move it out of `peer=( )`.",
  ),
  "resolve/peer-permission": error(
    "sock.peerperm",
    "permissions on the socket itself cannot depend on the peer",
    "Remove the peer, or write two rules.",
  ),
  "resolve/condition-repeated": error("cond.once", "a condition is written twice", "Keep one of the two."),
  "resolve/condition-values": error(
    "cond.single",
    "a condition takes one value",
    "Keep one value; an alternation `{a,b}` may do.",
  ),
  "resolve/condition-extra-values": warning(
    undefined,
    "only the first value of a condition takes effect",
    "Keep one value; an alternation `{a,b}` may do.",
  ),
  "resolve/condition-operator": error("cond.op", "a condition takes only `=`", "Write `=`."),
  "resolve/condition-unknown": error("cond.name", "rules of this class have no such condition", "Correct the name."),
  "resolve/permission-unknown": error(
    "perm.char",
    "a permission is unknown for rules of this class",
    "Correct the permission.",
  ),
  "resolve/unix-address": error(
    "unix.addr",
    "the address of a unix socket is not `none`, `auto` or `@name`",
    "Write `@` before an abstract name.",
  ),
  "resolve/unix-type": error(
    "unix.type",
    "a socket type is unknown",
    "Use one of stream, dgram, raw, rdm, seqpacket, packet.",
  ),
  "resolve/unix-side": error(
    "unix.side",
    "a condition is on the wrong side of `peer=( )`",
    "Move it to the other side.",
  ),
  "resolve/unix-unsupported": error("unix.unsup", "a condition of unix rules is not supported", "Remove it."),
  "resolve/dbus-mixed": error("dbus.mix", "a dbus rule mixes messages and services", "Write two rules."),
  "resolve/dbus-bind": error("dbus.bind", "`bind` takes only a bus and a name", "Write two rules."),
  "resolve/dbus-send-receive": error(
    "dbus.sendrecv",
    "`send` and `receive` take no `name=` of their own",
    "Put the name in `peer=( )`.",
  ),
  "resolve/dbus-eavesdrop": error("dbus.eaves", "`eavesdrop` takes only a bus", "Remove the other conditions."),
  "resolve/dbus-label": error("dbus.label", "a label is always the peer's", "Write `peer=(label=…)`."),
  "resolve/signal-unknown": error(
    "signal.name",
    "a signal is unknown",
    "Use a lower-case name without `sig`; see signal(7).",
  ),
  "resolve/mount-condition": error("mount.cond", "mount rules have no such condition", "Use `options` or `fstype`."),
  "resolve/mount-target-condition": error(
    "mount.dst",
    "conditions are not allowed after `->`",
    "Move them before the source.",
  ),
  "resolve/mount-option": error(
    "mount.opt",
    "a mount option is unknown",
    "Correct the word; options with a value are not supported.",
  ),
  "resolve/mount-conflict": error("mount.flags", "two mount options contradict each other", "Remove one of the two."),
  "resolve/pivot-condition": error("pivot.cond", "pivot_root rules have no such condition", "Use `oldroot`."),
  "resolve/mqueue-name": error(
    "mq.name",
    "a message queue is a path or a number",
    "Write `/name` for POSIX, a number for System V.",
  ),
  "resolve/mqueue-type": error(
    "mq.type",
    "the type of a message queue is unknown or contradicts its name",
    "Use `posix` or `sysv`.",
  ),
  "resolve/needless-escape": warning("format", "a backslash escapes nothing", "Remove it."),
  "resolve/class-misread": warning(
    undefined,
    "apparmor_parser reads this character class as something else",
    "Escape the character, or put `-` first.",
  ),
} as const satisfies Record<string, ResolveCodeInfo>;
