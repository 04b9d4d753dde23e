import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ok, type Outcome } from "../src/foundation/basics/index.ts";
import type { LabProblem } from "./problem.ts";

/** Where everything downloaded and built is kept: `$ARMORER_LAB`, else `~/.cache/armorer/lab`. */
export function cacheDirectory(): string {
  const chosen = process.env["ARMORER_LAB"];
  return chosen !== undefined && chosen !== "" ? chosen : join(homedir(), ".cache/armorer/lab");
}

/** A short name for content. */
export function contentKey(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 16);
}

/** Whether there is a process of this number, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

const NEW_LOCK_MS = 10_000;

/** Whether somebody holds the lock; it is empty for a moment when it is new. */
function isHeld(lock: string): boolean {
  try {
    const owner = readFileSync(lock, "utf8");
    return owner === "" ? Date.now() - statSync(lock).mtimeMs < NEW_LOCK_MS : isAlive(Number(owner));
  } catch {
    return false;
  }
}

/** One holder at a time over all processes of the machine; a lock whose holder died is taken over. */
async function withLock<T>(lock: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch {
      if (isHeld(lock)) await delay(200);
      else rmSync(lock, { force: true });
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/**
 * Gives the path of a file or directory of the cache, made by `build` the first time.
 *
 * `build` fills a temporary path beside the final one; only a whole result is renamed into place, so readers
 * never see half of it, and two processes never build the same thing at once.
 */
export async function cached(
  name: string,
  build: (path: string) => Promise<Outcome<void, LabProblem>>,
): Promise<Outcome<string, LabProblem>> {
  const path = join(cacheDirectory(), name);
  if (existsSync(path)) return ok(path);
  return await withLock(`${path}.lock`, async () => {
    if (existsSync(path)) return ok(path);
    const temporary = `${path}.new-${process.pid}`;
    rmSync(temporary, { recursive: true, force: true });
    const built = await build(temporary);
    if (built.ok && !existsSync(path)) renameSync(temporary, path);
    else rmSync(temporary, { recursive: true, force: true });
    return built.ok ? ok(path) : built;
  });
}

/** Does `work` while no other process does anything under the same name. */
export async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  return await withLock(join(cacheDirectory(), `${name}.lock`), work);
}
