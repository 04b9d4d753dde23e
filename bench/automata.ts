/**
 * Counts and times of the automata engine on real patterns: `node build/bench/automata.js DUMP...`, where each DUMP is what
 * `apparmor_parser -Q -K -D rule-exprs -D dfa-states -S PROFILES 2>DUMP >/dev/null` wrote. Counts are exact and do not depend on the
 * machine; times are of one run in this process, JIT included.
 */
import { readFileSync } from "node:fs";
import { createAutomata } from "../src/compiler/automata/index.ts";
import { Effects, parseDump, patternTerm } from "./rule-dump.ts";

function measure(path: string): void {
  const groups = parseDump(readFileSync(path, "latin1"));
  const effects = new Effects();
  const labelled = groups.map((group) => group.map((rule) => ({ ...rule, label: effects.label(rule.effect) })));
  const before = process.cpuUsage();
  const session = createAutomata({ combine: (labels) => effects.combine(labels) });
  let [states, exceptions, patterns, refused] = [0, 0, 0, 0];
  let termsMs = 0;
  for (const group of labelled) {
    const start = performance.now();
    const terms = group.map((rule) => patternTerm(session, rule.pattern, session.accept(rule.label)));
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
    path,
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

for (const path of process.argv.slice(2)) measure(path);
