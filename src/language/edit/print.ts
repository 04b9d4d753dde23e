/** Drafts to canonical text (policy-language 2.4-2.6): one rule kind, one function, gathered in a table. */
import { printFilePermissions } from "../tables/index.ts";
import type {
  DbusDraft,
  DraftQualifiers,
  EndDraft,
  FileDraft,
  IncludeDraft,
  MountDraft,
  NetworkDraft,
  ProfileDraft,
  RuleDraft,
  UnixDraft,
} from "./draft.ts";
import { printWord } from "./words.ts";

type Printers = { readonly [K in RuleDraft["kind"]]: (rule: Extract<RuleDraft, { kind: K }>) => readonly string[] };

/** The parts of a rule behind its qualifiers. */
const PRINTERS: Printers = {
  file: fileParts,
  link: (rule) => [
    ...owner(rule.owner),
    "link",
    ...only(rule.subset, "subset"),
    printWord(rule.path),
    "->",
    printWord(rule.target),
  ],
  change_profile: (rule) => ["change_profile", ...word(rule.safety), ...value(rule.exec), ...arrow(rule.target)],
  capability: (rule) => ["capability", ...rule.names],
  network: networkParts,
  unix: unixParts,
  mount: mountParts,
  signal: (rule) => [
    "signal",
    ...list(rule.permissions),
    ...setOf("set", rule.signals),
    ...condition("peer", rule.peer),
  ],
  ptrace: (rule) => ["ptrace", ...list(rule.permissions), ...condition("peer", rule.peer)],
  dbus: dbusParts,
  mqueue: (rule) => [
    "mqueue",
    ...list(rule.permissions),
    ...condition("type", rule.type),
    ...condition("label", rule.label),
    ...value(rule.name),
  ],
  io_uring: (rule) => ["io_uring", ...list(rule.permissions), ...condition("label", rule.label)],
  userns: () => ["userns"],
  rlimit: (rule) => ["set", "rlimit", rule.name, "<=", rule.value, ...word(rule.unit)],
  all: () => ["all"],
};

/**
 * A rule as text, with its comma, without indentation.
 *
 * @example
 * printRule({ kind: "file", path: "/etc/a b", permissions: FilePermission.r }); // "\"/etc/a b\" r,"
 */
export function printRule(rule: RuleDraft): string {
  const parts = [...(rule.kind === "rlimit" ? [] : qualifiers(rule)), ...partsOf(rule)];
  return `${parts.join(" ")},`;
}

function partsOf<K extends RuleDraft["kind"]>(rule: Extract<RuleDraft, { kind: K }>): readonly string[] {
  const printer: (rule: Extract<RuleDraft, { kind: K }>) => readonly string[] = PRINTERS[rule.kind];
  return printer(rule);
}

function qualifiers(rule: DraftQualifiers): readonly string[] {
  const { mode = "implicit", priority = 0 } = rule;
  return [
    ...(priority === 0 ? [] : [`priority=${priority}`]),
    ...only(rule.audit, "audit"),
    ...(mode === "implicit" ? [] : [mode]),
  ];
}

function owner(mask: FileDraft["owner"]): readonly string[] {
  return mask === "owner" || mask === "other" ? [mask] : [];
}

function fileParts(rule: FileDraft): readonly string[] {
  const permissions = printFilePermissions(rule.permissions, rule.exec);
  const head = [...owner(rule.owner), ...word(rule.execSafety)];
  if (rule.subset === true) return [...head, permissions, "subset", printWord(rule.path), ...arrow(rule.linkTarget)];
  return [...head, printWord(rule.path), permissions, ...arrow(rule.execTarget ?? rule.linkTarget)];
}

function networkParts(rule: NetworkDraft): readonly string[] {
  return [
    "network",
    ...list(rule.permissions),
    ...word(rule.family),
    ...word(rule.type ?? rule.protocol),
    ...endParts(rule.local ?? {}),
    ...condition("interface", rule.interface),
    ...group(endParts(rule.peer ?? {})),
  ];
}

function endParts(end: EndDraft): readonly string[] {
  const port =
    end.port && (end.port.first === end.port.last ? `${end.port.first}` : `${end.port.first}-${end.port.last}`);
  return [...condition("ip", end.ip), ...condition("port", port), ...condition("label", end.label)];
}

function unixParts(rule: UnixDraft): readonly string[] {
  return [
    "unix",
    ...list(rule.permissions),
    ...condition("type", rule.type),
    ...condition("addr", rule.address),
    ...group([...condition("label", rule.peerLabel), ...condition("addr", rule.peerAddress)]),
  ];
}

function mountParts(rule: MountDraft): readonly string[] {
  if (rule.verb === "pivot_root") {
    return ["pivot_root", ...condition("oldroot", rule.oldRoot), ...value(rule.target), ...arrow(rule.transition)];
  }
  const conditions = [
    ...setOf("fstype", rule.fstypes),
    ...(rule.options ?? []).flatMap((words) => setOf("options", words)),
    ...(rule.optionsIn ?? []).map((words) => `options in (${words.join(", ")})`),
  ];
  const target = rule.verb === "mount" ? arrow(rule.target) : value(rule.target);
  return [rule.verb, ...conditions, ...value(rule.source), ...target];
}

function dbusParts(rule: DbusDraft): readonly string[] {
  return [
    "dbus",
    ...list(rule.permissions),
    ...condition("bus", rule.bus),
    ...condition("path", rule.path),
    ...condition("interface", rule.interface),
    ...condition("member", rule.member),
    ...condition("name", rule.name),
    ...group([...condition("name", rule.peerName), ...condition("label", rule.peerLabel)]),
  ];
}

function word(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text];
}

function only(wanted: boolean | undefined, text: string): readonly string[] {
  return wanted === true ? [text] : [];
}

function value(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [printWord(text)];
}

function arrow(target: string | undefined): readonly string[] {
  return target === undefined ? [] : ["->", printWord(target)];
}

function condition(name: string, text: string | undefined): readonly string[] {
  return text === undefined ? [] : [`${name}=${printWord(text)}`];
}

/** One word bare, several in parentheses; none: not written. */
function list(words: readonly string[] | undefined): readonly string[] {
  if (words === undefined || words.length === 0) return [];
  return [words.length === 1 ? (words[0] ?? "") : `(${words.join(", ")})`];
}

function setOf(name: string, words: readonly string[] | undefined): readonly string[] {
  if (words === undefined || words.length === 0) return [];
  const printed = words.map(printWord);
  return [printed.length === 1 ? `${name}=${printed[0] ?? ""}` : `${name}=(${printed.join(", ")})`];
}

function group(parts: readonly string[]): readonly string[] {
  return parts.length === 0 ? [] : [`peer=(${parts.join(", ")})`];
}

/** An include as text: no comma follows one. */
export function printInclude(include: IncludeDraft): string {
  const exists = include.ifExists ? "if exists " : "";
  return `include ${exists}${include.searched ? `<${include.path}>` : `"${include.path}"`}`;
}

/** How printed lines are set. */
export interface Layout {
  /** One step of indentation. */
  readonly indent: string;
  readonly newline: string;
}

/** What `printProfile` uses by default. */
export const defaultLayout: Layout = { indent: "  ", newline: "\n" };

/** A profile with its rules and children as text; `base` is put before every line. No newline at the end. */
export function printProfile(profile: ProfileDraft, layout: Layout = defaultLayout, base = ""): string {
  return profileLines(profile, layout)
    .map((line) => (line === "" ? "" : base + line))
    .join(layout.newline);
}

function profileLines(profile: ProfileDraft, layout: Layout): readonly string[] {
  const flags = profile.flags ?? [];
  const header = [
    profile.keyword,
    printWord(profile.name),
    ...value(profile.attachment),
    ...(flags.length === 0 ? [] : [`flags=(${flags.join(", ")})`]),
    "{",
  ].join(" ");
  const includes = (profile.includes ?? []).filter((include) => !isLocal(include));
  const local = (profile.includes ?? []).filter(isLocal);
  const sections = [
    includes.map(printInclude),
    ...ruleSections(profile.rules ?? []),
    ...(profile.children ?? []).map((child) => profileLines(child, layout)),
    local.map(printInclude),
  ].filter((lines) => lines.length > 0);
  const body = sections.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
  return [header, ...body.map((line) => (line === "" ? "" : layout.indent + line)), "}"];
}

/** Whether an include is the place for a machine's own additions: it stays last. */
export function isLocal(include: { readonly path: string; readonly ifExists: boolean }): boolean {
  return include.ifExists && include.path.startsWith("local/");
}

/** Groups rules by kind, keeping their order. */
function ruleSections(rules: readonly RuleDraft[]): readonly (readonly string[])[] {
  const sections = new Map<string, string[]>();
  for (const rule of rules) {
    const section = rule.kind === "link" ? "file" : rule.kind;
    const lines = sections.get(section) ?? [];
    lines.push(printRule(rule));
    sections.set(section, lines);
  }
  return [...sections.values()];
}
