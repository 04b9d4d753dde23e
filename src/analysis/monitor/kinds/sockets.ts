/**
 * A socket is decided by family and type, and an AF_UNIX socket, where the kernel distinguishes them, by address and peer, too
 * (compile-semantics 3.7, 3.8; kernel-abi 8.5-8.8).
 */
import type { NetworkRule, Operand, Profile, Rule } from "../../../language/model/index.ts";
import { labelComponents, protocolWords } from "../../../language/tables/index.ts";
import { type Decision, decisionOf, type NamedVerdict } from "../decision.ts";
import { fit, subject } from "../match.ts";
import type { NetworkQuestion, UnixQuestion } from "../question.ts";
import { type Claim, claim, weigh } from "../weigh.ts";
import { labelFits } from "./tasks.ts";

/** Words of the log that a rule calls otherwise; bits only tell permissions apart within one question. */
const SAME: Readonly<Record<string, string>> = { write: "send", read: "receive", w: "send", r: "receive" };

export function decideNetwork(profile: Profile, question: NetworkQuestion): Decision {
  return perPermission(question.permissions, (permission) =>
    profile.rules.flatMap((rule) => networkClaims(rule, question, permission)),
  );
}

function networkClaims(rule: Rule, question: NetworkQuestion, permission: string): readonly Claim[] {
  if (rule.kind === "all") return [claim(rule, 1, { priority: 0 })];
  if (rule.kind === "unix" && question.family === "unix") return downgraded(rule, question, permission);
  if (rule.kind !== "network" || !lists(rule.permissions, permission)) return [];
  if (!coversSocket(rule, question.family, question.type)) return [];
  return [claim(rule, 1, { priority: 0, exact: (rule.type ?? rule.protocol) !== undefined })];
}

/** Where unix sockets are not distinguished, an allow rule for them opens the family; a deny rule is lost. */
function downgraded(
  rule: Extract<Rule, { kind: "unix" }>,
  question: NetworkQuestion,
  permission: string,
): readonly Claim[] {
  if (rule.mode === "deny" || !lists(rule.permissions, permission)) return [];
  return sameType(rule.type, question.type) ? [claim(rule, 1, { priority: 0, exact: rule.type !== undefined })] : [];
}

function coversSocket(rule: NetworkRule, family: string, type: string | undefined): boolean {
  const protocol = rule.protocol === undefined ? undefined : protocolWords.get(rule.protocol);
  if (rule.family !== undefined && rule.family !== family) return false;
  if (rule.family === undefined && rule.hasConditions && !["inet", "inet6"].includes(family)) return false;
  if (protocol !== undefined && !protocol.families.includes(family)) return false;
  return sameType(rule.type ?? protocol?.type, type);
}

function sameType(written: string | undefined, asked: string | undefined): boolean {
  return written === undefined || asked === undefined || written === asked;
}

function lists(permissions: readonly string[] | undefined, wanted: string): boolean {
  return permissions === undefined || permissions.includes(SAME[wanted] ?? wanted);
}

function perPermission(permissions: readonly string[], claimsFor: (permission: string) => readonly Claim[]): Decision {
  return decisionOf(permissions.map((name) => ({ ...weigh(claimsFor(name), 1, name === EXACT_FIRST), name })));
}

/** Its bit is one of those that exact patterns have first, which only says how it is logged (compile-semantics 4.7). */
const EXACT_FIRST = "setattr";

/** Permissions that speak of the other side: only these look at the peer's address and label. */
const PEER: ReadonlySet<string> = new Set(["send", "receive", "connect", "accept"]);

export function decideUnix(profile: Profile, question: UnixQuestion): Decision {
  const parts = peerQuestions(question);
  return decisionOf(
    question.permissions.map((name): NamedVerdict => {
      const permission = SAME[name] ?? name;
      const verdictOn = (part: UnixQuestion): NamedVerdict => {
        const claims = profile.rules.flatMap((rule) => unixClaims(rule, part, permission));
        return { ...weigh(claims, 1, name === EXACT_FIRST), name };
      };
      const verdicts = parts.map(verdictOn);
      return verdicts.find(({ outcome }) => outcome !== "allow") ?? verdicts[0] ?? verdictOn(question);
    }),
  );
}

/** A peer that is a stack is asked about profile by profile, each of which has a record of its own (kernel-abi 8.7). */
export function peerQuestions(question: UnixQuestion): readonly UnixQuestion[] {
  const { peerLabel, permissions } = question;
  const parts =
    peerLabel === undefined || !permissions.some((name) => PEER.has(SAME[name] ?? name))
      ? []
      : labelComponents(peerLabel);
  return parts.length < 2 ? [question] : parts.map((part) => ({ ...question, peerLabel: part }));
}

function unixClaims(rule: Rule, question: UnixQuestion, permission: string): readonly Claim[] {
  if (rule.kind === "all") return [claim(rule, 1)];
  if (rule.kind === "network") {
    // A network rule that covers the family stands for a unix rule with all permissions, in which a
    // denial is logged without `audit` and quiet with it (compile-semantics 3.8).
    const covers = !rule.hasConditions && coversSocket(rule, "unix", question.type);
    return covers ? [claim(rule, 1, { priority: 0, audit: rule.audit !== (rule.mode === "deny") })] : [];
  }
  if (rule.kind !== "unix" || !lists(rule.permissions, permission) || !sameType(rule.type, question.type)) return [];
  const conditions = rule.peerAddress !== undefined || rule.peerLabel !== undefined;
  const own = permission === "bind" && question.address === null;
  if (conditions && !own && !PEER.has(permission)) return [];
  if (permission === "bind") return bindFits(rule.address, question.address) ? [claim(rule, 1)] : [];
  if (permission !== "create" && !addressFits(rule.address, question.address)) return [];
  if (!PEER.has(permission)) return [claim(rule, 1)];
  const peer = addressFits(rule.peerAddress, question.peerAddress);
  const label = question.peerLabel === undefined || labelFits(rule.peerLabel, question.peerLabel);
  return peer && label ? [claim(rule, 1)] : [];
}

/**
 * To bind to a name the name must fit. A socket without an address asks for a name of the kernel's choice, which rules with
 * `addr=auto` and rules without any address grant.
 */
function bindFits(operand: Operand | undefined, address: string | null | undefined): boolean {
  if (operand === undefined || address === undefined) return true;
  return address === null ? operand.text === "auto" : operand.text !== "auto" && addressFits(operand, address);
}

/** `undefined` in the question: not known, taken to fit. `null`: a socket without an address. */
function addressFits(operand: Operand | undefined, address: string | null | undefined): boolean {
  if (operand === undefined || address === undefined) return true;
  if (operand.text === "none") return address === null;
  if (address === null) return false;
  if (operand.text === "auto") return /^@[0-9a-f]{5}$/.test(address);
  return fit(operand.text.slice(1), "address", subject(address.slice(1))) !== "no";
}
