/**
 * Includes as answers: what an abstraction of the policy grants at once. It is in front only where it is worth it, and where nothing else
 * that it opens is of a class that the program never showed, a `grep` is no reason for the network, or as large as nobody can say: a script that
 * loads four modules is no reason for the whole library of its interpreter.
 */
import { type FileRule, FilePermission, type Profile, type Rule, emptyProfile } from "../../language/model/index.ts";
import { type IncludeOffer, offersFor } from "./coverage.ts";
import { grantsSame } from "./covered-rules.ts";
import { candidate } from "./files.ts";
import type { ProfileIndex } from "./profiles.ts";
import type { Abstraction, Candidate, LearnOptions, Proposal } from "./types.ts";

/** Needs an include must answer to be proposed first. */
export const INCLUDE_FROM = 3;

/** Offers every include that answers something: in front when it answers enough, behind the plain rule otherwise. */
export function withIncludes(
  proposals: readonly Proposal[],
  index: ProfileIndex,
  options: LearnOptions,
): readonly Proposal[] {
  const abstractions = proposals.some(isOpen) ? abstractionsOf(options) : [];
  if (abstractions.length === 0) return proposals;
  const byProfile = new Map<string, Proposal[]>();
  for (const proposal of proposals) {
    const list = byProfile.get(proposal.profile);
    if (list === undefined) byProfile.set(proposal.profile, [proposal]);
    else list.push(proposal);
  }
  return [...byProfile].flatMap(([name, own]) => {
    const open = own.filter(isOpen);
    const template = index.find(name)?.at(-1) ?? emptyProfile(name);
    const offers = offersFor(open, abstractions, template);
    const ids = open.map(({ id }) => id);
    const shown = shownClasses(own, template);
    const known: Known = { shown, trees: template.rules.filter(isTree) };
    const mine = offersById(offers, ids, (offer) => isWorthIt(offer, known, options.includeFrom ?? INCLUDE_FROM));
    return own.map((proposal) => withOffers(proposal, mine.get(proposal.id) ?? []));
  });
}

function isOpen({ status, questions }: Proposal): boolean {
  return status === "needed" && questions.length > 0;
}

function abstractionsOf({ abstractions = [] }: LearnOptions): readonly Abstraction[] {
  return typeof abstractions === "function" ? abstractions() : abstractions;
}

/** What one does not get beside something else without having asked for it. Device nodes that lead nowhere, and sockets of logs, are no writing. */
type RuleClass = "network" | "exec" | "write" | "privilege";

const HARMLESS_TO_WRITE =
  /^\/(?:dev\/(?:null|zero|full|random|urandom|log|pts\/|tty)|\{,var\/\}run\/systemd\/journal\/|run\/systemd\/journal\/)/;

function classOf(rule: Rule): RuleClass | undefined {
  if (rule.kind === "rlimit" || rule.mode === "deny") return undefined;
  if (rule.kind === "file") {
    if (rule.exec !== undefined && rule.exec.transition !== "deny") return "exec";
    const writes = (rule.permissions & (FilePermission.w | FilePermission.a)) !== 0;
    return writes && !HARMLESS_TO_WRITE.test(rule.path.text) ? "write" : undefined;
  }
  return rule.kind === "all" ? "privilege" : KINDS[rule.kind];
}

/** Kinds of rules that open something by themselves. */
const KINDS: Partial<Readonly<Record<Proposal["kind"], RuleClass>>> = {
  exec: "exec",
  network: "network",
  link: "write",
  capability: "privilege",
  mount: "privilege",
  userns: "privilege",
  change_profile: "privilege",
  io_uring: "privilege",
};

/** The same of what the log shows. */
function classOfNeed({ kind, wanted }: Proposal): RuleClass | undefined {
  if (wanted?.kind !== "file") return KINDS[kind];
  return (wanted.permissions & (FilePermission.w | FilePermission.a)) === 0 ? undefined : "write";
}

/** What the program has shown, or its profile has already. */
function shownClasses(proposals: readonly Proposal[], profile: Profile): ReadonlySet<RuleClass | undefined> {
  return new Set([...proposals.map(classOfNeed), ...profile.rules.map(classOf)]);
}

/** Names below these are made up anew by each run, and are the program's own: such a tree holds little that is there already. */
const MADE_UP_ANEW = /^\/(?:(?:\{,var\/\}|var\/)?tmp|dev\/shm)\//;

/** Whether a rule opens all that is below a directory: no log says how much that is. */
function isTree(rule: Rule): rule is FileRule {
  if (rule.kind !== "file" || rule.mode === "deny" || !rule.path.text.includes("**")) return false;
  return rule.owner !== "owner" || !MADE_UP_ANEW.test(rule.path.text);
}

/** What a profile shows it may do by now, and what the log adds. */
interface Known {
  readonly shown: ReadonlySet<RuleClass | undefined>;
  readonly trees: readonly FileRule[];
}

/** What every program includes: the C library's own needs, writing of logs and locale caches among them. */
const OF_ALL_PROGRAMS = "abstractions/base";

function isWorthIt(
  { answers, price, path, rules, unused }: IncludeOffer,
  { shown, trees }: Known,
  enough: number,
): boolean {
  if (answers.length < enough || price > MAX_PRICE) return false;
  if (path === OF_ALL_PROGRAMS) return true;
  if (rules.some((rule) => isTree(rule) && !trees.some((own) => grantsSame(own, rule)))) return false;
  return unused.every((rule) => {
    const own = classOf(rule);
    return own === undefined || shown.has(own);
  });
}

const MAX_INCLUDES = 3;

/** An include, and whether it is worth being proposed before the plain rule. */
interface Include {
  readonly candidate: Candidate;
  readonly front: boolean;
}

/** The best few offers for each proposal. */
function offersById(
  offers: readonly IncludeOffer[],
  ids: readonly string[],
  isFirst: (offer: IncludeOffer) => boolean,
): ReadonlyMap<string, readonly Include[]> {
  const byId = new Map<string, Include[]>(ids.map((id) => [id, []]));
  for (const offer of offers) {
    const item = { candidate: includeCandidate(offer, ids), front: isFirst(offer) };
    for (const id of item.candidate.alsoAnswers) {
      const list = byId.get(id);
      if (list !== undefined && list.length < MAX_INCLUDES) list.push(item);
    }
  }
  return byId;
}

function withOffers(proposal: Proposal, includes: readonly Include[]): Proposal {
  const front = includes.filter((include) => include.front).map((include) => include.candidate);
  const behind = includes.filter((include) => !include.front).map((include) => include.candidate);
  const [first, ...rest] = proposal.candidates;
  return { ...proposal, candidates: [...front, ...(first === undefined ? [] : [first]), ...behind, ...rest] };
}

/** What an include may cost for each need it answers, to be proposed first. */
const MAX_PRICE = 30;

function includeCandidate(offer: IncludeOffer, ids: readonly string[]): Candidate {
  const include = { path: offer.path, searched: true, ifExists: false };
  const count = offer.answers.length;
  const reason = `it answers ${count} ${count === 1 ? "need" : "needs"}`;
  const alsoAnswers = offer.answers.flatMap((at) => ids[at] ?? []);
  return candidate("abstraction", [{ kind: "add-include", include }], reason, {
    alsoAnswers,
    excess: offer.unused.length,
  });
}
