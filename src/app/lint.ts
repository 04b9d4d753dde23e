/** What is superfluous, impossible or dangerous in policy, file by file; and texts without what can go. */
import { lintFile, type LintWorld } from "../analysis/lint/index.ts";
import { createCells, labelGraph } from "../analysis/reach/index.ts";
import { comparePolicies } from "../analysis/tables/index.ts";
import { fail, ok, type Outcome } from "../foundation/basics/index.ts";
import type { Diagnostic, FileReport, FindSource } from "../foundation/diagnostics/index.ts";
import { applyEdits, sourceFile } from "../foundation/text/index.ts";
import { parseFeatures } from "../language/features/index.ts";
import { aliasedProfiles } from "../language/model/index.ts";
import type { PolicyWorld, WorldFile } from "./meaning-world.ts";

export interface LintOptions {
  /** The policy is all there is: what is missing in it is missing. */
  readonly isWhole: boolean;
  /** Features of the newest kernel known, as text. */
  readonly newest: string;
  readonly isWanted: (code: string) => boolean;
}

export interface LintedFile {
  readonly report: FileReport;
  readonly find: FindSource;
  /** How many findings comments silenced. */
  readonly silenced: number;
  /** The text without what can be removed; `undefined` where there is nothing to remove, else why it cannot be. */
  readonly fixed: () => Outcome<string, string> | undefined;
}

/** Looks at each file when it is asked for. */
export function* lintFiles(world: PolicyWorld, options: LintOptions): Generator<LintedFile> {
  const tree = parseFeatures(options.newest).tree;
  const shared: LintWorld = {
    cells: createCells(),
    graph: labelGraph(
      world.files.flatMap(({ resolved }) => aliasedProfiles(resolved.value)),
      { enforced: true },
    ),
    isWhole: options.isWhole,
    newest: { kernelFeatures: tree, policyFeatures: tree, overrideFeatures: tree },
  };
  for (const file of world.files) {
    const { diagnostics, silenced } = lintFile(file.source, file.subjects, shared);
    const wanted = diagnostics.filter(({ code }) => options.isWanted(code));
    yield {
      report: { file: file.source, ok: true, diagnostics: wanted },
      find: (id) => file.resolved.sources.get(id) ?? sourceAnywhere(world, id),
      silenced,
      fixed: () => fixedText(world, file, wanted),
    };
  }
}

function sourceAnywhere(world: PolicyWorld, id: Parameters<FindSource>[0]): ReturnType<FindSource> {
  for (const { resolved } of world.files) {
    const source = resolved.sources.get(id);
    if (source !== undefined) return source;
  }
  return undefined;
}

/** All fixes of a file together, tried: the new text compiles to what the old one means. */
function fixedText(
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
  const compiled = (one: WorldFile): Parameters<typeof comparePolicies>[0] => ({
    profiles: one.subjects.map((subject) => subject.compiled),
  });
  const [difference] = comparePolicies(compiled(file), compiled(after), 1);
  return difference === undefined ? ok(text) : fail(`it would change \`${difference.profile}\`: ${difference.message}`);
}
