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

export interface BatchOptions {
  /** The text of the kernel's feature file. */
  readonly kernel: string;
  /** The text of the feature file for policies without abi; `built-in`: none is given; absent: the kernel's counts. */
  readonly policy?: string | undefined;
  readonly args?: readonly string[];
}

/** Compiles every text by itself, in order. */
export function compileBatch(oracle: Oracle, texts: readonly string[], options: BatchOptions): BatchResult[] {
  const work = mkdtempSync(join(oracle.root, "tmp/armorer-"));
  try {
    writeFileSync(join(work, "kernel"), options.kernel);
    writeFileSync(join(work, "policy"), options.policy ?? options.kernel);
    for (const [index, text] of texts.entries()) writeFileSync(join(work, `${index}`), text);
    const policy = options.policy === "built-in" ? "" : "--policy-features policy";
    const fixed = `-Q -K --config-file /dev/null --kernel-features kernel ${policy}`;
    const script = `cd "$0" && for i in $(seq 0 ${texts.length - 1}); do apparmor_parser ${fixed} "$@" -S $i > $i.bin 2> $i.err || rm -f $i.bin; done`;
    const inside = work.slice(oracle.root.length);
    spawnSync("chroot", [
      oracle.root,
      "sh",
      "-c",
      script,
      inside.startsWith("/") ? inside : `/${inside}`,
      ...(options.args ?? []),
    ]);
    return texts.map((_, index) => {
      const path = join(work, `${index}.bin`);
      return {
        stream: existsSync(path) ? readFileSync(path) : undefined,
        messages: readFileSync(join(work, `${index}.err`), "utf8"),
      };
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
