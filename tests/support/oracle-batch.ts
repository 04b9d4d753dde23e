/** Many profile texts through the reference compiler in one go; for tests only. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Oracle } from "./oracle.ts";

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
export function compileBatch(oracle: Oracle, texts: readonly string[], options: BatchOptions): BatchResult[] {
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
  oracle: Pick<Oracle, "root">,
  names: readonly string[],
  files: Readonly<Record<string, string>>,
  options: BatchOptions,
): BatchResult[] {
  const work = mkdtempSync(join(oracle.root, "tmp/armorer-"));
  try {
    const list = `${names.join("\n")}\n`;
    const given = { ...files, kernel: options.kernel, policy: options.policy ?? options.kernel, list };
    for (const [name, text] of Object.entries(given)) writeFileSync(join(work, name), text);
    const policy = options.policy === "built-in" ? "" : "--policy-features policy";
    const fixed = `-Q -K --config-file /dev/null --kernel-features kernel ${policy}`;
    const each = `apparmor_parser ${fixed} "$@" -S "$name" > $i.bin 2> $i.err || rm -f $i.bin`;
    const script = `cd "$0" && i=0 && while read -r name; do ${each}; i=$((i + 1)); done < list`;
    const inside = `/${work.slice(oracle.root.length)}`.replace("//", "/");
    spawnSync("chroot", [oracle.root, "sh", "-c", script, inside, ...(options.args ?? [])]);
    return names.map((_, index) => {
      const path = join(work, `${index}.bin`);
      const messages = readFileSync(join(work, `${index}.err`), "latin1");
      return { stream: existsSync(path) ? Uint8Array.from(readFileSync(path)) : undefined, messages };
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
