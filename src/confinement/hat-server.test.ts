import assert from "node:assert/strict";
import { createServer, IncomingMessage, request as httpRequest } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { ok } from "../foundation/basics/index.ts";
import { type HatPool, hatOrder, type HatServerOptions, requestPath, serveInHats } from "./index.ts";

test("hats are tried in the order of mod_apparmor", () => {
  // confinement-api 9.1
  const site = { serverName: "www.example.com", hats: { "/app": "app", "/app/admin/": "admin" } };
  assert.deepEqual(hatOrder(site, "/app/x.cgi"), [
    "app",
    "www.example.com",
    "www.example.com-/app/x.cgi",
    "/app/x.cgi",
    "DEFAULT_URI",
  ]);
  assert.equal(hatOrder(site, "/app/admin/y")[0], "admin");
  assert.equal(hatOrder(site, "/application")[0], "www.example.com");
  assert.deepEqual(hatOrder({ ...site, defaultHat: "vhost", hats: {} }, "/"), [
    "vhost",
    "www.example.com-/",
    "/",
    "DEFAULT_URI",
  ]);
  assert.deepEqual(hatOrder({ serverName: "s" }, `/${"x".repeat(4000)}`), ["s", "DEFAULT_URI"]);
});

test("a path is what a server reads, however it is written", () => {
  const paths: readonly (readonly [string, string | undefined])[] = [
    ["/a/b?c=/d", "/a/b"],
    ["/a//b/./c/../d", "/a/b/d"],
    ["/%61dmin", "/admin"],
    ["/a%20b", "/a b"],
    ["/%2e%2e/x", undefined],
    ["/a/%2e%2e/x", "/x"],
    ["/a%2fb", undefined],
    ["/a%00b", undefined],
    ["/a%zz", undefined],
    ["/../x", undefined],
    ["/", "/"],
    ["", "/"],
    ["/a/", "/a/"],
    ["/a/b/..", "/a/"],
    ["http://host/a?b", "/a"],
    ["http://host", "/"],
    ["*", undefined],
    ["/%c3%a4", "/ä"],
  ];
  for (const [target, path] of paths) assert.equal(requestPath(target), path, target);
});

interface Answered {
  readonly status: number | undefined;
  readonly body: string;
  readonly type: string | undefined;
}

/** What a server says to a request. */
async function ask(
  context: TestContext,
  options: Omit<HatServerOptions, "module">,
  path: string,
  body = "",
): Promise<Answered> {
  const server = createServer(serveInHats({ module: "/site.js", ...options }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo;
  const sent = httpRequest({ port, host: "127.0.0.1", path, method: body === "" ? "GET" : "POST", agent: false });
  sent.end(body);
  const answers: readonly unknown[] = await once(sent, "response");
  const [response] = answers;
  assert.ok(response instanceof IncomingMessage);
  let text = "";
  for await (const part of response) text += String(part);
  return { status: response.statusCode, body: text, type: response.headers["content-type"] };
}

const site = { serverName: "s" };

/** A pool that does not work. */
function poolThat(run: HatPool["run"]): HatPool {
  return { run, close: () => Promise.resolve() };
}

test("a request reaches the work with all that it has, and the answer the client", async (context) => {
  const asked: unknown[] = [];
  const pool = poolThat((hats, { arguments: given = [] }) => {
    asked.push(hats, ...given);
    return Promise.resolve(ok({ status: 201, headers: { "content-type": "text/x" }, body: "made" }));
  });
  const answer = await ask(context, { site, pool }, "/a/%62?c", "sent");
  assert.deepEqual(answer, { status: 201, body: "made", type: "text/x" });
  const [hats, request] = asked;
  assert.deepEqual(hats, ["s", "s-/a/b", "/a/b", "DEFAULT_URI"]);
  const field = (name: string): unknown => Reflect.get(Object(request), name);
  assert.deepEqual([field("method"), field("url"), field("path")], ["POST", "/a/%62?c", "/a/b"]);
  assert.deepEqual(field("body"), Buffer.from("sent"));
});

test("what is not served has a status, and whoever runs the server hears why", async (context) => {
  const said: string[] = [];
  const onRefused = (reason: string): void => void said.push(reason);
  const refusing = (error: Awaited<ReturnType<HatPool["run"]>>): HatPool => poolThat(async () => error);
  const never = poolThat(() => assert.fail("nothing was to be run"));
  const cases: readonly (readonly [number, string, Omit<HatServerOptions, "module">, string?, string?])[] = [
    [500, "the profile has no hats", { site, pool: refusing({ ok: false, error: { kind: "no-hats" } }) }],
    [504, "the answer took too long", { site, pool: refusing({ ok: false, error: { kind: "given-up" } }) }],
    [500, "Error: oh", { site, pool: refusing({ ok: false, error: { kind: "work-failed", error: new Error("oh") } }) }],
    [500, "the work gave no answer", { site, pool: refusing(ok(7)) }],
    [500, "the work gave no answer", { site, pool: refusing(ok({ body: 7 })) }],
    [500, "Header name must be", { site, pool: refusing(ok({ headers: { "a b": "c" } })) }],
    [400, "the target of the request is no path", { site, pool: never }, "/a%00"],
    [413, "the body is too large", { site, pool: never, mostBodyBytes: 3 }, "/", "four"],
    [421, "no site is responsible for the request", { site: () => undefined, pool: never }],
    [
      500,
      "own mistake",
      {
        site: () => {
          throw new Error("own mistake");
        },
        pool: never,
      },
    ],
  ];
  for (const [status, reason, options, path = "/", body = ""] of cases) {
    const answer = await ask(context, { ...options, onRefused }, path, body);
    assert.equal(answer.body, "");
    const heard = said.splice(0);
    assert.equal(answer.status, status, reason);
    assert.ok(heard.length === 1 && heard[0]?.startsWith(reason), `${heard.join()} is not ${reason}`);
  }
});
