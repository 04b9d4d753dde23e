/** Of what the policy on disk permits by now: whether its text was changed after the event, or what is loaded seems older than the text. */
import type { DeferredPolicySet } from "../language/resolve/index.ts";
import { ProfileIndex, type Proposal } from "../learning/learn/index.ts";
import type { LearnedProposal } from "./engine.ts";

/** When a file was last changed, in milliseconds since 1970; `undefined`: nobody knows. */
export type LastChanged = (path: string) => number | undefined;

/** `undefined` where the policy does not permit it, or no time is known. */
export function toLoad(
  { status, profile, decidedBy, evidence }: Proposal,
  { profiles, sources }: DeferredPolicySet,
  lastChanged: LastChanged | undefined,
): LearnedProposal["toLoad"] {
  const [own] = new ProfileIndex(profiles).find(profile) ?? [];
  const path = own && sources.get(own.origin.span.file)?.path;
  const last = evidence.last;
  if (status !== "covered" || lastChanged === undefined || path === undefined || last === undefined || last.sec < 0)
    return undefined;
  const texts = decidedBy
    .flatMap(({ origin }) => [origin.span, ...origin.includes])
    .flatMap(({ file }) => sources.get(file)?.path ?? []);
  const times = [...new Set([path, ...texts])].map((text) => ({ text, at: lastChanged(text) ?? 0 }));
  const changed = times.find(({ at }) => at > last.sec * 1000 + last.ms);
  return { path, changed: changed?.text };
}
