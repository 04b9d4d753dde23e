/** The policydb automaton as rules, class by class: fixed fields by name, the rest as patterns. */
import { step } from "../automata/index.ts";
import {
  type CompiledAutomaton,
  MAY_LOCK,
  meaningsOf,
  MediationClass,
  noPermissions,
  permissionsOf,
  startState,
} from "../compiled/index.ts";
import { classTable, permissionNames } from "./render-permissions.ts";
import { layerPrefixes } from "./layers.ts";
import type { ClassRules, Policydb } from "./class-rules.ts";
import { dbusRules } from "./rules/dbus.ts";
import { ioUringRules, usernsRules } from "./rules/io-uring.ts";
import { mountRules } from "./rules/mount.ts";
import { posixQueueRules, sysvQueueRules } from "./rules/mqueue.ts";
import { networkRules } from "./rules/network.ts";
import { ptraceRules, signalRules } from "./rules/peers.ts";
import { statePatterns } from "./state-patterns.ts";
import { type Effort, type Work, classEffort } from "./work.ts";

/** A state behind fixed fields, with what they were. */
interface Entry {
  readonly state: number;
  readonly text: string;
}

const SHORTENED = "# … more rules of other classes: the list is shortened";

interface Classes {
  readonly automaton: CompiledAutomaton;
  readonly meanings: Uint32Array;
  readonly work: Work;
}

/** A rule of a class, in the syntax of a profile. */
export interface RuleOfClass {
  /** The word that rules of the class begin with. */
  readonly kind: string;
  readonly text: string;
}

interface RulesOfClasses {
  readonly rules: readonly RuleOfClass[];
  /** Kinds of which the rules do not say all. */
  readonly shortened: readonly string[];
}

const makers: readonly (readonly [
  kind: string,
  classes: readonly number[],
  make: (policydb: Policydb) => ClassRules,
])[] = [
  ["network", [MediationClass.networkV9, MediationClass.networkV8, MediationClass.networkOld], networkRules],
  ["mount", [MediationClass.mount], mountRules],
  ["signal", [MediationClass.signal], signalRules],
  ["ptrace", [MediationClass.ptrace], ptraceRules],
  ["dbus", [MediationClass.dbus], dbusRules],
  ["mqueue", [MediationClass.posixMqueue], posixQueueRules],
  ["mqueue", [MediationClass.sysvMqueue], sysvQueueRules],
  ["io_uring", [MediationClass.ioUring], ioUringRules],
  ["userns", [MediationClass.userns], usernsRules],
];

/** Classes that have no rules of their own: a mark of file rules, and what signal and ptrace rules say once more. */
const silent: readonly number[] = [MediationClass.file, MediationClass.label];

/** The rules of the classes that a policydb automaton mediates. Cost: bounded, see `coverAutomaton`. */
export function rulesOfClasses(automaton: CompiledAutomaton, effort: Effort): RulesOfClasses {
  const start = startState(automaton, "policydb");
  const rules: RuleOfClass[] = [];
  const shortened = new Set<string>();
  for (const [kind, classes, make] of makers) {
    if (classes.every((byte) => step(automaton.dfa, start, byte) === 0)) continue;
    const made = make({ automaton, start, effort: classEffort(effort) });
    if (!made.isWhole) shortened.add(kind);
    const texts = made.rules.flatMap(({ layer, text }) =>
      text.split("\n").map((one) => `${layerPrefixes[layer] ?? ""}${one}`),
    );
    rules.push(...[...new Set(texts)].toSorted().map((text) => ({ kind, text })));
  }
  return { rules, shortened: [...shortened] };
}

/** Lines by class; the first names the classes that are mediated, the last ones say what is left out. */
export function renderPolicydbRules(automaton: CompiledAutomaton, effort: Effort): readonly string[] {
  const { dfa } = automaton;
  const work = effort.patterns;
  const start = startState(automaton, "policydb");
  const mediated = bytes().filter((byte) => step(dfa, start, byte) !== 0);
  const names = mediated.map((byte) => `${classTable.get(byte)?.name ?? "class"}(${byte})`);
  const { rules, shortened } = rulesOfClasses(automaton, effort);
  const known = [...makers.flatMap(([, classes]) => classes), ...silent];
  const others = mediated.filter((byte) => !known.includes(byte));
  const meanings = others.length === 0 ? new Uint32Array() : meaningsOf(automaton, "policydb", new Map());
  const near = others.flatMap((byte) =>
    entryLines({ automaton, meanings, work }, byte, [{ state: step(dfa, start, byte), text: "" }]),
  );
  return [
    `# mediated: ${names.join(" ")}`,
    ...rules.map(({ text }) => text),
    ...new Set(near.map((line) => `# ${line}`)),
    ...shortened.map((kind) => `# … more ${kind} rules: the list is shortened`),
    ...(work.isSpent && shortened.length === 0 ? [SHORTENED] : []),
  ];
}

function bytes(): readonly number[] {
  return Array.from({ length: 256 }, (_, byte) => byte);
}

function entryLines(
  { automaton, meanings, work }: Classes,
  number: number,
  entries: readonly Entry[],
): readonly string[] {
  const { name, names } = classTable.get(number) ?? { name: `class ${number}`, names: [] };
  return entries.flatMap(({ state, text }) => {
    const patterns = work.isSpent ? [] : statePatterns(automaton.dfa, state, meanings, work);
    const isClassState = text === "" && number !== 10;
    return patterns.flatMap(({ state: at, background, pattern }) => {
      if (at === state && isClassState) return [];
      const here = permissionsOf(automaton, at, "policydb");
      const around = background === 0 ? noPermissions : permissionsOf(automaton, background, "policydb");
      const rest = [text, pattern].filter((part) => part !== "").join(" ");
      const line = (mode: string, bits: number): readonly string[] =>
        (bits & ~MAY_LOCK) === 0
          ? []
          : [`${mode}${name} (${permissionNames(bits & ~MAY_LOCK, names)}) ${rest}`.trimEnd() + ","];
      return [
        ...line("", here.allow),
        ...line("audit ", here.audit & here.allow),
        ...line("prompt ", here.prompt & ~here.allow),
        ...line("deny ", here.quiet & ~here.allow),
        ...line("audit deny ", around.allow & ~here.allow & ~here.quiet),
      ];
    });
  });
}
