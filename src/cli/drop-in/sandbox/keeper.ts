/**
 * The keeper of a sandbox: a process that may load policy, which whoever starts the program may not. It loads the profile that comes on its standard
 * input, and when that ends, because the program has, or because whoever wrote there is gone, it ends what still runs under the profile and removes it.
 *
 * INVARIANT: a profile is removed only when nothing runs under it, for what does would be free by that.
 */
import { setTimeout as pause } from "node:timers/promises";
import { labelComponents, loadStreamReader, refusalText, submit } from "../../../app/index.ts";
import { Refused } from "../../../foundation/basics/index.ts";
import { decodeBytes, displayText, encodeBytes } from "../../../foundation/text/index.ts";
import type { CliIo } from "../../io.ts";
import { OutputGone } from "../../output.ts";
import { stillLoaded } from "../still-loaded.ts";

/** What the keeper is asked to load: the stream follows the line. */
interface Request {
  readonly name: string;
  readonly bytes: number;
  /** The process that asks. */
  readonly caller: number;
}

/** What it answers, and says at its end. */
export type KeeperWord =
  | { readonly said: "loaded" }
  /** A profile of that name is loaded already: another name may be asked for. */
  | { readonly said: "taken" }
  | { readonly said: "refused"; readonly why: string }
  /** Processes that have been ended do not end. */
  | { readonly said: "waiting"; readonly processes: number }
  | { readonly said: "gone"; readonly ended: number }
  | { readonly said: "left"; readonly why: string };

/** Nothing else is loaded here, and nothing else removed. */
const SANDBOX_NAME = /^sandbox-[\w+.-]+$/;

const MOST_BYTES = 64 << 20;

export function renderRequest(request: Request, stream: Uint8Array): Uint8Array {
  return Buffer.concat([encodeBytes(`${JSON.stringify(request)}\n`), stream]);
}

/** `undefined`: no word of a keeper's. */
export function readWord(line: string): KeeperWord | undefined {
  try {
    const word: unknown = JSON.parse(line);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keeper is this program
    return typeof word === "object" && word !== null && "said" in word ? (word as KeeperWord) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether whoever listens still does. The work goes on without him. */
function tell(io: CliIo, word: KeeperWord): boolean {
  try {
    io.json(`${JSON.stringify(word)}\n`);
    return true;
  } catch (thrown) {
    if (thrown instanceof OutputGone || thrown instanceof Refused) return false;
    throw thrown;
  }
}

/** Standard input, a line or so many bytes at a time; `undefined`: it ended before. */
function inputReader({ inputPiece }: CliIo): {
  readonly line: () => string | undefined;
  readonly bytes: (count: number) => Uint8Array | undefined;
} {
  let held: Uint8Array = new Uint8Array();
  const more = (): boolean => {
    const piece = inputPiece();
    if (piece !== undefined) held = Buffer.concat([held, piece]);
    return piece !== undefined;
  };
  const take = (count: number): Uint8Array => {
    const taken = held.slice(0, count);
    held = held.slice(count);
    return taken;
  };
  return {
    line: () => {
      while (!held.includes(10)) if (held.length > 65_536 || !more()) return undefined;
      return decodeBytes(take(held.indexOf(10) + 1)).slice(0, -1);
    },
    bytes: (count) => {
      while (held.length < count) if (!more()) return undefined;
      return take(count);
    },
  };
}

function readRequest(line: string): Request | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { bytes, caller, name }: { bytes?: unknown; caller?: unknown; name?: unknown } = value;
  const isRequest = typeof name === "string" && Number.isInteger(bytes) && Number.isInteger(caller);
  if (!isRequest || typeof bytes !== "number" || typeof caller !== "number") return undefined;
  return bytes > 0 && bytes <= MOST_BYTES ? { bytes, caller, name } : undefined;
}

/** Why this is no profile for a sandbox; `undefined`: it is one. */
async function objection({ name }: Request, stream: Uint8Array): Promise<string | undefined> {
  if (!SANDBOX_NAME.test(name)) return `${name} is no name of a sandbox`;
  const profiles = (await loadStreamReader())(stream);
  if (!profiles.ok) return profiles.error;
  const other = profiles.value.find(
    (one) => !one.isByNameAlone || !(one.name === name || one.name.startsWith(`${name}//`)),
  );
  if (other === undefined) return profiles.value.some((one) => one.name === name) ? undefined : "it holds no profile";
  return `${other.name} is not the profile of this sandbox alone`;
}

/** What is seen of a sandbox. */
interface Seen {
  /** They run under the profile or a child of it, or will from their next exec on. */
  readonly pids: readonly number[];
  /** Every process could be looked at. */
  readonly isAll: boolean;
}

function lookAtProcesses({ caller, name }: Request, io: CliIo): Seen {
  const isUnder = (label: string | undefined): boolean =>
    label !== undefined && labelComponents(label).some((one) => one === name || one.startsWith(`${name}//`));
  const { hidden, processes, unlisted } = io.processesAt({}).confinement();
  const left = processes.filter(
    ({ label, pid }) => pid !== caller && (isUnder(label) || isUnder(io.nextLabel(pid))) && !io.isOver(pid),
  );
  return { pids: left.map(({ pid }) => pid), isAll: hidden === 0 && unlisted === undefined };
}

/** Of a process that forks while it is looked for one look alone may miss all that is left. */
const LOOKS = 3;
const SHORT_MS = 5;
const LONG_MS = 1000;
/** So many rounds are short ones. */
const PATIENCE = 200;

/** Ends everything that runs under the profile; how many processes that were. */
async function endAll(request: Request, io: CliIo): Promise<number> {
  const ended = new Set<number>();
  let round = 0;
  for (let quiet = 0; quiet < LOOKS; round += 1) {
    const { isAll, pids } = lookAtProcesses(request, io);
    quiet = isAll && pids.length === 0 ? quiet + 1 : 0;
    for (const pid of pids) {
      ended.add(pid);
      io.endProcess(pid);
    }
    if (round === PATIENCE) tell(io, { said: "waiting", processes: pids.length });
    if (quiet === 0) await pause(round < PATIENCE ? SHORT_MS : LONG_MS);
  }
  return ended.size;
}

/** Loads what is asked for until one is loaded; `undefined`: nothing is. */
async function loadOne(reader: ReturnType<typeof inputReader>, io: CliIo): Promise<Request | undefined> {
  const kernel = io.kernelAt({});
  for (;;) {
    const line = reader.line();
    if (line === undefined) return undefined;
    const request = readRequest(line);
    const stream = request === undefined ? undefined : reader.bytes(request.bytes);
    if (request === undefined || stream === undefined) {
      tell(io, { said: "refused", why: "that is no request" });
      return undefined;
    }
    const against = await objection(request, stream);
    if (against !== undefined) {
      tell(io, { said: "refused", why: against });
      return undefined;
    }
    const loaded = submit(stream, { kernel, how: "add" });
    if (loaded.ok) return request;
    const { error } = loaded;
    const isTaken = error.kind === "policy-rejected" && error.errno === "EEXIST";
    if (!isTaken) {
      tell(io, { said: "refused", why: refusalText(error) });
      return undefined;
    }
    if (!tell(io, { said: "taken" })) return undefined;
  }
}

/** Waits until nobody is left to write to standard input; that it cannot be read is an end, too. */
function awaitEnd(reader: ReturnType<typeof inputReader>): void {
  try {
    while (reader.line() !== undefined);
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
  }
}

const REMOVALS = 5;

/** Removes the profile; why it is left. Somebody who has removed it was faster. */
async function removeProfile(name: string, io: CliIo): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const kernel = io.kernelAt({});
    const removed = kernel.remove(name);
    if (removed.ok) return undefined;
    const isMissed = removed.error.kind === "policy-rejected" && removed.error.errno === "ENOENT";
    const left = isMissed ? stillLoaded([name], kernel) : undefined;
    if (left?.ok === true && left.value.length === 0) return undefined;
    if (attempt === REMOVALS) return refusalText(removed.error);
    await pause(SHORT_MS);
  }
}

function ignore(): void {
  // whoever is asked to end by a key, or with a session, has a profile to remove first
}

/** Keeps one profile loaded as long as standard input lasts; the exit status. */
export async function keep(io: CliIo): Promise<number> {
  const signals = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGTSTP"] as const;
  for (const signal of signals) process.on(signal, ignore);
  try {
    const reader = inputReader(io);
    const request = await loadOne(reader, io);
    if (request === undefined) return 1;
    if (tell(io, { said: "loaded" })) awaitEnd(reader);
    const ended = await endAll(request, io);
    const why = await removeProfile(request.name, io);
    const isHeard = tell(io, why === undefined ? { said: "gone", ended } : { said: "left", why });
    if (why !== undefined && !isHeard)
      io.err(`aa-sandbox: ${displayText(request.name)} is left: ${displayText(why)}\n`);
    return why === undefined ? 0 : 1;
  } finally {
    for (const signal of signals) process.off(signal, ignore);
  }
}
