/** Units of systemd, as far as they decide whether what they start may change its profile (systemd.exec(5), systemd.service(5)). */
import type { Unit } from "../analysis/lint/index.ts";

/** With another user, systemd sets no_new_privs before it restricts these. */
const RESTRICTIONS = [
  "SystemCallFilter",
  "SystemCallArchitectures",
  "RestrictAddressFamilies",
  "RestrictNamespaces",
  "PrivateDevices",
  "ProtectKernelTunables",
  "ProtectKernelModules",
  "ProtectKernelLogs",
  "ProtectClock",
  "ProtectHostname",
  "MemoryDenyWriteExecute",
  "RestrictRealtime",
  "RestrictSUIDSGID",
  "LockPersonality",
] as const;

const COMMANDS: ReadonlySet<string> = new Set([
  "ExecStart",
  "ExecStartPre",
  "ExecStartPost",
  "ExecReload",
  "ExecStop",
  "ExecStopPost",
]);

/** What a unit says of no_new_privs; `undefined`: nothing it starts has it. */
export function readUnit(path: string, text: string): Unit | undefined {
  const settings = settingsOf(text);
  const because = reasonOf(settings);
  if (because === undefined) return undefined;
  const programs = settings.flatMap(({ key, value }) => (COMMANDS.has(key) ? programOf(value) : []));
  const profile = lastOf(settings, "AppArmorProfile")?.replace(/^-/, "");
  return { path, programs: [...new Set(programs)], profile: profile === "" ? undefined : profile, because };
}

interface Setting {
  readonly key: string;
  readonly value: string;
}

/** Assignments in order; those of an empty value take back what was before. */
function settingsOf(text: string): readonly Setting[] {
  const found: Setting[] = [];
  for (const line of text.replaceAll(/\\\r?\n/g, " ").split(/\r?\n/)) {
    const assigned = /^([A-Za-z]+)\s*=(.*)$/.exec(line.trim());
    if (assigned === null) continue;
    const [, key = "", given = ""] = assigned;
    const value = given.trimStart();
    if (value === "") found.splice(0, found.length, ...found.filter((one) => one.key !== key));
    else found.push({ key, value });
  }
  return found;
}

function lastOf(settings: readonly Setting[], key: string): string | undefined {
  return settings.findLast((one) => one.key === key)?.value;
}

function isYes(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|yes|y|true|t|on)$/i.test(value);
}

function isNo(value: string): boolean {
  return /^(?:0|no|n|false|f|off)$/i.test(value);
}

/** The setting that has no_new_privs set. */
function reasonOf(settings: readonly Setting[]): string | undefined {
  if (isYes(lastOf(settings, "NoNewPrivileges"))) return "NoNewPrivileges";
  if (isYes(lastOf(settings, "DynamicUser"))) return "DynamicUser";
  const user = lastOf(settings, "User") ?? "root";
  if (user === "root" || user === "0") return undefined;
  const restriction = RESTRICTIONS.find((key) => {
    const value = lastOf(settings, key);
    return value !== undefined && !isNo(value);
  });
  return restriction === undefined ? undefined : `User with ${restriction}`;
}

/** The program of a command line: without the characters that say how it is run; those with `+` are run with full privileges. */
function programOf(line: string): readonly string[] {
  const [, marks = "", program = ""] = /^([-@:!+|]*)\s*"?(\/[^\s"]+)/.exec(line) ?? [];
  return program === "" || marks.includes("+") ? [] : [program];
}
