/** Debian's own profiles without one rule at a time, compiled by 5.0.2: the stream is the same exactly where lint says that the rule can go. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { defaultPolicySettings } from "../../src/app/index.ts";
import { lintFiles, noConfig } from "../../src/app/lint.ts";
import { openWorld } from "../../src/app/meaning-world.ts";
import { compareStreams } from "../../src/analysis/tables/index.ts";
import { applyEdits, encodeBytes } from "../../src/foundation/text/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { plan } from "../../src/language/edit/index.ts";
import { parse } from "../../src/language/syntax/index.ts";
import type { Oracle } from "./oracle.ts";

const SUPERFLUOUS: ReadonlySet<string> = new Set([
  "lint/rule-covered",
  "lint/rule-overruled",
  "lint/rule-never-matches",
  "lint/rule-not-enforced",
]);

/** A rule of a file, the file without it, and whether lint says that it can go. */
export interface RuleCase {
  readonly path: string;
  readonly line: string;
  readonly before: string;
  readonly after: string;
  readonly isMarked: boolean;
}

const FEATURES = "policy/abi/5.0";

/** `every`: one file in so many, and all rules of it. */
export function ruleCases(directory: string, every: number): readonly RuleCase[] {
  const files = readdirSync(directory).filter((name) => statSync(join(directory, name)).isFile());
  const names = files.toSorted().filter((_, at) => at % every === 0);
  const sources = names.map((name) => ({ path: join(directory, name), bytes: readFileSync(join(directory, name)) }));
  const kernelFeatures = readFileSync(FEATURES, "utf8");
  const settings = defaultPolicySettings({
    base: directory,
    includePath: [],
    kernelFeatures,
    policyFeatures: { kind: "text", text: kernelFeatures },
    namespace: undefined,
    workingDirectory: "/",
  });
  const world = openWorld(sources, settings, nodeFiles());
  const options = { isWhole: true, newest: kernelFeatures, config: noConfig, units: [] };
  const linted = [...lintFiles(world, options).files];
  return world.files.flatMap(({ source, subjects }, at) => {
    const found = linted[at]?.report.diagnostics.filter(({ code }) => SUPERFLUOUS.has(code)) ?? [];
    const places = found.flatMap(({ at: { span }, also, code }) => [
      span.start,
      // what a kernel ignores is said once for all rules of a kind
      ...(code === "lint/rule-not-enforced" ? also.map((one) => one.span.start) : []),
    ]);
    const marked = new Set(places);
    const spans = subjects.flatMap(({ profile }) =>
      profile.rules.filter(({ origin }) => origin.includes.length === 0).map(({ origin }) => origin.span),
    );
    const unique = new Map(spans.map((span) => [span.start, span]));
    return [...unique.values()].flatMap((span): readonly RuleCase[] => {
      const { edits, problems } = plan(parse(source), [{ kind: "remove-rule", at: span }]);
      if (problems.length > 0) return [];
      const after = applyEdits(source.text, edits);
      const line = source.text.slice(span.start, span.end);
      return [{ path: source.path, line, before: source.text, after, isMarked: marked.has(span.start) }];
    });
  });
}

type Verdict = "same bytes" | "same meaning" | "different" | "refused";

const compiled = new Map<string, Buffer>();

function compile(oracle: Oracle, text: string): Buffer {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const files = { p: encodeBytes(text), features: readFileSync(FEATURES) };
  const { stdout, status } = oracle.run(["-QSK", "-M", "features", "--policy-features", "features", "p"], files);
  const bytes = status === 0 ? stdout : Buffer.alloc(0);
  if (compiled.size > 200) compiled.clear();
  compiled.set(text, bytes);
  return bytes;
}

/** What 5.0.2 makes of the file without the rule, beside the file with it. */
export function verdictOf(oracle: Oracle, { before, after }: RuleCase): Verdict {
  const first = compile(oracle, before);
  const second = compile(oracle, after);
  if (first.length === 0 || second.length === 0) return "refused";
  if (first.equals(second)) return "same bytes";
  return compareStreams(first, second, 1).length === 0 ? "same meaning" : "different";
}
