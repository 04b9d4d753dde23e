/** Signals and ptrace need a rule on both sides; a log often shows the second side only after the first is mended. */
import { decide } from "../../analysis/monitor/index.ts";
import { type PtraceDraft, type SignalDraft, literalPattern, literalText } from "../../language/edit/index.ts";
import { signalNumber } from "../../language/tables/index.ts";
import type { ProfileIndex } from "./profiles.ts";
import type { Need } from "./types.ts";

const SIGNAL_SIDE = { send: "receive", receive: "send" } as const;
const PTRACE_SIDE = { trace: "tracedby", tracedby: "trace", read: "readby", readby: "read" } as const;

/** What the peers of these needs lack: only profiles the policy has, and only what they do not allow yet. */
export function companionsOf(needs: readonly Need[], index: ProfileIndex): readonly Need[] {
  return needs.flatMap((need) => {
    const { draft } = need;
    if (draft.kind !== "signal" && draft.kind !== "ptrace") return [];
    const peer = literalText(draft.peer ?? "*");
    if (peer === undefined || peer === need.profile || index.find(peer) === undefined) return [];
    return mirrored(need, draft, peer, index);
  });
}

function mirrored(need: Need, draft: SignalDraft | PtraceDraft, peer: string, index: ProfileIndex): readonly Need[] {
  const other = draft.kind === "signal" ? otherSignal(draft, need.profile) : otherPtrace(draft, need.profile);
  const path = index.find(peer) ?? [];
  const lacks = other.questions.some((question) => !decide(path, question).allowed);
  return lacks ? [{ profile: peer, ...other, evidence: need.evidence }] : [];
}

function otherSignal(draft: SignalDraft, peer: string): Pick<Need, "draft" | "questions"> {
  const permissions = (draft.permissions ?? []).map((word) => SIGNAL_SIDE[word]);
  const signals = (draft.signals ?? []).map(signalNumber).filter((number) => number !== undefined);
  return {
    draft: { ...draft, permissions, peer: literalPattern(peer) },
    questions: permissions.flatMap((permission) =>
      signals.map((signal) => ({ kind: "signal", permission, signal, peer }) as const),
    ),
  };
}

function otherPtrace(draft: PtraceDraft, peer: string): Pick<Need, "draft" | "questions"> {
  const permissions = (draft.permissions ?? []).map((word) => PTRACE_SIDE[word]);
  return {
    draft: { ...draft, permissions, peer: literalPattern(peer) },
    questions: permissions.map((permission) => ({ kind: "ptrace", permission, peer }) as const),
  };
}
