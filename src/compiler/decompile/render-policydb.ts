/** The policydb automaton as rules, class by class: fixed fields by name, the rest as patterns. */
import { familyName, signalName, socketTypes } from "../../language/tables/index.ts";
import { type Dfa, step } from "../automata/index.ts";
import {
  type CompiledAutomaton,
  MAY_LOCK,
  MAY_READ,
  meaningsOf,
  MediationClass,
  noPermissions,
  permissionsOf,
  startState,
} from "../compiled/index.ts";
import { classTable, permissionNames } from "./render-permissions.ts";
import { renderUnixRules, walkUnix } from "./render-unix.ts";
import { statePatterns } from "./state-patterns.ts";
import type { Work } from "./work.ts";

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

/** Lines by class; the first names the classes that are mediated, the last says whether something is left out. */
export function renderPolicydbRules(automaton: CompiledAutomaton, work: Work): readonly string[] {
  const { dfa } = automaton;
  const meanings = meaningsOf(automaton, "policydb", new Map());
  const start = startState(automaton, "policydb");
  const mediated = bytes().filter((byte) => step(dfa, start, byte) !== 0);
  const names = mediated.map((byte) => `${classTable.get(byte)?.name ?? "class"}(${byte})`);
  const lines = mediated.flatMap((byte) => classLines({ automaton, meanings, work }, byte, step(dfa, start, byte)));
  return [`# mediated: ${names.join(" ")}`, ...new Set(lines), ...(work.isSpent ? [SHORTENED] : [])];
}

function bytes(): readonly number[] {
  return Array.from({ length: 256 }, (_, byte) => byte);
}

function classLines(classes: Classes, number: number, state: number): readonly string[] {
  const { automaton, work } = classes;
  const { dfa } = automaton;
  if (number === MediationClass.label) {
    const inner = bytes().filter((byte) => step(dfa, state, byte) !== 0);
    return inner.flatMap((byte) => {
      const entry = { state: step(dfa, state, byte), text: "label" };
      return entryLines(classes, byte, [entry]);
    });
  }
  const fields = fieldsOf(dfa, number, state);
  const own = ownLine(automaton, number, state);
  if (number !== MediationClass.networkV9) return [...own, ...entryLines(classes, number, fields)];
  // every type leads on to the fine-grained strings of AF_UNIX, where there are some
  const isUnix = ({ text, state: at }: Entry): boolean => /^unix\b/.test(text) && step(dfa, at, 0) !== 0;
  const others = fields.filter((entry) => !isUnix(entry));
  const walk = fields.some(isUnix) ? walkUnix(automaton, work) : undefined;
  const unix = walk === undefined ? [] : fields.filter(isUnix);
  return [
    ...own,
    ...entryLines(classes, number, others),
    ...unix.flatMap((entry) => (walk === undefined ? [] : renderUnixRules(walk, entry.state, entry.text.slice(5)))),
  ];
}

/** What the class state itself grants beyond the mark that the class is mediated. */
function ownLine(automaton: CompiledAutomaton, number: number, state: number): readonly string[] {
  const { allow } = permissionsOf(automaton, state, "policydb");
  const rest = allow & ~MAY_LOCK & ~MAY_READ;
  const { name, names } = classTable.get(number) ?? { name: `class ${number}`, names: [] };
  return rest === 0 ? [] : [`${name} (${permissionNames(rest, names)}),`];
}

/** The states behind the fields of fixed length a class begins with. */
function fieldsOf(dfa: Dfa, number: number, state: number): readonly Entry[] {
  const start = [{ state, text: "" }];
  if (number === 10) return followField(dfa, start, 1, signalName);
  if (number !== 14 && number !== 15 && number !== 4) return start;
  return followField(dfa, followField(dfa, start, 2, familyName), 2, socketTypeName);
}

const typeNames: ReadonlyMap<number, string> = new Map([...socketTypes].map(([name, number]) => [number, name]));

function socketTypeName(number: number): string | undefined {
  return typeNames.get(number);
}

/** Values with one name each, and "the others" as nothing, grouped by the state they lead to. */
function followField(
  dfa: Dfa,
  entries: readonly Entry[],
  width: 1 | 2,
  nameOf: (value: number) => string | undefined,
): readonly Entry[] {
  return entries.flatMap(({ state, text }) => {
    const high = width === 1 ? state : step(dfa, state, 0);
    const usual = step(dfa, high, 0xff);
    const groups = new Map<number, string[]>();
    if (usual !== 0) groups.set(usual, []);
    for (const value of bytes()) {
      const target = step(dfa, high, value);
      if (target === 0 || target === usual) continue;
      const name = nameOf(value) ?? String(value);
      groups.set(target, [...(groups.get(target) ?? []), name]);
    }
    return [...groups].map(([target, names]) => {
      const list = names.length > 1 ? `{${names.join(",")}}` : names.join("");
      return { state: target, text: [text, list].filter((part) => part !== "").join(" ") };
    });
  });
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
