/**
 * The smallest edit that turns an answer round. Candidates are made from the least to the most, and every one is tried: it is made in a copy of
 * the text, asked again, and what else it changes is computed. The first that turns the answer and changes nothing
 * else is taken; if there is none, the first that turns the answer, with all that it changes beside it.
 */
import type { RuleDraft } from "../language/edit/index.ts";
import type { Rule } from "../language/model/index.ts";
import { draftOf, type Explanation } from "../analysis/explain/index.ts";
import type { WorldFile } from "./meaning-world.ts";
import { withoutAsked } from "./narrowing.ts";
import { type Edit, type EditRequest, type Flip, readRule, tryEdit } from "./tried-edit.ts";

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

function allowing(request: Request): readonly Edit[] {
  const { question, explanation, file } = request;
  const plain = draftOf(question.rule);
  const refused = explanation.parts.filter(({ outcome }) => outcome !== "allowed");
  const blockers = [...new Set(refused.flatMap(({ rules }) => rules))];
  const isOwn = blockers.every((rule) => isIn(rule, file));
  const priority = 1 + blockers.reduce((most, rule) => Math.max(most, priorityOf(rule)), 0);
  const canOutrank = question.rule.kind !== "rlimit" && blockers.length > 0 && priority <= HIGHEST;
  return [
    ...(blockers.length === 0 ? [{ removed: [], added: plain }] : []),
    ...(isOwn ? narrowed(blockers, request, [undefined, plain]) : []),
    ...(isOwn && blockers.length > 0
      ? [
          { removed: blockers, added: undefined },
          { removed: blockers, added: plain },
        ]
      : []),
    // of limits the last one counts
    ...(question.rule.kind === "rlimit" && !isOwn ? [{ removed: [], added: plain }] : []),
    ...(canOutrank ? [{ removed: [], added: qualified(plain, { priority }) }] : []),
  ];
}

function refusing(request: Request): readonly Edit[] {
  const { question, explanation, file } = request;
  const { rule } = question;
  if (rule.kind === "rlimit") return [];
  const grants = [...new Set(explanation.parts.flatMap(({ rules }) => rules))];
  const isOwn = grants.length > 0 && grants.every((one) => isIn(one, file));
  const priority = grants.reduce((most, one) => Math.max(most, priorityOf(one)), 0);
  const draft = qualified(withoutTransition(draftOf(rule)), { mode: "deny", priority });
  return [
    // what is in a file that other profiles read, too, is not removed
    ...(isOwn ? [...narrowed(grants, request, [undefined]), { removed: grants, added: undefined }] : []),
    { removed: [], added: draft },
  ];
}

/** The rules cut down where they say more than what is asked, and the others removed; with each of the rules that may come. */
function narrowed(
  rules: readonly Rule[],
  { question, file }: Request,
  added: readonly (RuleDraft | undefined)[],
): readonly Edit[] {
  const replaced = rules.flatMap((rule) => {
    const by = isWholeAlone(rule, file) ? withoutAsked(rule, question.rule) : undefined;
    return by === undefined ? [] : [{ rule, by }];
  });
  if (replaced.length === 0) return [];
  const removed = rules.filter((rule) => !replaced.some((one) => one.rule === rule));
  return added.map((draft) => ({ removed, replaced, added: draft }));
}

function ownerOf(rule: Rule): string | undefined {
  return "owner" in rule ? rule.owner : undefined;
}

/** Whether a rule's own text says all of it, and no block around it more. */
function isWholeAlone(rule: Rule, file: WorldFile): boolean {
  const { start, end } = rule.origin.span;
  const read = readRule(file.source.text.slice(start, end), file);
  if (read === undefined || read.kind === "rlimit" || rule.kind === "rlimit") return false;
  return (
    read.mode === rule.mode &&
    read.audit === rule.audit &&
    read.priority === rule.priority &&
    ownerOf(read) === ownerOf(rule)
  );
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
