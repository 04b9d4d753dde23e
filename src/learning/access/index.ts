/**
 * In: audit events. Out: the access that each says was wanted, in typed values of the language.
 * Must not know: how a line travelled, which profiles there are, how a rule is written.
 */
export { needKey } from "./need-key.ts";
export { readEvent } from "./read-event.ts";
export type {
  Access,
  CapabilityAccess,
  ChangeProfileAccess,
  DbusAccess,
  FileAccess,
  HatAccess,
  IoUringAccess,
  LinkAccess,
  MessageAccess,
  MountAccess,
  MqueueAccess,
  NetworkAccess,
  PivotRootAccess,
  PtraceAccess,
  RlimitAccess,
  SignalAccess,
  UmountAccess,
  UnixAccess,
} from "./access.ts";
export type { NoAccess, Reading } from "./reading.ts";
