/** Many profile texts through the reference compiler in one go; for tests only. */
import { type Oracle, inScratch, runEach } from "./oracle.ts";

export interface BatchResult {
  /** The policy stream; `undefined`: refused. */
  readonly stream: Uint8Array | undefined;
  readonly messages: string;
}

interface BatchOptions {
  /** The text of the kernel's feature file. */
  readonly kernel: string;
  /** The text of the feature file for policies without abi; `built-in`: none is given; absent: the kernel's counts. */
  readonly policy?: string | undefined;
  readonly args?: readonly string[];
}

/** Compiles every text by itself, in order. */
export function compileBatch(
  oracle: Oracle,
  texts: readonly (string | Uint8Array)[],
  options: BatchOptions,
): BatchResult[] {
  const names = texts.map((_, index) => `text${index}`);
  const files = Object.fromEntries(texts.map((text, index) => [names[index] ?? "", text]));
  return run(oracle, names, files, options);
}

/** Compiles files of the oracle's tree, by their paths inside it. */
export function compileOracleFiles(
  oracle: Pick<Oracle, "root">,
  paths: readonly string[],
  options: BatchOptions,
): BatchResult[] {
  return run(oracle, paths, {}, options);
}

function run(
  { root }: Pick<Oracle, "root">,
  names: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>>,
  { kernel, policy, args = [] }: BatchOptions,
): BatchResult[] {
  const given = { ...files, kernel, policy: policy ?? kernel };
  const own = policy === "built-in" ? [] : ["--policy-features", "policy"];
  const fixed = ["-Q", "-K", "--config-file", "/dev/null", "--kernel-features", "kernel", ...own];
  const runs = inScratch(root, given, (work) =>
    runEach(root, work, { names, args: [...fixed, ...args, "-S"], seconds: 300 }),
  );
  return runs.map(({ status, stdout, stderr }) => ({
    stream: status === 0 ? Uint8Array.from(stdout) : undefined,
    messages: stderr,
  }));
}
