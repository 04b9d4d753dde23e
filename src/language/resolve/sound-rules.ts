/**
 * Whether nothing is wrong with the rules of a file of which only the headers were resolved. A rule that is included by a hundred files is looked
 * at once: what can be wrong with it beside that is the variables that it names, and a capability that not every ABI has. Where it is not certain
 * that all is well, the file is resolved, and says what it is.
 */
import { withChildren } from "../../foundation/basics/index.ts";
import { type Profile, type Rule, mapOperands } from "../model/index.ts";
import type { ItemNode, SyntaxTree } from "../syntax/index.ts";
import { capabilityNumber } from "../tables/index.ts";
import { resolveCodes } from "./codes.ts";
import { isBodyItem, isRule } from "./items.ts";
import { defaultLimits } from "./limits.ts";
import type { ResolvedPolicy } from "./options.ts";
import { findReference } from "./references.ts";
import { checkRule } from "./rules/index.ts";
import type { RuleContext } from "./rules/context.ts";
import { checkRlimit } from "./rules/rlimit.ts";
import type { ResolveSession } from "./session.ts";
import type { VariableList } from "./variables.ts";

/** What the rules of a text need of whoever includes it. */
interface Needs {
  /** The variables that they name. */
  readonly names: ReadonlySet<string>;
  /** How often. */
  readonly references: number;
}

/** By text; `undefined`: something is wrong, or cannot be judged by itself. */
const kept = new WeakMap<SyntaxTree, Needs | "unsound">();

/** `headers`: resolved with `only: "headers"`, in `session`, and nothing was wrong with it. */
export function areRulesSound(
  headers: ResolvedPolicy,
  { session, limits }: { readonly session: ResolveSession; readonly limits?: unknown },
): boolean {
  if (headers.isSpliced || limits !== undefined) return false;
  const profiles = withChildren(headers.value.profiles);
  const variables = headers.variables();
  const longest = implicitLengths(profiles);
  let characters = 0;
  let growth = 0;
  for (const source of headers.sources.values()) {
    const tree = session.knownTree(source);
    // It was read as something else, a feature set.
    if (tree === undefined) continue;
    const needs = needsOf(tree);
    if (needs === "unsound") return false;
    for (const name of needs.names) if (!longest.has(name)) longest.set(name, lengthIn(variables, name));
    const most = Math.max(0, ...[...needs.names].map((name) => longest.get(name) ?? Infinity));
    characters += source.text.length;
    growth += needs.references * most;
  }
  // An item takes two characters at least, and is read once for each profile at most.
  return characters * profiles.length <= defaultLimits.items && growth * profiles.length <= defaultLimits.characters / 2;
}

function needsOf(tree: SyntaxTree): Needs | "unsound" {
  const before = kept.get(tree);
  if (before !== undefined) return before;
  const names = new Set<string>();
  const found = { names, references: 0 };
  const isSound = !tree.needsSplicing && tree.items.every((item) => isItemSound(item, found));
  const needs = isSound ? found : "unsound";
  kept.set(tree, needs);
  return needs;
}

interface Found {
  readonly names: Set<string>;
  references: number;
}

/** Notes what it needs. */
function isItemSound(item: ItemNode, found: Found): boolean {
  if (item.kind === "profile") return item.items.every((one) => isItemSound(one, found));
  if (!isBodyItem(item)) return true;
  let isSound = true;
  const context: RuleContext = {
    includes: [],
    report: (code) => {
      if (resolveCodes[code].severity === "error") isSound = false;
    },
    capability: capabilityNumber,
  };
  if (item.kind === "rlimit") {
    checkRlimit(item, context);
    return isSound;
  }
  // Of blocks and conditions it is said elsewhere what of them counts.
  if (!isRule(item)) return false;
  const rule = checkRule(item, context);
  return isSound && rule !== undefined && areOperandsSound(rule, found);
}

function areOperandsSound(rule: Rule, found: Found): boolean {
  let isSound = true;
  mapOperands(rule, (operand, { variables }) => {
    if (variables && operand.text.includes("@{") && !noteReferences(operand.text, found)) isSound = false;
    return operand;
  });
  return isSound;
}

function noteReferences(text: string, found: Found): boolean {
  for (let at = 0; ; ) {
    const reference = findReference(text, at);
    if (reference === undefined) return true;
    if (reference.kind !== "variable") return false;
    found.names.add(reference.name);
    found.references += 1;
    at = reference.end;
  }
}

/** Characters that the variables come to which every profile of the file has of its own. */
function implicitLengths(profiles: readonly Profile[]): Map<string, number> {
  // Escaped, a name may be twice as long.
  const lengths = new Map([["profile_name", 2 * Math.max(0, ...profiles.map(({ name }) => name.length))]]);
  const attachments = profiles.flatMap(({ attachment }) => attachment ?? []);
  if (attachments.length < profiles.length) return lengths;
  const most = Math.max(0, ...attachments.map(({ text }) => text.length));
  return lengths.set("attach_path", most).set("exec_path", most);
}

/** Characters that a variable comes to in an operand; no number where it cannot be expanded. */
function lengthIn(variables: VariableList, name: string): number {
  const variable = variables.get(name);
  if (variable?.kind !== "set" || variable.problem !== undefined || variable.values.length === 0) return Infinity;
  return variable.values.reduce((sum, value) => sum + value.length + 1, 2);
}
