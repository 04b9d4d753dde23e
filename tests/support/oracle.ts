/** The reference compiler, `apparmor_parser` 5.0.2, run in a tree of its own; for tests only. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openOracle, renderLabProblem } from "../../lab/index.ts";
import { fail, ok, type Outcome } from "../../src/foundation/basics/index.ts";

export interface Oracle {
  /** The directory that holds a Debian tree with the package `apparmor` installed. */
  readonly root: string;
  /** Runs the parser in a directory that holds `files`; arguments name those files by their bare names. */
  readonly run: (args: readonly string[], files?: Readonly<Record<string, string | Uint8Array>>) => OracleRun;
}

interface OracleRun {
  readonly status: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** The oracle, or what is missing for it. The lab makes its tree from Debian's packages the first time. */
export async function findOracle(): Promise<Outcome<Oracle, string>> {
  const found = await openOracle();
  if (!found.ok) return fail(renderLabProblem(found.error));
  const { root } = found.value;
  return ok({ root, run: (args, files = {}) => runIn(root, args, files) });
}

function runIn(root: string, args: readonly string[], files: Readonly<Record<string, string | Uint8Array>>): OracleRun {
  mkdirSync(join(root, "tmp"), { recursive: true });
  const work = mkdtempSync(join(root, "tmp/armorer-"));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(work, name), content);
    const inside = work.slice(root.length);
    const command = [
      "sh",
      "-c",
      'cd "$0" && exec apparmor_parser "$@"',
      inside.startsWith("/") ? inside : `/${inside}`,
    ];
    const result = spawnSync("chroot", [root, ...command, ...args], { maxBuffer: 1 << 28 });
    return { status: result.status ?? 1, stdout: result.stdout, stderr: result.stderr.toString() };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
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
