/** When a user logged in last: the records of `wtmp`, and the sessions that systemd has now. */
import type { FilesPort } from "../../../foundation/ports/index.ts";
import { decodeBytes } from "../../../foundation/text/index.ts";

/** A record of glibc's `utmp` on 64-bit systems: type, …, user at 44, seconds at 340. */
const RECORD_BYTES = 384;
const USER_PROCESS = 7;

function inWtmp(bytes: Uint8Array, user: string): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = bytes.length - (bytes.length % RECORD_BYTES) - RECORD_BYTES; start >= 0; start -= RECORD_BYTES) {
    if (view.getInt16(start, true) !== USER_PROCESS) continue;
    const name = decodeBytes(bytes.subarray(start + 44, start + 76)).replace(/\0.*$/s, "");
    if (name === user) return view.getInt32(start + 340, true) * 1000;
  }
  return undefined;
}

const SESSIONS = "/run/systemd/sessions";

function inSessions(files: FilesPort, user: string): number | undefined {
  const listing = files.list(SESSIONS);
  const starts = (listing.ok ? listing.value : []).flatMap(({ name }) => {
    const bytes = /^\w+$/.test(name) ? files.read(`${SESSIONS}/${name}`) : undefined;
    const text = bytes?.ok === true ? decodeBytes(bytes.value) : "";
    const started = /^REALTIME=(\d+)$/m.exec(text)?.[1];
    return started !== undefined && text.includes(`\nUSER=${user}\n`) ? [Number(started) / 1000] : [];
  });
  return starts.length === 0 ? undefined : Math.max(...starts);
}

/** Units: milliseconds since 1970; `undefined`: nothing tells. */
export function lastLogin(files: FilesPort, user: string): number | undefined {
  const wtmp = files.read("/var/log/wtmp");
  return (wtmp.ok ? inWtmp(wtmp.value, user) : undefined) ?? inSessions(files, user);
}
