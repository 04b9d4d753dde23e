/** Whether the reference compiler accepts texts, asked for many at a time; for tests only. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import type { Oracle } from "./oracle.ts";

interface OracleVerdict {
  /** 124: it did not come to an end. */
  readonly status: number;
  readonly messages: string;
}

/**
 * The verdict about each text, with every rule class compiled for the newest features and nothing cached or loaded. Each text
 * is a run of its own, because one that crashes the compiler must not take others along.
 */
export function askVerdicts(oracle: Oracle, texts: readonly string[]): readonly OracleVerdict[] {
  const parent = join(oracle.root, "tmp");
  mkdirSync(parent, { recursive: true });
  const work = mkdtempSync(join(parent, "armorer-"));
  try {
    for (const [index, text] of texts.entries()) writeFileSync(join(work, `t${index}`), encodeBytes(text));
    const options = "--config-file=/dev/null -Q -K -S -M /etc/apparmor.d/abi/5.0";
    // The oracle has a root without /dev/null.
    const each = `timeout 20 apparmor_parser ${options} < "t$i" > out 2> "t$i.err"; echo $? >> status`;
    const script = `cd "$0" && i=0; while [ $i -lt ${texts.length} ]; do ${each}; i=$((i + 1)); done`;
    const inside = `/${work.slice(oracle.root.length).replace(/^\/+/, "")}`;
    spawnSync("chroot", [oracle.root, "sh", "-c", script, inside]);
    const statuses = readFileSync(join(work, "status"), "utf8").trim().split("\n");
    return statuses.map((status, index) => ({
      status: Number(status),
      messages: readFileSync(join(work, `t${index}.err`), "latin1"),
    }));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
