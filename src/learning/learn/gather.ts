/** The first pass over a log: what each profile needs, asks and cannot be helped with. */
import { isPlainName, literalPattern, literalText } from "../../language/edit/index.ts";
import { FilePermission, splitFullName } from "../../language/model/index.ts";
import { type Access, type Reading, readEvent } from "../access/index.ts";
import { type AuditEvent, type EventGroup, bytesText } from "../audit/index.ts";
import { Chains, type Decisions, type Resolution, execKey } from "./chains.ts";
import { addEvidence, evidenceOf } from "./evidence.ts";
import { needOf } from "./needs/index.ts";
import type { AccessNeed, NeededFile, NeededRule } from "./needs/need.ts";
import { ProfileIndex, labelOf, rootOf } from "./profiles.ts";
import type { Evidence, FileNeed, Need, SkipReason, Skipped } from "./types.ts";

/** A program somebody executes, and nobody has decided about (or has, in this run). */
export interface ExecNeed {
  readonly profile: string;
  readonly path: string;
  /** The rule is there; the profile it leads to is not. */
  readonly missingProfile: boolean;
  /** Events of the program that wait for the answer. */
  readonly waiting: number;
  readonly evidence: Evidence;
}

/** A remark about one profile: a hat it lacks, a flag that helps, advice; or about a program without one, `program`, which `text` is. */
export interface Remark {
  readonly kind: "hat" | "flag" | "advice" | "program";
  readonly profile: string;
  readonly text: string;
  readonly reason: string;
  readonly evidence: Evidence;
}

interface Gathered {
  readonly files: readonly FileNeed[];
  readonly needs: readonly Need[];
  readonly execs: readonly ExecNeed[];
  readonly remarks: readonly Remark[];
  readonly skipped: readonly Skipped[];
}

interface GatherOptions {
  readonly index: ProfileIndex;
  readonly choices: Decisions;
  /** Whether a profile that the policy does not have may be learned for. */
  readonly accepts: (profile: string) => boolean;
}

interface FileTally {
  readonly profile: string;
  readonly path: string;
  permissions: number;
  owner: boolean;
  plainRoot: boolean;
  questions: Need["questions"];
  evidence: Evidence;
  readonly pids: Set<number>;
  /** Letters of all that was wanted. */
  readonly letters: Set<string>;
}

const MAX_FILE_QUESTIONS = 20;

/** Reads all events in order. COST: linear in the different events; labels are resolved once. */
export function gather(groups: readonly EventGroup[], options: GatherOptions): Gathered {
  const gatherer = new Gatherer(options, groups);
  for (const group of groups) gatherer.take(group);
  return gatherer.result();
}

/** What an event asks of its profile: what its access needs, or what replaces it. */
type NeedReading = AccessNeed | Exclude<Reading, Access>;

function readNeed(event: AuditEvent): NeedReading {
  const reading = readEvent(event);
  return reading.kind === "flag" || reading.kind === "advice" || reading.kind === "skip" ? reading : needOf(reading);
}

class Gatherer {
  private readonly files = new Map<string, FileTally>();
  private readonly needs: Need[] = [];
  /** Keys of files that came to be as links. */
  private readonly linked = new Set<string>();
  private readonly execs = new Map<string, ExecNeed>();
  private readonly remarks = new Map<string, Remark>();
  private readonly skipped = new Map<string, Skipped>();
  private readonly homes = new Map<string, Resolution>();
  private readonly chains: Chains;
  private readonly options: GatherOptions;

  constructor(options: GatherOptions, groups: readonly EventGroup[]) {
    this.options = options;
    this.chains = new Chains(
      options.index,
      options.choices,
      groups.map(({ event }) => event),
    );
  }

  take(group: EventGroup): void {
    const { event } = group;
    if (event.kind === "userns" && event.profile === "unconfined") return this.unconfinedUserns(group);
    const reading = readNeed(event);
    if (reading.kind === "skip") return this.skip(group, reading.reason, reading.detail);
    const own = bytesText(event, "profile") ?? bytesText(event, "label");
    if (own === undefined || own === "") return this.skip(group, "incomplete");
    if (own === "unconfined") return this.skip(group, "unconfined");
    const label = labelOf(event.namespace, own);
    if (!this.isKnown(label)) return this.unknown(group, label);
    const { home, execs } = this.resolve(label);
    for (const { profile, path } of execs) this.hear(profile, path, group);
    if (home.kind === "dropped") return this.skip(group, home.reason);
    if (home.kind === "pending") {
      this.wait(home.profile, home.path, group);
      return this.skip(group, "pending-exec");
    }
    if (!this.isNamable(home.name)) return this.skip(group, "unnamable");
    this.record(home.name, reading, group);
  }

  /** What a directory of profiles lacks may be made there, but for profiles of other namespaces, which are somebody else's: a container's. */
  private unknown(group: EventGroup, label: string): void {
    if (label.includes("//&")) return this.skip(group, "stack", label);
    if (label.startsWith(":")) return this.skip(group, "other-namespace", label);
    this.skip(group, isPlainName(rootOf(label)) ? "unknown-profile" : "unnamable");
  }

  /** A program without a profile that is kept from user namespaces: a small profile that allows just them gives them back. */
  private unconfinedUserns(group: EventGroup): void {
    const path = group.event.execPath;
    const evidence = evidenceOf(group);
    const about = { profile: "unconfined", reason: "", evidence };
    const attached = path?.startsWith("/") === true ? this.options.index.attached(path) : undefined;
    if (attached !== undefined) {
      const text = `the profile ${JSON.stringify(attached.name)} attaches to ${path} by now: load it and start the program again`;
      return this.remark({ ...about, kind: "advice", text });
    }
    if (path?.startsWith("/") === true) return this.remark({ ...about, kind: "program", text: path });
    const comm = group.event.comm ?? "a program";
    const text = `${comm} has no profile and asked for a user namespace: a profile for its executable with \`userns,\` in it permits that`;
    this.remark({ ...about, kind: "advice", text });
  }

  /** Whether a profile is there, or its name and those of the profiles it would be in can be written. */
  private isNamable(label: string): boolean {
    if (this.options.index.find(label) !== undefined || this.options.accepts(label)) return true;
    const split = splitFullName(label);
    return split === undefined ? isPlainName(label) : isPlainName(split.name) && this.isNamable(split.parent);
  }

  /** A learning profile is as known as what it was made from. */
  private isKnown(label: string): boolean {
    const base = label.split("//null-", 1)[0] ?? label;
    return this.options.index.find(base) !== undefined || this.options.accepts(rootOf(base));
  }

  private resolve(label: string): Resolution {
    const known = this.homes.get(label) ?? this.chains.resolve(label);
    this.homes.set(label, known);
    return known;
  }

  private record(profile: string, reading: Exclude<NeedReading, { kind: "skip" }>, group: EventGroup): void {
    const evidence = evidenceOf(group);
    switch (reading.kind) {
      case "rule":
        return this.rule(profile, reading, group);
      case "file":
        return this.file(profile, reading, evidence, group.event.pid);
      case "exec":
        return this.exec({ profile, path: reading.path, missingProfile: reading.missingProfile, waiting: 0, evidence });
      case "hat":
        return this.remark({ kind: "hat", profile, text: reading.hat, reason: "", evidence });
      case "flag":
        return this.remark({ kind: "flag", profile, text: reading.flag, reason: reading.reason, evidence });
      case "advice":
        return this.remark({ kind: "advice", profile, text: reading.text, reason: reading.text, evidence });
    }
  }

  /** A peer that is a learning profile is called by the name its events belong to. */
  private rule(profile: string, reading: NeededRule, group: EventGroup): void {
    const { draft, questions } = reading;
    if (draft.kind === "link") this.linked.add(`${profile}\0${literalText(draft.path) ?? ""}`);
    const peer = bytesText(group.event, "peer");
    const evidence = evidenceOf(group);
    if (peer?.includes("//null-") !== true || !(draft.kind === "signal" || draft.kind === "ptrace")) {
      this.needs.push({ profile, draft, questions, evidence });
      return;
    }
    const { home } = this.resolve(peer);
    if (home.kind !== "profile") return this.skip(group, "pending-exec");
    this.needs.push({
      profile,
      draft: { ...draft, peer: literalPattern(home.name) },
      questions: questions.map((question) => ("peer" in question ? { ...question, peer: home.name } : question)),
      evidence,
    });
  }

  private file(profile: string, reading: NeededFile, evidence: Evidence, pid: number | undefined): void {
    const key = `${profile}\0${reading.path}`;
    const known = this.files.get(key);
    const isOwn = pid !== undefined && reading.path.includes(String(pid));
    if (known === undefined) {
      const { path, permissions, owner, plainRoot, questions } = reading;
      const pids = new Set(isOwn ? [pid] : []);
      this.files.set(key, {
        profile,
        path,
        permissions,
        owner,
        plainRoot,
        questions,
        evidence,
        pids,
        letters: new Set(lettersOf(reading)),
      });
      return;
    }
    if (isOwn) known.pids.add(pid);
    for (const letter of lettersOf(reading)) known.letters.add(letter);
    known.permissions |= reading.permissions;
    known.owner &&= reading.owner;
    known.plainRoot &&= reading.plainRoot;
    known.evidence = addEvidence(known.evidence, evidence);
    const fresh = reading.questions.filter((question) => !known.questions.some((other) => isSame(other, question)));
    known.questions = [...known.questions, ...fresh].slice(0, MAX_FILE_QUESTIONS);
  }

  private exec(need: ExecNeed): void {
    const key = execKey(need.profile, need.path);
    const known = this.execs.get(key);
    const missingProfile = need.missingProfile || known?.missingProfile === true;
    this.execs.set(key, {
      ...need,
      missingProfile,
      waiting: (known?.waiting ?? 0) + need.waiting,
      evidence: known === undefined ? need.evidence : addEvidence(known.evidence, need.evidence),
    });
  }

  /** The exec itself may be lost from the log: its learning profile tells of it all the same. */
  private hear(profile: string, path: string, group: EventGroup): void {
    const key = execKey(profile, path);
    if (this.execs.has(key) || !this.options.choices.execs.has(key)) return;
    this.exec({ profile, path, missingProfile: false, waiting: 0, evidence: evidenceOf(group) });
  }

  private wait(profile: string, path: string, group: EventGroup): void {
    const key = execKey(profile, path);
    const known = this.execs.get(key);
    if (known !== undefined) this.execs.set(key, { ...known, waiting: known.waiting + group.count });
    else this.exec({ profile, path, missingProfile: false, waiting: group.count, evidence: evidenceOf(group) });
  }

  private remark(remark: Remark): void {
    const key = JSON.stringify([remark.kind, remark.profile, remark.text]);
    const known = this.remarks.get(key);
    const evidence = known === undefined ? remark.evidence : addEvidence(known.evidence, remark.evidence);
    this.remarks.set(key, { ...remark, evidence });
  }

  private skip({ key: own, event, count }: EventGroup, reason: SkipReason, detail?: string): void {
    const key = `${reason} ${own}`;
    const known = this.skipped.get(key);
    this.skipped.set(key, { reason, event: known?.event ?? event, count: (known?.count ?? 0) + count, detail });
  }

  result(): Gathered {
    return {
      files: [...this.files].map(([key, tally]) => fileNeed(tally, this.linked.has(key))),
      needs: this.needs,
      execs: [...this.execs.values()],
      remarks: [...this.remarks.values()],
      skipped: [...this.skipped.values()],
    };
  }
}

function lettersOf({ questions }: NeededFile): readonly string[] {
  return questions.flatMap((question) => (question.kind === "file" ? question.letters : []));
}

function isSame(a: Need["questions"][number], b: Need["questions"][number]): boolean {
  return a.kind === "file" && b.kind === "file" && a.owner === b.owner && a.letters.join("") === b.letters.join("");
}

function fileNeed(tally: FileTally, isLink: boolean): FileNeed {
  const { profile, path, questions, evidence, permissions: all } = tally;
  const permissions = all & FilePermission.w ? all & ~FilePermission.a : all;
  const owner = tally.owner && !tally.plainRoot ? "owner" : "any";
  const draft = { kind: "file", path: literalPattern(path), permissions, owner } as const;
  const { pids, letters } = tally;
  return {
    profile,
    path,
    draft,
    questions,
    evidence,
    pids,
    isTransient: letters.has("d") && (isLink || letters.has("c")),
  };
}
