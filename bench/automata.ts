/**
 * Counts and times of the automata engine alone: `node build/bench/automata.js DUMP...`, where each DUMP is what
 * `apparmor_parser -Q -K -D rule-exprs -D dfa-states -S PROFILES 2>DUMP >/dev/null` wrote. Counts are exact and do not depend on the
 * machine; times are of one run in this process, JIT included. Whole compiles are in compile.ts.
 */
import { readFileSync } from "node:fs";
import { createAutomata, type Term } from "../src/compiler/automata/index.ts";
import { branchesTerm, type DumpedPattern, Effects, parseDump, parsePattern } from "./rule-dump.ts";

function measure(source: string): void {
  const groups = parseDump(readFileSync(source, "latin1"));
  const effects = new Effects();
  const parsed = new Map<string, DumpedPattern>();
  const parse = (pattern: string): DumpedPattern => {
    const known = parsed.get(pattern) ?? parsePattern(pattern);
    parsed.set(pattern, known);
    return known;
  };
  const labelled = groups.map((group) =>
    group.map((rule) => ({ ...rule, parsed: parse(rule.pattern), label: effects.label(rule.effect) })),
  );
  const before = process.cpuUsage();
  const session = createAutomata({ combine: (labels) => effects.combine(labels) });
  let [states, exceptions, patterns, refused] = [0, 0, 0, 0];
  const made = new Map<string, Term>();
  let termsMs = 0;
  for (const group of labelled) {
    const start = performance.now();
    const terms = group.map(({ pattern, effect, parsed: branches, label }) => {
      const key = `${pattern} ${effect}`;
      const term = made.get(key) ?? branchesTerm(session, branches, session.accept(label));
      made.set(key, term);
      return term;
    });
    termsMs += performance.now() - start;
    const built = session.build(terms);
    patterns += group.length;
    if (!built.ok) refused += 1;
    else {
      states += built.value.stateCount - 1;
      exceptions += built.value.symbols.length;
    }
  }
  const cpu = process.cpuUsage(before);
  console.log({
    source,
    automata: groups.length,
    refused,
    patterns,
    ...session.statistics(),
    states,
    exceptions,
    cpuMs: Math.round((cpu.user + cpu.system) / 1000),
    termsMs: Math.round(termsMs),
    maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  });
}

for (const source of process.argv.slice(2)) measure(source);
