/** Debian's own profiles without one rule at a time, compiled by 5.0.2: the stream is the same exactly where lint says that the rule can go. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { defaultPolicySettings } from "../../src/app/index.ts";
import { lintFiles, noConfig } from "../../src/app/lint.ts";
import { openWorld, type WorldFile } from "../../src/app/meaning-world.ts";
import { compareStreams } from "../../src/analysis/tables/index.ts";
import type { Diagnostic } from "../../src/foundation/diagnostics/index.ts";
import { applyEdits, encodeBytes } from "../../src/foundation/text/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { plan } from "../../src/language/edit/index.ts";
import { parse } from "../../src/language/syntax/index.ts";
import type { Oracle } from "./oracle.ts";
import { compileBatch } from "./oracle-batch.ts";

const SUPERFLUOUS: ReadonlySet<string> = new Set([
  "lint/rule-covered",
  "lint/rule-overruled",
  "lint/rule-never-matches",
  "lint/rule-not-enforced",
]);

/** A rule of a file, or one of its letters; the file without it, and whether lint says that it can go. */
export interface RuleCase {
  readonly path: string;
  readonly line: string;
  /** Absent: the whole rule. */
  readonly letter?: string;
  readonly before: string;
  readonly after: string;
  readonly isMarked: boolean;
}

const FEATURES = "policy/abi/5.0";
const LETTERS = ["r", "w", "a", "l", "k", "m"];

/** The files of a policy, linted together; one in so many. */
export function lintedFiles(directory: string, every: number): readonly LawFile[] {
  const names = readdirSync(directory).filter((name) => statSync(join(directory, name)).isFile());
  const sources = names
    .toSorted()
    .filter((_, at) => at % every === 0)
    .map((name) => ({ path: join(directory, name), bytes: readFileSync(join(directory, name)) }));
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
  return world.files.map((file, at) => ({ file, found: linted[at]?.report.diagnostics ?? [] }));
}

interface LawFile {
  readonly file: WorldFile;
  readonly found: readonly Diagnostic[];
}

/** All rules that the file itself has, and the letters of those that count. */
export function casesOf({ file: { source, subjects }, found }: LawFile): readonly RuleCase[] {
  const superfluous = found.filter(({ code }) => SUPERFLUOUS.has(code));
  const places = superfluous.flatMap(({ at: { span }, also, code }) => [
    span.start,
    // what a kernel ignores is said once for all rules of a kind
    ...(code === "lint/rule-not-enforced" ? also.map((one) => one.span.start) : []),
  ]);
  const marked = new Set(places);
  const letters = new Set(
    found.flatMap(({ code, at: { span }, facts }) =>
      code.startsWith("lint/letter-") ? [`${span.start} ${facts["permission"]}`] : [],
    ),
  );
  const rules = subjects.flatMap(({ profile }) =>
    profile.rules.filter(({ origin }) => origin.includes.length === 0).map((rule) => [rule.origin.span, rule] as const),
  );
  const unique = new Map(rules.map(([span, rule]) => [span.start, { span, rule }]));
  return [...unique.values()].flatMap(({ span, rule }): readonly RuleCase[] => {
    const { edits, problems } = plan(parse(source), [{ kind: "remove-rule", at: span }]);
    if (problems.length > 0) return [];
    const line = source.text.slice(span.start, span.end);
    const whole = { path: source.path, line, before: source.text };
    const isMarked = marked.has(span.start);
    const removed = { ...whole, after: applyEdits(source.text, edits), isMarked };
    if (isMarked || rule.kind !== "file") return [removed];
    const fewer = LETTERS.flatMap((letter): readonly RuleCase[] => {
      const newText = withoutLetter(line, letter);
      if (newText === undefined) return [];
      const after = applyEdits(source.text, [{ start: span.start, end: span.end, newText }]);
      return [{ ...whole, letter, after, isMarked: letters.has(`${span.start} ${letter}`) }];
    });
    return [removed, ...fewer];
  });
}

/** A file rule's text with one letter fewer; `undefined` where it has none but this, or is written in a way that hides it. */
function withoutLetter(line: string, letter: string): string | undefined {
  // with a target, `l` belongs to it
  const found = /^(.*\s)([rwalkmpPcCuUixX]+)(\s*(?:->.*)?,\s*)$/s.exec(line);
  const [, start = "", letters = "", end = ""] = found ?? [];
  if (!letters.includes(letter) || (letter === "l" && end.includes("->"))) return undefined;
  const fewer = letters.replaceAll(letter, "");
  return fewer === "" ? undefined : start + fewer + end;
}

type Verdict = "same bytes" | "same meaning" | "different" | "refused";

/** Texts that one start of the shell compiles. */
const AT_ONCE = 50;

/** What 5.0.2 makes of files without a rule, beside the files with it. */
export function verdictsOf(oracle: Oracle, cases: readonly RuleCase[]): readonly Verdict[] {
  const kernel = readFileSync(FEATURES, "utf8");
  const texts = [...new Set(cases.flatMap(({ before, after }) => [before, after]))];
  const streams = new Map<string, Uint8Array | undefined>();
  for (let at = 0; at < texts.length; at += AT_ONCE) {
    const some = texts.slice(at, at + AT_ONCE);
    const results = compileBatch(
      oracle,
      some.map((text) => encodeBytes(text)),
      { kernel, args: ["-q"] },
    );
    for (const [place, text] of some.entries()) streams.set(text, results[place]?.stream);
  }
  return cases.map(({ before, after }): Verdict => {
    const [first, second] = [streams.get(before), streams.get(after)];
    if (first === undefined || second === undefined) return "refused";
    if (Buffer.compare(first, second) === 0) return "same bytes";
    return compareStreams(first, second, 1).length === 0 ? "same meaning" : "different";
  });
}
