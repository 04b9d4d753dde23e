/**
 * Tools of ours beside Debian's own on the same files: each case gets a directory of its own on either side, and what was printed names it `{at}`.
 * Debian's are written in Python; they are run as they are, one fork of a warm interpreter for each case.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openProfileTools, renderLabProblem } from "../../lab/index.ts";
import { tools } from "../../src/cli/drop-in/index.ts";
import { runTool } from "../../src/cli/drop-in/tool.ts";
import { capturedIo } from "./captured-io.ts";
import { repository } from "./sources.ts";

/** By path: a text, or where a link leads. Texts that begin with `#!` may be run. */
export type ToolFiles = Readonly<Record<string, string | { readonly linkTo: string }>>;

export interface ToolCase {
  readonly tool: string;
  /** `{at}` stands for the case's directory, which is also where it is called. */
  readonly argv: readonly string[];
  readonly files: ToolFiles;
  readonly stdin?: string;
  /** Pressed on a terminal, one after the other; the tool that wants more is stopped. */
  readonly keys?: string;
}

export interface ToolRun {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** What is there afterwards: texts, and links as `-> TARGET`. */
  readonly tree: Readonly<Record<string, string>>;
}

function place(directory: string, seen: string, files: ToolFiles): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content !== "string") symlinkSync(content.linkTo.replaceAll("{at}", seen), path);
    else {
      writeFileSync(path, content.replaceAll("{at}", seen));
      if (content.startsWith("#!")) chmodSync(path, 0o755);
    }
  }
}

function treeOf(directory: string, seen: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" }).toSorted()) {
    const path = join(directory, name);
    const status = lstatSync(path);
    if (status.isSymbolicLink()) found[name] = `-> ${readlinkSync(path)}`.replaceAll(seen, "{at}");
    else if (status.isFile()) found[name] = readFileSync(path, "utf8").replaceAll(seen, "{at}");
  }
  return found;
}

function filled({ argv }: ToolCase, seen: string): readonly string[] {
  return argv.map((word) => word.replaceAll("{at}", seen));
}

/** What Debian's tools make of all cases. */
export async function runDebianTools(
  cases: readonly ToolCase[],
  open: typeof openProfileTools = openProfileTools,
): Promise<readonly ToolRun[]> {
  const opened = await open();
  if (!opened.ok) assert.fail(renderLabProblem(opened.error));
  const { root } = opened.value;
  // they look there for a kernel with AppArmor
  for (const name of ["proc", "tmp"]) mkdirSync(join(root, name), { recursive: true });
  for (const name of ["filesystems", "mounts"]) writeFileSync(join(root, "proc", name), "");
  const work = mkdtempSync(join(root, "tmp/tools-"));
  try {
    const inside = work.slice(root.length);
    copyFileSync(join(repository, "tests/support/debian/run-tools.py"), join(work, "run-tools.py"));
    const asked = cases.map((one, index) => {
      const seen = `${inside}/${index}`;
      place(join(work, String(index)), seen, one.files);
      if (one.stdin !== undefined) writeFileSync(join(work, `${index}.stdin`), one.stdin);
      return {
        tool: toolPath(root, one.tool),
        argv: filled(one, seen),
        cwd: seen,
        environment: { PATH: `${seen}/bin:/usr/sbin:/usr/bin`, LC_ALL: "C.UTF-8" },
        stdin: one.stdin === undefined ? null : `${seen}.stdin`,
        keys: one.keys ?? null,
      };
    });
    const done = spawnSync("chroot", [root, "python3", `${inside}/run-tools.py`, inside], {
      input: JSON.stringify(asked),
      maxBuffer: 1 << 28,
      encoding: "utf8",
    });
    assert.equal(done.status, 0, done.stderr);
    const answers: readonly Pick<ToolRun, "status" | "out" | "err">[] = JSON.parse(done.stdout);
    return answers.map(({ err, out, status }, index): ToolRun => {
      const seen = `${inside}/${index}`;
      const [shownOut = "", shownErr = ""] = [out, err].map((text) =>
        Buffer.from(text, "latin1").toString().replaceAll(seen, "{at}"),
      );
      return { status, out: shownOut, err: shownErr, tree: treeOf(join(work, String(index)), seen) };
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function toolPath(root: string, name: string): string {
  const places = ["/usr/sbin", "/usr/bin"].map((directory) => `${directory}/${name}`);
  return places.find((path) => lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined) ?? name;
}

/** What ours make of one case, in this process. */
export async function runOurTool(one: ToolCase): Promise<ToolRun> {
  const listed = tools.find(({ name }) => name === one.tool);
  assert.ok(listed, one.tool);
  const { tool } = await listed.load();
  const work = mkdtempSync(join(tmpdir(), "armorer-tool-"));
  const before = process.cwd();
  process.chdir(work);
  try {
    place(work, work, one.files);
    const { io, text } = capturedIo();
    const bytes = Buffer.from(one.stdin ?? "");
    const keys = (one.keys ?? "").split("");
    const world = {
      ...io,
      environment: { PATH: `${work}/bin`, XDG_STATE_HOME: `${work}.state` },
      // what is kept to be undone is no part of the case
      openDirectory: (path: string) => ({ ok: false, error: { kind: "refused", path, errno: "EROFS" } }) as const,
      input: () => ({ ok: true, value: bytes }) as const,
      setKeys: () => undefined,
      inputKey: () => keys.shift(),
    };
    const status = await runTool(tool, filled(one, work), world);
    const [out = "", err = ""] = (["out", "err"] as const).map((stream) => text(stream).replaceAll(work, "{at}"));
    return { status, out, err, tree: treeOf(work, work) };
  } finally {
    process.chdir(before);
    rmSync(work, { recursive: true, force: true });
  }
}
