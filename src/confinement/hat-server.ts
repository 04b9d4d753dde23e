/** A listener for node:http that has each request answered in its hat, by a worker (hat-pool.ts); this thread parses requests and writes answers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Outcome } from "../foundation/basics/index.ts";
import { displayText } from "../foundation/text/index.ts";
import { type HatSite, hatOrder, requestPath } from "./hat-order.ts";
import { createHatPool, type HatPool } from "./hat-pool.ts";
import { confinementText, type HatRefusal } from "./refusals.ts";

/** What a worker gets of a request. */
export interface HatRequest {
  readonly method: string;
  /** As the client wrote it. */
  readonly url: string;
  /** The path that the hat was chosen by: unescaped, without query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** What it answers. */
export interface HatAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Default: nothing. */
  readonly body?: string | Uint8Array;
}

/** How requests are served. */
export interface HatServerOptions {
  /** The host, or how to find out which of several it is; nothing: the request is refused. */
  readonly site: HatSite | ((request: IncomingMessage) => HatSite | undefined);
  /** A module whose function takes a `HatRequest` and gives a `HatAnswer`, or a promise of it. */
  readonly module: URL | string;
  /** The name of the function; default `default`. */
  readonly name?: string;
  /** Default: one of the server's own. */
  readonly pool?: HatPool;
  /** A larger body is refused; default 1 MiB. */
  readonly mostBodyBytes?: number;
  /** So long may an answer take; default 30 s. */
  readonly timeoutMs?: number;
  /** Hears why a request was not served; default: a warning of the process. */
  readonly onRefused?: (reason: string, request: IncomingMessage) => void;
}

/** Why a request is not served: what the client gets, and what is said here. */
interface Unserved {
  readonly status: number;
  readonly reason: string;
}

const MOST_BODY_BYTES = 1024 * 1024;
const TIMEOUT_MS = 30_000;

/** The whole body; nothing when it is too large. */
async function readBody(request: IncomingMessage, mostBytes: number): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no encoding was set
    const bytes = part as Buffer;
    length += bytes.length;
    if (length > mostBytes) return undefined;
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

function isAnswer(value: unknown): value is HatAnswer {
  if (typeof value !== "object" || value === null) return false;
  const field = (name: string): unknown => Reflect.get(value, name);
  const [status, headers, body] = ["status", "headers", "body"].map(field);
  return (
    (status === undefined || Number.isInteger(status)) &&
    (headers === undefined || (typeof headers === "object" && headers !== null)) &&
    (body === undefined || typeof body === "string" || body instanceof Uint8Array)
  );
}

/** Writes an answer; what Node does not let pass is no answer. */
function writeAnswer(response: ServerResponse, result: Outcome<unknown, HatRefusal>): Unserved | undefined {
  const isLate = !result.ok && result.error.kind === "given-up";
  if (!result.ok)
    return { status: isLate ? 504 : 500, reason: isLate ? "the answer took too long" : confinementText(result.error) };
  if (!isAnswer(result.value)) return { status: 500, reason: "the work gave no answer" };
  const { status = 200, headers = {}, body = "" } = result.value;
  try {
    response.statusCode = status;
    for (const [name, header] of Object.entries(headers)) response.setHeader(name, header);
    response.end(body);
    return undefined;
  } catch (thrown) {
    return { status: 500, reason: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

/** Node prints a warning as it comes, and what a request or a module made of it may hold anything. */
function warn(reason: string): void {
  process.emitWarning(displayText(reason), "HatServerWarning");
}

/**
 * A listener for `http.createServer`: each request is answered by a function that runs in the hat of its route, by a worker. Hats are tried in the
 * order of mod_apparmor; a request for which there is none is refused, where mod_apparmor would serve it in the profile itself.
 *
 * Errors: none; what goes wrong is a status of the answer, and is said to `onRefused`.
 *
 * @example
 * createServer(serveInHats({ site: { serverName: "www.example.com" }, module: new URL("./site.js", import.meta.url) })).listen(8080);
 */
export function serveInHats(options: HatServerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const pool = options.pool ?? createHatPool();
  const { module, name = "default", onRefused = warn } = options;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<Unserved | undefined> => {
    const site = typeof options.site === "function" ? options.site(request) : options.site;
    if (site === undefined) return { status: 421, reason: "no site is responsible for the request" };
    const path = requestPath(request.url ?? "");
    if (path === undefined) return { status: 400, reason: "the target of the request is no path" };
    const body = await readBody(request, options.mostBodyBytes ?? MOST_BODY_BYTES);
    if (body === undefined) return { status: 413, reason: "the body is too large" };
    const { method = "GET", url = "", headers } = request;
    const hatRequest: HatRequest = { method, url, path, headers, body };
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    const result = await pool.run(hatOrder(site, path), { module, name, arguments: [hatRequest], signal });
    return writeAnswer(response, result);
  };
  const settle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let unserved: Unserved | undefined;
    try {
      unserved = await serve(request, response);
    } catch (thrown) {
      // The client went away while it was sending, or `site` threw.
      unserved = { status: 500, reason: thrown instanceof Error ? thrown.message : String(thrown) };
    }
    if (unserved === undefined) return;
    onRefused(unserved.reason, request);
    if (!response.headersSent) response.writeHead(unserved.status, { connection: "close" });
    response.end();
  };
  return (request, response) => void settle(request, response);
}
