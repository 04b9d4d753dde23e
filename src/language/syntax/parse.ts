import { type SourceFile, sourceFile } from "../../foundation/text/index.ts";
import { Parser } from "./parser.ts";
import type { Splicing } from "./reader.ts";
import { refine } from "./refine.ts";
import type { SyntaxTree } from "./tree.ts";

/**
 * Reads one file. What it includes is not looked at, and what may stand where is not asked: a file may be included anywhere
 * (`checkPlace` asks it).
 *
 * Errors: never fails; what is wrong is in `diagnostics`, all of it, and what could not be read is a `BrokenNode`.
 * Cost: linear in the text.
 *
 * @example
 * parse(sourceFile("demo", "profile demo /usr/bin/demo {\n  /etc/demo.conf r,\n}\n")).items.length; // 1
 */
export function parse(source: SourceFile): SyntaxTree {
  return new Parser(source).parse((list, tokens) =>
    refine(source, list, { tokens, read: (text) => readAgain(source, text) }),
  );
}

/**
 * Reads a file and all it includes as one stream of tokens, as the language defines it (policy-language 1.8): an include may
 * are in the middle of a rule, and a file may end there. Whoever calls says what an include gives, in the order in which it
 * is to be read; nothing for one that is skipped. The tree has no include nodes and no tokens; every span names its own file.
 *
 * Errors: never fails, like `parse`.
 *
 * @example
 * parseSpliced(sourceFile("a", "profile x { include <half> r, }"), { include: () => [sourceFile("half", "/etc/x")] }).items[0].items[0].path.value; // "/etc/x"
 */
export function parseSpliced(main: SourceFile, splicing: Splicing): SyntaxTree {
  // A fix would have to be tried on all the files together.
  return new Parser(main, splicing).parse((list) => list.map((one) => ({ ...one, fixes: [] })));
}

function readAgain({ path }: SourceFile, text: string): Pick<SyntaxTree, "diagnostics" | "tokens"> {
  return new Parser(sourceFile(path, text)).parse((list) => list);
}
