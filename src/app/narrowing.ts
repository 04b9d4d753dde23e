/** A rule without what another one speaks of: fewer letters, fewer names. */
import { draftOf } from "../analysis/explain/index.ts";
import type { DraftQualifiers, RuleDraft } from "../language/edit/index.ts";
import { FilePermission, type Rule } from "../language/model/index.ts";

/**
 * What is left of a rule when the letters, capabilities, signals or permissions that the other one names are taken off;
 * `undefined`: nothing is left, or the rule cannot be cut down in this way.
 */
export function withoutAsked(rule: Rule, asked: Rule): RuleDraft | undefined {
  const rest = cut(rule, asked);
  if (rest === undefined || rule.kind === "rlimit" || rest.kind === "rlimit") return undefined;
  const { mode, audit, priority } = rule;
  const qualifiers: DraftQualifiers = { mode, audit, priority };
  return { ...rest, ...qualifiers };
}

function cut(rule: Rule, asked: Rule): RuleDraft | undefined {
  if (rule.kind === "file") return cutFile(rule, asked);
  if (rule.kind !== asked.kind) return undefined;
  const draft = draftOf(rule);
  const askedFor = draftOf(asked);
  if (draft.kind === "capability" && askedFor.kind === "capability") {
    const names = without(draft.names, askedFor.names);
    return names && { ...draft, names };
  }
  if (draft.kind === "signal" && askedFor.kind === "signal") {
    const signals = without(draft.signals ?? [], askedFor.signals ?? []);
    if (signals !== undefined) return { ...draft, signals };
    const permissions = without(draft.permissions ?? [], askedFor.permissions ?? []);
    return permissions && { ...draft, permissions };
  }
  return cutPermissions(draft, askedFor);
}

function cutFile(rule: Extract<Rule, { readonly kind: "file" }>, asked: Rule): RuleDraft | undefined {
  const letters =
    asked.kind === "file" ? asked.permissions : asked.kind === "link" ? FilePermission.l : rule.permissions;
  const permissions = rule.permissions & ~letters;
  const draft = draftOf(rule);
  if (permissions === 0 || permissions === rule.permissions || draft.kind !== "file") return undefined;
  const isRun = (permissions & FilePermission.x) !== 0;
  const isLinked = (permissions & FilePermission.l) !== 0;
  return {
    ...draft,
    permissions,
    ...(isRun ? { exec: rule.exec } : { exec: undefined, execSafety: undefined, execTarget: undefined }),
    ...(!isLinked && { linkTarget: undefined, subset: false }),
  };
}

/** Rules with a list of permissions; without one they mean all. */
type PermittingDraft = Extract<RuleDraft, { readonly kind: "dbus" | "ptrace" | "unix" | "network" | "mqueue" }>;

function isPermitting(draft: RuleDraft): draft is PermittingDraft {
  return ["dbus", "ptrace", "unix", "network", "mqueue"].includes(draft.kind);
}

function cutPermissions(draft: RuleDraft, asked: RuleDraft): RuleDraft | undefined {
  if (!isPermitting(draft) || !isPermitting(asked)) return undefined;
  return withFewer<string, PermittingDraft>(draft, asked);
}

function withFewer<P, D extends RuleDraft & { readonly permissions?: readonly P[] | undefined }>(
  draft: D,
  asked: { readonly permissions?: readonly P[] | undefined },
): D | undefined {
  const permissions = without<P>(draft.permissions ?? [], asked.permissions ?? []);
  return permissions && { ...draft, permissions };
}

/** `undefined`: nothing is left, or nothing goes. */
function without<T>(all: readonly T[], some: readonly T[]): readonly T[] | undefined {
  const rest = all.filter((one) => !some.includes(one));
  return rest.length === 0 || rest.length === all.length ? undefined : rest;
}
