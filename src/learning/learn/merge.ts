/** Needs of one profile that one rule can meet: what refused accesses have in common. */
import type { FileDraft, RlimitDraft, RuleDraft } from "../../language/edit/index.ts";
import { FilePermission } from "../../language/model/index.ts";
import { addEvidence } from "./evidence.ts";
import type { Need } from "./types.ts";

/** Joins drafts of a kind: `key` says which belong together, `join` makes one of two. */
interface Merger<T> {
  readonly key: (draft: T) => unknown;
  readonly join: (a: T, b: T) => T;
}

type Mergers = { readonly [K in RuleDraft["kind"]]: Merger<Extract<RuleDraft, { kind: K }>> };

function same<T>(): Merger<T> {
  return { key: (draft) => draft, join: (a) => a };
}

function union<T>(a: readonly T[] | undefined, b: readonly T[] | undefined): readonly T[] | undefined {
  return a === undefined || b === undefined ? undefined : [...new Set([...a, ...b])];
}

const MERGERS: Mergers = {
  file: { key: (draft) => [draft.path, draft.mode], join: joinFiles },
  link: same(),
  change_profile: same(),
  capability: same(),
  network: same(),
  unix: {
    key: (draft) => ({ ...draft, permissions: undefined }),
    join: (a, b) => ({ ...a, permissions: union(a.permissions, b.permissions) }),
  },
  mount: same(),
  signal: {
    key: ({ permissions, peer }) => [permissions, peer],
    join: (a, b) => ({ ...a, signals: union(a.signals, b.signals) }),
  },
  ptrace: { key: ({ peer }) => peer, join: (a, b) => ({ ...a, permissions: union(a.permissions, b.permissions) }) },
  dbus: same(),
  mqueue: {
    key: ({ type, name, label }) => [type, name, label],
    join: (a, b) => ({ ...a, permissions: union(a.permissions, b.permissions) }),
  },
  io_uring: { key: ({ label }) => label, join: (a, b) => ({ ...a, permissions: union(a.permissions, b.permissions) }) },
  userns: same(),
  rlimit: { key: ({ name }) => name, join: largerLimit },
  all: same(),
};

function largerLimit(a: RlimitDraft, b: RlimitDraft): RlimitDraft {
  if (a.value === "infinity" || b.value === "infinity") return { ...a, value: "infinity", unit: undefined };
  return BigInt(a.value) >= BigInt(b.value) ? a : b;
}

/** Permissions add up; writing holds appending. `owner` remains only when all have it. */
export function joinFiles(a: FileDraft, b: FileDraft): FileDraft {
  const both = a.permissions | b.permissions;
  const permissions = both & FilePermission.w ? both & ~FilePermission.a : both;
  return { ...a, permissions, owner: a.owner === b.owner ? a.owner : "any", exec: a.exec ?? b.exec };
}

/** The key needs of one rule share, and the draft of two of them as one. */
function mergeKey(profile: string, draft: RuleDraft): string {
  return JSON.stringify([profile, draft.kind, keyOf(draft)]);
}

function keyOf<K extends RuleDraft["kind"]>(draft: Extract<RuleDraft, { kind: K }>): unknown {
  const merger: Merger<Extract<RuleDraft, { kind: K }>> = MERGERS[draft.kind];
  return merger.key(draft);
}

function joinDrafts(a: RuleDraft, b: RuleDraft): RuleDraft {
  return a.kind === b.kind ? joinSame(a, b) : a;
}

function joinSame<K extends RuleDraft["kind"]>(a: Extract<RuleDraft, { kind: K }>, b: RuleDraft): RuleDraft {
  const merger: Merger<Extract<RuleDraft, { kind: K }>> = MERGERS[a.kind];
  return isSameKind(a, b) ? merger.join(a, b) : a;
}

function isSameKind<K extends RuleDraft["kind"]>(
  a: Extract<RuleDraft, { kind: K }>,
  b: RuleDraft,
): b is Extract<RuleDraft, { kind: K }> {
  return a.kind === b.kind;
}

/** Joins needs that one rule meets, in order of first appearance. */
export function mergeNeeds(needs: readonly Need[]): readonly Need[] {
  const merged = new Map<string, Need>();
  for (const need of needs) {
    const key = mergeKey(need.profile, need.draft);
    const known = merged.get(key);
    merged.set(key, known === undefined ? need : joinNeeds(known, need));
  }
  return [...merged.values()];
}

/** One need of two, with the draft of both. */
function joinNeeds(a: Need, b: Need): Need {
  return {
    profile: a.profile,
    draft: joinDrafts(a.draft, b.draft),
    questions: addQuestions(a.questions, b.questions),
    evidence: addEvidence(a.evidence, b.evidence),
  };
}

const MAX_QUESTIONS = 200;

function addQuestions(a: Need["questions"], b: Need["questions"]): Need["questions"] {
  const seen = new Set(a.map(questionKey));
  return [...a, ...b.filter((question) => !seen.has(questionKey(question)))].slice(0, MAX_QUESTIONS);
}

function questionKey(question: Need["questions"][number]): string {
  return JSON.stringify(question, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}
