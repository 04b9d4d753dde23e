/** Messages made of words and facts: what a person reads in the sentence, a program finds by name beside it. */
import { displayText } from "../text/index.ts";

/** A name, a path, a number: what somebody may need without taking the sentence apart. Texts are whole, as the user wrote them. */
export type Facts = Readonly<Record<string, string | number>>;

export interface Message {
  readonly text: string;
  readonly facts: Facts;
}

/** A longer word is cut where it is shown. */
const SHOWN = 60;

/** A word as messages show it: in backticks, on one line, not long. */
export function quote(text: string): string {
  const visible = displayText(text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text);
  return `\`${visible}\``;
}

/**
 * A message with its facts. A text among the values is part of the sentence; an object is facts: texts are shown in backticks, cut
 * where they are long, numbers as they are.
 *
 * @example
 * sentence`unknown capability ${{ name: "sys_admn" }}`.text; // "unknown capability `sys_admn`"
 */
export function sentence(parts: TemplateStringsArray, ...values: readonly (string | Facts)[]): Message {
  const facts: Record<string, string | number> = {};
  const shown = values.map((value) => {
    if (typeof value === "string") return value;
    Object.assign(facts, value);
    return Object.values(value)
      .map((fact) => (typeof fact === "number" ? String(fact) : quote(fact)))
      .join(" ");
  });
  return { text: parts.map((part, index) => `${part}${shown[index] ?? ""}`).join(""), facts };
}

const noFacts: Facts = {};

/** Words alone say nothing by name. */
export function asMessage(said: string | Message): Message {
  return typeof said === "string" ? { text: said, facts: noFacts } : said;
}
