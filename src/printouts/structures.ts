/** A policy's profiles as `apparmor_parser -d` prints them before it makes patterns of their rules (tools 3.9). */
import { compareBytes } from "../foundation/text/index.ts";
import type { PlannedPolicy, PlannedProfile } from "../compiler/compile/index.ts";
import type { CompileTarget } from "../language/features/index.ts";
import type { CapabilityRule } from "../language/model/index.ts";
import { capabilities, capabilityName, errnoName } from "../language/tables/index.ts";
import { renderEntries } from "./file-entries.ts";
import { renderRules } from "./rule-lines.ts";

/** What is printed, and beside it a line about each profile's flags. */
interface PrintedStructures {
  readonly text: string;
  readonly notes: readonly string[];
}

export function renderStructures({ profiles, target }: PlannedPolicy): PrintedStructures {
  const all = profiles.flatMap((profile) => withChildren(profile, undefined));
  const texts = all.map((placed) => renderProfile(placed, target));
  return { text: `----- Debugging built structures -----\n${texts.join("")}`, notes: all.map(renderFlags) };
}

interface Placed {
  readonly planned: PlannedProfile;
  /** The profile it is in. */
  readonly parent: Placed | undefined;
  /** The last part of its name. */
  readonly name: string;
}

function withChildren(planned: PlannedProfile, parent: Placed | undefined): readonly Placed[] {
  const { name } = planned.profile;
  const above = parent === undefined ? "" : `${parent.planned.profile.name}//`;
  const placed = { planned, parent, name: name.startsWith(above) ? name.slice(above.length) : name };
  return [placed, ...planned.children.flatMap((child) => withChildren(child, placed))];
}

function renderProfile({ name, parent, planned }: Placed, target: CompileTarget): string {
  const { namespace, profile, rules } = planned;
  const entries = renderEntries(planned);
  return [
    namespace === undefined ? "" : `Ns:\t\t${namespace}\n`,
    `Name:\t\t${name}\n`,
    `Attachment:\t${profile.attachment?.text ?? "<NULL>"}\n`,
    `Local To:\t${parent?.name ?? "<NULL>"}\n`,
    profile.identities.length === 0 ? "" : `Identities:\t(${profile.identities.join(", ")})\n`,
    renderCapabilities(rules.filter((rule) => rule.kind === "capability")),
    entries === "" ? "" : `--- Entries ---\n${entries}`,
    renderRules(profile.rules, target),
    "\n",
  ].join("");
}

function renderCapabilities(rules: readonly CapabilityRule[]): string {
  const denied = rules.filter(({ mode }) => mode === "deny");
  const allowed = rules.filter(({ mode }) => mode !== "deny");
  return [
    renderSet("Capabilities", allowed),
    renderSet(
      "Audit Caps",
      allowed.filter(({ audit }) => audit),
    ),
    renderSet("Deny Caps", denied),
    renderSet(
      "Quiet Caps",
      denied.filter(({ audit }) => !audit),
    ),
  ].join("");
}

function renderSet(title: string, rules: readonly CapabilityRule[]): string {
  if (rules.length === 0) return "";
  const isAll = rules.some((rule) => rule.capabilities.length === 0);
  const numbers = new Set(rules.flatMap((rule) => rule.capabilities));
  const names = isAll ? capabilities : [...numbers].flatMap((number) => capabilityName(number) ?? []);
  return `${title}: ${names.toSorted(compareCapabilities).join(" ")}\n`;
}

/** ORACLE 5.0.2: letters come before `_`. */
function compareCapabilities(a: string, b: string): number {
  return compareBytes(a.replaceAll("_", "~"), b.replaceAll("_", "~"));
}

/** The line 5.0.2 writes to its error output. */
function renderFlags({ planned: { profile } }: Placed): string {
  const { flags, hat } = profile;
  const { disconnectedIpcPath, disconnectedPath, error, killSignal, mode, modeWritten } = flags;
  return [
    `Mode: ${modeWritten ? mode : ""}`,
    flags.audit ? ", Audit" : "",
    hat ? ", Hat" : "",
    disconnectedPath === undefined ? "" : `, attach_disconnected.path=${disconnectedPath}`,
    disconnectedIpcPath === undefined ? "" : `, attach_disconnected.ipc=${disconnectedIpcPath}`,
    killSignal === undefined ? "" : `, kill.signal=${killSignal}`,
    error === undefined ? "" : `, error=${errnoName(error) ?? error}`,
  ].join("");
}
