/** Which operands of a rule hold variables and are patterns (policy-language 3.4, 4.4). */
import type { FileRule, Operand, Rule } from "./rules.ts";

export interface OperandKind {
  /** Globs match NUL. */
  readonly nul: boolean;
  /** Variables are expanded. */
  readonly variables: boolean;
  readonly pattern: boolean;
}

const pattern: OperandKind = { nul: false, variables: true, pattern: true };
const address: OperandKind = { nul: true, variables: true, pattern: true };
const literal: OperandKind = { nul: false, variables: false, pattern: true };
const name: OperandKind = { nul: false, variables: true, pattern: false };

type Change = (operand: Operand, kind: OperandKind) => Operand;

/** The rule with `change` done to each of its operands. */
export function mapOperands(rule: Rule, change: Change): Rule {
  const maybe = (operand: Operand | undefined, kind: OperandKind = pattern): Operand | undefined =>
    operand === undefined ? undefined : change(operand, kind);
  switch (rule.kind) {
    case "file":
      return withPaths(rule, change(rule.path, pattern), maybe(rule.linkTarget));
    case "link":
      return { ...rule, path: change(rule.path, pattern), target: change(rule.target, pattern) };
    case "change_profile":
      return { ...rule, exec: maybe(rule.exec), target: maybe(rule.target) };
    case "network":
      return {
        ...rule,
        interface: maybe(rule.interface, literal),
        local: { ...rule.local, label: maybe(rule.local.label, literal) },
        peer: { ...rule.peer, label: maybe(rule.peer.label, literal) },
      };
    case "unix":
      return {
        ...rule,
        address: maybe(rule.address, address),
        peerAddress: maybe(rule.peerAddress, address),
        peerLabel: maybe(rule.peerLabel),
      };
    case "mount":
      return {
        ...rule,
        source: maybe(rule.source),
        target: maybe(rule.target),
        fstypes: rule.fstypes.map((type) => change(type, pattern)),
        oldRoot: maybe(rule.oldRoot),
        transition: maybe(rule.transition, name),
      };
    case "signal":
    case "ptrace":
      return { ...rule, peer: maybe(rule.peer) };
    case "dbus":
      return {
        ...rule,
        bus: maybe(rule.bus),
        path: maybe(rule.path),
        interface: maybe(rule.interface),
        member: maybe(rule.member),
        name: maybe(rule.name),
        peerName: maybe(rule.peerName),
        peerLabel: maybe(rule.peerLabel),
      };
    case "mqueue":
      return { ...rule, name: maybe(rule.name), label: maybe(rule.label) };
    case "io_uring":
      return { ...rule, label: maybe(rule.label, literal) };
    case "capability":
    case "userns":
    case "all":
    case "rlimit":
      return rule;
  }
}

/** COST: most rules are of files, and most of these have no variable; a copy of each took a hundredth of compiling. */
function withPaths(rule: FileRule, path: Operand, linkTarget: Operand | undefined): FileRule {
  return path === rule.path && linkTarget === rule.linkTarget ? rule : { ...rule, path, linkTarget };
}
