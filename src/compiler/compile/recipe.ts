/**
 * Recipes: texts that say completely what an automaton is, so that one with the same recipe need not be built again. Nothing of the
 * session is in them, nothing of files, and neither the order of rules nor how often they are written.
 *
 *     header \n line \n line ...       a line, sorted among the others: effect pattern
 *
 * Patterns are written so that no two read alike: `len:bytes` for a literal (a character for each byte), `[words]` for a set, `*[words]`
 * for a star, `(...)` for a sequence, `{...}` for alternatives, sorted.
 */
import type { GlobNode } from "../../language/globs/index.ts";
import type { Label } from "../automata/index.ts";
import type { Effects } from "./effects.ts";
import { effectiveSet } from "./pattern.ts";

/** A pattern and what it does. */
export interface Ingredient {
  readonly pattern: GlobNode;
  readonly label: Label;
}

export interface Recipes {
  readonly pattern: (node: GlobNode) => string;
  /** `header`: all that decides beside the ingredients. */
  readonly recipe: (header: readonly (string | number | boolean)[], ingredients: readonly Ingredient[]) => string;
}

/** `isKept`: whether a node will be asked for again, as operands are. */
export function createRecipes(effects: Effects, isKept: (node: GlobNode) => boolean): Recipes {
  const patterns = new Map<GlobNode, string>();
  const labels: string[] = [];
  const pattern = (node: GlobNode): string => {
    const known = patterns.get(node);
    if (known !== undefined) return known;
    const text = patternText(node, pattern);
    if (isKept(node)) patterns.set(node, text);
    return text;
  };
  const effect = (label: Label): string => (labels[label] ??= effectText(label, effects));
  return {
    pattern,
    recipe: (header, ingredients) => {
      const lines = new Set(ingredients.map((one) => `${effect(one.label)} ${pattern(one.pattern)}`));
      return [JSON.stringify(header), ...[...lines].toSorted()].join("\n");
    },
  };
}

function patternText(node: GlobNode, part: (node: GlobNode) => string): string {
  switch (node.kind) {
    case "literal":
      return `${node.bytes.length}:${node.bytes.reduce((text, byte) => text + String.fromCharCode(byte), "")}`;
    case "set":
      return `[${effectiveSet(node).join()}]`;
    case "star":
      return `*[${effectiveSet(node).join()}]`;
    case "sequence":
      return `(${node.parts.map(part).join("")})`;
    case "alternative":
      return `{${node.branches.map(part).toSorted().join("")}}`;
  }
}

/** What the label stands for; exec types by what they are, not by their numbers. */
function effectText(label: Label, { effect, execTypes }: Effects): string {
  const { table, priority, mode, exact, permissions, audit, exec } = effect(label);
  const { unsafe, inherit, unconfined, target, name } = execTypes.get(exec);
  const type = [unsafe, inherit, unconfined, target, name];
  return JSON.stringify([table, priority, mode, exact, permissions >>> 0, audit >>> 0, ...type]);
}
