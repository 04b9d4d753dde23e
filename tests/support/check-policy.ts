/** What `armorer check` says of a text: syntax, meaning and compilation, against our own policy directory. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cwd } from "node:process";
import {
  type CompileSession,
  compileCodes,
  compilePolicy,
  createCompileSession,
} from "../../src/compiler/compile/index.ts";
import type { Diagnostic } from "../../src/foundation/diagnostics/index.ts";
import type { FilesPort } from "../../src/foundation/ports/index.ts";
import { type SourceFile, sourceFile } from "../../src/foundation/text/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { type FeatureTree, parseFeatures } from "../../src/language/features/index.ts";
import {
  createResolveSession,
  type ResolvedPolicy,
  type ResolveOptions,
  resolvePolicy,
  resolveCodes,
  type ResolveSession,
} from "../../src/language/resolve/index.ts";
import { syntaxCodes } from "../../src/language/syntax/index.ts";

/** The repository, wherever the built tests run from. */
export const repository: string = cwd().replace(/\/build$/, "");

/** The newest feature set we ship, for the kernel and the policy alike: the one under which every class is compiled. */
export const allFeatures: FeatureTree = parseFeatures(readFileSync(join(repository, "policy/abi/5.0"), "utf8")).tree;

interface PolicyVerdict {
  readonly accepted: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly resolved: ResolvedPolicy;
}

interface PolicyChecker {
  readonly check: (text: string | SourceFile, more?: Partial<ResolveOptions>) => PolicyVerdict;
}

/** A checker with sessions of its own, which are renewed now and then so that a long run stays small. */
export function createChecker(files: FilesPort = nodeFiles(), search = [join(repository, "policy")]): PolicyChecker {
  let resolving: ResolveSession = createResolveSession(files);
  let compiling: CompileSession = createCompileSession();
  let count = 0;
  return {
    check: (text, more = {}) => {
      count += 1;
      if (count % 400 === 0) {
        resolving = createResolveSession(files);
        compiling = createCompileSession();
      }
      const source = typeof text === "string" ? sourceFile("stdin", text) : text;
      const features = { kernelFeatures: allFeatures, policyFeatures: allFeatures };
      const resolved = resolvePolicy({ source }, { files, search, session: resolving, cwd: "/", ...features, ...more });
      const compiled = hasError(resolved.diagnostics)
        ? []
        : compilePolicy(resolved.value, { ...features, session: compiling }).diagnostics;
      const diagnostics = [...resolved.diagnostics, ...compiled];
      return { accepted: !hasError(diagnostics), diagnostics, resolved };
    },
  };
}

export function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

interface AnyCode {
  readonly spec?: string | undefined;
  readonly catalogue?: string | undefined;
  readonly class?: string | undefined;
  readonly warning?: string | undefined;
}

const codes = new Map<string, AnyCode>(Object.entries({ ...syntaxCodes, ...resolveCodes, ...compileCodes }));

/** The name of a rejection in the language's catalogue. */
export function catalogueName(code: string): string | undefined {
  return codes.get(code)?.spec ?? codes.get(code)?.catalogue;
}

/** The class by which the drop-in parser switches a warning. */
export function warningClass(code: string): string | undefined {
  return codes.get(code)?.class ?? codes.get(code)?.warning;
}
