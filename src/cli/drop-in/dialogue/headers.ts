/** The headers of a question about a rule: each part of what was wanted under its name (tools 12.6); what is not restricted is `ALL`. */
import type { LearnQuestion } from "../../../app/index.ts";

type Wanted = NonNullable<LearnQuestion["proposal"]["wanted"]>;
type Header = readonly [label: string, value: string | number];

const ALL = "ALL";

function words(list: readonly (string | readonly string[])[] | undefined): string {
  return list === undefined || list.length === 0 ? ALL : list.flat().join(", ");
}

type Parts = { readonly [K in Wanted["kind"]]: (wanted: Extract<Wanted, { kind: K }>) => readonly Header[] };

const PARTS: Parts = {
  file: () => [],
  all: () => [["All", ALL]],
  link: ({ path, target }) => [
    ["Path", path],
    ["Link target", target],
  ],
  change_profile: ({ exec, target }) => [
    ["Exec Condition", exec ?? ALL],
    ["Target Profile", target ?? ALL],
  ],
  capability: ({ names }) => [["Capability", words(names)]],
  network: ({ permissions, family, type }) => [
    ["Accesses", words(permissions)],
    ["Network Family", family ?? ALL],
    ["Socket Type", type ?? ALL],
    ["Local", ALL],
    ["Peer", ALL],
  ],
  unix: ({ permissions, type, address, peerAddress, peerLabel }) => [
    ["Accesses", words(permissions)],
    ["Rule", type ?? ALL],
    ["Local", address ?? ALL],
    ["Peer", words([peerAddress, peerLabel].filter((part) => part !== undefined))],
  ],
  mount: (wanted) =>
    wanted.verb === "pivot_root"
      ? [
          ["Old root", wanted.oldRoot ?? ALL],
          ["New root", wanted.target ?? ALL],
          ["Target profile", wanted.transition ?? ALL],
        ]
      : [
          ["Operation", wanted.verb],
          ["Fstype", words(wanted.fstypes)],
          ["Options", words(wanted.options)],
          ["Source", wanted.source ?? ALL],
          ["Destination", wanted.target ?? ALL],
        ],
  signal: ({ permissions, signals, peer }) => [
    ["Access mode", words(permissions)],
    ["Signal", words(signals)],
    ["Peer", peer ?? ALL],
  ],
  ptrace: ({ permissions, peer }) => [
    ["Access mode", words(permissions)],
    ["Peer", peer ?? ALL],
  ],
  dbus: (wanted) => [
    ["Access mode", words(wanted.permissions)],
    ["Bus", wanted.bus ?? ALL],
    ["Path", wanted.path ?? ALL],
    ["Name", wanted.name ?? ALL],
    ["Interface", wanted.interface ?? ALL],
    ["Member", wanted.member ?? ALL],
    ["Peer name", wanted.peerName ?? ALL],
    ["Peer label", wanted.peerLabel ?? ALL],
  ],
  mqueue: ({ permissions, type, label, name }) => [
    ["Access mode", words(permissions)],
    ["Type", type ?? ALL],
    ["Label", label ?? ALL],
    ["Message queue name", name ?? ALL],
  ],
  io_uring: ({ permissions, label }) => [
    ["Access mode", words(permissions)],
    ["Label", label ?? ALL],
  ],
  userns: () => [["Access mode", "create"]],
  rlimit: ({ name, value, unit }) => [["Limit", `${name} <= ${value}${unit ?? ""}`]],
};

function partsOf<K extends Wanted["kind"]>(wanted: Extract<Wanted, { kind: K }>): readonly Header[] {
  const parts: Parts[K] = PARTS[wanted.kind];
  return parts(wanted);
}

export function isAudited(wanted: Wanted | undefined): boolean {
  return wanted !== undefined && wanted.kind !== "rlimit" && wanted.audit === true;
}

/** What is written before the rule itself. */
function qualifiers(wanted: Wanted, audited: boolean): readonly Header[] {
  if (wanted.kind === "rlimit") return [];
  const { mode = "implicit", priority } = wanted;
  const said = [
    priority === undefined || priority === 0 ? "" : `priority=${priority}`,
    audited ? "audit" : "",
    mode === "implicit" ? "" : mode,
  ].filter((word) => word !== "");
  return said.length === 0 ? [] : [["Qualifier", said.join(" ")]];
}

/** `rating` is how bad the rule would be, of ten, where somebody knows. */
export function ruleHeaders(
  { proposal, granted }: LearnQuestion,
  rating: number | "unknown",
  audited: boolean,
): readonly Header[] {
  const { profile, wanted, subject } = proposal;
  const about: Header = ["Profile", profile];
  if (proposal.kind === "include") return [about, ["Include", subject.replace(/^include /, "").replace(/,$/, "")]];
  if (wanted === undefined) return [about, [proposal.kind === "flag" ? "Flag" : "About", subject]];
  const own = [about, ...qualifiers(wanted, audited)];
  if (wanted.kind === "file") {
    const old: readonly Header[] = granted === undefined ? [] : [["Old Mode", granted]];
    return [...own, ["Path", wanted.path], ...old, ["New Mode", modeOf(subject)], ["Severity", rating]];
  }
  const rated = wanted.kind === "capability" || wanted.kind === "all";
  return [...own, ...partsOf(wanted), ...(rated ? [["Severity", rating] as const] : [])];
}

/** `owner w` of the rule's own text. */
function modeOf(rule: string): string {
  const letters = /([a-zA-Z]+),$/.exec(rule)?.[1] ?? "";
  return /(?:^|\s)owner /.test(rule) ? `owner ${letters}` : letters;
}
