// Runs in the guest, under the profile `web` (confinement.test.ts): asks the kernel through the library, and prints one JSON document.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, promises, readFileSync, readSync } from "node:fs";
import { createServer, get } from "node:http";
import { connect, createServer as createNetServer } from "node:net";
import { Worker } from "node:worker_threads";
import * as confinement from "armorer/confinement";

const { currentLabel, threadLabels } = confinement;
const JOBS = new URL("./confinement-jobs.mjs", import.meta.url);
const label = (task) => {
  const current = currentLabel(task);
  return current.ok ? current.value.label : current.error.kind;
};
const attempt = (work) => {
  try {
    return work();
  } catch (thrown) {
    return thrown.code ?? String(thrown);
  }
};
/** The kind of a refusal, or the value. */
const said = (outcome) => (outcome.ok ? (outcome.value ?? "done") : outcome.error.kind);
const threads = () => {
  const all = threadLabels();
  const labels = all.ok ? all.value.map((thread) => said(thread.label).label) : [];
  return Object.fromEntries([...new Set(labels)].map((one) => [one, labels.filter((other) => other === one).length]));
};

function facts() {
  const { enterHat, changeHat, newToken, testHats, testProfile, withHat, changeOnExec, onExecLabel, stackProfile } =
    confinement;
  const token = newToken();
  const entered = enterHat(["nosuch", "two", "one"]);
  const inside = [entered.ok && entered.value.hat, label(), said(enterHat("one.sub"))];
  const left = entered.ok && said(entered.value.leave());
  return {
    available: confinement.availability().enabled,
    own: label(),
    previous: said(confinement.previousLabel()),
    list: [...inside, left, label()],
    withHat: said(
      withHat("one", () => ["/srv/one", "/srv/two"].map((path) => attempt(() => readFileSync(path, "utf8")))),
    ),
    after: label(),
    sibling: [said(changeHat(["one"], token)), said(changeHat(["two"], token)), label(), said(changeHat([], token))],
    missing: said(enterHat("nosuch")),
    child: said(enterHat("kid")),
    tested: [said(testHats(["nosuch", "two"])), said(testHats("kid")), label()],
    long: said(enterHat("x".repeat(4090))),
    profiles: [said(testProfile("elsewhere")), said(testProfile("nosuch"))],
    loaded: said(confinement.nodeKernel().profiles())
      .filter(({ name }) => name.startsWith("web"))
      .map(({ name }) => name)
      .toSorted(),
    // It stays set for all children to come.
    onExec: [
      said(changeOnExec("elsewhere")),
      said(onExecLabel()).label,
      ...[1, 2].map(() => spawnSync("cat", ["/proc/self/attr/apparmor/current"], { encoding: "utf8" }).stdout),
      said(changeOnExec("web")),
    ],
    stacked: [said(stackProfile("nosuch")), label()],
  };
}

const show = (answer) => (answer.ok ? [answer.value.allowed, answer.value.audited] : answer.error.kind);

function queries() {
  const { queryFile, queryLink } = confinement;
  return [
    show(queryFile("web//one", "/srv/one", "r")),
    show(queryFile("web//one", "/srv/one", "rw")),
    show(queryFile("web//one", "/srv/onE", "r")),
    show(queryFile("web//one", "/srv/on", "r")),
    show(queryFile("web//one", "/srv/audited", "r")),
    show(queryFile("nosuch", "/srv/one", "r")),
    show(queryLink("web//one", "/srv/link", "/srv/one")),
    show(queryLink("web//one", "/srv/other", "/srv/one")),
  ];
}

/** Both ends of a connection are this process's; a unix socket's is not to be found. */
async function peers() {
  const found = [];
  for (const address of [{ port: 0, host: "127.0.0.1" }, { path: "/tmp/socket" }]) {
    const server = createNetServer((socket) => socket.resume());
    server.listen(address);
    await once(server, "listening");
    const client = connect(address.path ?? server.address().port, "127.0.0.1");
    await once(client, "connect");
    const labels = confinement.peerLabels(client);
    found.push(
      labels.ok ? labels.value.map((one) => [one.pid === process.pid, said(one.label).label]) : labels.error.kind,
    );
    client.destroy();
    server.close();
  }
  return found;
}

/** A worker that confines itself alone; asynchronous reading is other threads' work. */
async function workerFacts() {
  const code = `import("armorer/confinement").then(async ({ changeProfile, currentLabel }) => {
    setTimeout(() => undefined, 3_600_000);
    const { parentPort } = require("node:worker_threads");
    const fs = require("node:fs");
    const code = (thrown) => thrown.code;
    changeProfile("elsewhere");
    let sync; try { sync = fs.readFileSync("/srv/two", "utf8"); } catch (thrown) { sync = thrown.code; }
    let other; try { other = fs.openSync("/proc/self/attr/apparmor/current", "w"); fs.writeSync(other, "changeprofile web"); other = "done"; } catch (thrown) { other = thrown.code; }
    parentPort.postMessage([currentLabel().value.label, sync, await fs.promises.readFile("/srv/two", "utf8").catch(code), other]);
  });`;
  const worker = new Worker(code, { eval: true });
  const [message] = await once(worker, "message");
  const meanwhile = threads();
  await worker.terminate();
  return { message, meanwhile, main: label() };
}

const work = (name, ...given) => ({ module: JOBS, name, arguments: given });

async function hats(pool) {
  const runInHat = pool.run;
  const one = await runInHat(["nosuch", "one"], work("reads", "/srv/one"));
  const other = await runInHat("one", work("reads", "/srv/two"));
  const failed = await runInHat("one", work("job", "one", "throws"));
  return {
    one: said(one),
    other: said(other),
    others: said(await runInHat("one", work("others"))),
    failed: !failed.ok && [failed.error.kind, String(failed.error.error)],
    missing: said(await runInHat("nosuch", work("others"))),
    noFunction: said(await runInHat("one", work("nothing"))),
    workers: threads(),
    main: label(),
  };
}

/** What costs one more worker, which takes long to start under emulation. */
async function notLoaded(pool) {
  const done = await pool.run("one", { module: "/nowhere.mjs" });
  return done.ok ? "done" : [done.error.kind, done.error.reason];
}

async function served(pool) {
  const refused = [];
  const site = { serverName: "www", hats: { "/app": "one" } };
  const onRefused = (reason) => refused.push(reason.split("\n")[0]);
  const listener = confinement.serveInHats({ site, module: JOBS, name: "site", pool, onRefused });
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const bodies = [];
  for (const path of ["/app/x", "/two", "/elsewhere", "/broken"]) {
    const asked = get({ host: "127.0.0.1", port: server.address().port, path, agent: false });
    const [response] = await once(asked, "response");
    let body = "";
    for await (const part of response.setEncoding("utf8")) body += part;
    bodies.push([response.statusCode, body]);
  }
  server.close();
  return { bodies, refused };
}

/** How often this process's memory holds a command with a token. */
function commandsInMemory() {
  const command = /changehat [0-9a-f]{16}\^/g;
  const descriptor = openSync("/proc/self/mem", "r");
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  let found = 0;
  let bytes = 0;
  for (const line of readFileSync("/proc/self/maps", "latin1").split("\n")) {
    const [, start, end, flags] = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(line) ?? [];
    if (flags === undefined || !flags.startsWith("rw")) continue;
    for (let at = Number.parseInt(start, 16); at < Number.parseInt(end, 16); at += buffer.length) {
      const wanted = Math.min(buffer.length, Number.parseInt(end, 16) - at);
      const count = attempt(() => readSync(descriptor, buffer, 0, wanted, at));
      if (typeof count !== "number") continue;
      bytes += count;
      for (
        let where = buffer.indexOf("changehat ");
        where >= 0 && where < count;
        where = buffer.indexOf("changehat ", where + 1)
      ) {
        found += buffer.latin1Slice(where, where + 40).match(command)?.length ?? 0;
      }
    }
  }
  closeSync(descriptor);
  return { found, bytes };
}

/** Jobs over workers, for hats and with failures at random. */
async function leaks(pool, hatNames, count, seed) {
  let state = seed;
  const random = (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  const RARE = ["exits", "changes its profile", "breaks a timer", "never ends"];
  const OFTEN = ["fine", "throws", "rejects", "uncloneable", "leaves a timer"];
  const wrong = [];
  const outcomes = {};
  let tokens = 0;
  let strays = 0;
  let most = 0;
  const one = async (number) => {
    const hat = hatNames[random(hatNames.length)];
    // One in ten, each kind in its turn, so that few jobs have them all.
    const way = number % 10 === 9 ? RARE[((number - 9) / 10) % RARE.length] : OFTEN[random(OFTEN.length)];
    const signal = way === "never ends" ? AbortSignal.timeout(200) : undefined;
    const done = await pool.run(hat, { module: JOBS, name: "job", arguments: [hat, way], ...(signal && { signal }) });
    const kind = `${way}: ${done.ok ? "done" : done.error.kind}`;
    outcomes[kind] = (outcomes[kind] ?? 0) + 1;
    if (!done.ok) return;
    const { began, ended, seen, tokens: kept, strays: left } = done.value;
    if (seen < 1) wrong.push([number, "no token was ever made"]);
    if (began !== `web//${hat}`) wrong.push([number, hat, way, began]);
    if (ended !== (way === "changes its profile" ? "elsewhere" : `web//${hat}`)) wrong.push([number, hat, way, ended]);
    for (const [meant, where] of left)
      if (where !== `web//${meant}` && where !== "elsewhere") wrong.push([number, meant, where]);
    tokens += kept;
    strays += left.length;
  };
  const running = new Set();
  for (let number = 0; number < count; number += 1) {
    const job = one(number).finally(() => running.delete(job));
    running.add(job);
    if (number % 8 === 7) most = Math.max(most, Object.keys(threads()).length);
    if (running.size >= 12) await Promise.race(running);
  }
  await Promise.all(running);
  const memory = commandsInMemory();
  await pool.close();
  return { wrong: wrong.slice(0, 5), outcomes, tokens, strays, most, memory, main: label(), after: threads() };
}

/** Everything but the leaks; the workers of one pool do it, for starting them takes longest here. */
async function everything(isWhole, count, seed) {
  const pool = confinement.createHatPool({ workers: 2 });
  const result = {
    threads: threads(),
    facts: facts(),
    queries: queries(),
    peers: await peers(),
    workerFacts: await workerFacts(),
    hats: await hats(pool),
    served: await served(pool),
    ...(isWhole && { notLoaded: await notLoaded(pool) }),
    shared: said(await confinement.runInHat("nosuch", { module: JOBS })),
    file: await promises.readFile("/srv/two", "utf8"),
  };
  // Usually the workers that are there: each new one takes seconds here.
  const [many, hatNames] = isWhole
    ? [confinement.createHatPool({ workers: 4 }), ["one", "two", "three"]]
    : [pool, ["one", "DEFAULT_URI"]];
  if (many !== pool) await pool.close();
  return { ...result, leaks: await leaks(many, hatNames, count, seed) };
}

const [, , count = "0", seed = "1", isWhole = ""] = process.argv;
const result = await everything(isWhole !== "", Number(count), Number(seed));
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
