import {
  type Diagnostic,
  type Reporter,
  createReporter,
  sentence,
  sortDiagnostics,
} from "../../foundation/diagnostics/index.ts";
import type { ResolveCode } from "./codes.ts";
import { resolveCodes } from "./codes.ts";
import { type FileId, type SourceFile, sourceFile } from "../../foundation/text/index.ts";
import type { Profile } from "../model/index.ts";
import { markConsequences } from "./causes.ts";
import { finishProfiles } from "./finish.ts";
import { absolutePath, type LookUp } from "./includes.ts";
import { defaultLimits, type ResolveLimits } from "./limits.ts";
import type { ResolvedPolicy, ResolveInput, ResolveOptions, ReadPolicy } from "./options.ts";
import { tellSpliced } from "./spliced.ts";
import { nameStrays } from "./strays.ts";
import { createResolveSession } from "./session.ts";
import { offerTunables } from "./tunables.ts";
import { withTriedFixes } from "./trials.ts";
import { Unit, type UnitOptions } from "./unit.ts";

/**
 * Reads one policy file and all it includes, and says what it means.
 *
 * Errors: never fails; what is wrong, all of it, is in `diagnostics`, and `value` is what could be made of the rest.
 * Cost: linear in the text with its includes; variables are bounded by `limits`.
 * Source: policy-language 3; patterns, merging and exec conflicts are the compiler's to check.
 */
export function resolvePolicy(input: ResolveInput, options: ResolveOptions): ResolvedPolicy {
  const read = readInput(input, options);
  if (typeof read === "string") return notFound(input, read, createReporter(resolveCodes));
  const { main, reporter, unit } = read;
  const profiles = finish(read, options);
  const files = [...unit.sources.values()].map(({ path }) => path);
  return {
    value: { profiles, aliases: unit.aliases, abi: unit.abi?.abi, files },
    diagnostics: explain(main, unit.sources, sortDiagnostics(reporter.list), options),
    sources: unit.sources,
    isSpliced: unit.isSpliced,
    variables: () => unit.variables.list(true),
  };
}

function finish({ reporter, unit, where }: Read, options: ResolveOptions): readonly Profile[] {
  // Rules are warned about if a backslash in them escapes nothing, which is asked for by a class of warnings.
  const mayWarn = (): boolean => [...unit.sources.values()].some(({ text }) => text.includes("\\"));
  const namesOnly = options.only === "headers" || (options.only === "names" && !mayWarn());
  const context = { variables: unit.variables, report: reporter.report, session: where.session, namesOnly };
  return finishProfiles([...unit.drafts.values()], undefined, context);
}

/** Says which of it follows from the rest, and what mends it at once. */
function explain(
  main: SourceFile,
  sources: ReadonlyMap<FileId, SourceFile>,
  list: readonly Diagnostic[],
  options: ResolveOptions,
): readonly Diagnostic[] {
  const again = (text: string): readonly Diagnostic[] => {
    const read = readInput({ source: { ...main, text } }, options);
    if (typeof read === "string") return list;
    finish(read, options);
    return read.reporter.list;
  };
  const named = nameStrays(list, main, (some) => withTriedFixes(list, main, again, some));
  return offerTunables(withTriedFixes(markConsequences(named, sources), main, again), main, again);
}

/**
 * Reads a policy file and all it includes, and expands nothing yet.
 *
 * Errors: as `resolvePolicy`; variables that cannot be expanded are none.
 */
export function readPolicy(input: ResolveInput, options: ResolveOptions): ReadPolicy {
  const read = readInput(input, options);
  if (typeof read === "string")
    return { ...notFound(input, read, createReporter(resolveCodes)), splice: () => undefined };
  const { main, reporter, unit } = read;
  const diagnostics = sortDiagnostics(reporter.list);
  const files = [...unit.sources.values()].map(({ path }) => path);
  return {
    value: { profiles: [], aliases: [], abi: undefined, files },
    diagnostics,
    sources: unit.sources,
    isSpliced: unit.isSpliced,
    variables: () => unit.variables.list(false),
    splice: (listener) => tellSpliced(main, listener, read),
  };
}

interface Read {
  readonly main: SourceFile;
  readonly where: LookUp;
  readonly limits: ResolveLimits;
  readonly unit: Unit;
  readonly reporter: Reporter<ResolveCode>;
}

/** What there is to read, or the errno for which there is nothing. */
function readInput(input: ResolveInput, options: ResolveOptions): Read | string {
  const session = options.session ?? createResolveSession(options.files);
  const where = { session, search: options.search, cwd: options.cwd ?? "/" };
  const limits = { ...defaultLimits, ...options.limits };
  const main = mainSource(input, absolutePathOf(input, where.cwd), session);
  return typeof main === "string"
    ? main
    : { main, where, limits, ...readUnit(main, { settings: options, where, limits }) };
}

/**
 * Reads file by file, which is what almost every policy needs and what gives the best messages. Where a file does not stand on
 * its own, as far as can be seen by its syntax, the unit is read as one stream; that counts unless it is wrong as well.
 */
function readUnit(main: SourceFile, options: Omit<UnitOptions, "reporter">): Pick<Read, "unit" | "reporter"> {
  const reporter = createReporter(resolveCodes);
  const unit = new Unit({ ...options, reporter });
  unit.read(main);
  if (!unit.needsSplicing && (unit.sources.size === 1 || !hasSyntaxError(reporter))) return { unit, reporter };
  const again = createReporter(resolveCodes);
  const spliced = new Unit({ ...options, reporter: again });
  spliced.readSpliced(main);
  return unit.needsSplicing || !hasSyntaxError(again) ? { unit: spliced, reporter: again } : { unit, reporter };
}

function hasSyntaxError(reporter: Reporter<ResolveCode>): boolean {
  return reporter.list.some(({ code, severity }) => severity === "error" && code.startsWith("syntax/"));
}

function absolutePathOf(input: ResolveInput, cwd: string): string {
  return "path" in input ? absolutePath(input.path, cwd) : "";
}

function mainSource(
  input: ResolveInput,
  path: string,
  session: ReturnType<typeof createResolveSession>,
): SourceFile | string {
  if ("source" in input) return input.source;
  const read = session.source(path);
  return read.ok ? read.value : read.error.errno;
}

const noVariables: ResolvedPolicy["variables"] = () => ({ definitions: [], get: () => undefined });

function notFound(input: ResolveInput, errno: string, reporter: Reporter<ResolveCode>): ResolvedPolicy {
  const path = "path" in input ? input.path : "";
  const source = sourceFile(path, "");
  const span = { file: source.id, start: 0, end: 0 };
  reporter.report(
    "resolve/file-not-found",
    { span, includes: [] },
    sentence`the policy file ${{ path }} cannot be read (${errno})`,
  );
  const value = { profiles: [], aliases: [], abi: undefined, files: [] };
  return {
    value,
    diagnostics: reporter.list,
    sources: new Map([[source.id, source]]),
    isSpliced: false,
    variables: noVariables,
  };
}
