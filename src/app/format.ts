import { decodeBytes, sourceFile } from "../foundation/text/index.ts";
import { type FormatOptions, formatTree, parse } from "../language/syntax/index.ts";

export type { FormatOptions } from "../language/syntax/index.ts";

export interface FormattedText {
  readonly before: string;
  readonly after: string;
  /** What could not be read stays as it is. */
  readonly broken: boolean;
}

/** The text in the one style. */
export function formatText(path: string, bytes: Uint8Array, options: FormatOptions): FormattedText {
  const before = decodeBytes(bytes);
  const tree = parse(sourceFile(path, before));
  return {
    before,
    after: formatTree(tree, options),
    broken: tree.diagnostics.some(({ severity }) => severity === "error"),
  };
}
