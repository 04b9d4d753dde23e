import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ok, type Outcome } from "../src/foundation/basics/index.ts";
import { packageTree, type Suite } from "./apt.ts";
import { runCommand } from "./command.ts";
import type { LabProblem } from "./problem.ts";
import { requireRoot } from "./tools.ts";

/** What the oracle said. */
interface OracleAnswer {
  readonly status: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly timedOut: boolean;
}

interface OracleOptions {
  readonly stdin?: string | Uint8Array;
  /** Files to place in a scratch directory; `{dir}` in an argument stands for that directory. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly timeoutMs?: number;
}

/** Debian's own AppArmor tools, to compare with: a directory tree with a release's packages, run by `chroot`. */
export interface Oracle {
  readonly root: string;
  /** Debian's shipped policy, and the profiles it ships as examples. */
  readonly profiles: string;
  readonly extraProfiles: string;
  /** Runs `apparmor_parser` with these arguments. */
  readonly parse: (args: readonly string[], options?: OracleOptions) => Promise<OracleAnswer>;
  /** Runs any program of the tree. */
  readonly run: (argv: readonly string[], options?: OracleOptions) => Promise<OracleAnswer>;
}

async function runIn(root: string, argv: readonly string[], options: OracleOptions): Promise<OracleAnswer> {
  mkdirSync(join(root, "tmp"), { recursive: true });
  const scratch = mkdtempSync(join(root, "tmp/armorer-"));
  try {
    for (const [name, content] of Object.entries(options.files ?? {})) {
      mkdirSync(dirname(join(scratch, name)), { recursive: true });
      writeFileSync(join(scratch, name), content);
    }
    const filled = argv.map((arg) => arg.replaceAll("{dir}", scratch.slice(root.length)));
    const settings = { timeoutMs: options.timeoutMs ?? 60_000, ...(options.stdin && { stdin: options.stdin }) };
    const result = await runCommand(["chroot", root, ...filled], settings);
    const { status, stdout, timedOut } = result;
    return { status, stdout, stderr: result.stderr.toString(), timedOut };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function oracleAt(root: string): Oracle {
  return {
    root,
    profiles: join(root, "etc/apparmor.d"),
    extraProfiles: join(root, "usr/share/apparmor/extra-profiles"),
    parse: async (args, options = {}) => await runIn(root, ["apparmor_parser", ...args], options),
    run: async (argv, options = {}) => await runIn(root, argv, options),
  };
}

/**
 * Gives a release's AppArmor tools and policy: sid has 5.0.2, which the product is measured by; bookworm has 3.0.8.
 *
 * The tree is made in the cache from Debian's packages the first time. `$ARMORER_ORACLE` names another root to use for sid.
 *
 * @example
 * const answer = await oracle.parse(["-Q", "-K", "{dir}/p"], { files: { p: "profile p {}\n" } });
 */
export async function openOracle(suite: Suite = "sid"): Promise<Outcome<Oracle, LabProblem>> {
  const root = requireRoot("running Debian's parser in its own root directory");
  if (!root.ok) return root;
  const given = process.env["ARMORER_ORACLE"];
  if (suite === "sid" && given !== undefined && existsSync(given)) return ok(oracleAt(given));
  const tree = await packageTree({
    suite,
    names: ["apparmor", "apparmor-profiles", "dash", "coreutils"],
    closure: true,
    label: `oracle-${suite}`,
  });
  return tree.ok ? ok(oracleAt(tree.value)) : tree;
}

/** A tree of its own with more of Debian sid, as few want it. */
async function openExtra(
  label: string,
  names: readonly string[],
): Promise<Outcome<Pick<Oracle, "root" | "run">, LabProblem>> {
  const root = requireRoot("running Debian's tools in their own root directory");
  if (!root.ok) return root;
  const tree = await packageTree({ suite: "sid", names, closure: true, label });
  return tree.ok
    ? ok({ root: tree.value, run: async (argv, options = {}) => await runIn(tree.value, argv, options) })
    : tree;
}

/** Debian sid's readers of logs, to compare with: Python's libapparmor, and ausearch. */
export function openLogReaders(): ReturnType<typeof openExtra> {
  return openExtra("log-readers-sid", ["python3-libapparmor", "auditd", "python3", "dash", "coreutils"]);
}

/** Debian sid's tools that work on profiles: aa-cleanprof, aa-autodep and the others of apparmor-utils. */
export function openProfileTools(): ReturnType<typeof openExtra> {
  return openExtra("profile-tools-sid", ["apparmor-utils", "apparmor", "python3", "dash", "coreutils"]);
}

/** Debian sid's aa-notify, with all that it reads in before it does anything. */
export function openNotifier(): ReturnType<typeof openExtra> {
  return openExtra("notifier-sid", ["apparmor-notify", "apparmor-utils", "apparmor", "python3", "dash", "coreutils"]);
}
