/** What an event of the log says was wanted, as a rule that asks for just that. */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { literalPattern, printRule, type RuleDraft } from "../../language/edit/index.ts";
import { FilePermission, isPermissionWord, isUnixType } from "../../language/tables/index.ts";
import { readEvent } from "../../learning/access/index.ts";
import type { Access } from "../../learning/access/index.ts";
import type { AuditEvent } from "../../learning/audit/index.ts";

interface EventQuestion {
  readonly profile: string;
  /** A rule, with its comma. */
  readonly rule: string;
}

const reasons = {
  "not-a-refusal": "the event is no refusal",
  unconfined: "the program was not confined",
  incomplete: "the record does not say what was wanted",
  "unknown-value": "a field of the record holds a value that nobody knows",
  "no-rule-helps": "no rule has to do with it",
} as const;

/**
 * The question of an event.
 *
 * Errors: a sentence: why the event asks for nothing that a rule could allow.
 */
export function eventQuestion(event: AuditEvent): Outcome<EventQuestion, string> {
  const read = readEvent(event);
  if (read.kind === "skip") return fail(reasons[read.reason]);
  if (read.kind === "advice") return fail(read.text);
  if (read.kind === "flag") return fail(read.reason);
  const profile = event.profile ?? event.label;
  if (profile === undefined) return fail("the record names no profile");
  const draft = draftOfAccess(read);
  return draft === undefined
    ? fail("a hat is there or not: no rule speaks of it")
    : ok({ profile, rule: printRule(draft) });
}

/** `undefined`: no rule says it. */
function draftOfAccess(access: Access): RuleDraft | undefined {
  switch (access.kind) {
    case "file":
      return fileDraft(access);
    case "exec":
      return { kind: "file", path: literalPattern(access.path), permissions: FilePermission.x, exec: anyExec };
    case "link":
      return {
        kind: "link",
        subset: true,
        path: literalPattern(access.path),
        target: literalPattern(access.target),
        owner: access.owner ? "owner" : "other",
      };
    case "capability":
      return { kind: "capability", names: [access.name] };
    case "network": {
      const permissions = access.permissions.filter((name) => isPermissionWord("network", name));
      return {
        kind: "network",
        permissions: permissions.length === 0 ? undefined : permissions,
        family: access.family,
        type: access.type,
      };
    }
    case "unix":
      return unixDraft(access);
    case "signal":
      return {
        kind: "signal",
        permissions: access.permissions,
        signals: [access.signal],
        peer: literalPattern(access.peer),
      };
    case "ptrace":
      return { kind: "ptrace", permissions: access.permissions, peer: literalPattern(access.peer) };
    case "userns":
      return { kind: "userns" };
    case "io_uring":
      return {
        kind: "io_uring",
        permissions: [access.permission],
        label: access.permission === "sqpoll" ? undefined : literalPattern(access.label),
      };
    case "rlimit":
      return { kind: "rlimit", name: access.limit.name, value: `${access.value}` };
    case "change_profile":
      return { kind: "change_profile", target: literalPattern(access.target) };
    case "hat":
      return undefined;
    case "mount":
    case "umount":
    case "pivot_root":
    case "dbus":
    case "mqueue":
      return otherDraft(access);
  }
}

function fileDraft(access: Extract<Access, { readonly kind: "file" }>): RuleDraft {
  const { r, w, a, k, m, x, l } = FilePermission;
  const bits = { r, w, a, c: w, d: w, k, m, x, l } as const;
  const all = access.letters.reduce((sum, letter) => sum | bits[letter], 0);
  const permissions = (all & w) === 0 ? all : all & ~a;
  const exec = (all & x) === 0 ? undefined : anyExec;
  return {
    kind: "file",
    path: literalPattern(access.path),
    permissions,
    owner: access.owner ? "owner" : "other",
    exec,
  };
}

const anyExec = { transition: "deny", fallback: "none", safe: false } as const;

function unixDraft({
  permissions,
  type,
  address,
  peerAddress,
  peerLabel,
}: Extract<Access, { readonly kind: "unix" }>): RuleDraft {
  return {
    kind: "unix",
    permissions,
    type: type !== undefined && isUnixType(type) ? type : undefined,
    address: addressText(address),
    peerAddress: addressText(peerAddress),
    peerLabel: peerLabel === undefined ? undefined : literalPattern(peerLabel),
  };
}

function addressText(address: string | null | undefined): string | undefined {
  return address === null ? "none" : address && literalPattern(address);
}

function text(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : literalPattern(value);
}

type OtherAccess = Extract<Access, { readonly kind: "mount" | "umount" | "pivot_root" | "dbus" | "mqueue" }>;

function otherDraft(access: OtherAccess): RuleDraft {
  switch (access.kind) {
    case "mount": {
      const verb = access.words.includes("remount") ? "remount" : "mount";
      const { mountPoint, source, fstype, words } = access;
      return {
        kind: "mount",
        verb,
        source: verb === "remount" ? undefined : text(source),
        target: text(mountPoint),
        fstypes: fstype === undefined ? undefined : [literalPattern(fstype)],
        options: words.length === 0 ? undefined : [words],
      };
    }
    case "umount":
      return { kind: "mount", verb: "umount", target: text(access.mountPoint) };
    case "pivot_root":
      return { kind: "mount", verb: "pivot_root", target: text(access.newRoot), oldRoot: text(access.oldRoot) };
    case "mqueue":
      return { kind: "mqueue", permissions: access.permissions, type: access.type, name: text(access.name) };
    case "dbus": {
      const shared = { kind: "dbus", permissions: [access.permission], bus: access.bus } as const;
      if (access.permission === "bind") return { ...shared, name: text(access.name) };
      if (access.permission === "eavesdrop") return shared;
      const { path, interface: face, member, name, peerLabel } = access;
      return {
        ...shared,
        path: text(path),
        interface: text(face),
        member: text(member),
        peerName: text(name),
        peerLabel: text(peerLabel),
      };
    }
  }
}
