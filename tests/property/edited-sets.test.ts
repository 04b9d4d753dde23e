/** A policy set that is edited again and again: with what caches kept of all earlier states, the result is what it is without any. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultPolicySettings, resultCache } from "../../src/app/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { nodeDigest } from "../../src/host/index.ts";
import { compilePool, type CompileRequest } from "../../src/service/compile-pool.ts";
import { runCached } from "../../src/service/cached-pool.ts";
import { dose } from "../support/dose.ts";
import { type MemoryStore, memoryStore } from "../support/memory-files.ts";
import { Random } from "../support/random.ts";

const features =
  "file {mask {read write exec append mmap_exec link lock}}\ncaps {mask {chown kill}}\nsignal {mask {hup}}\n";
const INCLUDES = Array.from({ length: 6 }, (_, index) => `abstractions/i${index}`);
const PROFILES = Array.from({ length: 8 }, (_, index) => `p${index}`);

function aLine(random: Random): string {
  const name = `${random.pick(["/etc", "@{HOME}", "/usr/lib", "/srv"])}/${random.pick(["a", "b", "cc"])}`;
  return random.pick([
    `${name}/** r,`,
    `${name}${random.pick(["*", "{,.d}/", "?"])} rw,`,
    `deny ${name}/secret rw,`,
    `owner ${name}/[a-c]* rwk,`,
    `${name}/run ${random.pick(["ix", "px", "ux"])},`,
    `link ${name} -> /tmp/*,`,
    "capability chown,",
    "signal send peer=demo,",
    `include if exists <${random.pick(["local/some", "abstractions/later"])}>`,
    // Something is said of these.
    `${name}/odd\\y r,`,
    `${name} R,`,
  ]);
}

/** The texts of the set, as lines. */
type Texts = Map<string, string[]>;

function aSet(random: Random): Texts {
  const texts: Texts = new Map([["tunables/global", ["@{HOME}=/home/*/ /root/"]]]);
  for (const [index, path] of INCLUDES.entries()) {
    const below = INCLUDES.slice(0, index).filter(() => random.chance(0.3));
    texts.set(path, [...below.map((one) => `include <${one}>`), ...Array.from({ length: 4 }, () => aLine(random))]);
  }
  for (const name of PROFILES) {
    const rules = [...random.some(INCLUDES).map((one) => `include <${one}>`), aLine(random), aLine(random)];
    texts.set(name, ["include <tunables/global>", `profile ${name} /usr/bin/${name} {`, ...rules, "}"]);
  }
  return texts;
}

type Edit = (texts: Texts, random: Random) => void;

/** Changes the lines of a file of rules, which are those behind the first two. */
function inRules(change: (lines: string[], at: number, random: Random) => void): Edit {
  return (texts, random) => {
    const path = random.pick([...INCLUDES, ...INCLUDES, ...texts.keys()]);
    const lines = texts.get(path);
    if (lines === undefined || lines.length < 4) return;
    change(lines, 2 + random.below(lines.length - 3), random);
  };
}

const edits: Readonly<Record<string, Edit>> = {
  nothing: () => undefined,
  "a rule more": inRules((lines, at, random) => lines.splice(at, 0, aLine(random))),
  "a rule less": inRules((lines, at) => lines.splice(at, 1)),
  "another rule": inRules((lines, at, random) => lines.splice(at, 1, aLine(random))),
  "a comment": inRules((lines, at, random) => lines.splice(at, 0, `# ${random.below(1000)}`, "")),
  "a comment above": (texts, random) => texts.get(random.pick(INCLUDES))?.unshift(`# ${random.below(1000)}`),
  "wider blanks": inRules((lines, at) => void (lines[at] = `\t ${lines[at]?.replaceAll(" ", "  ")}`)),
  "rules in another order": inRules((lines) => lines.splice(2, 2, ...lines.slice(2, 4).toReversed())),
  "another value": (texts, random) => texts.set("tunables/global", [`@{HOME}=/home/*/ /h${random.below(3)}/`]),
  "a file appears": (texts, random) => texts.set(random.pick(["local/some", "abstractions/later"]), [aLine(random)]),
  "a file goes": (texts, random) => texts.delete(random.pick(["local/some", "abstractions/later"])),
  "another name": (texts, random) => {
    const [path, lines] = random.pick([...texts].filter(([name]) => name.startsWith("p")));
    texts.delete(path);
    texts.set(path.endsWith(".new") ? path.slice(0, -4) : `${path}.new`, lines);
  },
  broken: (texts, random) => texts.get(random.pick(INCLUDES))?.push("/broken rq,"),
  mended: (texts) => {
    for (const [path, lines] of texts)
      texts.set(
        path,
        lines.filter((line) => line !== "/broken rq,"),
      );
  },
};

type Goal = "compile" | "verify";

function requestsOf(texts: Texts, goal: Goal): readonly CompileRequest[] {
  const policy = defaultPolicySettings({ workingDirectory: "/", base: "/d", kernelFeatures: features });
  return [...texts]
    .filter(([path]) => path.startsWith("p"))
    .map(([path, lines]) => ({
      path: `/d/${path}`,
      bytes: encodeBytes(`${lines.join("\n")}\n`),
      policy,
      goal,
      observe: true,
    }));
}

interface Compiled {
  /** All that is made of the files, and said of them. */
  readonly all: readonly string[];
  readonly cached: number;
}

function isStored(path: string): boolean {
  return path === "/c" || path.startsWith("/c/");
}

/** `stored`: where the cache is; without it none is used. */
async function compileSet(texts: Texts, stored: MemoryStore | undefined, goal: Goal): Promise<Compiled> {
  const files = memoryStore();
  for (const [path, lines] of texts) files.contents.set(`/d/${path}`, encodeBytes(`${lines.join("\n")}\n`));
  const results = stored && resultCache("/c", stored, nodeDigest);
  const world = stored && {
    ...stored,
    read: files.read,
    list: (path: string) => (isStored(path) ? stored : files).list(path),
    kind: (path: string) => (isStored(path) ? stored : files).kind(path),
  };
  const pool = compilePool(1, stored && "/c", world ?? files);
  const all: string[] = [];
  let cached = 0;
  for await (const result of runCached(pool, requestsOf(texts, goal), results, { files, workingDirectory: "/" })) {
    const { diagnostics, ok, path, units } = result.source;
    // As JSON, which leaves out what is not there.
    all.push(
      JSON.stringify([path, ok, diagnostics, units.map(({ bytes, outline }) => [outline, nodeDigest.sha256(bytes)])]),
    );
    if (result.cached) cached += 1;
  }
  await pool.close();
  return { all, cached };
}

/** Those whose results are kept, in one cache. */
const GOALS: readonly Goal[] = ["compile", "verify"];

test("after any edits, what caches kept of earlier states gives what is made without them", async () => {
  const hits = new Map<string, { some: number; all: number }>();
  for (let seed = 1; seed <= dose(4, 60); seed += 1) {
    const random = new Random(seed);
    const texts = aSet(random);
    const stored = memoryStore();
    for (const goal of GOALS) await compileSet(texts, stored, goal);
    for (let step = 0; step < 20; step += 1) {
      const name = random.pick(Object.keys(edits));
      edits[name]?.(texts, random);
      for (const goal of GOALS) {
        const plain = await compileSet(texts, undefined, goal);
        const warm = await compileSet(texts, stored, goal);
        assert.deepEqual(warm.all, plain.all, `seed ${seed}, step ${step}, ${goal}: ${name}`);
        const key = `${goal} ${name}`;
        const { some, all } = hits.get(key) ?? { some: 0, all: 0 };
        const count = requestsOf(texts, goal).length;
        hits.set(key, { some: some + (warm.cached > 0 ? 1 : 0), all: all + (warm.cached === count ? 1 : 0) });
      }
    }
  }
  assert.equal(hits.size, GOALS.length * Object.keys(edits).length);
  for (const goal of GOALS) {
    const held = (name: string): { some: number; all: number } => hits.get(`${goal} ${name}`) ?? { some: 0, all: 0 };
    for (const name of ["nothing", "a comment above", "a rule more"]) assert.ok(held(name).some > 0, `${goal} ${name}`);
    assert.ok(held("a comment above").all > 0 || held("a comment").all > 0, `${goal}: comments cost nothing`);
  }
});
