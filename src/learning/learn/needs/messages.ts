/** A D-Bus message needs a rule of its bus, path, interface, member and peer, a queue one of its words on its name (audit-events 5.6, 8). */
import type { DbusQuestion } from "../../../analysis/monitor/index.ts";
import { literalPattern } from "../../../language/edit/index.ts";
import type { DbusAccess, MessageAccess, MqueueAccess } from "../../access/index.ts";
import { type NeededRule, rule } from "./need.ts";

function pattern(text: string | undefined): string | undefined {
  return text === undefined ? undefined : literalPattern(text);
}

export function dbusNeed(access: DbusAccess): NeededRule {
  const { permission, bus, name } = access;
  const head = { kind: "dbus", permissions: [permission], bus: literalPattern(bus) } as const;
  const nobody = { label: "", path: "", interface: "", member: "" };
  const question = { kind: "dbus", permission, bus, name: name ?? "", ...nobody } as const;
  if (permission === "eavesdrop") return rule(head, question);
  if (permission === "bind") return rule({ ...head, name: literalPattern(name) }, question);
  return messageNeed(access, question);
}

function messageNeed(access: MessageAccess, question: DbusQuestion): NeededRule {
  const { permission, bus, name, path, interface: contract, member, peerLabel } = access;
  return rule(
    {
      kind: "dbus",
      permissions: [permission],
      bus: literalPattern(bus),
      path: pattern(path),
      interface: pattern(contract),
      member: pattern(member),
      peerLabel: pattern(peerLabel),
      // The sender's name of a received message is a number the bus gave it: no rule can know it.
      peerName: permission === "send" ? pattern(name) : undefined,
    },
    {
      ...question,
      label: peerLabel ?? "",
      path: path ?? "",
      interface: contract ?? "",
      member: member ?? "",
    },
  );
}

export function mqueueNeed({ type, name, permissions }: MqueueAccess): NeededRule {
  return rule(
    { kind: "mqueue", permissions, type, name: literalPattern(name) },
    { kind: "mqueue", type, name, permissions, label: undefined },
  );
}
