/** Signals and ptrace need a rule on both sides; a log often shows the second side only after the first is mended. */
import { decide } from "../../analysis/monitor/index.ts";
import { type PtraceDraft, type SignalDraft, literalPattern, literalText } from "../../language/edit/index.ts";
import { signalNumber } from "../../language/tables/index.ts";
import type { ProfileIndex } from "./profiles.ts";
import type { Need } from "./types.ts";

const OTHER_SIDE: Readonly<Record<string, string>> = {
  send: "receive",
  receive: "send",
  trace: "tracedby",
  tracedby: "trace",
  read: "readby",
  readby: "read",
};

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
  const permissions = (draft.permissions ?? []).map((word) => OTHER_SIDE[word] ?? word);
  const other = { ...draft, permissions, peer: literalPattern(need.profile) };
  const questions =
    draft.kind === "signal" ? signalQuestions(draft, need.profile) : ptraceQuestions(draft, need.profile);
  const path = index.find(peer) ?? [];
  const lacks = questions.some((question) => !decide(path, question).allowed);
  return lacks ? [{ profile: peer, draft: other, questions, evidence: need.evidence }] : [];
}

function signalQuestions(draft: SignalDraft, peer: string): Need["questions"] {
  const sides = (draft.permissions ?? []).map((word): "send" | "receive" => (word === "send" ? "receive" : "send"));
  const signals = (draft.signals ?? []).map(signalNumber).filter((number) => number !== undefined);
  return sides.flatMap((permission) =>
    signals.map((signal) => ({ kind: "signal" as const, permission, signal, peer })),
  );
}

const PTRACE_SIDE: Readonly<Record<string, "trace" | "tracedby" | "read" | "readby">> = {
  trace: "tracedby",
  tracedby: "trace",
  read: "readby",
  readby: "read",
};

function ptraceQuestions(draft: PtraceDraft, peer: string): Need["questions"] {
  return (draft.permissions ?? []).flatMap((word) => {
    const permission = PTRACE_SIDE[word];
    return permission === undefined ? [] : [{ kind: "ptrace" as const, permission, peer }];
  });
}
