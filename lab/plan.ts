import { unreachable } from "../src/foundation/basics/index.ts";
import { encodeBytes } from "../src/foundation/text/index.ts";
import type { ArchiveEntry } from "./cpio.ts";
import { APPARMOR_DIRECTORY, type CommandSettings, type GuestFile, type Step } from "./steps.ts";

const DEFAULT_TIMEOUT_MS = 15_000;
/** Longer values travel as files of their own beside the plan. */
const INLINE_BYTES = 256;

type Value = string | number | Uint8Array | undefined;
type Field = readonly [key: string, value: Value];

function commandFields(settings: CommandSettings): Field[] {
  const env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LANG: "C.UTF-8" };
  const onExec = settings.profile === undefined ? [] : [{ file: "exec", value: `exec ${settings.profile}` }];
  return [
    ...settings.argv.map((arg): Field => ["argv", arg]),
    ...Object.entries(settings.env ?? env).map(([name, value]): Field => ["env", `${name}=${value}`]),
    ...[...onExec, ...(settings.attributes ?? [])].map(({ file, value }): Field => ["attribute", `${file}\0${value}`]),
    ["cwd", settings.cwd ?? "/"],
    ["stdin", settings.stdin],
    ["uid", settings.uid],
    ["gid", settings.gid ?? settings.uid],
    ["groups", settings.groups?.join(",")],
    ["timeout", settings.timeoutMs ?? DEFAULT_TIMEOUT_MS],
  ];
}

function stepFields(step: Step): Field[] {
  switch (step.kind) {
    case "run":
      return [["do", "run"], ...commandFields(step)];
    case "start":
      return [["do", "start"], ["await", step.await], ...commandFields(step)];
    case "wait":
      return [
        ["do", "wait"],
        ["process", step.process],
        ["timeout", step.timeoutMs ?? DEFAULT_TIMEOUT_MS],
      ];
    case "signal":
      return [
        ["do", "signal"],
        ["process", step.process],
        ["signal", step.signal],
      ];
    case "load":
    case "replace":
      return [
        ["do", "write"],
        ["path", `${APPARMOR_DIRECTORY}/.${step.kind}`],
        ["data", step.policy],
      ];
    case "remove":
      return [
        ["do", "write"],
        ["path", `${APPARMOR_DIRECTORY}/.remove`],
        ["data", step.profile],
      ];
    case "write":
      return [
        ["do", "write"],
        ["path", step.path],
        ["data", step.data],
      ];
    case "read":
    case "list":
    case "tree":
      return [
        ["do", step.kind],
        ["path", step.path],
      ];
    case "until":
      return [
        ["do", "until"],
        ["path", step.path],
        ["contains", step.contains],
        ["timeout", step.timeoutMs ?? DEFAULT_TIMEOUT_MS],
      ];
    case "sleep":
      return [
        ["do", "sleep"],
        ["ms", step.ms],
      ];
    default:
      return unreachable(step);
  }
}

function fileFields(file: GuestFile): Field[] {
  const owner: Field[] = [
    ["path", file.path],
    ["uid", file.uid ?? (file.gid === undefined ? undefined : 0)],
    ["gid", file.gid ?? (file.uid === undefined ? undefined : file.uid)],
    ["quiet", 1],
  ];
  if ("linkTo" in file) return [["do", "link"], ["target", file.linkTo], ...owner];
  if ("directory" in file) return [["do", "directory"], ["mode", (file.mode ?? 0o755).toString(8)], ...owner];
  const mode = (file.mode ?? 0o644).toString(8);
  return [["do", "write"], ["create", 1], ["mode", mode], ["data", file.data], ...owner];
}

function regularFile(path: string, data: Uint8Array): ArchiveEntry {
  return { path, mode: 0o100600, data, uid: 0, gid: 0 };
}

/** Writes plan text; a value longer than a line should be goes where `park` says, or inline. */
function writePlan(items: readonly (readonly Field[])[], park: (bytes: Uint8Array) => string | undefined): string {
  const lines: string[] = [];
  for (const [key, value] of items.flat()) {
    if (key === "do" || key === "end") lines.push(key === "do" ? `do ${String(value)}` : "end");
    else if (value !== undefined) {
      const bytes = value instanceof Uint8Array ? value : encodeBytes(String(value));
      const place = bytes.length > INLINE_BYTES ? park(bytes) : undefined;
      lines.push(place === undefined ? `${key} ${Buffer.from(bytes).toString("hex")}` : `${key} @${place}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function withEnd(fields: readonly Field[], id: string): Field[] {
  return [...fields, ["id", id], ["end", undefined]];
}

/** A plan by itself. */
export function encodePlan(steps: readonly Step[]): Uint8Array {
  const items = steps.map((step) => withEnd(stepFields(step), step.id));
  return Buffer.from(writePlan(items, () => undefined));
}

/** A plan for the guest's first file system: the plan and the bytes it needs, as archive entries below `lab/`. */
export function planEntries(files: readonly GuestFile[], steps: readonly Step[]): readonly ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  const items = [
    ...files.map((file) => withEnd(fileFields(file), `file ${file.path}`)),
    ...steps.map((step) => withEnd(stepFields(step), step.id)),
  ];
  const text = writePlan(items, (bytes) => {
    const path = `lab/data/${entries.length}`;
    entries.push(regularFile(path, bytes));
    return `/${path}`;
  });
  const directory = { path: "lab/data", mode: 0o040700, data: new Uint8Array(), uid: 0, gid: 0 };
  return [directory, ...entries, regularFile("lab/plan", Buffer.from(text))];
}
