/**
 * The first code that runs. Node spends most of a short command's time on reading and compiling JavaScript, so the parts of the
 * bundle are read by hand and V8 is given what it compiled of them before: a code cache, made after the first run (`makeCodeCaches`).
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import type * as ChildProcess from "node:child_process";
import type * as V8 from "node:v8";
import { Script } from "node:vm";
import { errnoText } from "./errno-texts.ts";

// oxlint-disable no-underscore-dangle -- the names of a CommonJS module's own surroundings
declare const __dirname: string;
declare const require: (id: string) => unknown;

type Exports = Record<string, unknown>;
type Wrapper = (...surroundings: readonly unknown[]) => void;

interface Chunk {
  readonly script: Script;
  readonly module: { exports: Exports };
}

/**
 * How much code a function runs before V8 looks at it again, by Nodes whose V8 was tried: whoever does not know a flag complains aloud. Compiling
 * a policy or reading a log is over in a second or two, and what is hottest in it runs as WebAssembly, so a function must be hot for longer than V8
 * expects before optimizing it is worth the time. COST: under Node 20, thirty times as long takes a tenth off Debian's whole policy compared with
 * eight times, another quarter compared with once, and a tenth off 500,000 lines of a log; under Node 24, a fifth off a tool that is over in a third
 * of a second.
 */
const PATIENCE: Readonly<Record<string, readonly string[]>> = {
  "20": ["--interrupt-budget=2000000"],
  "24": ["--invocation-count-for-maglev=10000", "--invocation-count-for-turbofan=30000"],
};

/**
 * The parts that a start reads first, and those of single verbs and tools (`FACES`); the others are the compiler and what is as big. COST:
 * apparmor_parser is called at every boot and by every package, and answers from its cache in a few milliseconds: it has a part of its own.
 */
const LIGHT = { parser: "parser.cjs", others: "main.cjs" } as const;
const FACES = "faces/";
/** What a tool brings in that does next to nothing: asking V8 for patience takes as long. */
const SMALL: ReadonlySet<string> = new Set(["easyprof.cjs"]);

function isLight(name: string): boolean {
  return name === LIGHT.parser || name === LIGHT.others || SMALL.has(name) || name.startsWith(FACES);
}

/** The part in which the command of that name begins. */
export function lightPart(command: string): string {
  return command === "apparmor_parser" ? LIGHT.parser : LIGHT.others;
}

/** Before any heavy code is read: V8 takes a code cache only under the flags it was made with. */
function askForPatience(): void {
  const [major = ""] = process.versions.node.split(".");
  const flags = PATIENCE[major];
  if (flags === undefined) return;
  // COST: node:v8 brings in all of Node's streams, 2 ms that a cache hit need not pay.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `require` gives for this name
  const { setFlagsFromString } = require("node:v8") as typeof V8;
  for (const flag of flags) setFlagsFromString(flag);
}

/** What V8 has compiled of the parts: of one version of V8, for another one would refuse it. */
export const codeCaches = `${__dirname}/caches-${process.versions.v8}`;

const chunks = new Map<string, Chunk>();
/** All parts that were read so far have a cache. */
let wasCached = true;

/**
 * What V8 has compiled of a part; `undefined`: nothing, or nothing that is believed. It is code, and V8 takes whatever fits the source's length:
 * nobody may have been able to write it but who could write the source.
 */
function readCodeCache(name: string, sourceOwner: number): Buffer | undefined {
  try {
    const descriptor = openSync(
      `${codeCaches}/${name}`,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      const status = fstatSync(descriptor);
      const isOurs = status.uid === 0 || status.uid === sourceOwner;
      return status.isFile() && isOurs && (status.mode & 0o022) === 0 ? readFileSync(descriptor) : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

function requireFrom(id: string): unknown {
  return id.startsWith("./") ? loadChunk(id.slice(2)) : require(id);
}

/** The exports of a part of the bundle. */
export function loadChunk(name: string): Exports {
  const known = chunks.get(name);
  if (known !== undefined) return known.module.exports;
  if (!isLight(name)) askForPatience();
  const path = `${__dirname}/${name}`;
  // The bundle is pure ASCII, and V8 handles one byte a character faster.
  const source = readFileSync(path, "latin1");
  const cachedData = readCodeCache(name, statSync(path).uid);
  if (cachedData === undefined) wasCached = false;
  const text = `(function(exports,require,module,__filename,__dirname){${source}\n})`;
  const script = new Script(text, { filename: path, ...(cachedData !== undefined && { cachedData }) });
  const module = { exports: {} };
  chunks.set(name, { script, module });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the text above is that of a function
  const wrapper = script.runInThisContext() as Wrapper;
  wrapper(module.exports, requireFrom, module, path, __dirname);
  return module.exports;
}

/** Writes what V8 has compiled, for the next start: of the light parts, or of all others that were loaded. */
export function writeCodeCaches(which: "light" | "heavy"): void {
  if (which === "heavy") askForPatience();
  for (const [name, { script }] of chunks) {
    if (isLight(name) !== (which === "light")) continue;
    const path = `${codeCaches}/${name}`;
    writeFileSync(`${path}.new`, script.createCachedData(), { mode: 0o644 });
    renameSync(`${path}.new`, path);
  }
}

/**
 * Has the code caches made by a process of its own, once for each version of V8, after the first run. Only for whom the package belongs to:
 * whoever may write there decides what runs, and a program that root runs in somebody else's folder shall leave nothing there.
 */
function makeCodeCaches(): void {
  try {
    if (existsSync(codeCaches) || statSync(__dirname).uid !== process.geteuid?.()) return;
    accessSync(__dirname, constants.W_OK);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `require` gives for this name
    const { spawn } = require("node:child_process") as typeof ChildProcess;
    spawn(process.execPath, [`${__dirname}/code-cache.cjs`], { cwd: "/", detached: true, stdio: "ignore" })
      .on("error", () => undefined)
      .unref();
  } catch {
    // Without caches everything works, only later.
  }
}

/** Where the parts cannot even be read, nothing of them is there to say so. */
function failToStart(name: string, thrown: unknown): void {
  const errno = thrown instanceof Error && "code" in thrown ? String(thrown.code) : undefined;
  if (errno === undefined) throw thrown;
  process.exitCode = 1;
  try {
    writeSync(2, `${name}: cannot read the program's parts in ${__dirname}: ${errnoText(errno)}\n`);
  } catch {
    // Nobody is left to hear it; the status says it.
  }
}

/** Runs the command of that name. */
export function start(name: string, argv: readonly string[]): void {
  let main: unknown;
  try {
    ({ main } = loadChunk(lightPart(name)));
  } catch (thrown) {
    failToStart(name, thrown);
  }
  if (typeof main === "function") main(name, argv);
  if (!wasCached) process.once("exit", makeCodeCaches);
}
