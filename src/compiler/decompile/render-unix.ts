/**
 * Fine-grained AF_UNIX rules (kernel-abi 8.7). Patterns for addresses may hold any byte, so the automaton mixes the parts of a
 * string; here it is asked only for strings a kernel makes:
 *
 *     protocol u16 | address NUL | NUL | [1 peer address NUL peer label | 2 backlog u16 | 4 option u16]
 *     address: NUL name (abstract) | 1 (no address) | nothing (one is about to be chosen)
 */
import { type Dfa, OUT_OF_BAND_SYMBOL, step } from "../automata/index.ts";
import { type CompiledAutomaton, MAY_CREATE, MediationClass, permissionsOf } from "../compiled/index.ts";
import { classTable, permissionNames } from "./render-permissions.ts";
import { statePatterns } from "./state-patterns.ts";
import type { Work } from "./work.ts";

const SPACE = 0x20;
/** What is asked for a socket by itself, by its address, and with a peer. */
const CREATE = MAY_CREATE;
const LOCAL = 0x0370_0320;
const PEER = 0x0010_0046;
/** Lines of one socket type that are written out; addresses of one place that are looked at. */
const MAX_LINES = 300;
const MAX_ADDRESSES = 60;

/** What all rules of an automaton are looked for with. */
interface UnixWalk {
  readonly automaton: CompiledAutomaton;
  /** The automaton without its transitions on NUL and control bytes: what may stand within one part of a string. */
  readonly within: Dfa;
  /** Of each state the one behind a NUL, and what is granted with a peer. */
  readonly behind: Uint32Array;
  readonly granted: Uint32Array;
  readonly work: Work;
}

/** Prepares the search. Cost: O(states + exceptions). */
export function walkUnix(automaton: CompiledAutomaton, work: Work): UnixWalk {
  const { dfa } = automaton;
  work.spend(3 * dfa.stateCount + dfa.symbols.length);
  return {
    automaton,
    within: withoutControls(dfa),
    behind: Uint32Array.from({ length: dfa.stateCount }, (_, at) => step(dfa, at, 0)),
    granted: dfa.outputs.map((_, at) => permissionsOf(automaton, at, "policydb").allow & PEER),
    work,
  };
}

/** An address, and the state behind its NUL. */
interface Address {
  readonly text: string;
  readonly state: number;
}

/** One rule; an address that is undefined is any address. */
interface Grant {
  readonly permissions: string;
  readonly address?: string | undefined;
  readonly peer?: { readonly address: string | undefined; readonly label: string };
}

/** What the automaton grants on sockets of the type that `state` stands for; `type` is its name, empty for all others. */
export function renderUnixRules(walk: UnixWalk, state: number, type: string): readonly string[] {
  const { automaton } = walk;
  const socket = follow(automaton.dfa, state, [0, 0]);
  const own = permissionsAt(walk, [state, socket], CREATE | LOCAL | PEER);
  const located = addresses(walk, socket).flatMap(({ text, state: at }) => {
    const end = step(automaton.dfa, at, 0);
    return end === 0 ? [] : grantsAt(walk, end).map((grant) => ({ ...grant, address: text }));
  });
  const grants: readonly Grant[] = [...(own === "" ? [] : [{ permissions: own }]), ...fold(located)];
  const lines = grants.map((grant) => grantText(grant, type));
  return lines.length <= MAX_LINES
    ? lines
    : [...lines.slice(0, MAX_LINES), `# … ${lines.length - MAX_LINES} more unix rules`];
}

function grantText({ permissions, address, peer }: Grant, type: string): string {
  const inPeer = peer && [
    ...(peer.address === undefined ? [] : [`addr=${peer.address}`]),
    ...(peer.label === "**" ? [] : [`label=${peer.label}`]),
  ];
  const parts = [
    `unix (${permissions})`,
    ...(type === "" ? [] : [`type=${type}`]),
    ...(address === undefined ? [] : [`addr=${address}`]),
    ...(inPeer === undefined || inPeer.length === 0 ? [] : [`peer=(${inPeer.join(" ")})`]),
  ];
  return `${parts.join(" ")},`;
}

function follow(dfa: Dfa, state: number, bytes: readonly number[]): number {
  return bytes.reduce((at, byte) => step(dfa, at, byte), state);
}

function permissionsAt({ automaton }: UnixWalk, states: readonly number[], mask: number): string {
  const live = states.filter((state) => state !== 0);
  const bits = live.reduce((sum, state) => sum | permissionsOf(automaton, state, "policydb").allow, 0);
  return permissionNames((bits & mask) >>> 0, classTable.get(MediationClass.networkV9)?.names ?? []);
}

/** The addresses that may stand here. */
function addresses({ automaton, behind, within, work }: UnixWalk, state: number): readonly Address[] {
  const { dfa } = automaton;
  const abstract = step(dfa, state, 0);
  const isLookedAt = abstract !== 0 && !work.isSpent;
  const named = !isLookedAt
    ? []
    : statePatterns(within, abstract, behind, work).filter(({ pattern }) => pattern !== "");
  return [
    { text: "none", state: follow(dfa, state, [1, 0]) },
    { text: "auto", state: abstract },
    ...named.slice(0, MAX_ADDRESSES).map(({ pattern, state: at }) => ({ text: `@${pattern}`, state: behind[at]! })),
  ].filter((address) => address.state !== 0);
}

/** What may be done with a local address, alone and with peers. */
function grantsAt(walk: UnixWalk, state: number): readonly Grant[] {
  const { dfa } = walk.automaton;
  // any backlog and any option do: rules do not tell them apart
  const own = permissionsAt(walk, [state, follow(dfa, state, [2, 0, 5]), follow(dfa, state, [4, 0, 16])], LOCAL);
  const command = step(dfa, state, 1);
  const peers = command === 0 ? [] : addresses(walk, command).flatMap((address) => peerGrants(walk, address));
  const folded = fold(peers);
  const withPeers = folded.map(({ permissions, address, label }) => ({ permissions, peer: { address, label } }));
  return own === "" ? withPeers : [{ permissions: own }, ...withPeers];
}

interface PeerGrant {
  readonly permissions: string;
  readonly address: string | undefined;
  readonly label: string;
}

function peerGrants(walk: UnixWalk, { text, state }: Address): readonly PeerGrant[] {
  const { granted, within, work } = walk;
  if (work.isSpent) return [];
  const found = statePatterns(within, state, granted, work).filter(
    (each) => granted[each.state] !== 0 && each.pattern !== "",
  );
  return found.map((each) => ({
    permissions: permissionsAt(walk, [each.state], PEER),
    address: text,
    label: each.pattern,
  }));
}

/** Equal but for the address, and for every form of one: said once, without an address. */
function fold<T extends { readonly address?: string | undefined }>(grants: readonly T[]): readonly T[] {
  const groups = new Map<string, T[]>();
  for (const grant of grants) {
    const key = JSON.stringify({ ...grant, address: null });
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [grant]);
    else group.push(grant);
  }
  return [...groups.values()].flatMap((group) => {
    const texts = group.map(({ address }) => address ?? "");
    const isAny = texts.includes("none") && texts.some((text) => /^@\*+$/.test(text));
    return isAny ? group.slice(0, 1).map((grant) => ({ ...grant, address: undefined })) : group;
  });
}

/** The same automaton with NUL and control bytes leading nowhere: no name or label has them. Cost: O(states + exceptions). */
function withoutControls(dfa: Dfa): Dfa {
  const rows = new Uint32Array(dfa.stateCount + 1);
  const symbols: number[] = [];
  const targets: number[] = [];
  for (let state = 0; state < dfa.stateCount; state += 1) {
    if (dfa.defaults[state] !== 0) {
      for (let byte = 0; byte < SPACE; byte += 1) {
        symbols.push(byte);
        targets.push(0);
      }
    }
    for (let at = dfa.rows[state]!; at < dfa.rows[state + 1]!; at += 1) {
      if (dfa.symbols[at]! < SPACE || dfa.symbols[at] === OUT_OF_BAND_SYMBOL) continue;
      symbols.push(dfa.symbols[at]!);
      targets.push(dfa.targets[at]!);
    }
    rows[state + 1] = symbols.length;
  }
  return { ...dfa, rows, symbols: Uint16Array.from(symbols), targets: Uint32Array.from(targets) };
}
