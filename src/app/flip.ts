/**
 * The smallest edit that turns an answer round. Candidates are made from the least to the most, and every one is tried: it is made in a copy of
 * the text, asked again, and what else it changes is computed. The first that turns the answer and changes nothing
 * else is taken; if there is none, the first that turns the answer, with all that it changes beside it.
 */
import type { RuleDraft } from "../language/edit/index.ts";
import type { Rule } from "../language/model/index.ts";
import { draftOf, type Explanation } from "../analysis/explain/index.ts";
import type { WorldFile } from "./meaning-world.ts";
import { type Edit, type EditRequest, type Flip, tryEdit } from "./tried-edit.ts";

interface Request extends EditRequest {
  readonly explanation: Explanation;
}

/** `undefined`: no edit of the file that was tried turns the answer. */
export function smallestEdit(request: Request): Flip | undefined {
  const wanted = request.explanation.verdict === "all" ? "none" : "all";
  const edits = wanted === "all" ? allowing(request) : refusing(request);
  let best: Flip | undefined;
  for (const edit of edits) {
    const tried = tryEdit(request, edit, wanted);
    if (tried === undefined) continue;
    if (tried.alsoAllows.length === 0 && tried.alsoTakes.length === 0) return tried;
    best ??= tried;
  }
  return best;
}

const HIGHEST = 1000;

function allowing({ question, explanation, file }: Request): readonly Edit[] {
  const plain = draftOf(question.rule);
  const refused = explanation.parts.filter(({ outcome }) => outcome !== "allowed");
  const blockers = [...new Set(refused.flatMap(({ rules }) => rules))];
  const isOwn = blockers.every((rule) => isIn(rule, file));
  const priority = 1 + blockers.reduce((most, rule) => Math.max(most, priorityOf(rule)), 0);
  const canOutrank = question.rule.kind !== "rlimit" && blockers.length > 0 && priority <= HIGHEST;
  return [
    ...(blockers.length === 0 ? [{ removed: [], added: plain }] : []),
    ...(isOwn && blockers.length > 0
      ? [
          { removed: blockers, added: undefined },
          { removed: blockers, added: plain },
        ]
      : []),
    ...(canOutrank ? [{ removed: [], added: qualified(plain, { priority }) }] : []),
  ];
}

function refusing({ question, explanation, file }: Request): readonly Edit[] {
  const { rule } = question;
  if (rule.kind === "rlimit") return [];
  const grants = [...new Set(explanation.parts.flatMap(({ rules }) => rules))];
  const isOwn = grants.length > 0 && grants.every((one) => isIn(one, file));
  const priority = grants.reduce((most, one) => Math.max(most, priorityOf(one)), 0);
  const draft = qualified(withoutTransition(draftOf(rule)), { mode: "deny", priority });
  return [
    // what is in a file that other profiles read, too, is not removed
    ...(isOwn ? [{ removed: grants, added: undefined }] : []),
    { removed: [], added: draft },
  ];
}

/** Limits have no qualifiers. */
function qualified(draft: RuleDraft, more: { readonly mode?: "deny"; readonly priority: number }): RuleDraft {
  return draft.kind === "rlimit" ? draft : { ...draft, ...more };
}

/** A deny rule says `x` alone. */
function withoutTransition(draft: RuleDraft): RuleDraft {
  if (draft.kind !== "file" || draft.exec === undefined) return draft;
  return {
    ...draft,
    exec: { transition: "deny", fallback: "none", safe: false },
    execTarget: undefined,
    execSafety: undefined,
  };
}

function priorityOf(rule: Rule): number {
  return rule.kind === "rlimit" ? 0 : rule.priority;
}

function isIn({ origin }: Rule, { source }: WorldFile): boolean {
  return origin.span.file === source.id;
}
