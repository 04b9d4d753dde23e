import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultPolicySettings, loadEngine } from "../../../app/index.ts";
import { fail, ok } from "../../../foundation/basics/index.ts";
import { encodeBytes } from "../../../foundation/text/index.ts";
import { nodeFiles, nodeKernel } from "../../../host/index.ts";
import { processIo } from "../../io.ts";
import { keep, renderRequest } from "./keeper.ts";

const NAME = "sandbox-ann_usr_bin_x";

async function streamOf(text: string): Promise<Uint8Array> {
  const settings = defaultPolicySettings({
    workingDirectory: "/",
    base: "/nowhere",
    kernelFeatures: "file {mask {read\n}\n}\n",
  });
  const made = (await loadEngine()).compile({ path: "new", bytes: encodeBytes(text) }, settings, nodeFiles());
  return Buffer.concat(made.units.map(({ bytes }) => bytes));
}

interface Run {
  readonly status: number;
  readonly words: readonly unknown[];
  /** What was done, in order. */
  readonly deeds: readonly string[];
}

interface World {
  readonly pieces: readonly Uint8Array[];
  /** What runs, with its labels; a process that is ended is gone. */
  readonly labels?: readonly string[];
  readonly next?: readonly (string | undefined)[];
  /** Names that are loaded before. */
  readonly taken?: readonly string[];
  /** How often removing fails. */
  readonly stuck?: number;
  /** How often the list of processes cannot be read. */
  readonly blind?: number;
}

async function keepIn({ blind = 0, labels = [], next = [], pieces, stuck = 0, taken = [] }: World): Promise<Run> {
  const deeds: string[] = [];
  const out: Uint8Array[] = [];
  const alive = new Map(labels.map((label, at) => [at + 100, label]));
  let [unseen, refused] = [blind, stuck];
  let loads = 0;
  const streams = { write: (_: string, bytes: Uint8Array) => void out.push(bytes.slice()), isTerminal: () => false };
  const rest = [...pieces];
  const kernel = {
    ...nodeKernel({ root: "/nowhere" }),
    load: () => {
      loads += 1;
      if (loads <= taken.length) return fail({ kind: "policy-rejected", errno: "EEXIST", info: undefined } as const);
      deeds.push("load");
      return ok(undefined);
    },
    remove: (name: string) => {
      refused -= 1;
      if (refused >= 0) return fail({ kind: "io", path: ".remove", errno: "EIO" } as const);
      deeds.push(`remove ${name} under ${alive.size}`);
      return ok(undefined);
    },
  };
  const status = await keep({
    ...processIo("on-terminals", streams),
    inputPiece: () => rest.shift(),
    kernelAt: () => kernel,
    processesAt: () => ({
      commandLine: () => [],
      socketHolders: () => ({ pids: new Set(), hidden: 0, unread: [] }),
      confinement: () => {
        unseen -= 1;
        if (unseen >= 0) return { processes: [], hidden: 0, unlisted: "EIO" };
        const processes = [...alive].map(([pid, label]) => ({
          pid,
          label,
          mode: "enforce",
          executable: undefined,
          command: undefined,
        }));
        return { processes, hidden: 0 };
      },
    }),
    nextLabel: (pid) => next[pid - 100],
    isOver: () => false,
    endProcess: (pid) => {
      deeds.push(`end ${pid}`);
      alive.delete(pid);
      return ok(undefined);
    },
  });
  const said = Buffer.concat(out).toString().split("\n").slice(0, -1);
  return { status, words: said.map((line): unknown => JSON.parse(line)), deeds };
}

const request = (stream: Uint8Array, name = NAME): Uint8Array =>
  renderRequest({ name, bytes: stream.length, caller: 101 }, stream);

test("a profile is removed when what runs under it has ended, and nothing else is ended", async () => {
  const stream = await streamOf(`profile ${NAME} { /x r, profile child { } }`);
  const labels = [
    NAME,
    NAME,
    "unconfined",
    `${NAME}//child`,
    `other//&${NAME}`,
    `${NAME}.2`,
    `x//${NAME}`,
    "unconfined",
  ];
  const next = labels.map((_, at) => (at === 7 ? NAME : undefined));
  const { deeds, status, words } = await keepIn({ pieces: [request(stream)], labels, next });
  // the second is the caller
  assert.deepEqual(deeds, ["load", "end 100", "end 103", "end 104", "end 107", `remove ${NAME} under 4`]);
  assert.deepEqual([status, words], [0, [{ said: "loaded" }, { said: "gone", ended: 4 }]]);
});

test("as long as it cannot be seen what runs, nothing is removed", async () => {
  const stream = await streamOf(`profile ${NAME} { }`);
  const run = await keepIn({ pieces: [request(stream)], labels: [NAME], blind: 5 });
  assert.deepEqual(run.deeds, ["load", "end 100", `remove ${NAME} under 0`]);
});

test("a kernel that refuses is asked again, and what is left in the end is said", async () => {
  const stream = await streamOf(`profile ${NAME} { }`);
  assert.equal((await keepIn({ pieces: [request(stream)], stuck: 2 })).status, 0);
  const left = await keepIn({ pieces: [request(stream)], stuck: 99 });
  assert.equal(left.status, 1);
  assert.match(JSON.stringify(left.words), /"said":"left","why":".*Input\/output error|"said":"left","why":".*EIO/);
});

test("a name that is taken is said, and another may follow, in pieces of any size", async () => {
  const first = await streamOf(`profile ${NAME} { }`);
  const second = await streamOf(`profile ${NAME}.2 { }`);
  const all = Buffer.concat([request(first), request(second, `${NAME}.2`)]);
  const pieces = Array.from({ length: Math.ceil(all.length / 7) }, (_, at) => all.subarray(at * 7, at * 7 + 7));
  const { deeds, words } = await keepIn({ pieces, taken: [NAME] });
  assert.deepEqual(deeds, ["load", `remove ${NAME}.2 under 0`]);
  assert.deepEqual(words, [{ said: "taken" }, { said: "loaded" }, { said: "gone", ended: 0 }]);
});

test("nothing but the profile of a sandbox is loaded", async () => {
  const good = await streamOf(`profile ${NAME} { }`);
  const requests: readonly Uint8Array[] = [
    request(await streamOf("profile other { }"), "other"),
    request(await streamOf("profile other { }")),
    request(await streamOf(`profile ${NAME} /usr/bin/* { }`)),
    request(await streamOf(`profile :ns:${NAME} { }`)),
    request(Buffer.concat([good, await streamOf("profile /usr/sbin/sshd { }")])),
    request(good, `${NAME}x`),
    request(Buffer.from("no stream")),
    encodeBytes("no request\n"),
    request(good).slice(0, -1),
  ];
  for (const [at, piece] of requests.entries()) {
    const { deeds, status, words } = await keepIn({ pieces: [piece] });
    assert.deepEqual({ deeds, status }, { deeds: [], status: 1 }, `request ${at}`);
    assert.match(JSON.stringify(words), /"said":"refused"/, `request ${at}`);
  }
  assert.deepEqual(await keepIn({ pieces: [] }), { status: 1, words: [], deeds: [] });
});
