/** A connection to a bus of D-Bus: who we are (SASL EXTERNAL), calls and their answers, signals. */
import type { Socket } from "node:net";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import {
  type DbusMessage,
  type DbusValue,
  ERROR,
  METHOD_CALL,
  METHOD_RETURN,
  SIGNAL,
  decodeMessage,
  encodeMessage,
  missingBytes,
} from "./wire.ts";

interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly DbusValue[];
}

export interface Bus {
  /** Errors: the error's name and what is said of it. */
  readonly call: (call: BusCall) => Promise<Outcome<readonly DbusValue[], string>>;
  /** Hears of every signal, and of every call that comes in. */
  readonly listen: (listener: (message: DbusMessage) => void) => void;
  /** Answers a call that came in. */
  readonly answer: (to: DbusMessage, signature: string, body: readonly DbusValue[]) => void;
  readonly signal: (signal: Omit<BusCall, "destination">) => void;
  /** Settles when the connection has ended, with the reason. */
  readonly ended: Promise<string>;
  readonly close: () => void;
}

/** How long a bus, or somebody on it, may take for an answer; libdbus waits as long. */
const ANSWER_MS = 25_000;
const SILENT = "the bus does not answer";
/** OK with 32 digits is what comes; a bus that sends more before the end of a line is none. */
const MOST_GREETING_BYTES = 4096;

interface BusOptions {
  readonly answerMs?: number;
}

const BUS = { destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus" };

/** Paths of sockets in an address: `unix:path=/run/user/1000/bus,guid=…;…`. */
function socketPaths(address: string): readonly string[] {
  return address.split(";").flatMap((one) => {
    const [transport, rest = ""] = one.split(/:(.*)/s);
    if (transport !== "unix") return [];
    const keys = new Map(
      rest.split(",").map((pair) => [pair.replace(/=.*/s, ""), unescaped(pair.replace(/^[^=]*=/, ""))]),
    );
    const [path, abstract] = [keys.get("path"), keys.get("abstract")];
    return path !== undefined ? [path] : abstract !== undefined ? [`\0${abstract}`] : [];
  });
}

function unescaped(text: string): string {
  return text.replaceAll(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

async function connected(path: string): Promise<Outcome<Socket, string>> {
  // COST: 5 ms to load, and this module is reached by every command.
  const { connect } = await import("node:net");
  return await new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => resolve(ok(socket)));
    socket.once("error", (error) => resolve(fail(error.message)));
  });
}

/** Says who we are and waits for the bus to agree. */
function authenticated(socket: Socket, userId: number, answerMs: number): Promise<Outcome<Buffer, string>> {
  return new Promise((resolve) => {
    let line = Buffer.alloc(0);
    const settle = (outcome: Outcome<Buffer, string>): void => {
      clearTimeout(timer);
      socket.off("data", onData);
      resolve(outcome);
    };
    const timer = setTimeout(() => settle(fail(SILENT)), answerMs);
    const onData = (bytes: Buffer): void => {
      line = Buffer.concat([line, bytes]);
      const end = line.indexOf("\r\n");
      if (end < 0 && line.length < MOST_GREETING_BYTES) return;
      const text = line.subarray(0, Math.max(end, 0)).toString();
      if (!text.startsWith("OK")) return settle(fail("the bus does not accept this user"));
      socket.write("BEGIN\r\n");
      settle(ok(line.subarray(end + 2)));
    };
    socket.on("data", onData);
    socket.once("close", () => settle(fail("the bus ended the connection")));
    socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(userId)).toString("hex")}\r\n`);
  });
}

/**
 * Connects to the bus at an address, as a user.
 *
 * Errors: a sentence: there is no bus, or it wants nothing of this user.
 */
export async function openBus(
  address: string,
  userId: number,
  { answerMs = ANSWER_MS }: BusOptions = {},
): Promise<Outcome<Bus, string>> {
  let problem = `no socket is named in the address ${address}`;
  for (const path of socketPaths(address)) {
    const socket = await connected(path);
    if (!socket.ok) {
      problem = socket.error;
      continue;
    }
    const begun = await authenticated(socket.value, userId, answerMs);
    if (!begun.ok) {
      socket.value.destroy();
      problem = begun.error;
      continue;
    }
    const bus = conversation(socket.value, begun.value, answerMs);
    const hello = await bus.call({ ...BUS, member: "Hello" });
    if (hello.ok) return ok(bus);
    bus.close();
    problem = hello.error;
  }
  return fail(problem);
}

type Waiting = (answer: Outcome<readonly DbusValue[], string>) => void;

function answerIn({ body, errorName, type }: DbusMessage): Outcome<readonly DbusValue[], string> {
  const [text] = body;
  return type === ERROR ? fail(typeof text === "string" ? text : (errorName ?? "the call failed")) : ok(body);
}

/** Messages out of the pieces that a socket gives. */
function messageReader(first: Buffer): (bytes: Buffer) => Generator<DbusMessage, void> {
  let pieces = [first];
  let held = first.length;
  let wanted = 0;
  return function* (bytes) {
    pieces.push(bytes);
    held += bytes.length;
    // COST: joined when a message is whole, not with every piece, which would take time by the square of its length.
    if (held < wanted) return;
    let rest = Buffer.concat(pieces);
    for (let read = decodeMessage(rest); read !== undefined; read = decodeMessage(rest)) {
      rest = rest.subarray(read.length);
      yield read.message;
    }
    [pieces, held, wanted] = [[rest], rest.length, rest.length + missingBytes(rest)];
  };
}

/** Calls that wait for their answers. */
interface Calls {
  readonly wait: (serial: number, answer: Waiting) => void;
  readonly take: (message: DbusMessage) => void;
  /** No more answers come. */
  readonly end: (why: string) => void;
}

function callsWaiting(answerMs: number): Calls {
  const waiting = new Map<number, Waiting>();
  const settle = (serial: number, outcome: Outcome<readonly DbusValue[], string>): void => {
    const answer = waiting.get(serial);
    waiting.delete(serial);
    answer?.(outcome);
  };
  return {
    wait: (serial, answer) => {
      const timer = setTimeout(() => settle(serial, fail(SILENT)), answerMs);
      waiting.set(serial, (outcome) => {
        clearTimeout(timer);
        answer(outcome);
      });
    },
    take: (message) => {
      if (message.type === METHOD_RETURN || message.type === ERROR) settle(message.replySerial ?? 0, answerIn(message));
    },
    end: (why) => {
      for (const serial of waiting.keys()) settle(serial, fail(why));
    },
  };
}

function conversation(socket: Socket, first: Buffer, answerMs: number): Bus {
  const calls = callsWaiting(answerMs);
  const listeners: ((message: DbusMessage) => void)[] = [];
  let serial = 0;
  const messagesIn = messageReader(first);
  let why = "the bus ended the connection";
  const send = (message: Omit<DbusMessage, "serial">): number => {
    serial += 1;
    if (!socket.destroyed) socket.write(encodeMessage({ ...message, serial }));
    return serial;
  };
  const take = (message: DbusMessage): void => {
    const { type } = message;
    if (type === SIGNAL || type === METHOD_CALL) for (const listener of listeners) listener(message);
    calls.take(message);
  };
  const hear = (bytes: Buffer): void => {
    try {
      for (const message of messagesIn(bytes)) take(message);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      why = `it cannot be read: ${thrown.message}`;
      socket.destroy();
    }
  };
  const ended = new Promise<string>((resolve) => {
    socket.on("error", (error) => (why = error.message));
    socket.once("close", () => resolve(why));
  }).finally(() => calls.end(why));
  socket.on("data", hear);
  return {
    call: ({ body = [], ...call }) =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve(fail(why));
        calls.wait(send({ type: METHOD_CALL, ...call, body }), resolve);
      }),
    listen: (listener) => void listeners.push(listener),
    answer: ({ sender, serial: replySerial }, signature, body) =>
      void send({
        type: METHOD_RETURN,
        replySerial,
        signature,
        body,
        ...(sender !== undefined && { destination: sender }),
      }),
    signal: ({ body = [], ...signal }) => void send({ type: SIGNAL, ...signal, body }),
    ended,
    close: () => void socket.end(),
  };
}

/** Asks for a name on the bus; whether it is ours. Whoever has it and may lose it does. */
export async function ownName(bus: Bus, name: string): Promise<Outcome<boolean, string>> {
  const ALLOW_REPLACEMENT = 1;
  const REPLACE = 2;
  const DO_NOT_QUEUE = 4;
  const asked = await bus.call({
    ...BUS,
    member: "RequestName",
    signature: "su",
    body: [name, ALLOW_REPLACEMENT | REPLACE | DO_NOT_QUEUE],
  });
  return asked.ok ? ok(asked.value[0] === 1 || asked.value[0] === 4) : asked;
}

/** Has signals of an interface come. */
export async function subscribe(bus: Bus, rule: string): Promise<Outcome<void, string>> {
  const asked = await bus.call({ ...BUS, member: "AddMatch", signature: "s", body: [rule] });
  return asked.ok ? ok(undefined) : asked;
}
