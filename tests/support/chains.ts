/** Ways of `reach` as things to do in a guest: worlds whose programs are scripts, and each step of a way as what a process does; for tests only. */
import type { Step as Way, StepKind } from "../../src/analysis/reach/index.ts";
import { labelGraph, reach } from "../../src/analysis/reach/index.ts";
import type { Profile } from "../../src/language/model/index.ts";
import { lastPart, splitFullName } from "../../src/language/model/index.ts";
import { Random } from "./random.ts";
import { randomWorld } from "./reach-law.ts";

/** What a script needs to run at all, and to say where it is. */
const NEEDS = [
  "/usr/** rm,",
  "/etc/** r,",
  "/chain/** r,",
  "/srv/** r,",
  "/dev/null rw,",
  "/dev/urandom r,",
  "/proc/** r,",
  "/proc/*/attr/** rw,",
  "capability dac_override,",
  "capability dac_read_search,",
].join(" ");

const LINKS = [
  "/chain/bin/* l,",
  "/chain/lib/?b l,",
  "link /chain/bin/** -> /chain/lib/*,",
  "link subset /chain/lib/a -> /chain/**,",
  "capability sys_admin, mount options=(rw, bind) /chain/** -> /chain/bin/*,",
  "capability sys_admin, mount options=(rw, bind) /chain/lib/ -> /chain/bin/,",
];

export const CHAIN_NAMES = ["one", "two", "three", "four", "five"] as const;

/** A world of profiles about paths below `/chain`, of which some trace others. */
export function chainWorld(seed: number): string {
  const random = new Random(seed + 77);
  const traces = CHAIN_NAMES.map(() => {
    if (!random.chance(0.7)) return "";
    return `ptrace (${random.pick(["trace", "tracedby", "trace, tracedby"])}) peer=${random.pick(["*", "t*", "{one,four}", "f*"])}, `;
  });
  const links = CHAIN_NAMES.map(() => (random.chance(0.6) ? `${random.pick(LINKS)} ` : ""));
  let at = 0;
  return randomWorld(seed)
    .replaceAll(/ \/(bin|lib|\{bin,lib\}|\*\*)/g, " /chain/$1")
    .replaceAll(/^(\s*)((?:profile|hat) .*)\{$/gm, (_, indent: string, head: string) => {
      const own = indent === "" ? `${traces[at] ?? ""}${links[at++] ?? ""}` : "";
      return `${indent}${head}{ ${NEEDS} ${own}`;
    });
}

/** A file that a chain needs; the owner's are root's, as whoever goes the way is. */
interface ChainFile {
  readonly path: string;
  readonly uid: number;
}

/** One process: where it starts, what it is told, and what it then says. */
export interface ChainPart {
  /** The label to start in; `undefined`: unconfined, with the program. */
  readonly start: string | undefined;
  readonly program: string;
  readonly plan: readonly string[];
  /** Lines it prints. */
  readonly expected: readonly string[];
  /** A process of this label to be traced. */
  readonly traced: string | undefined;
  /** Users by whom the part may be gone: one is enough. */
  readonly uids: readonly number[];
}

export interface Chain {
  readonly steps: readonly Way[];
  readonly files: readonly ChainFile[];
  readonly parts: readonly ChainPart[];
}

export const DRIVER = "/srv/chain.pl";
const OTHERS = 1000;

/** The ways of a world that can be gone from their start, longest first. */
export function chainsOf(profiles: readonly Profile[]): readonly Chain[] {
  const graph = labelGraph(profiles);
  const found: Chain[] = [];
  for (const from of graph.world.labels.keys()) {
    const reached = reach(graph, from, { others: true });
    for (const to of reached.labels) {
      const steps = reached.wayTo(to) ?? [];
      const chain = chainOf(steps);
      if (steps.length > 1 && chain !== undefined) found.push(chain);
    }
  }
  return found.toSorted((one, other) => other.steps.length - one.steps.length);
}

/** The kinds of a way's steps, to choose ways that differ. */
export function kindsOf({ steps }: Chain): string {
  return steps.map(({ kind, how, effect }) => `${kind} ${kind === "exec" ? how : (effect ?? "")}`).join("; ");
}

interface Draft {
  start: string | undefined;
  program: string;
  plan: string[];
  expected: string[];
  traced: string | undefined;
  uids: readonly number[];
  /** Ends with what was planted. */
  isPlanted: boolean;
}

function draft(start: string | undefined): Draft {
  const expected = start === undefined ? [] : [shown(start)];
  return { start, program: DRIVER, plan: [], expected, traced: undefined, uids: [0], isPlanted: false };
}

function shown(label: string): string {
  return label === "unconfined" ? label : `${label} (enforce)`;
}

const UNTOLD: ReadonlySet<StepKind> = new Set(["mode", "anything", "start-up", "policy", "pivot_root"]);

function chainOf(steps: readonly Way[]): Chain | undefined {
  const [first] = steps;
  if (first === undefined || steps.some(({ kind }) => UNTOLD.has(kind))) return undefined;
  const files = new Map<string, ChainFile>();
  const parts: Draft[] = [draft(first.from)];
  let hasToken = false;
  for (const step of steps) {
    const part = parts.at(-1);
    if (part === undefined || (step.path !== undefined && !use(files, step))) return undefined;
    if (step.how.includes("token") && !hasToken) return undefined;
    hasToken = step.kind === "hat" && (hasToken || step.how === "enters the hat");
    carry(step, part);
    if (step.kind === "program") parts.push(...planted(step));
    if (step.kind === "trace") {
      part.traced = step.to;
      parts.push(draft(step.to));
    }
  }
  const wanted = parts.filter(({ plan, program }) => plan.length > 0 || program !== DRIVER);
  const ended = wanted.map((part) => (part.isPlanted ? part : { ...part, plan: [...part.plan, "end"] }));
  return { steps, files: [...files.values()], parts: ended };
}

/** Whether the files of a step can be there beside the others. */
function use(files: Map<string, ChainFile>, step: Way): boolean {
  const { path = "", how } = step;
  const uid = how.includes("its own") ? 0 : OTHERS;
  const put = substitutionOf(step);
  if (put === undefined) return place(files, { path, uid });
  // a name that is to be given must not be there; what is mounted over must
  const isThere = put.operation === "link" ? !files.has(path) : place(files, { path, uid: OTHERS });
  return isThere && place(files, { path: put.written, uid });
}

function place(files: Map<string, ChainFile>, file: ChainFile): boolean {
  const { path, uid } = file;
  const isClear = [...files.keys()].every(
    (other) => other === path || !(other.startsWith(`${path}/`) || path.startsWith(`${other}/`)),
  );
  const known = files.get(path);
  if (known !== undefined && known.uid !== uid) return false;
  files.set(path, file);
  return isClear && !path.endsWith("/");
}

interface Substitution {
  /** The file that is written. */
  readonly written: string;
  readonly operation: "link" | "mount";
  readonly source: string;
  readonly target: string;
}

/** What is put in the place of a step's path. */
function substitutionOf({ path = "", how }: Way): Substitution | undefined {
  const [, linked] = /^links (.*) to it/.exec(how) ?? [];
  if (linked !== undefined) return { written: linked, operation: "link", source: linked, target: path };
  const [, source, target] = /^mounts (.*) over (it|\/.*?\/)(?: where it is its own)?$/.exec(how) ?? [];
  if (source === undefined || target === undefined) return undefined;
  if (target === "it") return { written: source, operation: "mount", source, target: path };
  return { written: source + path.slice(target.length), operation: "mount", source, target };
}

function carry(step: Way, part: Draft): void {
  const { kind, to, path = "", how } = step;
  switch (kind) {
    case "exec":
      part.plan.push(`exec\t${path}`);
      part.expected.push(shown(to));
      return;
    case "change_profile":
      part.plan.push(how === "changes by itself" ? `change\t${to}` : `onexec\t${to}\t${DRIVER}`);
      part.expected.push(shown(to));
      return;
    case "hat":
      part.plan.push(how.startsWith("leaves") ? "hat" : `hat\t${lastPart(to)}`);
      part.expected.push(shown(to));
      return;
    case "program": {
      const put = substitutionOf(step);
      part.plan.push(`${how.startsWith("appends") ? "append" : "write"}\t${put?.written ?? path}`);
      part.expected.push("written");
      if (put === undefined) return;
      part.plan.push(`${put.operation}\t${put.source}\t${put.target}`);
      part.expected.push(put.operation === "link" ? "linked" : "mounted");
      return;
    }
    case "trace":
      part.plan.push("trace\t{pid}");
      part.expected.push("traced");
      return;
    case "mode":
    case "pivot_root":
    case "anything":
    case "start-up":
    case "policy":
      return;
  }
}

/** Who takes the file for code does so; behind it the way goes on from there. */
function planted({ to, path = "", effect, how }: Way): readonly Draft[] {
  const shownFirst = how.startsWith("appends") ? [shown(to)] : [];
  const ran = [...shownFirst, `planted in ${shown(to)}`];
  const run = { uids: [0, OTHERS], isPlanted: true };
  if (effect === "is what it runs in") {
    const parent = splitFullName(to)?.parent;
    const started = { ...draft(undefined), program: path, expected: ran, ...run };
    const child = { ...draft(parent), plan: [`exec\t${path}`], expected: [shown(parent ?? ""), ...ran], ...run };
    return [parent === undefined ? started : child, draft(to)];
  }
  const isRun = effect === "runs it";
  const plan = isRun ? [`exec\t${path}`] : [`map\t${path}`];
  return [{ ...draft(to), plan, expected: [shown(to), ...(isRun ? ran : ["mapped"])], ...run }, draft(to)];
}
