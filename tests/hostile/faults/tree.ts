/** Trees of files: made from a table, looked at as a whole. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Paths from the root of the tree, and what is there: a text, bytes, a link, or (`null`) a directory. */
export type Plan = Readonly<Record<string, string | Uint8Array | { readonly linkTo: string } | null>>;

/** A path from the root, and all that can be known of what is there; times excepted. */
export type Snapshot = ReadonlyMap<string, string>;

/** Everything was changed at one time, long ago. */
const LONG_AGO = 1_700_000_000;

/** Files are for their owner and his group, which is what writing is most likely to lose. */
export function buildTree(root: string, plan: Plan): void {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true, force: true });
  for (const [path, what] of Object.entries(plan)) {
    const place = join(root, path);
    mkdirSync(what === null ? place : dirname(place), { recursive: true });
    if (what === null) continue;
    if (typeof what === "object" && "linkTo" in what) {
      symlinkSync(what.linkTo, place);
      continue;
    }
    writeFileSync(place, what);
    chmodSync(place, path.startsWith("usr/") ? 0o755 : 0o640);
    utimesSync(place, LONG_AGO, LONG_AGO);
  }
}

function lookAt(path: string): string {
  const { mode, uid, gid } = lstatSync(path);
  const kind = mode & 0o170000;
  const rest =
    kind === 0o100000
      ? createHash("sha256").update(readFileSync(path)).digest("hex")
      : kind === 0o120000
        ? readlinkSync(path)
        : "";
  return [mode.toString(8), uid, gid, rest].join(" ");
}

/** Everything below a directory. */
export function snapshot(root: string): Snapshot {
  const found = new Map<string, string>();
  const walk = (directory: string): void => {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
      const path = `${directory}${entry.name}`;
      found.set(path, lookAt(join(root, path)));
      if (entry.isDirectory()) walk(`${path}/`);
    }
  };
  walk("");
  return found;
}

/** The table that makes a tree like this one, but for owners and rights. */
export function planOf(root: string): Plan {
  const plan: Record<string, Plan[string]> = {};
  const walk = (directory: string): void => {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
      const path = `${directory}${entry.name}`;
      if (entry.isDirectory()) {
        plan[path] = null;
        walk(`${path}/`);
      } else if (entry.isSymbolicLink()) plan[path] = { linkTo: readlinkSync(join(root, path)) };
      else plan[path] = readFileSync(join(root, path));
    }
  };
  walk("");
  return plan;
}
