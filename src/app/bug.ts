/**
 * Where a bug in armorer ends: it costs the file that brought it to light, and no other. What is thrown becomes a diagnostic of that file, and
 * what the engine remembered is given up, since nobody knows how far it was when it failed.
 */
import { type CodeInfo, makeDiagnostic } from "../foundation/diagnostics/index.ts";
import { sourceFile } from "../foundation/text/index.ts";
import { type CompiledSource, type OwnUnit, type PolicyEngine, noWork } from "./engine.ts";

/** Codes of what is nobody's fault but ours. */
export const internalCodes = {
  "internal/bug": {
    severity: "error",
    title: "armorer itself failed on a file",
    help: "Please report it and attach the file; other files are not affected.",
  },
} as const satisfies Record<`internal/${string}`, CodeInfo>;

/** A port does not do what its type says: no bug of ours, and nothing that a text can bring about. It is thrown to whoever made the port. */
export class PortMisuse extends TypeError {}

/** A bug as a sentence; `where` it came to light. */
export function bugText(thrown: unknown, where = "this file"): string {
  const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return `armorer failed on ${where}, which is a bug (\`${what.split("\n", 1)[0] ?? ""}\`)`;
}

/** What is said of a file in which armorer failed. Nothing is asked of its text: that may be what fails. */
export function bugReport(path: string, thrown: unknown): CompiledSource<OwnUnit> {
  const file = sourceFile(path, "");
  const at = { span: { file: file.id, start: 0, end: 0 }, includes: [] };
  const diagnostic = makeDiagnostic(internalCodes, "internal/bug", at, bugText(thrown));
  return {
    path,
    ok: false,
    profiles: [],
    diagnostics: [diagnostic],
    warningClasses: {},
    texts: [file],
    files: [],
    units: [],
    work: noWork,
  };
}

function rethrow(thrown: unknown): never {
  throw thrown;
}

/** An engine that survives the bugs of the engines that `open` gives, each of which is used until it fails. */
export function survivingEngine(open: () => PolicyEngine): PolicyEngine {
  let engine = open();
  const survive = <T>(work: () => T, failed: (thrown: unknown) => T): T => {
    try {
      return work();
    } catch (thrown) {
      engine = open();
      if (thrown instanceof PortMisuse) throw thrown;
      return failed(thrown);
    }
  };
  return {
    check: (source, ...rest) =>
      survive(
        () => engine.check(source, ...rest),
        (thrown) => bugReport(source.path, thrown),
      ),
    outline: (source, ...rest) =>
      survive(
        () => engine.outline(source, ...rest),
        (thrown) => bugReport(source.path, thrown),
      ),
    verify: (source, ...rest) =>
      survive(
        () => engine.verify(source, ...rest),
        (thrown) => bugReport(source.path, thrown),
      ),
    compile: (source, ...rest) =>
      survive(
        () => engine.compile(source, ...rest),
        (thrown) => bugReport(source.path, thrown),
      ),
    stages: (source, ...rest) => {
      const stages = engine.stages(source, ...rest);
      // Whoever prints what a stage gives says whose bug it was; here only what was remembered is given up.
      return {
        read: () => survive(stages.read, rethrow),
        resolve: () => survive(stages.resolve, rethrow),
        headers: () => survive(stages.headers, rethrow),
        plan: () => survive(stages.plan, rethrow),
        compile: (trace) => survive(() => stages.compile(trace), rethrow),
        variant: (policy) => survive(() => stages.variant(policy), rethrow),
        patterns: (profile, policy) => survive(() => stages.patterns(profile, policy), rethrow),
      };
    },
    gists: () => engine.gists(),
    session: (files) => engine.session(files),
    forgetFiles: () => {
      engine.forgetFiles();
    },
  };
}
