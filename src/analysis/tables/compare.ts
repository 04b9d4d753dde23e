/**
 * Do two compiled policies decide the same? Profiles are paired by name; scalar parts are compared as the kernel reads them, and
 * automata by a product walk from both start states: at every pair of states that some input reaches, the permissions must be
 * the same, whatever the encodings (packed bits or tables, differential or plain, class tables or not). A difference carries the
 * input as a witness. The method is compile-semantics 9.2.
 */
import { step, walkProduct } from "../../compiler/automata/index.ts";
import {
  ABI_MASK,
  type AutomatonName,
  type CompiledAutomaton,
  type CompiledPolicy,
  type CompiledProfile,
  DEFAULT_PATH_FLAGS,
  FORCE_COMPLAIN,
  meaningsOf,
  startState,
} from "../../compiler/compiled/index.ts";
import { decodePolicy } from "../../compiler/policydb/index.ts";

export interface PolicyDifference {
  readonly profile: string;
  /** `profile`, a scalar part by its field name, or the automaton. */
  readonly part: string;
  readonly message: string;
  /** The input that leads to the difference; bytes as `\xNN`, the out-of-band symbol as `\oob`. */
  readonly witness: string | undefined;
}

/** All differences of two streams; those of an automaton stop at the first `limit`. Not decodable is a difference, too. */
export function compareStreams(left: Uint8Array, right: Uint8Array, limit = 5): readonly PolicyDifference[] {
  const first = decodePolicy(left);
  const second = decodePolicy(right);
  if (first.ok && second.ok) return comparePolicies(first.value, second.value, limit);
  const messages = [first, second].flatMap((each) => (each.ok ? [] : [each.error.refusal.message]));
  return messages.map((message) => ({ profile: "", part: "stream", message, witness: undefined }));
}

/** Where two compiled policies decide differently; at most `limit` places. */
export function comparePolicies(left: CompiledPolicy, right: CompiledPolicy, limit = 5): readonly PolicyDifference[] {
  const lefts = byKey(left);
  const rights = byKey(right);
  return [
    ...[...lefts].flatMap(([key, profile]) => {
      const other = rights.get(key);
      return other === undefined ? [missing(profile, "left")] : compareProfiles(profile, other, limit);
    }),
    ...[...rights].filter(([key]) => !lefts.has(key)).map(([, profile]) => missing(profile, "right")),
  ];
}

/** By namespace, name and how often both occurred before: children in two namespaces may share a name, and name no namespace. */
function byKey({ profiles }: CompiledPolicy): ReadonlyMap<string, CompiledProfile> {
  const counts = new Map<string, number>();
  const found = new Map<string, CompiledProfile>();
  for (const profile of profiles) {
    const key = `${profile.namespace ?? ""}\0${profile.name}`;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    found.set(`${key}\0${count}`, profile);
  }
  return found;
}

function missing(profile: CompiledProfile, side: string): PolicyDifference {
  return { profile: profile.name, part: "profile", message: `only on the ${side}`, witness: undefined };
}

function compareProfiles(left: CompiledProfile, right: CompiledProfile, limit: number): readonly PolicyDifference[] {
  const found: PolicyDifference[] = [];
  const add = (part: string, message: string, witness?: string): void => {
    found.push({ profile: left.name, part, message, witness });
  };
  const scalars = scalarsOf(left);
  const others = scalarsOf(right);
  for (const [part, value] of Object.entries(scalars)) {
    if (value !== others[part]) add(part, `${value} against ${others[part]}`);
  }
  for (const name of ["xmatch", "policydb", "file"] as const) {
    const first = left[name];
    const second = right[name];
    if (first === undefined || second === undefined) {
      if (first !== second) add(name, `only on the ${first === undefined ? "right" : "left"}`);
      continue;
    }
    for (const each of compareAutomata(first, second, name, limit)) add(name, each.message, each.witness);
  }
  return found;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "none";
}

/** The scalar parts as texts, each as the kernel understands it. */
function scalarsOf(profile: CompiledProfile): Readonly<Record<string, string>> {
  const { capabilities: caps, rlimits, netAllowedAf, data } = profile;
  const limits = rlimits?.values.map((value, i) => (((rlimits.mask >>> i) & 1) === 0 ? "" : String(value)));
  return {
    abi: String(profile.version & ABI_MASK),
    flags: String(profile.flags),
    mode: String((profile.version & FORCE_COMPLAIN) === 0 ? profile.mode : 1),
    audit: String(profile.audit !== 0),
    pathFlags: String(profile.pathFlags ?? DEFAULT_PATH_FLAGS),
    rename: show(profile.rename),
    disconnected: show(profile.disconnected),
    disconnectedIpc: show(profile.disconnectedIpc),
    kill: show(profile.kill),
    error: show(profile.error),
    capabilities: `${caps.allow} audit ${caps.audit & caps.allow} quiet ${caps.quiet & ~caps.allow} x ${caps.extended ?? 0n}`,
    identities: show(profile.identities),
    xattrs: show(profile.xattrs),
    xmatchLength: show(profile.xmatch?.length),
    rlimits: rlimits === undefined ? "none" : `${rlimits.mask}: ${limits?.join(" ")}`,
    secmark: show(profile.secmark),
    netAllowedAf: netAllowedAf?.join(" ") ?? "none",
    data: show(data?.map(({ key, value }) => [key, [...value]])),
  };
}

/** The differences of two automata, each with a shortest witness; at most `limit`. */
export function compareAutomata(
  left: CompiledAutomaton,
  right: CompiledAutomaton,
  name: AutomatonName,
  limit = 5,
): readonly { readonly message: string; readonly witness: string }[] {
  // COST: of two profiles that are nearly alike most automata are the same object
  if (isOne(left, right)) return [];
  const meanings = new Map<string, number>();
  const leftMeaning = meaningsOf(left, name, meanings);
  const rightMeaning = meaningsOf(right, name, meanings);
  const texts = [...meanings.keys()];
  const found = name === "policydb" ? mediationDifferences(left, right) : [];
  if (startState(left, name) !== startState(right, name)) found.push({ message: "start states differ", witness: "" });
  if (leftMeaning[0] !== rightMeaning[0]) {
    found.push({
      message: `where nothing matches: ${texts[leftMeaning[0]!]} against ${texts[rightMeaning[0]!]}`,
      witness: "",
    });
  }
  const walked = walkProduct(left.dfa, right.dfa, ({ leftState, rightState, witness }) => {
    const one = leftMeaning[leftState]!;
    const other = rightMeaning[rightState]!;
    if (one !== other)
      found.push({ message: `${texts[one]} against ${texts[other]}`, witness: renderInput(witness()) });
    return found.length >= limit;
  });
  if (!walked.ok) found.push({ message: "too large to compare", witness: "" });
  return found.slice(0, limit);
}

/** Whether they are written in the same words, so that nothing can be decided otherwise. */
function isOne(left: CompiledAutomaton, right: CompiledAutomaton): boolean {
  const isSame = isSameTables(left.dfa, right.dfa) && isSamePermissions(left.permissions, right.permissions);
  const isPlain = left.starts === undefined && right.starts === undefined;
  return isSame && isPlain && left.transitions.join("\n") === right.transitions.join("\n");
}

type Tables = CompiledAutomaton["dfa"];

/** COST: what a file says was compiled before its text was changed, and after; most profiles in it are the same, and to walk through them is longer. */
function isSameTables(left: Tables, right: Tables): boolean {
  if (left === right) return true;
  return (
    left.stateCount === right.stateCount &&
    isSameList(left.outputs, right.outputs) &&
    isSameList(left.defaults, right.defaults) &&
    isSameList(left.rows, right.rows) &&
    isSameList(left.symbols, right.symbols) &&
    isSameList(left.targets, right.targets)
  );
}

type Permissions = CompiledAutomaton["permissions"];

function isSamePermissions(left: Permissions, right: Permissions): boolean {
  if (left === right) return true;
  if (left.kind !== "table" || right.kind !== "table") return false;
  const isIndexed = isSameList(left.index, right.index) && left.version === right.version;
  const isFlagged =
    left.accept2 === right.accept2 ||
    (left.accept2 !== undefined && right.accept2 !== undefined && isSameList(left.accept2, right.accept2));
  return isIndexed && isFlagged && JSON.stringify(left.entries) === JSON.stringify(right.entries);
}

function isSameList(left: ArrayLike<number>, right: ArrayLike<number>): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at += 1) if (left[at] !== right[at]) return false;
  return true;
}

/** Classes that only one of them mediates: after the class byte one is dead and the other is not (kernel-abi 8.2). */
function mediationDifferences(
  left: CompiledAutomaton,
  right: CompiledAutomaton,
): { readonly message: string; readonly witness: string }[] {
  const found: { message: string; witness: string }[] = [];
  for (let byte = 0; byte < 256; byte += 1) {
    const isLeft = step(left.dfa, 1, byte) !== 0;
    if (isLeft === (step(right.dfa, 1, byte) !== 0)) continue;
    found.push({ message: `class mediated only on the ${isLeft ? "left" : "right"}`, witness: renderInput([byte]) });
  }
  return found;
}

function renderInput(symbols: readonly number[]): string {
  return symbols
    .map((symbol) => {
      if (symbol === 256) return "\\oob";
      if (symbol > 0x20 && symbol < 0x7f && symbol !== 0x5c) return String.fromCharCode(symbol);
      return symbol === 0x5c ? "\\\\" : `\\x${symbol.toString(16).padStart(2, "0")}`;
    })
    .join("");
}
