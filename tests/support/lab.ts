/** Guests for tests: a failure of the lab is a failure of the test, with the lab's own message. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Outcome } from "../../src/foundation/basics/index.ts";
import {
  APPARMOR_DIRECTORY,
  type GuestFile,
  type GuestRequest,
  type LabProblem,
  type LabSession,
  openLab,
  prepareLab,
  renderFeatureTree,
  renderLabProblem,
  type Step,
  type StepResult,
} from "../../lab/index.ts";

/** What an outcome of the lab holds; its problem fails the test. */
export function must<T>(outcome: Outcome<T, LabProblem>): T {
  if (!outcome.ok) assert.fail(renderLabProblem(outcome.error));
  return outcome.value;
}

/** Makes the lab ready; for a test file's `before`. */
export async function labReady(): Promise<void> {
  must(await prepareLab(() => undefined));
}

/** A guest in use. */
export interface Guest {
  readonly session: LabSession;
  /** The kernel's features as the text of a feature file. */
  readonly features: string;
  /** Carries out steps; their results in order. */
  readonly run: (...steps: readonly Step[]) => Promise<readonly StepResult[]>;
}

/** Boots a guest, hands it to `use`, and ends it whatever happens. */
export async function withGuest(request: GuestRequest, use: (guest: Guest) => Promise<void>): Promise<void> {
  const session = must(await openLab(request));
  try {
    const run: Guest["run"] = async (...steps) => must(await session.run(steps));
    const [tree] = await run({ kind: "tree", id: "features", path: `${APPARMOR_DIRECTORY}/features` });
    await use({ session, features: renderFeatureTree(tree?.names ?? []), run });
  } finally {
    await session.close();
  }
}

/** The files of a directory of this machine, for the guest; permission bits stay. */
export function filesFrom(directory: string, at: string): readonly GuestFile[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { path: at + path.slice(directory.length), data: readFileSync(path), mode: statSync(path).mode & 0o777 };
    });
}

/** A record without its time: from `apparmor=` on. */
export function recordText(line: string): string {
  return line.slice(Math.max(line.indexOf("apparmor="), 0));
}
