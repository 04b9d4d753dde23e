/** What looking for rules that can go, and taking them out, have in common. */
import type { LintWorld } from "../analysis/lint/index.ts";
import { fail, ok, type Outcome } from "../foundation/basics/index.ts";
import type { Diagnostic } from "../foundation/diagnostics/index.ts";
import { applyEdits, sourceFile } from "../foundation/text/index.ts";
import { parseFeatures, uniteFeatures } from "../language/features/index.ts";
import type { PolicyWorld, WorldFile } from "./meaning-world.ts";
import { differenceOf } from "./world-difference.ts";

const QUEUE_WORDS = "create read write open delete setattr getattr label";
/** What the language and its ABIs know, and no kernel that is known looks at. */
const QUEUES = `ipc {posix_mqueue {${QUEUE_WORDS}\n}\nsysv_mqueue {${QUEUE_WORDS}\n}\n}\n`;

/** Options that have the newest kernel known enforce all it can; `newest`: its features, as text. */
export function newestOptions(newest: string): LintWorld["newest"] {
  const tree = uniteFeatures(parseFeatures(newest).tree, parseFeatures(QUEUES).tree);
  return { kernelFeatures: tree, policyFeatures: tree, overrideFeatures: tree };
}

/** All fixes of a file together, tried: the new text compiles to what the old one means; `undefined`: there are none. */
export function fixedText(
  world: PolicyWorld,
  file: WorldFile,
  diagnostics: readonly Diagnostic[],
): Outcome<string, string> | undefined {
  const edits = diagnostics.flatMap(({ fixes }) => fixes.slice(0, 1).flatMap((fix) => fix.edits));
  if (edits.length === 0) return undefined;
  const text = applyEdits(
    file.source.text,
    edits.map(({ edit }) => edit),
  );
  const after = world.read(sourceFile(file.source.path, text));
  if (typeof after === "string") return fail(after);
  const difference = differenceOf(file, after);
  return difference === undefined ? ok(text) : fail(difference);
}
