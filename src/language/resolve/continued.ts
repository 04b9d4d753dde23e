/** Profiles behind lines that many of them share: what those lines define is read once. */
import { createReporter } from "../../foundation/diagnostics/index.ts";
import type { SourceFile } from "../../foundation/text/index.ts";
import type { Policy } from "../model/index.ts";
import { resolveCodes } from "./codes.ts";
import { finishProfiles } from "./finish.ts";
import { defaultLimits } from "./limits.ts";
import type { ResolveOptions } from "./options.ts";
import { createResolveSession } from "./session.ts";
import { Unit } from "./unit.ts";

/** Reads a text behind the lines; `undefined`: something is wrong with it, which is for `resolvePolicy` to say. */
export type ContinuePolicy = (source: SourceFile) => Policy | undefined;

/** What one reading of the lines is good for; each text behind them takes a little of what they may grow to. */
const MOST_TEXTS = 500;

/**
 * Reads lines that stand before profiles, and gives what reads profiles behind them, as if both were one text. A profile has no name twice in
 * one text, but each text may have the same.
 *
 * INVARIANT: of a variable that refers to its profile's name the first use counts (policy-language 3.3), so all texts name their profiles alike.
 */
export function continuePolicy(preamble: SourceFile, options: ResolveOptions): ContinuePolicy {
  let read: ContinuePolicy | undefined;
  let count = 0;
  return (source) => {
    if (read === undefined || count === MOST_TEXTS) {
      read = readLines(preamble, options);
      count = 0;
    }
    count += 1;
    const policy = read(source);
    // what was said once is not said again, of another text either
    if (policy === undefined) read = undefined;
    return policy;
  };
}

function readLines(preamble: SourceFile, options: ResolveOptions): ContinuePolicy {
  const session = options.session ?? createResolveSession(options.files);
  const reporter = createReporter(resolveCodes);
  const limits = { ...defaultLimits, ...options.limits };
  const where = { session, search: options.search, cwd: options.cwd ?? "/" };
  const unit = new Unit({ settings: options, where, limits, reporter });
  unit.read(preamble);
  const context = { variables: unit.variables, report: reporter.report, session, namesOnly: false };
  return (source) => {
    const before = reporter.list.length;
    unit.drafts.clear();
    unit.read(source);
    const profiles = finishProfiles([...unit.drafts.values()], undefined, context);
    const isWrong = reporter.list.slice(before).some(({ severity }) => severity === "error");
    if (isWrong || unit.needsSplicing || unit.aliases.length > 0) return undefined;
    const files = [...unit.sources.values()].map(({ path }) => path);
    return { profiles, aliases: [], abi: unit.abi?.abi, files };
  };
}
