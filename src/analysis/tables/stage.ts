/**
 * Where matching comes to an end: kernels say of a refused mount, and since 7.2 of a refused socket, which part of the string led
 * nowhere (kernel-abi 8.6, 8.7, 8.10; audit-events 2.7, 2.8.1).
 */
import { step } from "../../compiler/automata/index.ts";
import {
  type CompiledProfile,
  MAY_EXECUTE,
  MAY_LINK,
  MediationClass,
  startState,
  match,
} from "../../compiler/compiled/index.ts";
import type { KernelGeneration } from "../../compiler/policydb/index.ts";
import type { LinkQuestion, Question } from "../monitor/index.ts";
import { decideCompiled } from "./decide.ts";
import { joined, type Lookup, lookupsOf } from "./lookups.ts";
import { mediates, queryProfile } from "./query.ts";

/** The kernel's words for where the strings of a question end; `undefined`: it has none, or the whole string is matched. */
export function failedStage(
  profile: CompiledProfile,
  question: Question,
  kernel: KernelGeneration,
): string | undefined {
  if (question.kind === "link") return linkStage(profile, question, kernel);
  if (question.kind !== "mount" && question.kind !== "network" && question.kind !== "unix") return undefined;
  const isFine = kernel === "7.2" && mediates(profile, MediationClass.networkV9);
  if (question.kind !== "mount" && !isFine) return undefined;
  const [lookup] = lookupsOf(question, isFine);
  const { policydb } = profile;
  if (lookup === undefined || policydb === undefined) return undefined;
  let state = step(policydb.dfa, startState(policydb, "policydb"), lookup.classNumber);
  for (const { bytes, words } of stagesOf(question.kind, lookup)) {
    state = match(policydb.dfa, state, bytes);
    if (state === 0) return `failed ${words} match`;
  }
  return question.kind === "mount" ? "failed perms check" : undefined;
}

/** The name allows a link and the pair does not, or the target does not run as the name would (kernel-abi 7.7). */
function linkStage(profile: CompiledProfile, question: LinkQuestion, kernel: KernelGeneration): string | undefined {
  const [l, , ...letters] = decideCompiled(profile, question, { kernel }).verdicts;
  const { path, owner } = question;
  if (l?.allowed === false) {
    const name = queryProfile(profile, MediationClass.file, joined(path), { kernel, isOwner: owner });
    return ((name?.allow ?? 0) & MAY_LINK) === 0 ? undefined : "target restricted";
  }
  const missing = letters.filter(({ allowed }) => !allowed);
  if (missing.length !== 1 || missing[0]?.name !== "x") return undefined;
  const target = queryProfile(profile, MediationClass.file, joined(question.target), { kernel, isOwner: owner });
  return ((target?.allow ?? 0) & MAY_EXECUTE) === 0 ? undefined : "link not subset of target";
}

/** A part of the string, and what a kernel calls it. */
interface Stage {
  readonly bytes: Uint8Array;
  readonly words: string;
}

function stagesOf(kind: "mount" | "network" | "unix", { data }: Lookup): readonly Stage[] {
  if (kind === "mount") return cut(data, ["mntpnt", "srcname", "type", "flags"], nuls(data, 3));
  if (kind === "network" || data.length <= 4) return cut(data, ["af", "type"], [2, 4]);
  return [...cut(data.subarray(0, 6), ["af", "type", "protocol"], [2, 4, 6]), ...unixStages(data.subarray(6))];
}

/** Places behind the first NULs. */
function nuls(data: Uint8Array, most: number): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at < data.length && found.length < most; at += 1) if (data[at] === 0) found.push(at + 1);
  return found;
}

function cut(data: Uint8Array, words: readonly string[], ends: readonly number[]): readonly Stage[] {
  return words.map((word, place) => ({
    bytes: data.subarray(ends[place - 1] ?? 0, ends[place] ?? data.length),
    words: word,
  }));
}

const behindCommand: readonly string[] = ["", "peer address", "listen backlog", "", "sockopt"];

/** Own address and label, both with a NUL, then perhaps a command and what belongs to it. */
function unixStages(data: Uint8Array): readonly Stage[] {
  if (data.length === 0) return [];
  const address = addressEnd(data, 0);
  const label = address + 1;
  const own = cut(data.subarray(0, label), ["local address", "local label"], [address, label]);
  if (data.length === label) return own;
  const command = { bytes: data.subarray(label, label + 1), words: "cmd selection" };
  const words = behindCommand[data[label] ?? 0] ?? "";
  const rest = data.subarray(label + 1);
  const peer = addressEnd(rest, 0);
  const behind = words === "peer address" ? cut(rest, [words, "peer label"], [peer]) : cut(rest, [words], []);
  return [...own, command, ...behind];
}

/** Behind the NUL that ends an address: `\0 name`, `\x01` for none, or nothing at all. */
function addressEnd(data: Uint8Array, start: number): number {
  const first = data[start] === 0 && data[start + 1] !== 0 ? start + 1 : start;
  const nul = data.indexOf(0, first);
  return nul < 0 ? data.length : nul + 1;
}
