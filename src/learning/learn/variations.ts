/** What a person makes of a candidate: another path, another owner, an audited rule, another profile for a program. */
import { type FileDraft, type RuleDraft, isPlainName } from "../../language/edit/index.ts";
import { FilePermission, type Profile } from "../../language/model/index.ts";
import { fileAction } from "./files.ts";
import type { Action, Candidate, ExecDecision, Proposal, Variation } from "./types.ts";

/** The candidate with what is different about it; `undefined` where it has nothing of the kind, or no rule could say it. */
export function varied(
  proposal: Proposal,
  candidate: Candidate,
  variation: Variation,
  own: Profile | undefined,
): Candidate | undefined {
  const { path, owner, audit, target, scrubbed, fallsBack } = variation;
  const isExec = proposal.kind === "exec";
  const ofExec = target !== undefined || scrubbed !== undefined || fallsBack !== undefined;
  if (isExec ? path !== undefined || owner !== undefined : ofExec) return undefined;
  if (path !== undefined && !/^(?:\/|@\{)/.test(path)) return undefined;
  const wanted = proposal.wanted?.kind === "file" ? proposal.wanted.permissions : 0;
  const actions: Action[] = [];
  for (const action of candidate.actions) {
    if (action.kind !== "add-rule" && action.kind !== "replace-rule") {
      if (path !== undefined || owner !== undefined || audit !== undefined) return undefined;
      const named = execProfile(action, target);
      if (named !== undefined) actions.push(named);
      continue;
    }
    const rule = variedRule(action.rule, variation, wanted);
    if (rule === undefined) return undefined;
    const isElsewhere = rule.kind === "file" && (path !== undefined || owner !== undefined);
    actions.push(isElsewhere ? fileAction(own, rule) : { ...action, rule });
  }
  const exec = candidate.exec && variedDecision(proposal.profile, candidate.exec, target);
  if (target !== undefined && exec?.kind !== "profile") return undefined;
  return { ...candidate, actions, exec, alsoAnswers: path === undefined ? candidate.alsoAnswers : [] };
}

function variedRule(rule: RuleDraft, variation: Variation, wanted: number): RuleDraft | undefined {
  const { path, owner, audit } = variation;
  if (rule.kind === "rlimit")
    return path === undefined && owner === undefined && audit === undefined ? rule : undefined;
  const audited = audit === undefined ? rule : { ...rule, audit };
  if (audited.kind === "file") return variedFile(audited, variation, wanted);
  return path === undefined && owner === undefined ? audited : undefined;
}

/** Elsewhere only what was wanted is granted: the old rule may have granted more. */
function variedFile(
  rule: FileDraft,
  { path, owner, target, scrubbed, fallsBack }: Variation,
  wanted: number,
): FileDraft {
  const isMoved = path !== undefined && path !== rule.path;
  const { exec } = rule;
  return {
    ...rule,
    path: path ?? rule.path,
    permissions: isMoved && rule.mode !== "deny" ? wanted : rule.permissions,
    owner: owner === undefined ? rule.owner : owner ? "owner" : "any",
    execTarget: target ?? rule.execTarget,
    exec: exec && {
      ...exec,
      safe: exec.transition === "inherit" ? exec.safe : (scrubbed ?? exec.safe),
      fallback: fallsBack === undefined ? exec.fallback : fallsBack ? "inherit" : "none",
    },
    ...(fallsBack === true && { permissions: rule.permissions | FilePermission.m | FilePermission.r }),
  };
}

/** The child that is to be made gets the name; another profile is not made, since it may well be there. */
function execProfile(action: Action, target: string | undefined): Action | undefined {
  if (target === undefined) return action;
  if (action.kind !== "add-child") return undefined;
  return isPlainName(target) ? { ...action, child: { ...action.child, name: target } } : undefined;
}

function variedDecision(profile: string, decision: ExecDecision, target: string | undefined): ExecDecision {
  if (target === undefined) return decision;
  if (decision.kind === "child") return { kind: "profile", target: `${profile}//${target}` };
  return decision.kind === "profile" ? { kind: "profile", target } : decision;
}
