/** The verbs of `armorer` on a machine of files. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { runArmorer } from "../../src/cli/armorer/index.ts";
import type { CliIo } from "../../src/cli/io.ts";
import type { OutputOptions } from "../../src/cli/output.ts";
import { ok } from "../../src/foundation/basics/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { capturedIo } from "./captured-io.ts";

const features =
  "file {mask {create read write exec append mmap_exec link lock\n}\n}\npolicy {versions {v7 {yes\n}\n}\n}\n";

export interface Answer {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Files, and the verbs on them. */
export interface Place {
  readonly path: (name: string) => string;
  readonly read: (name: string) => string;
  readonly run: (argv: readonly string[], input?: string) => Promise<Answer>;
}

/** What is otherwise than for most verbs. */
interface Overrides {
  /** Behind the verb; of itself the machine is named by `--root`. */
  readonly options?: (path: Place["path"]) => readonly string[];
  /** What is asked of the world, in place of what files or this process would answer. */
  readonly world?: (io: CliIo, path: Place["path"]) => Partial<CliIo>;
  readonly escapes?: OutputOptions["escapes"];
}

/** A machine of files: its kernel, its logs and its policy are where `--root` finds them. */
export function machine(
  context: TestContext,
  contents: Readonly<Record<string, string>>,
  { escapes = "always", options, world }: Overrides = {},
): Place {
  const root = mkdtempSync(join(tmpdir(), "armorer-verbs-"));
  context.after(() => rmSync(root, { recursive: true }));
  const aafs = "sys/kernel/security/apparmor";
  const kernel = {
    "proc/mounts": "securityfs /sys/kernel/security securityfs rw 0 0\n",
    "sys/module/apparmor/parameters/enabled": "Y\n",
    [`${aafs}/profiles`]: "old (enforce)\nother (complain)\n",
    [`${aafs}/.load`]: "",
    [`${aafs}/.replace`]: "",
    [`${aafs}/.remove`]: "",
    features,
  };
  for (const [name, text] of Object.entries({ ...kernel, ...contents })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  for (const part of features.split("}\n}\n").slice(0, 2)) {
    const [, name = "", leaf = "", value = ""] = /^(\w+) \{(\w+) \{([^}]*)/.exec(part) ?? [];
    mkdirSync(join(root, aafs, "features", name), { recursive: true });
    writeFileSync(join(root, aafs, "features", name, leaf), value);
  }
  const path = (name: string): string => join(root, name);
  const run = async (argv: readonly string[], input = ""): Promise<Answer> => {
    const { io: captured, bytes, text } = capturedIo({ escapes });
    const lines = input.split("\n").slice(0, -1);
    const io = {
      ...captured,
      input: () => ok(encodeBytes(input)),
      inputLine: () => lines.shift(),
      environment: { HOME: root },
      ...world?.(captured, path),
    };
    const [verb = "", ...rest] = argv;
    const status = await runArmorer([verb, ...(options?.(path) ?? ["--root", root]), ...rest], io);
    return { status, out: bytes("out").toString("latin1"), err: text("err") };
  };
  return { path, read: (name) => readFileSync(path(name), "latin1"), run };
}
