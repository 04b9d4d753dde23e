/** What may help somebody whose operands do not go together: a rule that the shell took apart, or a policy that does not come first. */
import { displayText } from "../../foundation/text/index.ts";
import { shellWord } from "./advised.ts";
import type { Invocation } from "./command.ts";

function commandOf(verb: string, operands: readonly string[]): string {
  return displayText(["armorer", verb, ...operands.map(shellWord)].join(" "));
}

/** For a call with more operands than `count`, of which the last is a rule: a line, or nothing. */
export function quotingHint(verb: string, count: number, { words: operands }: Invocation): string {
  if (operands.length <= count) return "";
  const rule = operands.slice(count - 1).join(" ");
  return `A rule is one word to the shell: \`${commandOf(verb, [...operands.slice(0, count - 1), rule])}\`\n`;
}

/** For `--init` with a policy, and a profile behind it: a sentence, or nothing. */
export function initHint(profile: string, { io, words: [policy = "", ...more] }: Invocation): string | undefined {
  const isPath = (word: string): boolean => io.files.kind(word) !== undefined;
  if (more.length > 0 || isPath(policy) || !isPath(profile)) return undefined;
  return `--init takes the profile: \`${commandOf("test", ["--init", policy, profile])}\``;
}

/** For a call whose first operand is no policy, and another may be: a sentence, or nothing. */
export function orderHint(verb: string, { io, words: operands }: Invocation): string | undefined {
  const [first = "", ...others] = operands;
  const isPolicy = (path: string): boolean => io.files.kind(path) !== undefined && !path.endsWith(".aatest");
  const policy = others.find(isPolicy);
  if (isPolicy(first) || policy === undefined) return undefined;
  const rest = operands.filter((operand) => operand !== policy);
  return `the policy comes first: \`${commandOf(verb, [policy, ...rest])}\``;
}
