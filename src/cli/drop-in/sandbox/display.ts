/**
 * An X display of a sandbox's own (tools 25.1): a server inside the caller's display, with keys of its own, so that what runs there sees no other
 * window and no other key. The servers are programs of the system, started by their paths.
 */
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Outcome, fail, ok } from "../../../foundation/basics/index.ts";
import { encodeBytes } from "../../../foundation/text/index.ts";
import { type Aside, toolEnvironment } from "../../../host/index.ts";
import type { Environment } from "../../caller-environment.ts";
import { errnoText, fileRefusalText, isAbsent } from "../../errno-texts.ts";
import type { CliIo } from "../../io.ts";

export const SERVERS = ["xpra", "xpra3d", "xephyr"] as const;
type Server = (typeof SERVERS)[number];

export interface DisplayWish {
  readonly server: Server;
  readonly hasClipboard: boolean;
  /** Where the keys of the display are kept; by default in the home directory. */
  readonly authority: string | undefined;
  /** Width x height. */
  readonly geometry: string | undefined;
}

/** A display that nobody has. */
interface FreeDisplay {
  readonly number: number;
  readonly authority: string;
}

export interface Display extends FreeDisplay {
  readonly environment: Environment;
  /** Ends the server and removes its keys; what went wrong. */
  readonly stop: () => Promise<string | undefined>;
}

const SOCKETS = "/tmp/.X11-unix";
const FIRST = 1;
const LAST = 256;

export function isServer(name: string): name is Server {
  return SERVERS.some((one) => one === name);
}

/** A display whose socket and lock are not there. */
export function freeDisplay(
  { authority }: DisplayWish,
  home: string | undefined,
  io: CliIo,
): Outcome<FreeDisplay, string> {
  if (authority === undefined && home === undefined)
    return fail("HOME says nowhere where the keys of a display could be");
  for (let number = FIRST; number <= LAST; number += 1) {
    const looked = [`${SOCKETS}/X${number}`, `/tmp/.X${number}-lock`].map((path) => io.files.status(path));
    const odd = looked.find((one) => !one.ok && !isAbsent(one.error));
    if (odd?.ok === false) return fail(`${odd.error.path}: ${fileRefusalText(odd.error)}`);
    if (looked.every((one) => !one.ok))
      return ok({ number, authority: authority ?? `${home}/.Xauthority-sandbox${number}` });
  }
  return fail(`all displays from :${FIRST} to :${LAST} are taken`);
}

/** What the profile says about displays: this one may be used, and no other may. */
export function displayRules({ number }: FreeDisplay, features: string): readonly string[] {
  const digits = String(number);
  // Every text that is not the number: it differs at some place, ends before, or goes on behind.
  const others = digits
    .split("")
    .flatMap((digit, at) => [`${digits.slice(0, at)}[^${digit}]*`, ...(at > 0 ? [digits.slice(0, at)] : [])]);
  const patterns = [...others, `${digits}?*`];
  const socket = `${SOCKETS}/X${digits}`;
  return [
    `${socket} rw,`,
    `unix (connect, receive, send) type=stream peer=(addr="@${socket}"),`,
    ...patterns.flatMap((pattern) => [
      `audit deny ${SOCKETS}/X${pattern} rw,`,
      // Kernels that know only families of sockets would take it for a rule about all of them.
      ...(/\baf_unix\b/.test(features) ? [`audit deny unix peer=(addr="@${SOCKETS}/X${pattern}"),`] : []),
    ]),
  ];
}

function short(value: number): readonly number[] {
  return [value >> 8, value & 0xff];
}

function counted(bytes: Uint8Array): readonly number[] {
  return [...short(bytes.length), ...bytes];
}

/** An Xauthority file with one key, which counts for that display however it is reached. */
export function authorityFile(number: number, key: Uint8Array): Uint8Array {
  const anywhere = [...short(0xffff), ...short(0)];
  const name = encodeBytes("MIT-MAGIC-COOKIE-1");
  return Uint8Array.from([...anywhere, ...counted(encodeBytes(String(number))), ...counted(name), ...counted(key)]);
}

function missing(name: string): Outcome<never, string> {
  return fail(`${name} is not installed, and -X needs it`);
}

interface Commands {
  readonly server: readonly string[];
  /** What shows it; the server does where there is none. */
  readonly client: readonly string[] | undefined;
}

/** Programs by their paths; which one is missing. */
function commandsOf(wish: DisplayWish, { authority, number }: FreeDisplay, io: CliIo): Outcome<Commands, string> {
  const display = `:${number}`;
  if (wish.server === "xephyr") {
    const path = io.toolPath("Xephyr");
    if (path === undefined) return missing("Xephyr");
    const screen = wish.geometry === undefined ? [] : ["-screen", wish.geometry];
    const server = [path, display, "-auth", authority, "-nolisten", "tcp", "-terminate", ...screen];
    return ok({ server, client: undefined });
  }
  const path = io.toolPath("xpra");
  if (path === undefined) return missing("xpra");
  if (wish.server === "xpra3d" && io.toolPath("Xorg") === undefined) return missing("Xorg");
  const clipboard = `--clipboard=${wish.hasClipboard ? "yes" : "no"}`;
  const common = ["--daemon=no", "--mdns=no", "--pulseaudio=no", "--notifications=no", "--mmap=no", clipboard];
  const real =
    wish.server === "xpra3d"
      ? [
          "--xvfb=Xorg -noreset -nolisten tcp +extension GLX +extension RANDR +extension RENDER -config /etc/xpra/xorg.conf",
        ]
      : [];
  return ok({
    server: [path, "start", display, ...common, ...real],
    client: [path, "attach", display, clipboard, "--mmap=no"],
  });
}

const WAITS = 200;
const WAIT_MS = 50;

/** Why the server takes nobody; `undefined`: it does. */
async function awaitServer(
  server: Aside,
  { number }: FreeDisplay,
  name: string,
  io: CliIo,
): Promise<string | undefined> {
  for (let waits = 0; waits < WAITS; waits += 1) {
    const ended = server.ended();
    if (typeof ended === "string") return `${name} does not start: ${errnoText(ended)}`;
    if (ended !== undefined)
      return `${name} ended ${ended.signal === undefined ? `with status ${ended.status ?? ""}` : `by ${ended.signal}`}`;
    if (io.files.status(`${SOCKETS}/X${number}`).ok) return undefined;
    await pause(WAIT_MS);
  }
  return `${name} does not answer`;
}

/** Writes the keys where nobody but the user may write; what removes them, or why they are not there. */
function writeKeys({ authority, number }: FreeDisplay, io: CliIo): Outcome<() => string | undefined, string> {
  const own = io.openDirectory(dirname(authority), { mustBeOwn: true });
  if (!own.ok) {
    const { error } = own;
    const why = error.kind === "refused" ? fileRefusalText(error) : "others may write there";
    return fail(`${authority} cannot be kept secret: ${error.path}: ${why}`);
  }
  const key = globalThis.crypto.getRandomValues(new Uint8Array(16));
  const written = io.files.write(authority, authorityFile(number, key), { expected: "absent", mode: 0o600 });
  if (!written.ok) return fail(`${authority}: ${fileRefusalText(written.error)}`);
  const guard = io.removeAfterEnd(authority);
  return ok(() => {
    const removed = io.files.remove(authority);
    if (guard.ok) guard.value();
    return removed.ok || isAbsent(removed.error)
      ? undefined
      : `${authority} is left: ${fileRefusalText(removed.error)}`;
  });
}

/** Starts a server on a display that is free. */
export async function openDisplay(
  wish: DisplayWish,
  free: FreeDisplay,
  environment: Environment,
  io: CliIo,
): Promise<Outcome<Display, string>> {
  const { DISPLAY, HOME, LANG, WAYLAND_DISPLAY, XAUTHORITY, XDG_RUNTIME_DIR } = environment;
  if (DISPLAY === undefined && WAYLAND_DISPLAY === undefined)
    return fail("DISPLAY names no display to show this one on");
  const commands = commandsOf(wish, free, io);
  if (!commands.ok) return commands;
  const { client, server } = commands.value;
  const removeKeys = writeKeys(free, io);
  if (!removeKeys.ok) return removeKeys;
  const outside = { ...toolEnvironment(undefined), HOME, LANG, DISPLAY, WAYLAND_DISPLAY, XAUTHORITY, XDG_RUNTIME_DIR };
  // Where the server is shown by itself, it has to reach the caller's display; else it makes keys of its own for this one.
  const ofServer = client === undefined ? outside : { ...outside, DISPLAY: undefined, XAUTHORITY: free.authority };
  const [path = "", ...args] = server;
  const running: Aside[] = [io.startAside(path, args, ofServer)];
  const stop = async (): Promise<string | undefined> => {
    for (const one of running.toReversed()) await one.stop();
    return removeKeys.value();
  };
  const [first] = running;
  const wrong = first === undefined ? "" : await awaitServer(first, free, path, io);
  if (wrong !== undefined) {
    const left = await stop();
    return fail(left === undefined ? wrong : `${wrong}; ${left}`);
  }
  const [shower, ...words] = client ?? [];
  if (shower !== undefined) running.push(io.startAside(shower, words, outside));
  return ok({
    ...free,
    environment: { DISPLAY: `:${free.number}`, XAUTHORITY: free.authority, WAYLAND_DISPLAY: undefined },
    stop,
  });
}
