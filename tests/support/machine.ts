/** The verbs of `armorer` on a machine of files. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { runArmorer } from "../../src/cli/armorer/index.ts";
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

interface Place {
  readonly path: (name: string) => string;
  readonly read: (name: string) => string;
  readonly run: (argv: readonly string[], input?: string) => Promise<Answer>;
}

/** A machine of files: its kernel, its logs and its policy are where `--root` finds them. */
export function machine(context: TestContext, contents: Readonly<Record<string, string>>): Place {
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
  for (const [path, text] of Object.entries({ ...kernel, ...contents })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const part of features.split("}\n}\n").slice(0, 2)) {
    const [, name = "", leaf = "", value = ""] = /^(\w+) \{(\w+) \{([^}]*)/.exec(part) ?? [];
    mkdirSync(join(root, aafs, "features", name), { recursive: true });
    writeFileSync(join(root, aafs, "features", name, leaf), value);
  }
  const run = async (argv: readonly string[], input = ""): Promise<Answer> => {
    const { io: captured, bytes, text } = capturedIo({ escapes: "always" });
    const lines = input.split("\n").slice(0, -1);
    const io = {
      ...captured,
      input: () => ok(encodeBytes(input)),
      inputLine: () => lines.shift(),
      environment: { HOME: root },
    };
    const [verb = "", ...rest] = argv;
    const status = await runArmorer([verb, "--root", root, ...rest], io);
    return { status, out: bytes("out").toString("latin1"), err: text("err") };
  };
  return { path: (name) => join(root, name), read: (name) => readFileSync(join(root, name), "latin1"), run };
}
