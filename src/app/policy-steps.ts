/** The steps that change a policy set, taken one after the other: all of them, or none. */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal, FileStorePort, LinksPort } from "../foundation/ports/index.ts";

export type PolicyStep =
  | { readonly kind: "write"; readonly path: string; readonly before: Uint8Array; readonly after: Uint8Array }
  /** Unless it is there. */
  | { readonly kind: "make-directory"; readonly path: string }
  | { readonly kind: "link" | "unlink"; readonly path: string; readonly target: string };

/** Why the steps were not taken, and what of them could not be taken back. */
export interface StepsRefusal {
  readonly refusal: FileRefusal;
  readonly left: readonly FileRefusal[];
}

interface Store {
  readonly files: FileStorePort;
  readonly links: LinksPort;
}

/** Takes the steps in order. Where one is refused, those before it are taken back. */
export function takeSteps(steps: readonly PolicyStep[], store: Store): Outcome<void, StepsRefusal> {
  const taken: PolicyStep[] = [];
  for (const step of steps) {
    const isThere = step.kind === "make-directory" && store.files.kind(step.path) === "directory";
    if (isThere) continue;
    const done = take(step, store);
    // What the disk does not vouch for is there all the same.
    if (done.ok || done.error.trouble?.kind === "unconfirmed") taken.unshift(step);
    if (done.ok) continue;
    const left = taken.flatMap((one) => {
      const back = take(opposite(one), store);
      return back.ok || back.error.trouble?.kind === "unconfirmed" ? [] : [back.error];
    });
    return fail({ refusal: done.error, left });
  }
  return ok(undefined);
}

type AnyStep = PolicyStep | { readonly kind: "remove-directory"; readonly path: string };

function take(step: AnyStep, { files, links }: Store): Outcome<void, FileRefusal> {
  switch (step.kind) {
    case "write":
      return files.write(step.path, step.after, { expected: step.before });
    case "make-directory":
      return files.makeDirectory(step.path, 0o755);
    case "remove-directory":
      return files.remove(step.path);
    case "link":
      return links.make(step.path, step.target);
    case "unlink":
      return links.remove(step.path, step.target);
  }
}

function opposite(step: PolicyStep): AnyStep {
  switch (step.kind) {
    case "write":
      return { ...step, before: step.after, after: step.before };
    case "make-directory":
      return { kind: "remove-directory", path: step.path };
    case "link":
      return { ...step, kind: "unlink" };
    case "unlink":
      return { ...step, kind: "link" };
  }
}
