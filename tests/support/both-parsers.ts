/** The same command line for Debian's parser and ours, one run an input; for tests only. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Answer, runOurs } from "./run-ours.ts";
import type { Oracle } from "./oracle.ts";

interface Inputs {
  /** Paths inside the oracle's tree. */
  readonly paths?: readonly string[];
  /** Texts, each in a file of its own: `text0`, `text1`, … */
  readonly texts?: readonly string[];
  /** Files beside the texts. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface Answers {
  readonly name: string;
  readonly theirs: Answer;
  readonly ours: Answer;
}

const FIXED = ["--config-file", "list.conf", "-Q", "-K", "-q", "-j0"];

/** Runs both with `args` on every input. The base directory is the oracle's, or the one of the texts. */
export async function askBoth(oracle: Oracle, inputs: Inputs, args: readonly string[]): Promise<readonly Answers[]> {
  const root = oracle.root.replace(/\/+$/, "");
  const work = mkdtempSync(join(root, "tmp/armorer-"));
  try {
    const { paths = [], texts = [], files = {} } = inputs;
    for (const [name, text] of Object.entries(files)) writeFileSync(join(work, name), text, "latin1");
    for (const [index, text] of texts.entries()) writeFileSync(join(work, `text${index}`), text, "latin1");
    const names = [...paths, ...texts.map((_, index) => `text${index}`)];
    writeFileSync(join(work, "list.conf"), "");
    writeFileSync(join(work, "list"), `${names.join("\n")}\n`);
    const base = paths.length > 0 ? "/etc/apparmor.d" : ".";
    const each = 'timeout 20 apparmor_parser "$@" "$name" > $i.out 2> $i.err; echo $? > $i.status';
    const script = `cd "$0" && i=0 && while read -r name; do ${each}; i=$((i + 1)); done < list`;
    spawnSync("chroot", [root, "sh", "-c", script, work.slice(root.length), ...FIXED, "-b", base, ...args]);
    const answers: Answers[] = [];
    for (const [index, name] of names.entries()) {
      const read = (what: string): string => readFileSync(join(work, `${index}.${what}`), "latin1");
      const theirs = { status: Number(read("status")), out: read("out"), err: read("err") };
      const here = name.startsWith("/") ? root + name : name;
      const ours = await runOurs(work, [...FIXED, "-b", base === "." ? base : root + base, ...args, here], "");
      answers.push({ name, theirs, ours });
    }
    return answers;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
