/** A policy's variables as `apparmor_parser -D variables` and `-D expanded-variables` print them (tools 3.9). */
import type { ListedVariable, VariableList } from "../language/resolve/index.ts";
import { hashOrder } from "./hash-order.ts";

/** A text, and what went wrong on the way to it. */
interface PrintedVariables {
  readonly text: string;
  readonly notes: readonly string[];
}

/** One line a variable; values are not escaped. */
export function renderVariables({ definitions, get }: VariableList): PrintedVariables {
  const variables = hashOrder(definitions).flatMap((name) => get(name) ?? []);
  const notes = variables.flatMap((one) => (one.kind === "set" ? (one.problem ?? []) : []));
  return { text: variables.map(renderVariable).join(""), notes };
}

function renderVariable(variable: ListedVariable): string {
  if (variable.kind === "boolean") return `$${variable.name} = ${variable.value}\n`;
  return `@${variable.name} =${variable.values.map((value) => ` "${value}"`).join("")}\n`;
}
