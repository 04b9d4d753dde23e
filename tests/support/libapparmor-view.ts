/** Our event of a line, as a record of libapparmor's parser (audit-events 10). */
import type { AuditEvent } from "../../src/learning/audit/index.ts";
import { decodeBytes } from "../../src/foundation/text/index.ts";

export type View = Readonly<Record<string, string | number>>;

const EVENTS: Readonly<Record<string, number>> = { ERROR: 1, AUDIT: 2, ALLOWED: 3, DENIED: 4, HINT: 5, STATUS: 6 };

/** Fields whose text is in another field of ours, by its name there. */
const TEXTS: readonly (readonly [theirs: string, ours: keyof AuditEvent])[] = [
  ["operation", "operation"],
  ["namespace", "namespace"],
  ["info", "info"],
  ["name2", "target"],
  ["denied_mask", "deniedMask"],
  ["requested_mask", "requestedMask"],
  ["net_family", "family"],
  ["net_sock_type", "sockType"],
  ["net_local_addr", "laddr"],
  ["net_foreign_addr", "faddr"],
  ["net_addr", "addr"],
  ["peer_addr", "peerAddr"],
  ["fs_type", "fsType"],
  ["flags", "flags"],
  ["src_name", "srcName"],
  ["rule_class", "class"],
  ["signal", "signal"],
  ["execpath", "execPath"],
  ["dbus_bus", "bus"],
  ["dbus_path", "path"],
  ["dbus_interface", "interface"],
  ["dbus_member", "member"],
];

/** What a text field of ours shows, byte for byte: for bytes that are no UTF-8 it has a twin. */
function textOf(event: AuditEvent, key: keyof AuditEvent): string | undefined {
  const hex = `${key}Bytes` in event ? Reflect.get(event, `${key}Bytes`) : undefined;
  if (typeof hex === "string") return decodeBytes(Buffer.from(hex, "hex"));
  const value = event[key];
  return typeof value === "string" ? value : undefined;
}

/** The fields that both have; those that are not set are left out. */
export function viewOf(event: AuditEvent): View {
  const view: Record<string, string | number> = { event: EVENTS[event.type] ?? 0 };
  for (const [theirs, ours] of TEXTS) {
    const text = textOf(event, ours);
    if (text !== undefined) view[theirs] = text;
  }
  const name = event.duplicateName ?? textOf(event, "name") ?? event.capability;
  if (name !== undefined) view["name"] = name;
  const profile = textOf(event, "profile") ?? textOf(event, "label");
  if (profile !== undefined) view["profile"] = profile;
  if (event.comm !== undefined) view["comm"] = textOf(event, "comm") ?? "";
  const numbers = {
    pid: event.pid,
    fsuid: event.fsuid,
    ouid: event.ouid,
    peer_pid: event.peerPid,
    epoch: event.time?.sec,
  };
  for (const [key, value] of Object.entries(numbers)) if (value !== undefined) view[key] = value;
  if (event.serial !== undefined) view["audit_sub_id"] = event.serial;
  if (event.error !== undefined) view["error_code"] = Math.abs(event.error);
  if (event.lport !== undefined) view["net_local_port"] = event.lport;
  if (event.fport !== undefined) view["net_foreign_port"] = event.fport;
  return view;
}
