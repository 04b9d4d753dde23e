/**
 * In: audit events. Out: what each asks of its profile, in typed values.
 * Must not know: how a line travelled, which profiles there are.
 */
export { needKey } from "./need-key.ts";
export { readEvent } from "./read-event.ts";
export type { NoAccess, Reading } from "./reading.ts";
