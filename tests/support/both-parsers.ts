/** The same command line for Debian's parser and ours, one run an input; for tests only. */
import { type Answer, runOurs } from "./run-ours.ts";
import { type Oracle, openScratch, runEach } from "./oracle.ts";

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
  const { paths = [], texts = [], files = {} } = inputs;
  const given = [...Object.entries(files), ...texts.map((text, index) => [`text${index}`, text] as const)];
  const names = [...paths, ...texts.map((_, index) => `text${index}`)];
  const base = paths.length > 0 ? "/etc/apparmor.d" : ".";
  const all = Object.fromEntries([
    ...given.map(([name, text]) => [name, Buffer.from(text, "latin1")]),
    ["list.conf", ""],
  ]);
  const { work, remove } = openScratch(root, all);
  try {
    const runs = runEach(root, work, { names, args: [...FIXED, "-b", base, ...args] });
    const answers: Answers[] = [];
    for (const [index, { status, stdout, stderr }] of runs.entries()) {
      const name = names[index] ?? "";
      const here = name.startsWith("/") ? root + name : name;
      const ours = await runOurs(work, [...FIXED, "-b", base === "." ? base : root + base, ...args, here], "");
      answers.push({ name, theirs: { status, out: stdout.toString("latin1"), err: stderr }, ours });
    }
    return answers;
  } finally {
    remove();
  }
}
