/** The reference compiler, `apparmor_parser` 5.0.2, run in a tree of its own; for tests only. Everything that starts it is here. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openOracle, renderLabProblem, withProc } from "../../lab/index.ts";
import { fail, ok, type Outcome } from "../../src/foundation/basics/index.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

export interface Oracle {
  /** The directory that holds a Debian tree with the package `apparmor` installed. */
  readonly root: string;
  /** Runs the parser in a directory that holds `files`; arguments name those files by their bare names. */
  readonly run: (args: readonly string[], files?: Files) => OracleRun;
}

interface OracleRun {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The oracle, or what is missing for it. The lab makes its tree from Debian's packages the first time. */
export async function findOracle(): Promise<Outcome<Oracle, string>> {
  const found = await openOracle();
  if (!found.ok) return fail(renderLabProblem(found.error));
  const { root } = found.value;
  const run: Oracle["run"] = (args, files = {}) =>
    inScratch(root, files, (work) => start(root, { directory: inTree(root, work), argv: args }));
  return ok({ root, run });
}

/** A new directory of the tree that holds `files`. */
export function openScratch(root: string, files: Files): { readonly work: string; readonly remove: () => void } {
  mkdirSync(join(root, "tmp"), { recursive: true });
  const work = mkdtempSync(join(root, "tmp/armorer-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(work, name), content);
  return { work, remove: () => rmSync(work, { recursive: true, force: true }) };
}

/** Does something with a new directory of the tree that holds `files`. */
export function inScratch<T>(root: string, files: Files, action: (work: string) => T): T {
  const { work, remove } = openScratch(root, files);
  try {
    return action(work);
  } finally {
    remove();
  }
}

/** A path of the tree as the tree names it. */
function inTree(root: string, path: string): string {
  return `/${path.slice(root.length).replace(/^\/+/, "")}`;
}

interface Start {
  /** As the tree names it. */
  readonly directory: string;
  readonly argv: readonly string[];
  /** Shell text in which `"$@"` are the arguments; otherwise it is the parser alone. */
  readonly script?: string;
  readonly stdin?: string;
  /** Its cache is written through `/proc`, which a bare tree does not have: it is mounted in a name space of the run's own. */
  readonly withProc?: boolean;
}

/** Starts the parser in the tree. */
export function start(root: string, { directory, argv, script, stdin, withProc: needsProc = false }: Start): OracleRun {
  const inside = ["sh", "-c", `cd "$0" && ${script ?? 'exec apparmor_parser "$@"'}`, directory, ...argv];
  const chroot = ["chroot", root, ...inside];
  const [program = "", ...args] = needsProc ? withProc(root, ["timeout", "20", ...chroot]) : chroot;
  const { LC_ALL: _, ...environment } = process.env;
  const done = spawnSync(program, args, {
    ...(stdin !== undefined && { input: stdin }),
    env: { ...environment, LC_ALL: "C" },
    maxBuffer: 1 << 28,
  });
  return { status: done.status ?? -1, stdout: done.stdout, stderr: done.stderr.toString() };
}

/** What one of many runs said. */
interface EachRun {
  /** 124: it did not come to an end. */
  readonly status: number;
  readonly stdout: Buffer;
  /** Bytes as Latin-1 letters. */
  readonly stderr: string;
}

interface EachOptions {
  readonly args: readonly string[];
  /** Names of files in the directory, or of the tree. */
  readonly names: readonly string[];
  /** The texts come through standard input. */
  readonly throughStdin?: boolean;
  readonly seconds?: number;
}

/** Runs the parser once for each file, so that one that crashes it takes no others along; all in one start of a shell. */
export function runEach(root: string, work: string, options: EachOptions): readonly EachRun[] {
  const { args, names, throughStdin = false, seconds = 20 } = options;
  writeFileSync(join(work, "list"), names.map((name) => `${name}\n`).join(""));
  const input = throughStdin ? '< "$name"' : '"$name"';
  const each = `timeout ${seconds} apparmor_parser "$@" ${input} > $i.out 2> $i.err; echo $? > $i.status`;
  const script = `i=0 && while read -r name; do ${each}; i=$((i + 1)); done < list`;
  start(root, { directory: inTree(root, work), argv: args, script });
  return names.map((_, index) => {
    const read = (what: string): Buffer => readFileSync(join(work, `${index}.${what}`));
    return { status: Number(read("status")), stdout: read("out"), stderr: read("err").toString("latin1") };
  });
}

/**
 * Compiles one profile text: nothing is cached or loaded, no configuration is read. `features` is the text of a feature file,
 * for the kernel and, where the profile names no abi, for the policy.
 */
export function compileWithOracle(
  oracle: Oracle,
  profile: string | Uint8Array,
  features: string,
  args: readonly string[] = [],
): OracleRun {
  const fixed = ["-q", "-Q", "-K", "--config-file", "/dev/null", "-M", "features", "-S"];
  return oracle.run([...fixed, ...args, "profile"], { profile, features });
}
