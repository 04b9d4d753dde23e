/** Examples at the end of `--help`. */
import { WIDTH, wrapped } from "./terminal-width.ts";

/** A call, and what it does. */
export type Example = readonly [call: string, about: string];

export function examplesText(examples: readonly Example[]): string {
  const lines = examples.map(([call, about]) => `  ${call}\n      ${wrapped(about, WIDTH - 6).join("\n      ")}\n`);
  return `Examples:\n${lines.join("")}`;
}
