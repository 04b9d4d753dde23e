/**
 * Whether nothing is wrong with the rules of a file of which only the headers were resolved. A rule that is included by a hundred files is looked
 * at once: what can be wrong with it beside that is the variables that it names, and a capability that not every ABI has. Where it is not certain
 * that all is well, the file is resolved, and says what it is.
 */
import { withChildren } from "../../foundation/basics/index.ts";
import { type Profile, mapOperands } from "../model/index.ts";
import type { ItemNode, ProfileNode, SyntaxTree } from "../syntax/index.ts";
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
  /** The variables that they name, outside of profiles of the text and in each of these. */
  readonly bodies: ReadonlyMap<ProfileNode | undefined, ReadonlySet<string>>;
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
  const lengths = new Lengths(headers.variables(), profiles);
  let characters = 0;
  let growth = 0;
  for (const source of headers.sources.values()) {
    const tree = session.knownTree(source);
    // It was read as something else, a feature set.
    if (tree === undefined) continue;
    const needs = needsOf(tree);
    if (needs === "unsound") return false;
    characters += source.text.length;
    for (const [node, names] of needs.bodies)
      for (const name of names) growth = Math.max(growth, needs.references * lengths.of(name, node));
  }
  const files = headers.sources.size;
  // An item takes two characters at least, and is read once for each profile at most.
  return (
    characters * profiles.length <= defaultLimits.items &&
    growth * files * profiles.length <= defaultLimits.characters / 2
  );
}

/** Characters that variables come to in operands; no number where one cannot be expanded. */
class Lengths {
  readonly #variables: VariableList;
  readonly #profiles: readonly Profile[];
  readonly #known = new Map<string, number>();

  constructor(variables: VariableList, profiles: readonly Profile[]) {
    this.#variables = variables;
    this.#profiles = profiles;
  }

  /** `node`: the profile in whose body it is named; `undefined`: it may be any. */
  of(name: string, node: ProfileNode | undefined): number {
    // Escaped, a name may be twice as long.
    if (name === "profile_name") return 2 * Math.max(0, ...this.#profiles.map((profile) => profile.name.length));
    if (name === "attach_path" || name === "exec_path") return this.#attachment(node);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const length = lengthIn(this.#variables, name);
    this.#known.set(name, length);
    return length;
  }

  /** What it attaches to is known of whoever attaches; of others it is a variable like any, if somebody defines it. */
  #attachment(node: ProfileNode | undefined): number {
    const isOwn = ({ origin: { span } }: Profile): boolean =>
      node === undefined || (span.file === node.span.file && span.start === node.span.start);
    const lengths = this.#profiles.filter(isOwn).map(({ attachment }) => attachment?.text.length ?? Infinity);
    return lengths.length === 0 ? Infinity : Math.max(...lengths);
  }
}

function lengthIn(variables: VariableList, name: string): number {
  const variable = variables.get(name);
  if (variable?.kind !== "set" || variable.problem !== undefined || variable.values.length === 0) return Infinity;
  return variable.values.reduce((sum, value) => sum + value.length + 1, 2);
}

function needsOf(tree: SyntaxTree): Needs | "unsound" {
  const before = kept.get(tree);
  if (before !== undefined) return before;
  const found: Found = { bodies: new Map(), references: 0 };
  const isSound = !tree.needsSplicing && tree.items.every((item) => isItemSound(item, undefined, found));
  const needs = isSound ? found : "unsound";
  kept.set(tree, needs);
  return needs;
}

interface Found {
  readonly bodies: Map<ProfileNode | undefined, Set<string>>;
  references: number;
}

/** What these are, the profile says whose rule or header asks first: of one that asks later it depends on the rules before. */
const OF_PROFILES = /@\{(?:profile_name|attach_path|exec_path)\}/;

/** Notes what it needs. */
function isItemSound(item: ItemNode, within: ProfileNode | undefined, found: Found): boolean {
  if (item.kind === "profile") return item.items.every((one) => isItemSound(one, item, found));
  if (item.kind === "variable") return !item.values.some(({ text }) => OF_PROFILES.test(text));
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
  if (!isSound || rule === undefined) return false;
  mapOperands(rule, (operand, { variables }) => {
    if (variables && operand.text.includes("@{") && !noteReferences(operand.text, within, found)) isSound = false;
    return operand;
  });
  return isSound;
}

function noteReferences(text: string, within: ProfileNode | undefined, found: Found): boolean {
  const names = found.bodies.get(within) ?? new Set();
  found.bodies.set(within, names);
  for (let at = 0; ;) {
    const reference = findReference(text, at);
    if (reference === undefined) return true;
    if (reference.kind !== "variable") return false;
    names.add(reference.name);
    found.references += 1;
    at = reference.end;
  }
}
